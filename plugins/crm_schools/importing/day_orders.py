"""In which order a file writes days and months: `9/22/2025` or `22/9/2025`.

In the United States the month comes first, and so days are read unless the file itself shows otherwise. What
a column shows is made out from all of its cells before anything is planned: `22/9/2025` cannot be month
before day, and then `3/9/2025` in the same column is the third of September."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import Notice, Question
from crm_schools.importing.dates import day_of

OPTION: Final = "dates"
AS_SHOWN: Final = "shown"
DAY_FIRST: Final = "day-first"
MONTH_FIRST: Final = "month-first"
CHOICES: Final = (AS_SHOWN, MONTH_FIRST, DAY_FIRST)
READ_SO: Final = "schools_days_first"
BOTH: Final = "schools_days_both"
BOTH_DAY_FIRST: Final = "schools_days_both_day_first"
DOUBTFUL: Final = "schools_days_doubtful"
CONFIRMS: Final = (READ_SO, BOTH, BOTH_DAY_FIRST, DOUBTFUL)
"""Notices that somebody must have agreed to before anything is written."""
MOST: Final = 5000
"""So many different days are looked at in a column; those of thirteen years are fewer."""

OUTWEIGHS: Final = 9
FEWEST_OUTWEIGHING: Final = 5
"""An order of so many different days, and of so many times those of the other, is that of its column: the
others are mistyped, and are left out as days that cannot be read."""
FEWEST: Final = 2
"""So many different days at least make an order doubtful."""


@dataclass(slots=True)
class Shown:
    """What the days of a column show, each of them once: as month before day, as day before month, and an
    example of each. `either` are those that can be both, and are not the same day then, with one cell of
    each."""

    months: set[date] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    month: str = ""
    day: str = ""
    either: dict[date, str] = field(default_factory=dict)

    def take(self, cell: str) -> None:
        """A cell of the column; the same one any number of times."""
        month_first, day_first = day_of(cell), day_of(cell, day_first=True)
        if month_first == day_first or len(self.months) + len(self.days) + len(self.either) > MOST:
            return
        if day_first is None and month_first is not None:
            self.months.add(month_first)
            self.month = self.month or cell.strip()
        elif month_first is None and day_first is not None:
            self.days.add(day_first)
            self.day = self.day or cell.strip()
        elif month_first is not None:
            self.either[month_first] = cell.strip()

    @property
    def is_day_first(self) -> bool:
        """Where both are shown, what more of the days show."""
        return len(self.days) > len(self.months)

    @property
    def is_mixed(self) -> bool:
        """Whether both are shown, and neither outweighs the other."""
        fewer, more = sorted((len(self.months), len(self.days)))
        return fewer > 0 and (more < FEWEST_OUTWEIGHING or more < OUTWEIGHS * fewer)

    def doubtful(self, can_be: Callable[[date], bool]) -> list[str]:
        """Of a column that shows nothing, the cells that can be a day as day before month alone, where they
        are most of them: single days before a year are those on which somebody registered."""
        if self.months or self.days:
            return []
        found = [
            cell
            for month_first, cell in self.either.items()
            if not can_be(month_first) and (other := day_of(cell, day_first=True)) and can_be(other)
        ]
        return found if len(found) >= FEWEST and 2 * len(found) > len(self.either) else []

    def kept(self) -> str:
        """As one text; `again` makes it of that."""
        sets = [sorted(each.isoformat() for each in those) for those in (self.months, self.days)]
        either = {day.isoformat(): cell for day, cell in self.either.items()}
        return orjson.dumps([*sets, self.month, self.day, either]).decode()

    @classmethod
    def again(cls, text: str) -> "Shown":
        months, days, month, day, either = orjson.loads(text)
        return cls(
            {date.fromisoformat(each) for each in months},
            {date.fromisoformat(each) for each in days},
            month,
            day,
            {date.fromisoformat(each): cell for each, cell in either.items()},
        )


class DayOrders:
    """The orders of the columns of one file that hold days. `columns` are their headers by what they hold."""

    def __init__(self, columns: Mapping[str, str], options: Mapping[str, Any]) -> None:
        self.columns = columns
        self.chosen = _chosen(options)
        self.shown = {name: Shown() for name in columns}

    def take(self, name: str, cell: str) -> None:
        self.shown[name].take(cell)

    def look_at(self, rows: Iterable[Sequence[str]], found: Mapping[str, int]) -> None:
        """All rows of a file, each different cell once."""
        if self.chosen != AS_SHOWN or not self.columns:
            return
        places = [(name, found[name], set[str]()) for name in self.columns]
        for cells in rows:
            for _name, place, seen in places:
                seen.add(cells[place])
        for name, _place, seen in places:
            for cell in sorted(seen):
                self.take(name, cell)

    def is_day_first(self, name: str) -> bool:
        """A column that shows nothing is as the others of the file, where they show one thing."""
        if self.chosen != AS_SHOWN:
            return self.chosen == DAY_FIRST
        own = self.shown[name]
        if own.months or own.days:
            return own.is_day_first
        others = {each.is_day_first for each in self.shown.values() if each.months or each.days}
        return others == {True}

    def plainly(self, name: str, cell: str) -> str:
        """A cell as it stands, or as an ISO text where its column has the day first."""
        if name not in self.columns or not self.is_day_first(name):
            return cell
        day = day_of(cell, day_first=True)
        return day.isoformat() if day is not None else cell

    def notices(self, can_be: Callable[[date], bool]) -> list[Notice]:
        """What is to be said of the columns, unless somebody chose the order. `can_be` says whether a day can
        be one of such a file. Of birth dates nothing is asked: no day is counted by them."""
        if self.chosen != AS_SHOWN:
            return []
        return [notice for name in self.columns if name != "birth_date" for notice in self._of(name, can_be)]

    def _of(self, name: str, can_be: Callable[[date], bool]) -> list[Notice]:
        shown, column = self.shown[name], {"column": self.columns[name]}
        if shown.is_mixed:
            code = BOTH_DAY_FIRST if shown.is_day_first else BOTH
            return [Notice(code, {**column, "month": shown.month, "day": shown.day})]
        if self.is_day_first(name):
            example = shown.day or next(iter(shown.either.values()), "")
            return [Notice(READ_SO, {**column, "example": example})] if example else []
        is_shown = any(each.months for each in self.shown.values())
        cells = shown.doubtful(can_be) if not is_shown else []
        return [Notice(DOUBTFUL, {**column, "count": len(cells), "example": cells[0]})] if cells else []


def _chosen(options: Mapping[str, Any]) -> str:
    chosen = str(options.get(OPTION) or AS_SHOWN)
    if chosen not in CHOICES:
        raise UserError(
            _("“%(said)s” is no order of days. Known: %(known)s.", said=chosen, known=", ".join(CHOICES))
        )
    return chosen


def question(options: Mapping[str, Any]) -> Question:
    """How a file writes its days; asked beside what its columns hold."""
    return Question(
        OPTION,
        _("How does the file write days?"),
        _("A file whose days can be read in one way alone shows it by itself."),
        [
            (AS_SHOWN, _("As its days show, else month before day")),
            (MONTH_FIRST, _("Month before day (9/22/2025)")),
            (DAY_FIRST, _("Day before month (22/9/2025)")),
        ],
        _chosen(options),
    )


def in_years(years: Iterable[Any], today: date) -> Callable[[date], bool]:
    """Whether a day lies in a school year that is set up and is not yet to come."""
    spans = [(each.begins_on, each.ends_on) for each in years]
    return lambda day: day <= today and any(begins <= day <= ends for begins, ends in spans)
