"""Enrolments of classes, and when a student was in a school: the union of them, which is an inference.

Each stay keeps the class enrolments of which it is made, so that a delta, which names single ones, changes
what follows from them and nothing else."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from crm.plugin_api.transfer import Problem
from crm_schools.importing.dates import day_of, is_never
from crm_schools.importing.roster import never_came, records
from crm_schools.importing.roster.oneroster.people import is_gone
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


def in_classes(rows: Iterable[sqlite3.Row], years: SchoolYears, problems: list[Problem]) -> Iterator[InClass]:
    """The enrolments of one student; what cannot be is noted. Those that do not say when they begin are of
    the year that runs."""
    for row in rows:
        if str(row["role"]).strip().casefold() == "student":
            found = _in_class(row, years, problems)
            if found is not None:
                yield found


def _in_class(row: sqlite3.Row, years: SchoolYears, problems: list[Problem]) -> InClass | None:
    said, ends, gone = day_of(row["beginDate"]), day_of(row["endDate"]), is_gone(row)
    source = _text(row, "sourcedId")
    if is_never(row["beginDate"]) and not gone:
        problems.append(Problem("schools_class_never", _text(row, "beginDate"), source))
        return None
    school_year = years.of(said, ends) if said else years.runs
    if school_year is None and not gone:
        problems.append(Problem("schools_class_undated", "", source))
        return None
    first, last = years.spans.get(school_year or 0, _usual(school_year or 1))
    begins = years.first_day(school_year or 0, said) if said else first
    if ends is not None and never_came.is_said(begins, ends) and not gone:
        school = row["schoolSourcedId"]
        return InClass(source, school, school_year or 0, begins, None, True, ends, never_came=True)
    if ends is not None and ends < begins and not gone:
        problems.append(Problem("schools_ends_before", begins.isoformat(), ends.isoformat()))
        return None
    open_end = None if ends is None or ends >= last else ends
    # That a system takes a class back says that the student left it: what is stored says whether it had
    # begun.
    since = day_of(_text(row, "dateLastModified")) if gone else None
    goes_on = said is not None and said < begins
    return InClass(source, row["schoolSourcedId"], school_year or 0, begins, open_end, gone, since, goes_on)


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
