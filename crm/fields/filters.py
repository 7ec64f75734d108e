"""Filters of a list: a field, an operator and a value, as they stand in the page's address."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import (
    ColumnElement,
    Date,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    or_,
)

from crm import db, i18n
from crm.errors import UserError
from crm.fields.numbers import number_in
from crm.i18n import choose_time_zone
from crm.plugin_api.types import Field, Kind
from crm.runtime import runtime

Clause = ColumnElement[bool]
FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2200, 12, 31)
LONGEST = 500


@dataclass(frozen=True)
class Filter:
    """One condition. Written `field:operator:value` in an address. A saved one keeps the kind of field that
    it was made for (`field~kind:operator:value`): of another kind it would quietly mean something else."""

    field: str
    operator: str
    value: str = ""
    kind: str = ""

    @classmethod
    def parse(cls, text: str) -> "Filter | None":
        parts = text.replace("\0", "")[:LONGEST].split(":", 2)
        if len(parts) < 2:
            return None
        name, _sign, kind = parts[0].partition("~")
        return cls(name, parts[1], parts[2] if len(parts) > 2 else "", kind)

    def __str__(self) -> str:
        sign = f"~{self.kind}" if self.kind else ""
        return f"{self.field}{sign}:{self.operator}:{self.value}"


@dataclass(frozen=True)
class Operator:
    """What a filter does, in words. `needs` says what kind of value it takes."""

    name: str
    label: Any
    needs: str = "text"


_EMPTY = (
    Operator("empty", lazy_gettext("is empty"), "nothing"),
    Operator("filled", lazy_gettext("is filled in"), "nothing"),
)
_TEXT = (
    Operator("contains", lazy_gettext("contains")),
    Operator("is", lazy_gettext("is")),
    Operator("not", lazy_gettext("is not")),
    Operator("starts", lazy_gettext("begins with")),
    *_EMPTY,
)
_CHOICE = (
    Operator("is", lazy_gettext("is"), "choice"),
    Operator("not", lazy_gettext("is not"), "choice"),
    *_EMPTY,
)
_TAGGED = {"is": lazy_gettext("has the tag"), "not": lazy_gettext("does not have the tag")}
_TAGS = (
    Operator("is", _TAGGED["is"], "choice"),
    Operator("not", _TAGGED["not"], "choice"),
    Operator("empty", lazy_gettext("has no tag"), "nothing"),
    Operator("filled", lazy_gettext("has a tag"), "nothing"),
)
_DATE = (
    Operator("on", lazy_gettext("is on"), "date"),
    Operator("before", lazy_gettext("is before"), "date"),
    Operator("after", lazy_gettext("is after"), "date"),
    Operator("last_days", lazy_gettext("in the last … days"), "number"),
    Operator("before_days", lazy_gettext("more than … days ago"), "number"),
    Operator("next_days", lazy_gettext("in the next … days"), "number"),
    Operator("this_month", lazy_gettext("is in this month"), "nothing"),
    Operator("this_year", lazy_gettext("is in this year"), "nothing"),
    *_EMPTY,
)
_NUMBER = (
    Operator("is", lazy_gettext("is"), "number"),
    Operator("more", lazy_gettext("is more than"), "number"),
    Operator("less", lazy_gettext("is less than"), "number"),
    *_EMPTY,
)
_BOOLEAN = (Operator("yes", lazy_gettext("yes"), "nothing"), Operator("no", lazy_gettext("no"), "nothing"))


MONTHS = {"day_this_month": 0, "day_next_month": 1}
"""Operators that ask for birthdays and the like, and how many months from now they mean."""
_ANNIVERSARY = (
    Operator("day_this_month", lazy_gettext("has its day in this month, of whatever year"), "nothing"),
    Operator("day_next_month", lazy_gettext("has its day in next month, of whatever year"), "nothing"),
)


def operators(field: Field) -> Sequence[Operator]:
    """What can be asked of a field."""
    by_kind: dict[Kind, Sequence[Operator]] = {
        "number": _NUMBER,
        "date": _DATE,
        "datetime": _DATE,
        "boolean": _BOOLEAN,
        "choice": _CHOICE,
        "choices": _CHOICE,
        "tags": _TAGS,
    }
    if field.kind == "date" and field.expression is not None and not isinstance(field.expression.type, Date):
        return (*_DATE, *_ANNIVERSARY)
    return by_kind.get(field.kind, _TEXT)


def condition(field: Field, chosen: Filter) -> Clause:
    """The SQL condition of a filter; raises UserError when its value makes no sense."""
    if chosen.operator not in {operator.name for operator in operators(field)}:
        raise UserError(_("“%(field)s” cannot be filtered that way.", field=field.label))
    _check_value(field, chosen)
    if field.filter is not None:
        return field.filter(chosen.operator, [chosen.value])
    if chosen.operator in MONTHS:
        return _in_month(field, chosen)
    builders: dict[str, Callable[[Field, Filter], Clause]] = {
        "number": _number,
        "date": _date,
        "datetime": _moment,
        "boolean": _boolean,
    }
    return builders.get(field.kind, _text)(field, chosen)


def needs_of(field: Field, operator: str) -> str:
    """What kind of value an operator takes: text, choice, date, number or nothing."""
    return next((each.needs for each in operators(field) if each.name == operator), "nothing")


def _check_value(field: Field, chosen: Filter) -> None:
    """A filter without a value would quietly find everybody, or nobody."""
    needs = needs_of(field, chosen.operator)
    if needs == "nothing":
        return
    if not chosen.value.strip():
        raise UserError(_("Say by which value “%(field)s” is to be filtered.", field=field.label))
    if needs == "choice" and field.choices is not None and chosen.value not in dict(field.choices()):
        raise UserError(
            _("“%(value)s” is no longer a choice of “%(field)s”.", value=chosen.value, field=field.label)
        )


def _text(field: Field, chosen: Filter) -> Clause:
    column: ColumnElement[Any] = field.expression
    value = chosen.value.strip()
    if field.kind == "language":
        # Imported here because transfer reads the fields that this module filters by.
        from crm.transfer.cleaning.labels import clean_language

        value = clean_language(value)
    said = says_phone if field.kind == "phone" else says
    if chosen.operator == "empty":
        return or_(column.is_(None), column == "")
    if chosen.operator == "filled":
        return not_(or_(column.is_(None), column == ""))
    if field.kind == "choice" and field.choices is not None:
        # One of the values that are stored, so that an index can find it.
        return column == value if chosen.operator == "is" else or_(column.is_(None), column != value)
    if chosen.operator == "not":
        return or_(column.is_(None), not_(said(column, "is", value)))
    return said(column, chosen.operator, value)


def says_phone(column: SQLColumnExpression[Any], operator: str, value: str) -> Clause:
    """The same of a phone number, however it is written. One that is not whole is stored as it was typed."""
    return or_(says(column, operator, value), says(column, operator, _as_dialled(operator, value)))


def _as_dialled(operator: str, text: str) -> str:
    """A number, or a part of one, as it is stored: `(657) 555-0142` → `6575550142`; whole, or from its
    beginning, with the sign of its country."""
    from crm.transfer.cleaning.phones import clean_phone, country_code

    digits = re.sub(r"\D", "", text)
    if not digits or operator == "contains":
        return digits or text
    region = runtime().config.default_region
    number, _extension, problem = clean_phone(text, region)
    if operator != "starts" and number and not problem:
        return number
    return f"+{digits}" if text.lstrip().startswith("+") else f"+{country_code(region)}{digits}"


_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")
"""A value that reads the same once it is folded."""


def says(column: SQLColumnExpression[Any], operator: str, value: str) -> Clause:
    """Whether a text contains, starts with or is the value, in small letters or capitals; a value without
    accents also finds texts with them, as search does."""
    value = value.lower()
    found = _reads(column, operator, value)
    if _PLAIN.fullmatch(value) is None:
        return found
    # Few texts have accents, so few are folded, which takes longer than to look. The pattern stands in the
    # statement itself: SQLite plans anew each time where GLOB is asked of a value that comes with it.
    signs = ("GLOB", "'*[^ -~]*'") if db.dialect() == "sqlite" else ("~", "'[^[:ascii:]]'")
    accented: ColumnElement[bool] = column.bool_op(signs[0])(literal_column(signs[1]))
    folded: SQLColumnExpression[Any] = func.search_words(column)
    tests = {"is": lambda: folded == value, "starts": lambda: folded.startswith(value, autoescape=True)}
    return or_(found, and_(accented, tests.get(operator, lambda: folded.contains(value, autoescape=True))()))


def _reads(column: SQLColumnExpression[Any], operator: str, value: str) -> Clause:
    lowered: ColumnElement[Any] = func.lower(column)
    liked: SQLColumnExpression[Any] = lowered
    if value.isascii() and db.dialect() == "sqlite":
        # It need not ask Python for the small letters of each row, which costs more than all the rest.
        liked, lowered = column, column.collate("NOCASE")
    if operator == "is":
        return lowered == value
    if operator == "starts":
        return liked.startswith(value, autoescape=True)
    return liked.contains(value, autoescape=True)


def _number(field: Field, chosen: Filter) -> Clause:
    column: ColumnElement[Any] = field.expression
    if chosen.operator in {"empty", "filled"}:
        return column.is_(None) if chosen.operator == "empty" else column.is_not(None)
    value = _as_number(field, chosen.value)
    tests: dict[str, Clause] = {"is": column == value, "more": column > value, "less": column < value}
    return tests[chosen.operator]


def as_id(text: str) -> int:
    """A row's id out of an address; 0, which no row has, for what is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _as_number(field: Field, text: str) -> float:
    found = number_in(text)
    if found is None:
        raise UserError(_("“%(value)s” is not a number for “%(field)s”.", value=text, field=field.label))
    return found


def _as_days(field: Field, text: str) -> int:
    days = int(_as_number(field, text))
    if not 0 <= days <= 36500:
        raise UserError(_("The number of days for “%(field)s” is out of range.", field=field.label))
    return days


def as_day(field: Field, text: str) -> date:
    """A day out of a filter: ISO, as date inputs send it, or as people write it."""
    # Imported here because transfer reads the fields that this module filters by.
    from crm.transfer.cleaning.dates import whole_day

    found = whole_day(text)
    if found is not None and FIRST_DAY <= found <= LAST_DAY:
        return found
    raise UserError(
        _(
            "“%(value)s” is not a date for “%(field)s”; write it as 2026-09-01.",
            value=text,
            field=field.label,
        )
    )


def _in_month(field: Field, chosen: Filter) -> Clause:
    """A day that is kept as text, `2026-11-26` or without its year `--11-26`, by its month alone."""
    column: ColumnElement[Any] = field.expression
    month = case((column.startswith("--"), func.substr(column, 3, 2)), else_=func.substr(column, 6, 2))
    return month == f"{(i18n.today().month - 1 + MONTHS[chosen.operator]) % 12 + 1:02}"


def _date(field: Field, chosen: Filter) -> Clause:
    column: ColumnElement[Any] = field.expression
    today = i18n.today()
    as_stored: Callable[[date], Any] = (lambda day: day) if isinstance(column.type, Date) else date.isoformat
    if chosen.operator in {"empty", "filled"}:
        return column.is_(None) if chosen.operator == "empty" else column.is_not(None)
    if span := _span(chosen.operator, today):
        within: Clause = (column >= as_stored(span[0])) & (column < as_stored(span[1]))
        return within
    if chosen.operator == "before_days":
        # What is not a whole date, such as a birthday without a year, is before nothing.
        begins: Clause = column >= as_stored(FIRST_DAY)
        ended: Clause = column < as_stored(today - timedelta(days=_as_days(field, chosen.value)))
        return begins & ended
    if chosen.operator == "last_days":
        return column.between(
            as_stored(today - timedelta(days=_as_days(field, chosen.value))), as_stored(today)
        )
    if chosen.operator == "next_days":
        return column.between(
            as_stored(today), as_stored(today + timedelta(days=_as_days(field, chosen.value)))
        )
    value = as_stored(as_day(field, chosen.value))
    before: Clause = (column >= as_stored(FIRST_DAY)) & (column < value)  # As above.
    tests: dict[str, Clause] = {"on": column == value, "before": before, "after": column > value}
    return tests[chosen.operator]


def _moment(field: Field, chosen: Filter) -> Clause:
    column: ColumnElement[Any] = field.expression
    if chosen.operator in {"empty", "filled"}:
        return column.is_(None) if chosen.operator == "empty" else column.is_not(None)
    if span := _span(chosen.operator, i18n.today()):
        within: Clause = (column >= _midnight(span[0])) & (column < _midnight(span[1]))
        return within
    if chosen.operator in {"before_days", "last_days", "next_days"}:
        days = _as_days(field, chosen.value)
        if chosen.operator == "next_days":
            return column.between(_from_now(column, 0), _from_now(column, days))
        before: Clause = column < _from_now(column, -days)
        return (
            before
            if chosen.operator == "before_days"
            else column.between(_from_now(column, -days), _from_now(column, 0))
        )
    begins = _midnight(as_day(field, chosen.value))
    ends = _midnight(as_day(field, chosen.value) + timedelta(days=1))
    tests: dict[str, Clause] = {
        "on": (column >= begins) & (column < ends),
        "before": column < begins,
        "after": column >= ends,
    }
    return tests[chosen.operator]


def _from_now(column: ColumnElement[Any], days: int) -> ColumnElement[Any]:
    """A moment so many days from now, found out when the statement runs: statements are kept for a while."""
    then = timedelta(days=days)
    return bindparam("moment", callable_=lambda: db.now() + then, type_=column.type, unique=True)


def _span(operator: str, today: date) -> tuple[date, date] | None:
    """The first day of a span that has a name, and the first one after it."""
    if operator == "this_month":
        first = today.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1)
    if operator == "this_year":
        return date(today.year, 1, 1), date(today.year + 1, 1, 1)
    return None


def _midnight(day: date) -> datetime:
    """The beginning of a day in the reader's time zone, in UTC. Not with Flask-Babel's zone: until it is told
    which moment is meant, that one is the local time of a hundred years ago."""
    return datetime.combine(day, time(), ZoneInfo(choose_time_zone())).astimezone(UTC)


def _boolean(field: Field, chosen: Filter) -> Clause:
    test: Clause = field.expression.is_(chosen.operator == "yes")
    return test


def describe(field: Field, chosen: Filter) -> str:
    """The filter as people read it on its chip: "City contains Wash"."""
    operator = next((each for each in operators(field) if each.name == chosen.operator), None)
    words = str(operator.label) if operator else chosen.operator
    if operator is None or operator.needs == "nothing":
        if operator in _BOOLEAN:
            return f"{field.label}: {words}"
        return words if operator in _TAGS else f"{field.label} {words}"
    value = _value_words(field, operator, chosen.value)
    if "…" in words:
        return f"{field.label} {words.replace('…', value)}"
    if operator in _TAGS:
        return f"{words} {value}"
    return f"{field.label} {words} {value}"


def _value_words(field: Field, operator: Operator, value: str) -> str:
    if operator.needs == "choice" and field.choices is not None:
        value = next((str(label) for key, label in field.choices() if key == value), value)
    if operator.needs == "date" and (day := _known_day(field, value)):
        return i18n.day(day)
    if operator.needs == "number" and (amount := number_in(value)) is not None:
        return i18n.decimal(amount)
    return i18n.language_name(value) if field.kind == "language" else value


def _known_day(field: Field, text: str) -> date | None:
    try:
        return as_day(field, text)
    except UserError:
        return None
