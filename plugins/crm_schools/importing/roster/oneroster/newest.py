"""Up to when an archive says what changed. A delta that is older than what was imported before would make
what it names as it was then, so it is asked about.

Source: dateLastModified of the OneRoster CSV binding, a date and time of ISO 8601. Whole archives may leave
it empty, and then nothing is known of them."""

import sqlite3
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final

from crm.plugin_api import day_here
from crm.plugin_api.transfer import Notice, noticed_before

REMEMBERED: Final = "schools_newest"
"""Says nothing to people: the run of an import keeps it for those to come."""
OLDER: Final = "schools_older_delta"
COLUMN: Final = "dateLastModified"
LIKE_A_DAY: Final = "[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*"


def notices(
    database: sqlite3.Connection, files: Collection[str], districts: Collection[str], *, is_delta: bool
) -> Iterator[Notice]:
    """What is to be remembered of an archive, and asked about it. `districts` are the numbers of those that
    it is about."""
    found = [_newest(database, name) for name in files]
    surely = max(filter(None, map(_moment, found)), default=None)
    newest = max(filter(None, (_moment(text, time.max) for text in found)), default=None)
    if surely is None or newest is None:
        return
    yield Notice(REMEMBERED, {"newest": surely.isoformat(), "districts": ",".join(sorted(districts))})
    known = max(_before(districts), default=newest)
    if is_delta and newest < known:
        yield Notice(OLDER, {"newest": _said(newest), "known": _said(known)})


def _newest(database: sqlite3.Connection, name: str) -> str:
    """When the last row of a file changed; empty where none says it, or only one that is yet to come."""
    if COLUMN not in {row[1] for row in database.execute(f'PRAGMA table_info("{name}")')}:
        return ""
    behind = (day_here() + timedelta(2)).isoformat()
    statement = f'SELECT max("{COLUMN}") FROM "{name}" WHERE "{COLUMN}" GLOB ? AND "{COLUMN}" < ?'  # noqa: S608  # Names of ours.
    return str(database.execute(statement, (LIKE_A_DAY, behind)).fetchone()[0] or "").strip()


def _moment(text: str, of_day: time = time.min) -> datetime | None:
    """A day without a time is any of that day: at least its beginning, at most its end."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) == len("2025-09-04"):
        found = datetime.combine(found, of_day)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _before(districts: Collection[str]) -> Iterator[datetime]:
    """Up to when archives said what changed that were imported of one of these districts."""
    for values in noticed_before("roster", REMEMBERED):
        if set(values["districts"].split(",")) & {*districts}:
            yield datetime.fromisoformat(values["newest"])


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
