"""To which school year a row of a table belongs that does not name it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import day_here, db, system
from crm.plugin_api.transfer import Notice
from crm_schools.models import Enrolment, School
from crm_schools.words import year_of, year_words

OF_YEAR_BEFORE: Final = "schools_of_year_before"
FEWEST_OF_BEFORE: Final = 5
Known = Mapping[int, Any]
"""The years of a district as they are set up."""


class TableYears:
    """Says the years of rows, and remembers what that rests on."""

    def __init__(self) -> None:
        self._undated: set[int] = set()
        self._carried: Counter[tuple[int, int]] = Counter()
        """How many rows begin in a year and are taken for the one that runs, or for it."""
        self._known: set[tuple[int, int]] = set()
        """Districts and years that are set up among those."""

    def of(self, begins: date | None, ends: date | None, known: Known) -> int | None:
        """The school year of a row with these days; the one that runs where it says none."""
        if begins is None:
            runs = running(known)
            self._undated.update(() if runs is None else (runs,))
            return runs
        own = year_of(begins.month, begins.year)
        if own not in known or ends is None:
            # Whoever came in an earlier year and is still there is enrolled now.
            wanted = max(own, running(known) or own)
            self._carried[own, wanted] += 1
            self._known.update((known[each].district_id, each) for each in (own, wanted) if each in known)
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
        for (own, wanted), count in self._carried.items():
            all_of_them = sum(others for (_own, year), others in self._carried.items() if year == wanted)
            is_most = count >= FEWEST_OF_BEFORE and 10 * count >= 9 * all_of_them
            if own != wanted and is_most and self._is_first(own, wanted):
                years = {"before": year_words(own), "year": year_words(wanted)}
                yield Notice(OF_YEAR_BEFORE, {"count": count, **years})

    def _is_first(self, own: int, wanted: int) -> bool:
        """Whether the year before is set up, and nobody is enrolled yet in either: whoever brings a list each
        night is asked once at most."""
        districts = {district for district, year in self._known if year == own}
        taken = (
            select(Enrolment.id)
            .join(School, School.id == Enrolment.school_id)
            .where(db.among(School.district_id, districts), Enrolment.school_year.in_((own, wanted)))
        )
        with system("whether a year has students, for whoever brings a roster"):
            return bool(districts) and db.session().execute(taken.limit(1)).first() is None


def running(known: Known) -> int | None:
    """The latest year that has begun."""
    today = day_here()
    return max((year for year, row in known.items() if row.begins_on <= today), default=None)
