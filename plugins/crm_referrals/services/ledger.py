"""Needs that nobody met, counted without anybody's identity; small numbers hidden."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from crm.plugin_api import db
from crm_referrals.models import Unmet

LEAST = 10
"""Fewer than so many are not told, as in the reports of schools."""


@dataclass(frozen=True)
class Count:
    """So many needs of one kind; None is too few to tell."""

    what: str
    count: int | None


def school_year(day: date) -> int:
    """The calendar year in which the school year of a day ends; one begins in July."""
    return day.year + (day.month >= 7)


def school_years() -> list[int]:
    """The school years in which a need was counted, the latest first."""
    days = db.session().scalars(select(Unmet.closed_on).distinct())
    return sorted({school_year(each) for each in days}, reverse=True)


def by(column: Any, year: int | None = None) -> list[Count]:
    """Unmet needs by category, district, ZIP3 or reason, most first; of one school year where it is named."""
    if year is not None:
        return _of_year(column, year)
    statement = select(column, func.count()).group_by(column).order_by(func.count().desc(), column)
    return _told(db.session().execute(statement).all())


def _told(rows: Sequence[Any]) -> list[Count]:
    """Counts, most first, with the small ones hidden. The whole is known from another table, so what is
    hidden together has to be enough that none of it follows: else the smallest that is shown goes too."""
    shown = sum(row[1] >= LEAST for row in rows)
    while 0 < shown < len(rows) and (len(rows) - shown < 2 or sum(row[1] for row in rows[shown:]) < LEAST):
        shown -= 1
    return [Count(str(row[0]), row[1] if place < shown else None) for place, row in enumerate(rows)]


def _of_year(column: Any, year: int) -> list[Count]:
    """The same of one school year. Years add up to all of them, which are told too, so whatever would follow
    from the others is hidden as well."""
    cells = Counter[tuple[str, int]]()
    statement = select(column, Unmet.closed_on, func.count()).group_by(column, Unmet.closed_on)
    for what, day, count in db.session().execute(statement):
        cells[str(what), school_year(day)] += count
    all_told = {each.what for each in by(column) if each.count is not None}
    hidden = _hidden(cells, {each for each in cells if cells[each] < LEAST or each[0] not in all_told})
    told = {
        what: None if (what, year) in hidden else count for (what, of), count in cells.items() if of == year
    }
    # What is hidden stands last and by its name: its place among the others would tell how many there are.
    found = sorted(told.items(), key=lambda each: (each[1] is None, -(each[1] or 0), each[0]))
    return [Count(what, count) for what, count in found]


def _hidden(cells: Mapping[tuple[str, int], int], hidden: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """With more hidden until in no line and in no year the hidden ones follow from the sum."""
    lines: list[list[tuple[str, int]]] = [
        [cell for cell in cells if cell[side] == name] for side in (0, 1) for name in {c[side] for c in cells}
    ]
    found, before = set(hidden), -1
    while before != len(found):
        before = len(found)
        for line in lines:
            away, shown = (
                [each for each in line if each in found],
                [each for each in line if each not in found],
            )
            if away and shown and (len(away) < 2 or sum(cells[each] for each in away) < LEAST):
                found.add(min(shown, key=lambda each: (cells[each], each)))
    return found


def unmet() -> list[Count]:
    """Unmet needs by category, most first, for evidence in texts: `what` is a code of
    `crm_referrals.words.CATEGORIES`, `count` None where it is too few to tell. Of one district or since a day
    nothing is told here: with the whole, small numbers would follow from it."""
    return by(Unmet.category)


def total() -> int:
    return int(db.session().scalar(select(func.count(Unmet.id))) or 0)
