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
    from crm_schools.importing.roster.people import Span
    from crm_schools.importing.roster.structure import Structure


@dataclass(frozen=True, slots=True)
class Missed:
    """`absent`: where anything was missed at all; `days`: those that the school reported of a student in a
    year, in order, of students of whom a table says other stays than are known."""

    absent: Absent = ()
    days: Mapping[by_hand.Place, Sequence[date]] = field(default_factory=dict)

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
        days = self.days.get(by_hand.place_of(row))
        return days[-1] if days else row.begins_on

    def behind(self, row: Any, spans: Iterable["Span"]) -> int:
        """How many days that were missed in a stored stay lie behind the one that these have there."""
        there = [span for span in spans if span[:2] == by_hand.place_of(row)[1:]]
        first = min((span[2] for span in there), default=date.max)
        return sum(
            max(first, row.begins_on) <= day <= (row.ends_on or date.max)
            and not any(span[2] <= day <= (span[3] or date.max) for span in there)
            for day in self.days.get(by_hand.place_of(row), ())
        )

    def in_place_of(self, row: Any, spans: Iterable["Span"]) -> bool:
        """Whether anything was missed in a stored stay on days that are in none of these stays there; of a
        sum nobody knows."""
        place = by_hand.place_of(row)
        there = [span for span in spans if span[:2] == place[1:]]
        if place not in self.days:
            return place in self.absent and not there
        return any(
            row.begins_on <= day <= (row.ends_on or date.max)
            and not any(span[2] <= day <= (span[3] or date.max) for span in there)
            for day in self.days[place]
        )


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
        said = {(structure.school_of(record, span[0]), *span[2:4]) for span in record["spans"]}
        named = {school for school, *_days in said}
        years = {span[1] for span in record["spans"]}
        known = [each for each in stored.get(row.id, ()) if each.school_year in years]
        is_other = {(each.school_id, *map(_text, (each.begins_on, each.ends_on))) for each in known} != said
        if record.get("undated") or is_other or schools[row.id] - named:
            ids.add(row.id)
    statement = select(
        Attendance.student_id, Attendance.school_id, Attendance.school_year, Attendance.marks
    ).where(db.among(Attendance.student_id, ids), Attendance.marks != "")
    with system("when a student may have left a school"):
        rows = db.session().execute(statement).all() if ids else []
    found = {
        (student, school, year): sorted(day for day, *_code in unpack(marks, year))
        for student, school, year, marks in rows
    }
    return Missed(absent, found)


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
