"""Open States: the whole session from its bulk file first, where we know its address, then pages of what
changed since that file was made; without a file all pages."""

import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from crm.plugin_api import JobRun, db
from crm.plugin_api import gettext as _
from crm_policy.models import Source
from crm_policy.places import jurisdiction_of
from crm_policy.reading.neutral import Unreadable, whole
from crm_policy.reading.source import neutral
from crm_policy.services import fetching
from crm_policy.services.syncing import bulk, ending, running

EARLIER: Final = timedelta(days=2)
"""A zip says the time without its zone, and the file was being written for a while."""
INCLUDES: Final = (
    "sponsorships",
    "actions",
    "versions",
    "documents",
    "votes",
    "related_bills",
    "abstracts",
    "sources",
)


def _begin(run: JobRun, source: Source) -> bool:
    """The file when nothing of the session came yet, else what changed since the last run."""
    since = source.cursor.get("since", "")
    first = not since and bool(source.bulk_url)
    running.write(
        run,
        (),
        phase="dataset" if first else "pages",
        then="pages",
        page=1,
        since=since,
        began=db.now().isoformat(),
        done=0,
        total=1,
    )
    return False


def _dataset(run: JobRun, source: Source) -> bool:
    """Fetch the file; it is read once it is here as a whole."""
    path = bulk.file_of(run)
    fetching.save(source.bulk_url, path)
    run.cursor["requests"] = run.cursor.get("requests", 0) + 1
    running.write(run, (), phase="unpack", at=0, since=_made_on(path))
    return False


def _made_on(path: Path) -> str:
    """Since when there may be news: from a little before the newest thing in the file."""
    try:
        with zipfile.ZipFile(path) as archive:
            newest = max((each.date_time for each in archive.infolist()), default=None)
        made = datetime(*newest, tzinfo=UTC) if newest else db.now()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        path.unlink(missing_ok=True)
        raise fetching.Lost(_("the file of the session is not a whole zip")) from error
    return (min(made, db.now()) - EARLIER).isoformat()


def _page(run: JobRun, source: Source) -> bool:
    page = run.cursor["page"]
    query: dict[str, Any] = {
        "jurisdiction": jurisdiction_of(source.state),
        "page": page,
        "per_page": 20,
        "sort": "updated_asc",
        "include": list(INCLUDES),
    }
    if source.session:
        query["session"] = source.session
    if run.cursor["since"]:
        query["updated_since"] = run.cursor["since"]
    reply = running.get(run, "openstates", query, "bills")
    results = reply.get("results")
    if not isinstance(results, list):
        raise fetching.Lost("the page has no results")
    records = []
    for each in results:
        try:
            records.append(neutral(each))
        except Unreadable:
            run.cursor["rejected"] = run.cursor.get("rejected", 0) + 1
    left = (whole((reply.get("pagination") or {}).get("max_page")) or 1) - page
    done = run.cursor.get("done", 0) + 1
    where = _where_next(run.cursor, results)
    running.write(
        run, records, **where, phase="pages" if left > 0 else "end", done=done, total=done + max(left, 0)
    )
    return False


def _where_next(cursor: Mapping[str, Any], results: list[Any]) -> dict[str, Any]:
    """From the newest change that is here on. Page numbers alone lose bills: one that changes meanwhile moves
    to the end, and the first of the next page moves onto the page that was read."""
    newest = str(results[-1].get("updated_at") or "") if results and isinstance(results[-1], Mapping) else ""
    if newest and newest != cursor["since"]:
        return {"since": newest, "page": 1}
    return {"page": cursor["page"] + 1}


def _end(run: JobRun, source: Source) -> bool:
    return ending.end(run, complete=False)


BEYOND: Final[Mapping[str, Any]] = {}
"""A page that does not come holds many bills: nothing here is passed over."""
PHASES: Final[Mapping[str, Any]] = {
    "": _begin,
    "dataset": _dataset,
    "unpack": bulk.unpack,
    "pages": _page,
    "end": _end,
}
