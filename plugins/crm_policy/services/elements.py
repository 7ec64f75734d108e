"""Policy elements × states: what each state has on the books, how we know, and how they compare."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from crm.plugin_api import Actor, UserError, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.words import clean_note, day, day_here, squash
from crm_policy.models import Element, ElementValue
from crm_policy.places import STATES
from crm_policy.shipped import ELEMENTS, shown
from crm_policy.words import ELEMENT_STATUSES

IN_FORCE: Final = ("enacted", "effective")
MOST_DAYS: Final = 180
"""A school year has no more."""


def begin() -> None:
    """The elements that the field asks about, once. Inside a transaction."""
    with system("whether there are elements yet"):
        if db.session().execute(select(Element.id).limit(1)).first() is not None:
            return
    for position, (key, name, question, weight, choices) in enumerate(ELEMENTS):
        db.session().add(
            Element(key=key, name=name, question=question, weight=weight, choices=choices, position=position)
        )
    db.session().flush()


def all_elements() -> list[Element]:
    with system("the questions are everybody's"):
        return list(db.session().scalars(select(Element).order_by(Element.position, Element.id)))


def current(element_id: int | None = None, on: date | None = None) -> dict[tuple[int, str], ElementValue]:
    """The value of each element in each state by (element, state): now, or as it was known on a day. Of
    values of that day or before the one that was said last counts: where it is of an earlier day than others,
    it put those right."""
    statement = select(ElementValue).order_by(ElementValue.id)
    if element_id is not None:
        statement = statement.where(ElementValue.element_id == element_id)
    statement = (
        statement.where(ElementValue.replaced_at.is_(None))
        if on is None
        else statement.where(ElementValue.as_of <= on)
    )
    with system("what the states have on the books is everybody's"):
        rows = {(each.element_id, each.state): each for each in db.session().scalars(statement)}
    return {key: _as_of_day(each, on or day_here()) for key, each in rows.items()}


def _as_of_day(value: ElementValue, day: date) -> ElementValue:
    """With what follows from its days: what is enacted is in force from the day that was set for it. Only
    shown so; nothing is written."""
    if (status := status_on(value, day)) != value.status:
        set_committed_value(value, "status", status)
    return value


def status_on(value: Any, day: date) -> str:
    """The status of a value, or of a row with its status and days, on a day."""
    in_force = value.effective_on is not None and value.effective_on <= day
    return "effective" if value.status == "enacted" and in_force else value.status


def history(element_id: int, state: str, actor: Actor) -> list[ElementValue]:
    """What counts now first, then what it replaced, what was said last above."""
    statement = visible(ElementValue, actor).where(
        ElementValue.element_id == element_id, ElementValue.state == state
    )
    rows = db.session().scalars(statement.order_by(ElementValue.id.desc()).limit(100))
    return [each if each.replaced_at else _as_of_day(each, day_here()) for each in rows]


def _value(element: Element, told: str, status: str) -> tuple[str, str]:
    """The value and the status as they are kept; UserError for what is none of the element's. `days:18` is a
    value with a number."""
    value, status = squash(told), status.strip().lower()
    if status not in ELEMENT_STATUSES:
        raise UserError(
            _(
                "“%(status)s” is not a status. Choose one of: %(all)s.",
                status=status,
                all=", ".join(ELEMENT_STATUSES),
            )
        )
    allowed = {str(each[0]).lower(): str(each[0]) for each in element.choices}
    base, colon, number = value.partition(":")
    if allowed and value and (base.strip().lower() not in allowed or (colon and base.lower() != "days")):
        raise UserError(
            _(
                "“%(value)s” is not a value of “%(name)s”. Choose one of: %(all)s.",
                value=value[:60],
                name=element.title,
                all=", ".join(sorted(allowed.values())),
            )
        )
    if colon and allowed and not (number.strip().isdecimal() and 0 < int(number.strip()[:9]) <= MOST_DAYS):
        raise UserError(_("“%(value)s” is no number of days. Write it like days:18.", value=value[:60]))
    if not value and status in IN_FORCE:
        raise UserError(_("Say which value is in force, or choose the status “none”."))
    base = allowed.get(base.strip().lower(), base)
    return (f"{base}:{int(number.strip())}" if colon and allowed else base if allowed else value), status


def set_value(element: Element, state: str, values: Mapping[str, Any]) -> bool:
    """A state's value; the one before it stays as history. False when nothing is different."""
    if state not in STATES:
        raise UserError(_("There is no such state."))
    value, status = _value(element, values.get("value") or "", values["status"])
    if values["as_of"] > day_here():
        raise UserError(_("%(day)s is still to come; say of which day this is.", day=day(values["as_of"])))
    before = current(element.id).get((element.id, state))
    new = ElementValue(
        element_id=element.id,
        state=state,
        value=value,
        status=status,
        citation=squash(values.get("citation") or ""),
        source_url=squash(values.get("source_url") or ""),
        as_of=values["as_of"],
        effective_on=values.get("effective_on"),
        bill_id=values.get("bill_id"),
        note=clean_note(values.get("note") or ""),
    )
    names = ("value", "citation", "source_url", "as_of", "effective_on", "bill_id", "note")
    same = before is not None and all(getattr(before, name) == getattr(new, name) for name in names)
    if before is not None and same and before.status == status_on(new, day_here()):
        return False
    if before is not None:
        before.replaced_at = db.now()
    db.session().add(new)
    db.session().flush()
    return True


def points_of(element: Element, value: ElementValue | None) -> int:
    """What a value counts: nothing unless it is enacted."""
    if value is None or value.status not in IN_FORCE:
        return 0
    base = value.value.partition(":")[0]
    return next((int(each[2]) for each in element.choices if each[0] == base), 0)


def words_of(element: Element, value: ElementValue | None) -> str:
    if value is None:
        return _("Not looked up yet")
    if value.status == "none":
        return _("Nothing")
    base, _colon, number = value.value.partition(":")
    label = next((shown(str(each[1])) for each in element.choices if each[0] == base), value.value)
    return label + (f" ({number})" if number else "")


def scores(
    elements: Sequence[Element], values: Mapping[tuple[int, str], ElementValue]
) -> dict[str, tuple[int, int]]:
    """For each state what it has and what it could have, over the elements that were looked up there."""
    found = {}
    for state in STATES:
        known = [each for each in elements if (each.id, state) in values]
        best = sum(
            each.weight * max((int(choice[2]) for choice in each.choices), default=0) for each in known
        )
        has = sum(each.weight * points_of(each, values[(each.id, state)]) for each in known)
        found[state] = (has, best)
    return found


def ranked(
    rows: Sequence[tuple[str, str, int, int]], known: Mapping[str, int], count: int
) -> tuple[list[tuple[str, str, int, int]], list[tuple[str, str, int, int]]]:
    """Rows of a scorecard (code, name, points, points it could have) of states of which at least half is
    known, and those of the others by name: one good answer out of fifteen makes no state the best."""
    enough = [row for row in rows if 2 * known[row[0]] >= count]
    return enough, sorted((row for row in rows if row not in enough), key=lambda row: row[1])


MARKS: Final = {"effective": "●", "enacted": "◐", "proposed": "○", "repealed": "×", "none": "–", "": "?"}
"""What a tile says without any colour."""


def tile_status(value: ElementValue | None) -> str:
    return "" if value is None else value.status
