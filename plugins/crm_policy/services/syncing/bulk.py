"""A whole session as one file rather than as thousands of questions: fetched, read piece by piece, thrown
away."""

from collections.abc import Iterator
from pathlib import Path
from threading import get_ident
from typing import Any, Final

from crm.plugin_api import JobRun, UserError, runtime
from crm.plugin_api.transfer import BadFile
from crm_policy.importing import bills as importing
from crm_policy.models import Source
from crm_policy.reading import FileSource
from crm_policy.reading.neutral import Record
from crm_policy.services import fetching
from crm_policy.services.syncing import running

Chunk = list[tuple[int, Any, list[Any]]]
SOME: Final = 200
"""Records that are written at once."""
MOST_READ: Final = 3
"""So often a file that cannot be read is fetched."""


def file_of(run: JobRun) -> Path:
    folder = runtime().config.data_dir / "policy"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(folder / f"dataset-{run.job_id}.zip")


_open: dict[tuple[int, int], tuple[int, Iterator[Chunk]]] = {}
"""By thread and job the file that is being read and after which record: beginning anew for each piece would
read it as often as it has pieces."""


def _next(run: JobRun, path: Path, at: int) -> Chunk:
    """The piece after a record, empty at the end. A process that was killed, or another one, begins anew and
    skips."""
    key = (get_ident(), run.job_id)
    before, pieces = _open.pop(key, (-1, iter(())))
    if before != at:
        pieces = iter(FileSource(path, path.name).chunks(SOME, at))
    chunk = next(pieces, [])
    if chunk:
        _open[key] = (chunk[-1][0], pieces)
    return chunk


def unpack(run: JobRun, source: Source) -> bool:
    """Some records of the file; the bills that it has need not be asked for one by one. When the file is not
    here any more, as on another machine, it is fetched again; one that cannot be read counts as lost."""
    path = file_of(run)
    if not path.exists():
        running.write(run, (), phase="dataset", tries=run.cursor.get("tries", 0))
        return False
    at = run.cursor["at"]
    try:
        chunk = _next(run, path, at)
    except BadFile as error:
        path.unlink(missing_ok=True)
        return _cannot_be_read(run, str(error))
    if not chunk:
        path.unlink(missing_ok=True)
        running.write(run, (), phase=run.cursor.get("then", "bills"), unpacked=True, left=[])
        return False
    rejected = sum(1 for _number, record, _problems in chunk if not record)
    run.cursor["rejected"] = run.cursor.get("rejected", 0) + rejected
    records, left = _newer([record for _number, record, _problems in chunk if record], run)
    running.write(
        run,
        records,
        at=chunk[-1][0],
        left=left,
        done=chunk[-1][0],
        total=max(run.cursor.get("listed", 0), chunk[-1][0]),
    )
    return False


def _cannot_be_read(run: JobRun, why: str) -> bool:
    """Fetch it again, but not for ever: what can be asked for singly is, the rest waits for the next run."""
    run.cursor["unreadable"] = run.cursor.get("unreadable", 0) + 1
    if run.cursor["unreadable"] < MOST_READ:
        raise fetching.Lost(why)
    if "without" not in run.cursor:
        raise UserError(why)
    running.write(run, (), phase=run.cursor["without"], rejected=run.cursor.get("rejected", 0) + 1)
    return False


def _newer(records: list[Record], run: JobRun) -> tuple[list[Record], list[int]]:
    """What of the file is newer than what is here, and LegiScan's numbers of the bills that stay as they are,
    with those that stayed before: a file may be a week old. The roll calls of such bills stay as well."""
    bills = [each for each in records if each["t"] == "bill"]
    stay = importing.left_as_here(bills, run.cursor.get("made_on"))
    left = {*run.cursor.get("left", ()), *(each["legiscan_id"] for each in stay)} - {None}
    here = {id(each) for each in stay}
    taken = [
        each
        for each in records
        if id(each) not in here and not (each["t"] == "vote" and each["legiscan_id"] in left)
    ]
    return taken, sorted(left)
