"""Stays whose days people wrote on the page of a student, against a roster that says no more than before.

A roster says the same each night until its system is corrected. So a day that it said when people wrote
another one does not come back, and a day that it did not say then is news, and holds. Of a stay that people
added nobody knows what a roster said of it: its first day holds, and its last one where they wrote one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, or_

from crm.plugin_api import day_here, system
from crm.plugin_api.history import rows_removed, rows_written_over
from crm.plugin_api.transfer import IMPORTED
from crm_schools.importing.roster import records
from crm_schools.models import Enrolment

if TYPE_CHECKING:
    from crm_schools.importing.roster.people import Span

ROSTER: Final = "roster"
ADDED: Final = "hand"
CORRECTED: Final = "corrected"
BY_PEOPLE: Final = frozenset({ADDED, CORRECTED})
"""Sources of stays: those that people added, and those of a roster whose days people wrote otherwise."""
HELD: Final = "schools_days_by_hand"
STILL: Final = "schools_still_there"
TAKEN: Final = "schools_days_not_by_hand"
AGAIN: Final = "schools_stay_again"
PUT_RIGHT_WITHIN: Final = timedelta(31)
"""Whoever came later than was thought: a district knows it within a month. A first day that is later still is
one on which somebody came back, or of a new term."""
Place = tuple[int, int, int]
"""A student, a school and a school year."""
OldDays = dict[Place, set[str | None]]
"""The days that people wrote others for."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What first and last days were before people wrote others."""

    begins: OldDays = field(default_factory=dict)
    ends: OldDays = field(default_factory=dict)
    removed: set[tuple[Place, str]] = field(default_factory=set)
    """The first days of stays that people removed, or wrote another school of."""


def corrections(stored: Mapping[int, Iterable[Any]], ids: Collection[int]) -> Corrections:
    """What people did to stays of students, those that are `stored` and those that they removed."""
    found = Corrections()
    table = Enrolment.__tablename__
    with system("what people removed and corrected in stays of a roster"):
        for row in rows_removed("schools_student", ids, table, records.REMOVES):
            place = row["student_id"], row["school_id"], row["school_year"]
            found.removed.add((place, row["begins_on"]))
        of = [key for key, rows in stored.items() if any(row.source == CORRECTED for row in rows)]
        changes = rows_written_over("schools_student", of, table, IMPORTED) if of else {}
    for student_id, written in changes.items():
        for row, before in written:
            place = student_id, before.get("school_id", row.get("school_id", 0)), row.get("school_year", 0)
            for column, old in (("begins_on", found.begins), ("ends_on", found.ends)):
                if column in before:
                    old.setdefault(place, set()).add(before[column])
            if "school_id" in before:
                found.removed.add((place, row.get("begins_on", "")))
    return found


def again(said: Sequence["Span"], stored: Sequence[Any], student: int, old: Corrections) -> list[list[str]]:
    """What is said of stays that people removed, or wrote another school of, and that a file brings back: it
    may be that the student came after all, and the file alone says until when."""
    return [
        [AGAIN, "", span[2].isoformat()]
        for span in said
        if ((student, *span[:2]), span[2].isoformat()) in old.removed
        and not any(meet(span, row) for row in stored)
    ]


def is_of_a_roster(row: Any) -> bool:
    """Whether a roster ever named a stay, so that it ends with whom a whole roster does not name any more."""
    return row.source in {ROSTER, CORRECTED} or (row.source == ADDED and bool(row.classes))


def of_a_roster() -> ColumnElement[bool]:
    """The same for the database."""
    named = Enrolment.source.in_((ROSTER, CORRECTED))
    return or_(named, (Enrolment.source == ADDED) & (Enrolment.classes != ""))


@dataclass(slots=True)
class Written:
    """The stays of a file with the days that people wrote; `held` are those in which these differ, and `met`
    what the file itself says of schools and years of which people speak, too."""

    spans: list["Span"] = field(default_factory=list)
    held: list["Span"] = field(default_factory=list)
    met: list["Span"] = field(default_factory=list)
    old: Corrections = field(default_factory=Corrections)
    is_delta: bool = False
    reasons: list[list[str]] = field(default_factory=list)

    def agrees(self, row: Any) -> bool:
        """Whether a file by itself says both days of a stay by people: from then on it is the roster's."""
        days = row.school_id, row.school_year, row.begins_on, row.ends_on
        return row.source in BY_PEOPLE and not self.is_delta and days in {each[:4] for each in self.met}

    def source_of(self, span: "Span", stored: Iterable[Any]) -> str:
        """The source of a stay that a roster makes: it stays what people wrote where a day of it is theirs,
        and the file says another one or nothing."""
        rows = [row for row in stored if (row.school_id, row.school_year) == span[:2]]
        of_file = [each for each in self.met if each[:2] == span[:2]]
        begins, ends = {each[2] for each in of_file}, {each[3] for each in of_file}
        for row in rows:
            place, is_theirs = place_of(row), row.source == ADDED
            keeps_first = row.begins_on == span[2] and span[2] not in begins
            keeps_first &= is_theirs or place in self.old.begins
            keeps_last = row.ends_on == span[3] and bool(of_file) and span[3] not in ends
            keeps_last &= is_theirs or place in self.old.ends
            # What a delta does not name is put together of what is stored, so it agrees with people's days.
            is_same = self.is_delta and (row.begins_on, row.ends_on) == span[2:4]
            if row.source in BY_PEOPLE and (keeps_first or keeps_last or is_same):
                return str(row.source)
        return ROSTER


def written(said: Sequence["Span"], stored: Sequence[Any], old: Corrections, *, is_delta: bool) -> Written:
    """What a file says of stays, with the days that people wrote of those in the same school and year."""
    found = Written(old=old, is_delta=is_delta)
    rows = [row for row in stored if row.source in BY_PEOPLE and any(meet(span, row) for span in said)]
    met = [span for span in said if any(meet(span, row) for row in rows)]
    found.spans += [span for span in said if span not in met]
    found.met = met
    for place in dict.fromkeys(span[:2] for span in met):
        of_file = [span for span in met if span[:2] == place]
        by_people = [row for row in rows if (row.school_id, row.school_year) == place]
        days = [(span[2], span[3]) for span in of_file] + [(row.begins_on, row.ends_on) for row in by_people]
        for part in records.joined(days):
            _join(
                found,
                sorted((span for span in of_file if _in(part, span[2])), key=lambda span: span[2]),
                sorted((row for row in by_people if _in(part, row.begins_on)), key=lambda row: row.begins_on),
                old,
            )
    return found


def _join(found: Written, spans: Sequence["Span"], rows: Sequence[Any], old: Corrections) -> None:
    """Stays of a file and those by people that have days in common."""
    made = _as_people_wrote(spans, rows, old)
    found.spans += made
    if {span[2:4] for span in made} == {span[2:4] for span in spans}:
        return
    found.held += made
    if spans[-1][3] is None and (last := made[-1][3]) is not None:
        # It may not know yet, and it may be that the student came back.
        found.reasons.append([STILL, "", last.isoformat()])
    elif any(row.source == ADDED for row in rows) or spans[0][2] - made[0][2] > PUT_RIGHT_WITHIN:
        found.reasons.append([HELD, "", rows[0].begins_on.isoformat()])


def _as_people_wrote(spans: Sequence["Span"], rows: Sequence[Any], old: Corrections) -> list["Span"]:
    """The file's stays with the first and the last day that people wrote. Where it has one stay for several
    of theirs, its days between them are no news either."""
    parts = list(spans)
    if len(spans) == 1:
        parts = [(*spans[0][:2], row.begins_on, row.ends_on, *spans[0][4:]) for row in rows]
    begins, ends = _first(spans[0][2], rows[0], old), _last(spans[-1][3], rows[-1], old)
    parts[0] = (*parts[0][:2], begins, *parts[0][3:])
    parts[-1] = (*parts[-1][:3], ends, *parts[-1][4:])
    if len(rows) > 1:
        # Or each of them has the classes of all, and the next delta puts them together and doubles them.
        last = parts[-1]
        parts = [(*part[:5], records.cut(part[5], part[2], part[3], named=part is last)) for part in parts]
    is_sound = all(part[3] is None or part[2] <= part[3] for part in parts)
    return parts if is_sound else list(spans)


def _first(day: date, row: Any, old: Corrections) -> date:
    before = old.begins.get(place_of(row), ())
    # One that came too late to put the day right that people did says nothing new either.
    is_late = any(day - date.fromisoformat(each) > PUT_RIGHT_WITHIN for each in before if each)
    is_news = row.source == CORRECTED and day.isoformat() not in before and not is_late
    return day if is_news else row.begins_on


def _last(day: date | None, row: Any, old: Corrections) -> date | None:
    if row.source == ADDED:
        return day if row.ends_on is None else row.ends_on
    before = {date.fromisoformat(each) if each else None for each in old.ends.get(place_of(row), ())}
    return row.ends_on if _is_known(day, before, row.ends_on) else day


def _is_known(day: date | None, before: Collection[date | None], by_people: date | None) -> bool:
    """Whether a roster said a last day, or one like it, when people wrote another. Many systems fill in that
    of the year for everybody, and move it after days of snow: one to come says as little as none, and so does
    one that is little later than another long after that of people."""
    today = day_here()
    if any(each == day or (each or today) >= today <= (day or today) for each in before):
        return True
    if day is None or by_people is None:
        return False
    late = [each for each in before if each is not None and each - by_people > PUT_RIGHT_WITHIN]
    return any(each <= day <= each + PUT_RIGHT_WITHIN for each in late)


def wrote_last(row: Any, old: Corrections) -> bool:
    """Whether people wrote another last day of a stay than a roster, or that it goes on after all."""
    return row.source == CORRECTED and place_of(row) in old.ends


def stands_alone(row: Any, said: Sequence["Span"]) -> bool:
    """Whether people wrote until when a student was in a school, or added a stay of which no roster ever said
    anything, and the file says nothing of those days there."""
    if row.source not in BY_PEOPLE or (row.ends_on is None and is_of_a_roster(row)):
        return False
    return not any(meet(span, row) for span in said)


def taken(stored: Iterable[Any], made: Collection["Span"]) -> list[list[str]]:
    """The stays by people whose days a file takes the place of. That an open one ends is said elsewhere."""
    found = []
    for row in stored:
        there = [span for span in made if span[:2] == (row.school_id, row.school_year)]
        is_kept = any(
            span[2] == row.begins_on and (row.ends_on is None or span[3] == row.ends_on) for span in there
        )
        if row.source in BY_PEOPLE and not is_kept:
            found.append([TAKEN, "", row.begins_on.isoformat()])
    return found


def place_of(row: Any) -> Place:
    """Whose stay, where and in which school year."""
    return row.student_id, row.school_id, row.school_year


def meet(span: "Span", row: Any) -> bool:
    """Whether a stay of a file and a stored one have a school, a year and days in common."""
    is_there = span[:2] == (row.school_id, row.school_year)
    return is_there and span[2] <= (row.ends_on or date.max) and row.begins_on <= (span[3] or date.max)


def _in(part: tuple[date, date | None], day: date) -> bool:
    return part[0] <= day and (part[1] is None or day <= part[1])
