"""Stays that go because a file says others of the same school year.

Of an archive of OneRoster the days before its first class stay (see `whole`), the rest is asked about. Ed-Fi
does not say whether a file is all that a district has. A whole export replaces what is known; a part of one,
such as the new stays of a week, would take away the days that students went to school elsewhere."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select

from crm.plugin_api import db, system
from crm_schools.importing.roster.records import joined
from crm_schools.models import Attendance

if TYPE_CHECKING:
    from crm_schools.importing.roster.people import Span

REPLACED: Final = "schools_stays_replaced"
MISSED: Final = "schools_stays_missed"
"""Of those replaced, the stays in which days were missed: who moved in the middle of the year and whose
classes are of the whole term, or say no day, stands in the new school from the first day on."""
GONE: Final = "schools_stays_gone"
BEHIND: Final = "schools_days_behind"
"""Days that a school reported behind the last one there, as the table says, count no more."""
LOST: Final = "schools_stays_lost"
"""Of a table: stays that go with days missed in them, which count no more."""
OFF: Final = "schools_stays_off"
"""Of a table: stays that go, in which nothing was missed."""
GONE_HIDDEN: Final = "schools_stays_gone_somewhere"
"""For whoever may not see students: no row says whether any goes, and the whole is asked about alike."""
SINCE: Final = "schools_stays_since"
"""Why a row is left out that would remove more than its plan said."""


Absent = Collection[tuple[int, int, int]]
"""Students who missed days, each with the school and the school year."""


def absent(ids: Collection[int]) -> Absent:
    """Of whom among these students a school reported days, or a sum of them."""
    table = db.table(Attendance).c
    statement = select(table.student_id, table.school_id, table.school_year)
    statement = statement.where(db.among(table.student_id, ids), or_(table.marks != "", table.absent > 0))
    with system("what was missed where a roster knows of no stay any more"):
        return {(row[0], row[1], row[2]) for row in db.session().execute(statement)}


def reasons_of(
    said: Sequence["Span"], stored: Sequence[Any], wanted: Collection["Span"], absent: Absent
) -> list[list[str]]:
    """How many stays other stays of the file take the place of, with and without missed days in them, and how
    many none does."""
    removed = _removed(said, stored, wanted)
    counts = Counter(_kind(said, row, absent) for row in removed)
    return [[code, "", str(counts[code])] for code in (REPLACED, MISSED, GONE) if counts[code]]


def asked(
    said: Sequence["Span"], stored: Sequence[Any], wanted: Collection["Span"], absent: Absent
) -> list[Any]:
    """The stored stays that go and have none in their place, or missed days in them."""
    return [row for row in _removed(said, stored, wanted) if _kind(said, row, absent) != REPLACED]


def gone(stored: Sequence[Any], wanted: Sequence["Span"]) -> list[Any]:
    """The stored stays that go where others are wanted."""
    return _removed(wanted, stored, wanted)


def uncovered(rows: Sequence[Any], wanted: Sequence["Span"]) -> list[Any]:
    """Those of them whose days no other stay has."""
    covered = joined((span[2], span[3]) for span in wanted)
    return [row for row in rows if not any(_holds(part, row) for part in covered)]


def _kind(said: Sequence["Span"], row: Any, absent: Absent) -> str:
    if uncovered([row], said):
        return GONE
    return MISSED if (row.student_id, row.school_id, row.school_year) in absent else REPLACED


def _removed(said: Sequence["Span"], stored: Sequence[Any], wanted: Collection["Span"]) -> list[Any]:
    """The stored stays that go. What was inferred was nobody's word, and a stay of the file in the same
    school over some of its days puts it right."""
    kept = {span[:4] for span in wanted}
    return [
        row
        for row in stored
        if row.source != "inferred"
        and (row.school_id, row.school_year, row.begins_on, row.ends_on) not in kept
        and not any(_puts_right(span, row) for span in said)
    ]


def is_more_than_planned(planned: Sequence[Sequence[str]], now: Sequence[Sequence[str]]) -> bool:
    """Whether more stays would go that are asked about than a plan said by its reasons. What was asked
    without a number was agreed to whatever it is."""
    if any(code == GONE_HIDDEN for code, *_rest in planned):
        return False
    return _number_gone(now) > _number_gone(planned)


def _number_gone(reasons: Sequence[Sequence[str]]) -> int:
    return sum(int(value) for code, _column, value in reasons if code in {MISSED, GONE})


def _puts_right(span: "Span", row: Any) -> bool:
    school, year, begins, ends, *_rest = span
    is_there = (school, year) == (row.school_id, row.school_year)
    return is_there and begins <= _last(row.ends_on) and row.begins_on <= _last(ends)


def _holds(part: tuple[date, date | None], row: Any) -> bool:
    return part[0] <= row.begins_on and _last(row.ends_on) <= _last(part[1])


def _last(day: date | None) -> date:
    return day if day is not None else date.max - timedelta(1)
