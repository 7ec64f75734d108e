"""Bills by what people type, and what others call them: `MI HB 4071`, or some words of the title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from sqlalchemy import ColumnElement, select

from crm.plugin_api import Actor, db, system, visible
from crm.plugin_api.words import matching_ids_clause, squash
from crm_policy.models import Bill, FormerBill, Session
from crm_policy.ordering import newest_first
from crm_policy.places import PLACES
from crm_policy.reading.neutral import identifier, sort_key

OFFERED: Final = 12
_MARKED: Final = re.compile(r"#(\d{1,18})\s*$")
_NUMBER: Final = re.compile(r"[A-Za-z][A-Za-z. ]{0,9}[\s-]*\d{1,6}[A-Za-z]{0,2}|\d{1,6}")
_PREFIXES: Final = ("HB", "SB", "AB", "A", "S", "H", "HF", "SF", "LD", "LB", "B", "HR", "SR")
"""How states name bills; for a number alone."""


@dataclass(frozen=True)
class BillName:
    """A bill as others show it: `name` is its state and number, `title` what we call it or its own title,
    `url` the address of its page here."""

    id: int
    state: str
    name: str
    title: str
    url: str
    position: str

    @property
    def label(self) -> str:
        """As a field offers it; the number at the end decides."""
        return f"{self.name} · {self.title[:80]} · #{self.id}"


_COLUMNS: Final = (Bill.id, Bill.state, Bill.identifier, Bill.short_title, Bill.title, Bill.position)


def named(row: Any) -> BillName:
    return BillName(
        row.id,
        row.state,
        f"{row.state} {row.identifier}",
        row.short_title or row.title,
        url_for("policy.bill", bill_id=row.id),
        row.position,
    )


def names_of(bill_ids: Sequence[int], actor: Actor) -> dict[int, BillName]:
    """By id the bills that the actor may see; what is gone or not theirs to see is left out."""
    statement = visible(Bill, actor).where(db.among(Bill.id, bill_ids)).with_only_columns(*_COLUMNS)
    return {row.id: named(row) for row in db.session().execute(statement)}


def heir_of(bill_id: int) -> int | None:
    """The bill that one which was here twice became one with. Whether one may see it is for the caller to
    ask."""
    statement = select(FormerBill.bill_id).where(FormerBill.former_id == bill_id)
    with system("where the address of a bill leads that was here twice"):
        return db.session().execute(statement).scalar_one_or_none()


def find_bills(typed: str, actor: Actor, limit: int = OFFERED) -> list[BillName]:
    """The bills that fit what is typed, tracked ones first, then the newest: by what a field offered
    (`… · #12`), by number with or without the state, else by words of number, title and our own title."""
    typed = squash(typed)
    if not typed:
        return []
    if marked := _MARKED.search(typed):
        return list(names_of([int(marked[1])], actor).values())
    found = _rows(_by_number(typed), actor, limit)
    if not found:
        found = _rows(Bill.id.in_(matching_ids_clause(typed, "policy_bill", actor)), actor, limit)
    return [named(row) for row in found]


def _rows(condition: ColumnElement[bool] | None, actor: Actor, limit: int) -> Sequence[Any]:
    if condition is None:
        return ()
    statement = (
        visible(Bill, actor)
        .join(Session, Session.id == Bill.session_id)
        .where(condition)
        .order_by(*newest_first())
        .limit(limit)
    )
    return db.session().execute(statement.with_only_columns(*_COLUMNS)).all()


def _by_number(typed: str) -> ColumnElement[bool] | None:
    """By the key that lists are sorted by, which has an index: no bill has to be read to find one by its
    number, in one state or in all."""
    first, _space, rest = typed.partition(" ")
    states, number = ([first.upper()], rest) if first.upper() in PLACES and rest else (list(PLACES), typed)
    if not _NUMBER.fullmatch(number):
        return None
    numbers = [f"{each} {number}" for each in _PREFIXES] if number.isdecimal() else [number]
    keys = [sort_key(state, identifier(each)) for state in states for each in numbers]
    return Bill.sort_key.in_(keys)
