"""What the fields of several kinds of records need."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from crm import db
from crm.access import current_actor, visible, visible_clause
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.coalitions.models import Coalition
from crm.contacts.models import Contact
from crm.fields.filters import as_id

Clause = ColumnElement[bool]
_NUMBER: Final = re.compile(r"#(\d{1,18})$")
Fetch = Callable[[Sequence[int]], Mapping[int, Any]]
Filter = Callable[[str, Sequence[str]], Clause]


def coalition_choices() -> Sequence[tuple[str, str]]:
    """The coalitions that the reader may see, by name."""
    statement = visible(Coalition, current_actor()).order_by(Coalition.sort_name, Coalition.id)
    rows = db.session().execute(statement.with_only_columns(Coalition.id, Coalition.name))
    return [(str(row[0]), row[1]) for row in rows]


def owner_choices() -> Sequence[tuple[str, str]]:
    """Everybody who can sign in, by name."""
    with system("whose records can be asked for"):
        rows = db.session().execute(select(User.id, User.name).order_by(User.name, User.id)).all()
    return [(str(row[0]), row[1]) for row in rows]


def owner_name(column: Any) -> Any:
    return select(User.name).where(User.id == column).scalar_subquery()


def is_chosen(column: Any) -> Filter:
    """A filter of choices whose values are ids."""

    def clause(operator: str, values: Sequence[str]) -> Clause:
        if operator in {"empty", "filled"}:
            found: Clause = column.is_(None) if operator == "empty" else column.is_not(None)
            return found
        wanted = as_id(values[0])
        chosen: Clause = column == wanted
        return chosen if operator == "is" else ~func.coalesce(chosen, false())

    return clause


def named(model: Any, column: Any, of: Any = Contact) -> Fetch:
    """The name of the contact, or of another kind of record, in a column: for those rows alone whose contact
    the reader may see."""

    def fetch(ids: Sequence[int]) -> Mapping[int, str]:
        with system("the rows were listed for the reader"):
            referring = select(model.id, column).where(db.among(model.id, ids), column.is_not(None))
            keys = {row[0]: row[1] for row in db.session().execute(referring)}
        statement = visible(of, current_actor()).where(db.among(of.id, sorted(set(keys.values()))))
        rows = db.session().execute(statement.with_only_columns(of.id, of.name)) if keys else ()
        names = {row[0]: row[1] for row in rows}
        return {each: names[key] for each, key in keys.items() if key in names}

    return fetch


def names_like(column: Any) -> Filter:
    """A text filter on the name of the contact in a column, as far as the reader may see it. Where the value
    ends in a number (“Ana Ruiz #12”) the number decides, as in the fields of forms."""

    def clause(operator: str, values: Sequence[str]) -> Clause:
        if operator in {"empty", "filled"}:
            found: Clause = column.is_(None) if operator == "empty" else column.is_not(None)
            return found
        value, lowered = values[0].strip().lower(), func.lower(Contact.name)
        tests: dict[str, Clause] = {
            "contains": lowered.contains(value, autoescape=True),
            "starts": lowered.startswith(value, autoescape=True),
            "is": lowered == value,
            "not": lowered == value,
        }
        number = _NUMBER.search(value)
        meant = Contact.id == int(number[1]) if number else tests[operator]
        seen = visible_clause(Contact, current_actor())
        fits: Clause = column.in_(select(Contact.id).where(and_(seen, meant)))
        return ~func.coalesce(fits, false()) if operator == "not" else fits

    return clause


def either(first: Filter, second: Filter) -> Filter:
    """A filter that holds when one of two does."""

    def clause(operator: str, values: Sequence[str]) -> Clause:
        both = (first(operator, values), second(operator, values))
        return and_(*both) if operator in {"not", "empty"} else or_(*both)

    return clause


def found_by_name(column: Any, text: str, actor: Actor) -> Clause:
    """Whether the contact in a column has every word of the text, as the search box finds it."""
    from crm.search.services import matching_ids_clause

    seen = visible_clause(Contact, actor)
    matching = select(Contact.id).where(seen, Contact.id.in_(matching_ids_clause(text, "contact", actor)))
    found: Clause = column.in_(matching)
    return found
