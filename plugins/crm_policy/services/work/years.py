"""What an hour of work costs and what is spent in a year, each year by itself: the report of a year that was
filed must not change when the numbers of the next are set. A year goes by its own, else by those of the last
before it that has some; years before the first go by what is usual, whatever is entered later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.words import day_here
from crm_policy.models import Lobbying, LobbyingYear
from crm_policy.services.work.amounts import CENTS, cents

USUAL_HOUR: Final = 40 * CENTS
"""What an hour counts, in cents, until somebody says what it costs."""
MOST_YEARS: Final = 60


@dataclass(frozen=True)
class Numbers:
    """What the report of `year` computes with: cents for an hour, and dollars spent for exempt purposes (0
    where nobody said). `entered_for` is the year for which that was entered, None where there is none up to
    this one."""

    year: int
    hour_cents: int
    budget_dollars: int
    entered_for: int | None

    @property
    def own(self) -> bool:
        return self.entered_for == self.year

    def in_words(self) -> str:
        """Whose numbers these are."""
        if self.own and not self.budget_dollars:
            return _("The cost of an hour is that of %(year)s.", year=self.year)
        if self.own:
            return _("The cost of an hour and the yearly spending are those of %(year)s.", year=self.year)
        if self.entered_for is None:
            return _(
                "Nobody has entered yet what an hour costs and what is spent in %(year)s.", year=self.year
            )
        return _(
            "For %(year)s nobody has entered what an hour costs and what was spent: these are the numbers of "
            "%(other)s.",
            year=self.year,
            other=self.entered_for,
        )


def _entered() -> list[LobbyingYear]:
    with system("what an hour costs names nobody"):
        return list(db.session().scalars(select(LobbyingYear).order_by(LobbyingYear.year)))


def numbers_of_year(year: int) -> Numbers:
    """Those of the year, else those of the last year before it that has some."""
    return _up_to(year, _entered())


def _up_to(year: int, entered: list[LobbyingYear]) -> Numbers:
    found = next((each for each in reversed(entered) if each.year <= year), None)
    if found is None:
        return Numbers(year, USUAL_HOUR, 0, None)
    return Numbers(year, found.hour_cost_cents, found.budget_dollars or 0, found.year)


def followers(year: int) -> range:
    """The years after one, up to this year, that go by the numbers entered for it, for want of their own."""
    end = day_here().year + 1
    return range(year + 1, min([end, *(each.year for each in _entered() if each.year > year)]))


def all_years() -> list[Numbers]:
    """From the next year back to the first for which something was logged or entered, newest first."""
    entered, newest = _entered(), day_here().year + 1
    with system("since when there is a log; it names nobody"):
        first = db.session().scalar(select(func.min(Lobbying.worked_on)))
    known = [each.year for each in entered] + [first.year if first else newest - 1, newest - 1]
    oldest = max(min(known), newest - MOST_YEARS)
    return [_up_to(year, entered) for year in range(max(newest, *known), oldest - 1, -1)]


def set_year(year: int, values: Mapping[str, Any]) -> None:
    """Inside a transaction. UserError for what is no amount."""
    hour, budget = cents(values["hour_cost"] or ""), cents(values["budget"] or "") // CENTS
    if hour > 1000 * CENTS:
        raise UserError(_("An hour costs at most $1,000."))
    found = _row(year) or LobbyingYear(year=year)
    found.hour_cost_cents, found.budget_dollars = hour, budget or None
    db.session().add(found)
    db.session().flush()


def forget_year(year: int) -> None:
    """The year goes by an earlier one again, or by what is usual."""
    if found := _row(year):
        db.session().delete(found)
        db.session().flush()


def _row(year: int) -> LobbyingYear | None:
    return next((each for each in _entered() if each.year == year), None)
