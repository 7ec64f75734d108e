"""When two contacts become one: the rows of the one that goes move to the one that stays."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import or_, select

from crm import db
from crm.access.guard import system
from crm.contacts.emailing import ASKED
from crm.contacts.models import (
    Address,
    Affiliation,
    Attachment,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    FormerContact,
    Link,
    NotDuplicate,
    Note,
    Phone,
)
from crm.contacts.services import ancestors

SAME: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Email, lambda row: row.address_key),
    (Phone, lambda row: (row.number, row.extension)),
    (Address, lambda row: (row.address_key or (row.street, row.street2, row.city), row.postal_code)),
    (Link, lambda row: row.url),
    (ContactTag, lambda row: row.tag_id),
    (DoNotContact, lambda row: row.channel),
    (FormerContact, lambda row: row.former_id),
    (Note, lambda row: row.id),
    (Attachment, lambda row: row.id),
)
"""For each kind of row what makes two of them the same, so that it is kept once."""


def move_rows(survivor: Contact, loser: Contact) -> None:
    """Move what hangs on `loser`; what `survivor` has already goes. Inside the transaction of the merge."""
    with system("a merge moves every row of both"):
        for model, same in SAME:
            _move(model, same, survivor.id, loser.id)
        _move_affiliations(survivor.id, loser.id)
        _move_verdicts(survivor.id, loser.id)
        _move_children(survivor, loser)
    if survivor.photo_key is None:
        survivor.photo_key = loser.photo_key
    survivor.custom = {**loser.custom, **survivor.custom}
    db.session().flush()


def _move_children(survivor: Contact, loser: Contact) -> None:
    """Organizations below the loser come below the survivor, which takes the loser's place where it was
    below it itself, so that no circle comes about."""
    if loser.id in ancestors(survivor.id):
        survivor.parent_id = loser.parent_id
        db.session().flush()
    for child in db.session().scalars(select(Contact).where(Contact.parent_id == loser.id)):
        child.parent_id = survivor.id


def _move_verdicts(survivor_id: int, loser_id: int) -> None:
    """Who is not the loser is not the survivor either; that these two are not one was a mistake."""
    both = (survivor_id, loser_id)
    mentions = or_(NotDuplicate.first_id.in_(both), NotDuplicate.second_id.in_(both))
    rows = db.session().scalars(select(NotDuplicate).where(mentions).order_by(NotDuplicate.id)).all()
    present = {(row.first_id, row.second_id) for row in rows if loser_id not in {row.first_id, row.second_id}}
    for row in rows:
        if loser_id not in {row.first_id, row.second_id}:
            continue
        other = row.second_id if row.first_id == loser_id else row.first_id
        pair = (min(survivor_id, other), max(survivor_id, other))
        if other == survivor_id or pair in present:
            db.session().delete(row)
        else:
            row.first_id, row.second_id = pair
            present.add(pair)
    db.session().flush()


def _move(model: Any, same: Callable[[Any], Any], survivor_id: int, loser_id: int) -> None:
    kept = db.session().scalars(select(model).where(model.contact_id == survivor_id)).all()
    present = {same(row) for row in kept}
    for row in db.session().scalars(select(model).where(model.contact_id == loser_id).order_by(model.id)):
        if same(row) in present:
            _keep_silence(row, kept)
            db.session().delete(row)
            continue
        row.contact_id = survivor_id
        present.add(same(row))
        if kept and hasattr(row, "is_primary"):
            row.is_primary = False
    db.session().flush()


def _keep_silence(row: Any, kept: Sequence[Any]) -> None:
    """An address that wants no mail wants none after a merge either."""
    if isinstance(row, Email) and row.no_mail:
        for each in kept:
            if each.address_key == row.address_key and (not each.no_mail or row.no_mail_why == ASKED):
                each.no_mail_since, each.no_mail_why = row.no_mail_since, row.no_mail_why


def _move_affiliations(survivor_id: int, loser_id: int) -> None:
    """Affiliations at either end; one with oneself, or the same once more, goes."""
    ends = (Affiliation.person_id, Affiliation.organization_id)
    both = select(Affiliation).where(or_(*(end.in_((survivor_id, loser_id)) for end in ends)))
    rows = db.session().scalars(both.order_by(Affiliation.id)).all()
    mine = [row for row in rows if loser_id not in {row.person_id, row.organization_id}]
    present = {_same_affiliation(row) for row in mine}
    has_main = any(row.person_id == survivor_id and row.is_primary for row in mine)
    for row in rows:
        if row in mine:
            continue
        moved_person = row.person_id == loser_id
        row.person_id = survivor_id if moved_person else row.person_id
        row.organization_id = survivor_id if row.organization_id == loser_id else row.organization_id
        if row.person_id == row.organization_id or _same_affiliation(row) in present:
            db.session().delete(row)
            continue
        present.add(_same_affiliation(row))
        row.is_primary = row.is_primary and not (moved_person and has_main)
    db.session().flush()


def _same_affiliation(row: Affiliation) -> tuple[Any, ...]:
    return row.person_id, row.organization_id, row.role, row.department, row.start_date, row.end_date
