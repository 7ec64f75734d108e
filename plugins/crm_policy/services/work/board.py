"""The position board: where each member of the coalition stands on a bill."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select

from crm.plugin_api import Actor, Contact, db, system, visible
from crm.plugin_api.records import Coalition, Membership
from crm.plugin_api.words import day_here, fold, squash
from crm_policy.models import (
    Bill,
    Stance,
)
from crm_policy.services.bills import companions


def board(bill: Bill, actor: Actor) -> list[tuple[Any, Stance | None]]:
    """Every organization and person that is a member of a coalition, with its stance; who is silent comes
    last."""
    members = (
        visible(Contact, actor)
        .where(Contact.id.in_(_members()))
        .order_by(Contact.sort_name, Contact.id)
        .limit(1000)
        .with_only_columns(Contact.id, Contact.name, Contact.kind)
    )
    stances = {
        each.contact_id: each
        for each in db.session().scalars(visible(Stance, actor).where(Stance.bill_id == bill.id))
    }
    rows = [(row, stances.pop(row.id, None)) for row in db.session().execute(members)]
    if stances:
        more = visible(Contact, actor).where(db.among(Contact.id, list(stances)))
        others = db.session().execute(more.with_only_columns(Contact.id, Contact.name, Contact.kind))
        rows += [(row, stances[row.id]) for row in others]
    return sorted(rows, key=lambda row: (row[1] is None or not row[1].stance, fold(row[0].name)))


def _members() -> Any:
    today = day_here()
    running = or_(Membership.end_date.is_(None), Membership.end_date > today)
    return (
        select(Membership.contact_id)
        .join(Coalition, Coalition.id == Membership.coalition_id)
        .where(Membership.status == "active", running)
    )


def members_among(ids: Iterable[int]) -> set[int]:
    """Those of some contacts that are members of a coalition."""
    with system("who is a member, of contacts that the reader sees"):
        found = _members().where(db.among(Membership.contact_id, ids))
        return set(db.session().scalars(found))


def set_stance(bill: Bill, contact_id: int, values: Mapping[str, Any]) -> Stance:
    """What a member says to a bill; companions share it."""
    found: Stance | None = None
    for bill_id in companions(bill):
        with system("one stance of a member for a bill"):
            statement = select(Stance).where(Stance.bill_id == bill_id, Stance.contact_id == contact_id)
            found = db.session().scalars(statement).first()
        if found is None:
            found = Stance(bill_id=bill_id, contact_id=contact_id)
            db.session().add(found)
        found.stance, found.note = values["stance"] or "", squash(values["note"] or "")
        if values["sign_off"] == "asked" and found.sign_off != "asked":
            found.asked_on = day_here()
        if values["sign_off"] in ("signed", "declined") and found.sign_off != values["sign_off"]:
            found.answered_on = day_here()
        found.sign_off = values["sign_off"] or ""
    db.session().flush()
    assert found is not None
    return found
