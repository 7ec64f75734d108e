"""What schools reported of days that students missed, where it tells when somebody was at a school."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_schools.importing.roster import by_hand, records
from crm_schools.importing.roster.removed import Absent
from crm_schools.marks import unpack
from crm_schools.models import Attendance

if TYPE_CHECKING:
    from crm_schools.importing.roster.structure import Structure


@dataclass(frozen=True, slots=True)
class Missed:
    """`absent`: where anything was missed at all; `days`: the first and last day that the school reported of
    a student in a year, of those who may have moved or come back."""

    absent: Absent = ()
    days: Mapping[by_hand.Place, tuple[date, date]] = field(default_factory=dict)

    def anything(self, row: Any) -> bool:
        """Whether anything was missed in the school and year of a stored stay."""
        return by_hand.place_of(row) in self.absent

    def before(self, row: Any, day: date) -> bool:
        """Whether anything was missed there before a day; a sum of days does not say when."""
        place = by_hand.place_of(row)
        return self.days[place][0] < day if place in self.days else place in self.absent

    def last_there(self, row: Any, day: date) -> date:
        """The last day before a `day` of which it is known that a student was in the school of a stay."""
        ends: date | None = row.ends_on
        if ends is not None and ends < day:
            return ends
        first_and_last = self.days.get(by_hand.place_of(row))
        # Before the first day of the stay where nothing is known of the student there.
        return first_and_last[1] if first_and_last else row.begins_on


def missed_of(
    rows_of: Iterable[tuple[Mapping[str, Any], Any]],
    stored: Mapping[int, Sequence[Any]],
    structure: "Structure",
    absent: Absent,
) -> Missed:
    """What was missed by students of a table; of each the record and their stored row, if there is one."""
    schools: dict[int, set[int]] = defaultdict(set)
    for student_id, school_id, _year in absent:
        schools[student_id].add(school_id)
    ids = set()
    for record, row in rows_of:
        if row is None or row.id not in schools or record["delta"] != records.BY_SCHOOL:
            continue
        named = {structure.school_of(record, span[0]) for span in record["spans"]}
        is_later = any(
            each.school_year == span[1] and each.begins_on < date.fromisoformat(span[2])
            for each in stored.get(row.id, ())
            for span in record["spans"]
        )
        if record.get("undated") or is_later or schools[row.id] - named:
            ids.add(row.id)
    statement = select(
        Attendance.student_id, Attendance.school_id, Attendance.school_year, Attendance.marks
    ).where(db.among(Attendance.student_id, ids), Attendance.marks != "")
    with system("when a student may have left a school"):
        rows = db.session().execute(statement).all() if ids else []
    found = {}
    for *place, marks in rows:
        days = [day for day, *_code in unpack(marks, place[2])]
        found[place[0], place[1], place[2]] = min(days), max(days)
    return Missed(absent, found)
