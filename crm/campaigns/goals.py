"""Goals: numbers computed from records, each with the rows behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from flask_babel import format_date, get_timezone
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, literal, select, union_all

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns.models import Goal
from crm.contacts.models import ContactTag
from crm.errors import UserError
from crm.i18n import today
from crm.plugin_api.types import Counted, Measure
from crm.plugin_host.host import guarded
from crm.runtime import runtime
from crm.transfer.cleaning.text import squash

PAGE: Final = 50
WEEKS: Final = 16
"""So many weeks are shown one by one; what took longer is shown by months."""
MONTHS: Final = 24
DATED: Final = (
    "answered_on",
    "kept_on",
    "since",
    "start_date",
    "pledged_on",
    "checked_in_at",
    "at",
    "starts_at",
)
"""Columns that say when a row began to count, the best first."""


@dataclass(frozen=True)
class Progress:
    """A goal with what is reached of it; `count` is None where its way to count is switched off or
    fails."""

    goal: Goal
    measure: Measure | None
    count: int | None
    chosen: str = ""

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return min((self.count or 0) / self.goal.target, 1.0)

    @property
    def percent(self) -> int:
        return int(100 * (self.count or 0) / self.goal.target)

    @property
    def reached(self) -> bool:
        return self.count is not None and self.count >= self.goal.target

    @property
    def late(self) -> bool:
        return not self.reached and self.goal.due_date is not None and self.goal.due_date < today()


@dataclass(frozen=True)
class Moment:
    """One bar of the chart: how many there were by the end of a week or month, how many were new in it."""

    name: str
    short: str
    total: int
    new: int


def progress(goals: Sequence[Goal]) -> list[Progress]:
    """Each goal with its number, all counted by one statement of one count each."""
    known, words = runtime().measures, Words()
    ready = [goal for goal in goals if goal.measure in known]
    with system("goals are counted over all records, whoever reads the number"):
        # Together, and one by one only where one of them fails: that costs its own number and no more.
        found = guarded("crm_measures", lambda: _counts(ready))
        if found is None:
            single = (guarded("crm_measures", partial(_counts, [goal])) for goal in ready)
            found = {goal: count for each in single if each for goal, count in each.items()}
    return [Progress(goal, known.get(goal.measure), found.get(goal.id), words.of(goal)) for goal in goals]


def _counts(goals: Sequence[Goal]) -> dict[int, int]:
    counts = []
    for goal in goals:
        rows = runtime().measures[goal.measure].rows(goal.campaign_id, goal.parameters)
        counted = rows.order_by(None).subquery()
        counts.append(select(literal(goal.id).label("id"), func.count().label("n")).select_from(counted))
    if not counts:
        return {}
    statement = union_all(*counts) if len(counts) > 1 else counts[0]
    return {row[0]: row[1] for row in db.session().execute(statement)}


class Words:
    """The parameters of goals in words; what can be chosen is asked for once for all of them."""

    def __init__(self) -> None:
        self._choices: dict[tuple[str, str], dict[str, Any]] = {}

    def of(self, goal: Goal) -> str:
        """“adopted · Everybody who has the tag”."""
        measure = runtime().measures.get(goal.measure)
        if measure is None:
            return ""
        found = []
        for name, _label, choices in measure.parameters:
            if (measure.name, name) not in self._choices:
                self._choices[measure.name, name] = dict(choices())
            value = str(goal.parameters.get(name, ""))
            found.append(str(self._choices[measure.name, name].get(value, _("one that is gone"))))
        return " · ".join(found)


def set_goal(goal: Goal, values: Mapping[str, Any]) -> None:
    """What is counted, how many of it, by when; raises UserError where a choice is missing."""
    measure = runtime().measures.get(values["measure"])
    if measure is None:
        raise UserError(_("Choose what is to be counted."))
    parameters = {}
    for name, label, choices in measure.parameters:
        value = str(values["parameters"].get(name, ""))
        if value not in {key for key, _words in choices()}:
            raise UserError(_("Choose one for “%(name)s”.", name=label))
        parameters[name] = value
    if not values["target"] or values["target"] < 1:
        raise UserError(_("Say how many are to be reached: a whole number of at least 1."))
    if goal.measure == measure.name and goal.parameters and "from" in goal.parameters:
        parameters["from"] = goal.parameters["from"]
    goal.measure, goal.parameters, goal.target = measure.name, parameters, values["target"]
    goal.due_date = values["due_date"]
    goal.label = squash(values["label"] or "") or str(measure.label)


@dataclass(frozen=True)
class Behind:
    """A page of the rows behind a number. `hidden` of them are not the reader's to see; `next` is the id
    after which the next page begins."""

    rows: Sequence[Counted]
    hidden: int
    next: int | None


def behind(goal: Goal, actor: Actor, after: int = 0) -> Behind:
    """The rows that a goal counts, as far as the actor may see them."""
    measure = runtime().measures.get(goal.measure)
    if measure is None:
        return Behind((), 0, None)
    with system("which rows a goal counts; the measure shows those that may be seen"):
        counted = measure.rows(goal.campaign_id, goal.parameters).order_by(None).subquery()
        identity = counted.c[0]
        statement = select(identity).where(identity > after).order_by(identity).limit(PAGE + 1)
        ids = list(db.session().execute(statement).scalars())
    page = ids[:PAGE]
    shown = guarded("crm_measures", lambda: measure.show(page, actor)) or () if page else ()
    return Behind(shown, len(page) - len(shown), page[-1] if len(ids) > PAGE else None)


def history(goal: Goal, start: date | None = None) -> list[Moment]:
    """How the number grew since the campaign's `start`, week by week or month by month; empty where the rows
    have no date."""
    measure = runtime().measures.get(goal.measure)
    column = _date_column(measure) if measure else None
    if measure is None or column is None:
        return []
    with system("how a goal's number grew"):
        counted = guarded("crm_measures", lambda: measure.rows(goal.campaign_id, goal.parameters))
        if counted is None:
            return []
        day, counts_it = func.date(column), measure.model.id.in_(counted.order_by(None))
        statement = select(day, func.count()).where(counts_it).group_by(day)
        rows = guarded("crm_measures", lambda: db.session().execute(statement).all()) or ()
    return _moments({_as_day(row[0]): row[1] for row in rows}, start)


def _date_column(measure: Measure) -> ColumnElement[Any] | None:
    if measure.model is ContactTag:
        return db.table(ContactTag).c.created_at
    columns = db.table(measure.model).columns
    return next((columns[name] for name in DATED if name in columns), None)


def _as_day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(get_timezone()).date()
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moments(days: Mapping[date | None, int], start: date | None) -> list[Moment]:
    dated = {each: count for each, count in days.items() if each is not None}
    if not dated:
        return []
    last = max(today(), *dated)
    first = min([*dated, *([start] if start and start <= last else [])])
    begins = _weeks(first, last) if (last - first).days < WEEKS * 7 else _months(first, last)
    weekly = (last - first).days < WEEKS * 7
    found, total = [], sum(count for each, count in days.items() if each is None or each < begins[0])
    for number, begin in enumerate(begins):
        end = begins[number + 1] if number + 1 < len(begins) else date.max
        new = sum(count for each, count in dated.items() if begin <= each < end)
        total += new
        found.append(Moment(_period(begin, weekly), _short(begin, weekly), total, new))
    return found


def _weeks(first: date, last: date) -> list[date]:
    monday = first - timedelta(days=first.weekday())
    return [monday + timedelta(weeks=number) for number in range((last - monday).days // 7 + 1)]


def _months(first: date, last: date) -> list[date]:
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(each // 12, each % 12 + 1, 1) for each in months][-MONTHS:]


def _period(begin: date, weekly: bool) -> str:
    if weekly:
        return _("Week of %(day)s", day=format_date(begin, "medium"))
    return str(format_date(begin, "LLLL yyyy"))


def _short(begin: date, weekly: bool) -> str:
    return str(format_date(begin, "d MMM" if weekly else "LLL"))
