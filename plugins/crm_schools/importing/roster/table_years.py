"""To which school year a row of a table belongs that does not name it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import exists, select

from crm.plugin_api import day_here, db, system
from crm.plugin_api.transfer import Notice
from crm_schools.models import Enrolment, Student, Year
from crm_schools.words import year_of, year_words

OF_YEAR_BEFORE: Final = "schools_of_year_before"
FEWEST_OF_BEFORE: Final = 5
Carried = tuple[int, int, int]
"""A district, the year in which somebody came, and the one for which they are taken."""
Known = Mapping[int, Any]
"""The years of a district as they are set up."""


class TableYears:
    """Says the years of rows, and remembers what that rests on."""

    def __init__(self) -> None:
        self._undated: set[int] = set()
        self._carried: dict[Carried, set[str]] = defaultdict(set)
        """Who begins in a year and is taken for the one that runs, or for it."""

    def of(self, begins: date | None, ends: date | None, known: Known, student: str) -> int | None:
        """The school year of a row with these days, of a student's number; the one that runs where it says
        none."""
        if begins is None:
            runs = running(known)
            self._undated.update(() if runs is None else (runs,))
            return runs
        own = year_of(begins.month, begins.year)
        if own not in known or ends is None:
            # Whoever came in an earlier year and is still there is enrolled now.
            wanted = max(own, running(known) or own)
            if wanted in known:
                self._carried[known[wanted].district_id, own, wanted].add(bare(student))
            return wanted
        left = year_of(ends.month, ends.year)
        return left if left in known and ends >= known[left].begins_on > begins else own

    def notices(self) -> Iterator[Notice]:
        for school_year in sorted(self._undated):
            yield Notice("schools_year_said", {"year": year_words(school_year)})
        yield from self._of_a_year_before()

    def _of_a_year_before(self) -> Iterator[Notice]:
        """Where hardly anybody of the file came in the year that runs, and nearly all in one before of which
        nobody is known yet, it may be a list of that one: its students would be enrolled in this one."""
        for (district, own, wanted), those in self._carried.items():
            all_of_them = sum(
                len(others)
                for (of, _own, year), others in self._carried.items()
                if (of, year) == (district, wanted)
            )
            is_most = len(those) >= FEWEST_OF_BEFORE and 10 * len(those) >= 9 * all_of_them
            if own != wanted and is_most and _brings_others(district, own, wanted, those):
                years = {"before": year_words(own), "year": year_words(wanted)}
                yield Notice(OF_YEAR_BEFORE, {"count": len(those), **years})


def _brings_others(district_id: int, own: int, wanted: int, those: Collection[str]) -> bool:
    """Whether the year before is set up and nobody is enrolled in it yet, and many of those are not enrolled
    in the one that runs, either: whoever brings a list each night is asked once at most."""
    year = select(Year.id).where(Year.district_id == district_id, Year.school_year == own)
    of_district = select(Student.local_id, Student.state_id).where(Student.district_id == district_id)

    def enrolled(school_year: int) -> Any:
        of_student = Enrolment.student_id == Student.id
        return exists().where(of_student, Enrolment.school_year == school_year)

    with system("whether a year has students, for whoever brings a roster"):
        run = db.session()
        if run.scalar(year) is None or run.execute(of_district.where(enrolled(own)).limit(1)).first():
            return False
        numbers = run.execute(of_district.where(enrolled(wanted))).all()
        here = {bare(number) for both in numbers for number in both}
    new = len(set(those) - here)
    return new >= FEWEST_OF_BEFORE and 10 * new >= len(those)


def bare(number: str) -> str:
    """A number without the zeros that files lose."""
    return number.strip().lstrip("0")


def running(known: Known) -> int | None:
    """The latest year that has begun."""
    today = day_here()
    return max((year for year, row in known.items() if row.begins_on <= today), default=None)
