"""The position board: where each member of the coalition stands on a bill."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from crm.plugin_api import Actor, Contact, db, system, visible
from crm.plugin_api.records import Coalition, Membership
from crm.plugin_api.words import day_here, fold, squash
from crm_policy.models import (
    Bill,
    Stance,
)
from crm_policy.services.kinship import companions


def board(bill: Bill, actor: Actor) -> list[tuple[Any, Stance | None]]:
    """Every organization and person that is a member of a coalition, with its stance; who is silent comes
    last."""
    members = (
        visible(Contact, actor)
        .where(Contact.id.in_(_members()))
        .order_by(Contact.sort_name, Contact.id)
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


def is_running() -> ColumnElement[bool]:
    """Whether a membership holds today."""
    running = or_(Membership.end_date.is_(None), Membership.end_date > day_here())
    return and_(Membership.status == "active", running)


def _members() -> Any:
    of_coalitions = select(Membership.contact_id).join(Coalition, Coalition.id == Membership.coalition_id)
    return of_coalitions.where(is_running())


def ours_among(organizations: Sequence[Any]) -> list[Any]:
    """Those of some organizations that are members of a coalition today, or belong to one that is, as a
    school to its district. All others are only on file: an outlet, a vendor, somebody who opposes us."""
    ids = {each.id for each in organizations} | {each.parent_id for each in organizations if each.parent_id}
    with system("who is a member is what the coalition says of itself"):
        members = set(db.session().scalars(_members().where(db.among(Membership.contact_id, sorted(ids)))))
    return [each for each in organizations if members & {each.id, each.parent_id}]


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
