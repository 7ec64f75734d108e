"""Who belongs to a coalition: joined one by one or many at once, changed, ended; and who speaks for whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select

from crm import db
from crm.access.guard import system
from crm.coalitions.models import Coalition, Membership
from crm.coalitions.words import ENDED, STATUSES
from crm.contacts.models import ORGANIZATION, Affiliation, Contact
from crm.errors import UserError
from crm.fields.custom.values import apply_custom, custom_with
from crm.i18n import day, today
from crm.transfer.cleaning.text import clean_note

CHANGEABLE = (
    "status", "role", "start_date", "end_date", "invited_by_contact_id", "delegate_id", "alternate_id",
    "note",
)  # fmt: skip


@dataclass(frozen=True)
class Joined:
    """What became of those who were to join: new memberships, and contacts that belong already."""

    made: list[int]
    already: list[int]


def add_many(coalition: Coalition, contact_ids: Sequence[int], values: Mapping[str, Any]) -> Joined:
    """Let contacts join with the same status, role, date and inviter; those who belong already stay as they
    are. Raises UserError for dates that make no sense."""
    hold(coalition.id)
    start, end = _dates(values)
    already = overlapping(coalition.id, contact_ids, start, end)
    new = [each for each in dict.fromkeys(contact_ids) if each not in already]
    return Joined(
        _insert(coalition.id, new, {**values, "start_date": start, "end_date": end}), sorted(already)
    )


def _insert(coalition_id: int, contact_ids: Sequence[int], values: Mapping[str, Any]) -> list[int]:
    change_set = db.current_change()
    assert change_set is not None
    same = {
        "coalition_id": coalition_id,
        "status": values.get("status") or "active",
        "role": values.get("role") or "member",
        "start_date": values["start_date"],
        "end_date": values["end_date"],
        "invited_by_contact_id": values.get("invited_by_contact_id"),
        "note": clean_note(values.get("note") or ""),
        "custom": custom_with("memberships", values),
        "created_at": db.now(),
    }
    table = db.table(Membership)
    rows = [{**same, "contact_id": each} for each in contact_ids]
    if not rows:
        return []
    made = list(db.session().execute(insert(table).returning(table.c.id), rows).scalars())
    change_set.created(table, made)
    return made


def hold(coalition_id: int) -> None:
    """Nobody else may let somebody join or change dates here until we are done."""
    statement = select(Coalition.id).where(Coalition.id == coalition_id).with_for_update()
    with system("memberships of one coalition are looked at and written by one at a time"):
        db.session().execute(statement)


def change(membership: Membership, values: Mapping[str, Any]) -> None:
    """Change status, role, dates, inviter, delegates or note; raises UserError for what cannot be."""
    hold(membership.coalition_id)
    start, end = _dates(values)
    taken = overlapping(membership.coalition_id, [membership.contact_id], start, end, but=membership.id)
    if taken:
        raise UserError(overlap_sentence(membership.contact_id, next(iter(taken.values()))))
    for name in ("status", "role", "invited_by_contact_id"):
        setattr(membership, name, values.get(name))
    membership.start_date, membership.end_date = start, end
    membership.note = clean_note(values.get("note") or "")
    apply_custom(membership, values)
    set_delegates(membership, values.get("delegate_id"), values.get("alternate_id"))
    db.session().flush()


def _dates(values: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """Begin and end; a membership that has ended without a date ended today."""
    start, end = values.get("start_date"), values.get("end_date")
    if values.get("status") in ENDED and end is None:
        end = max(today(), start) if start else today()
    elif values.get("status") not in ENDED and end is not None and end < today():
        raise UserError(
            _("The membership ended in the past, so its status is “Lapsed” or “Left”. Change one of the two.")
        )
    if start and end and end < start:
        raise UserError(_("The membership ends before it begins. Check the two dates."))
    return start, end


def overlapping(
    coalition_id: int, contact_ids: Iterable[int], start: date | None, end: date | None, but: int = 0
) -> dict[int, Membership]:
    """Memberships of these contacts in this coalition at the same time, one for each contact."""
    statement = (
        select(Membership)
        .where(
            Membership.coalition_id == coalition_id,
            db.among(Membership.contact_id, contact_ids),
            Membership.id != but,
        )
        .order_by(Membership.id)
    )
    with system("memberships of one contact follow one another"):
        rows = db.session().scalars(statement).all()
    return {row.contact_id: row for row in rows if meet((start, end), (row.start_date, row.end_date))}


Span = tuple[date | None, date | None]


def meet(one: Span, other: Span) -> bool:
    """Whether two spans of days share time; one may begin on the day when the other ends."""
    first, second = _whole(one), _whole(other)
    return first[0] == second[0] or (first[0] < second[1] and second[0] < first[1])


def _whole(span: Span) -> tuple[date, date]:
    return span[0] or date.min, span[1] or date.max


def overlap_sentence(contact_id: int, membership: Membership) -> str:
    """What is in the way of a second membership."""
    with system("the name of somebody whose membership was asked for"):
        name = db.session().execute(select(Contact.name).where(Contact.id == contact_id)).scalar_one()
    status = STATUSES[membership.status]
    if membership.start_date:
        return _(
            "%(name)s is in this coalition already at that time (%(status)s since %(day)s). Change that "
            "membership, or let it end before this one begins.",
            name=name, status=status, day=day(membership.start_date),
        )  # fmt: skip
    return _(
        "%(name)s is in this coalition already at that time (%(status)s). Change that membership, or let it "
        "end before this one begins.",
        name=name, status=status,
    )  # fmt: skip


def set_delegates(membership: Membership, delegate_id: int | None, alternate_id: int | None) -> None:
    """Who speaks for an organization; raises UserError where that makes no sense."""
    if delegate_id is None and alternate_id is None:
        membership.delegate_id = membership.alternate_id = None
        return
    with system("only organizations have delegates"):
        kind = (
            db.session().execute(select(Contact.kind).where(Contact.id == membership.contact_id)).scalar_one()
        )
    if kind != ORGANIZATION:
        raise UserError(_("A person speaks for themselves; only organizations have delegates."))
    if delegate_id == alternate_id:
        raise UserError(_("Delegate and alternate are the same person. Choose somebody else as alternate."))
    membership.delegate_id, membership.alternate_id = delegate_id, alternate_id


def strangers(organization_id: int, person_ids: Iterable[int | None]) -> list[str]:
    """The names of those who have no part in the organization at present."""
    wanted = [each for each in person_ids if each is not None]
    belongs = select(Affiliation.person_id).where(
        Affiliation.organization_id == organization_id, Affiliation.is_current
    )
    statement = select(Contact.name).where(db.among(Contact.id, wanted), Contact.id.not_in(belongs))
    with system("delegates were chosen by whoever sees them"):
        return list(db.session().execute(statement.order_by(Contact.sort_name)).scalars())


def delete(membership: Membership) -> None:
    """Remove a membership that was a mistake; one that is over is ended instead."""
    db.session().delete(membership)
    db.session().flush()
