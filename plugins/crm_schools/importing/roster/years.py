"""To which school year a stay belongs of which a file says only from when to when it is."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from crm_schools.words import year_of

Years = Mapping[int, tuple[date, date]]
"""First and last day by school year."""


class SchoolYears(NamedTuple):
    """The school years that are known where a stay is, those of them that the file itself names, and the one
    that runs; None where none is known."""

    spans: Years
    named: Collection[int]
    runs: int | None

    def of(self, begins: date, ends: date | None) -> int:
        """The school year in which a stay counts.

        Systems write the day on which somebody came to the school, in an earlier year or in June at the turn
        of the years. Whoever is there still is enrolled in the year that runs, from its first day on. Of the
        years between, such a day says nothing: somebody may have been elsewhere meanwhile."""
        own = year_of(begins.month, begins.year)
        reached = {
            year
            for year, (first, last) in self.spans.items()
            if year >= own and begins <= last
            if ends is None or ends >= (first if year == own else _behind_summer(year, first))
        }
        if ends is None and own in reached and own in self.named:
            return own  # The file speaks of that year, too, so what it lets open is open until its end.
        begun = [year for year in reached if self.runs is not None and year <= self.runs]
        return max(begun) if begun else min(reached, default=own + self._is_turned(own, begins, ends))

    def _is_turned(self, own: int, begins: date, ends: date | None) -> bool:
        """Whether a stay begins in June behind the last day of its year, and is of the next, unknown one."""
        is_behind = begins.month == 6 and own in self.spans and begins > self.spans[own][1]
        return is_behind and (ends is None or ends >= date(own, 8, 1))

    def first_day(self, school_year: int, begins: date) -> date:
        """Since when a stay counts in that year."""
        if year_of(begins.month, begins.year) >= school_year or school_year not in self.spans:
            return begins
        return max(begins, self.spans[school_year][0])


def running(years: Years, day: date) -> int | None:
    """The school year that holds a day; between two the one to come, and behind the last that one."""
    held = [year for year, (begins, ends) in years.items() if begins <= day <= ends]
    to_come = [year for year, (begins, _ends) in years.items() if begins > day]
    return max(held) if held else min(to_come) if to_come else max(years, default=None)


def _behind_summer(school_year: int, first: date) -> date:
    """The first day of a year, but for the summer: many years are set up from July on, and what goes on into
    that month is the end of the year before."""
    return max(first, date(school_year - 1, 8, 1))
