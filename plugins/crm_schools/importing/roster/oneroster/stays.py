"""Enrolments of classes, and when a student was in a school: the union of them, which is an inference.

Each stay keeps the class enrolments of which it is made, so that a delta, which names single ones, changes
what follows from them and nothing else."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple

from crm.plugin_api.transfer import Problem
from crm_schools.importing.dates import any_day_of, day_of, is_never
from crm_schools.importing.roster import never_came, records
from crm_schools.importing.roster.oneroster.people import is_gone
from crm_schools.importing.roster.oneroster.told import Told
from crm_schools.importing.roster.structure import Word
from crm_schools.importing.roster.years import SchoolYears


class InClass(NamedTuple):
    """The enrolment of a class: its own id, the school as the archive calls it, school year, first and last
    day (None while it lasts), whether a delta takes it back, with the day where it says one, and whether it
    began before that year and goes on in it."""

    source: str
    school: str
    school_year: int
    begins: date
    ends: date | None
    is_gone: bool = False
    gone: date | None = None
    goes_on: bool = False
    never_came: bool = False


OTHER_ROLES: Final = frozenset({"administrator", "proctor", "teacher"})
"""Whom OneRoster 1.1 and 1.2 know in a class besides students."""


def is_of_student(row: sqlite3.Row) -> bool:
    return _text(row, "role").casefold() == "student"


def in_classes(rows: Iterable[sqlite3.Row], years: SchoolYears, told: Told) -> Iterator[InClass]:
    """The enrolments of one student; what cannot be is told. Those that do not say when they begin are of
    the year that runs."""
    for row in rows:
        if is_of_student(row):
            found = _in_class(row, years, told)
            if found is not None:
                yield found
        elif _text(row, "role").casefold() not in OTHER_ROLES:
            told.leave_out(row, "schools_class_of_role", _text(row, "role"))


def _in_class(row: sqlite3.Row, years: SchoolYears, told: Told) -> InClass | None:
    """None where nothing is known of its days. A day that cannot be read is none that is missing: in its
    place nothing is taken, for the whole year would be."""
    if is_gone(row):
        return _taken_back(row, years)
    if unread := next((row[name] for name in ("beginDate", "endDate") if _is_unread(row[name])), ""):
        told.leave_out(row, "schools_class_unread", unread)
        return None
    source = _text(row, "sourcedId")
    if is_never(row["beginDate"]):
        told.problems.append(Problem("schools_class_never", _text(row, "beginDate"), source))
        return None
    said, ends = day_of(row["beginDate"]), day_of(row["endDate"])
    school_year = years.of(said, ends) if said else years.runs
    if school_year is None:
        told.problems.append(Problem("schools_class_undated", "", source))
        return None
    return _dated(row, years, school_year, told)


def _is_unread(text: str) -> bool:
    return bool(text.strip()) and any_day_of(text) is None


def _dated(row: sqlite3.Row, years: SchoolYears, school_year: int, told: Told) -> InClass | None:
    said, ends = day_of(row["beginDate"]), day_of(row["endDate"])
    begins, last = _begins(said, years, school_year)
    source, school = _text(row, "sourcedId"), row["schoolSourcedId"]
    if ends is not None and never_came.is_said(begins, ends):
        return InClass(source, school, school_year, begins, None, True, ends, never_came=True)
    if ends is not None and ends < begins:
        told.leave_out(row, "schools_class_backwards", f"{begins} – {ends}")
        return None
    open_end = None if ends is None or ends >= last else ends
    goes_on = said is not None and said < begins
    return InClass(source, school, school_year, begins, open_end, goes_on=goes_on)


def _taken_back(row: sqlite3.Row, years: SchoolYears) -> InClass:
    """That a system takes a class back says that the student left it: what is stored says whether it had
    begun."""
    said, ends = day_of(row["beginDate"]), day_of(row["endDate"])
    school_year = (years.of(said, ends) if said else years.runs) or 0
    begins, last = _begins(said, years, school_year)
    open_end = None if ends is None or ends >= last else ends
    since, goes_on = day_of(_text(row, "dateLastModified")), said is not None and said < begins
    source, school = _text(row, "sourcedId"), row["schoolSourcedId"]
    return InClass(source, school, school_year, begins, open_end, True, since, goes_on)


def _begins(said: date | None, years: SchoolYears, school_year: int) -> tuple[date, date]:
    """Since when a class counts in a school year, and the last day of that."""
    first, last = years.spans.get(school_year, _usual(school_year or 1))
    return years.first_day(school_year, said) if said else first, last


def _usual(school_year: int) -> tuple[date, date]:
    return date(school_year - 1, 7, 1) if school_year > 1 else date.min, date(max(school_year, 1), 6, 30)


def _text(row: sqlite3.Row, name: str) -> str:
    return str(row[name]).strip() if name in row.keys() else ""  # noqa: SIM118  # Rows have no `in`.


def by_school(found: Iterable[InClass]) -> dict[tuple[str, int], list[InClass]]:
    """By the school, as the archive calls it, and the school year."""
    groups: dict[tuple[str, int], list[InClass]] = {}
    for each in found:
        groups.setdefault((each.school, each.school_year), []).append(each)
    return groups


def spans_of(key: Word, school_year: int, classes: Iterable[InClass], grade: str) -> list[list[Any]]:
    """The stays in a school as `records.student` takes them."""
    made = records.unions([(each.source, each.begins, each.ends) for each in classes])
    return [
        [
            key,
            school_year,
            begins.isoformat(),
            ends.isoformat() if ends else None,
            grade,
            records.packed(parts),
        ]
        for begins, ends, parts in made
    ]
