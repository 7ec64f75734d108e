"""What open letters hold about contacts: merging, deleting, erasing and handing it out.

Every function that writes runs inside a transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import delete, func, or_, select, update

from crm import db
from crm.access.guard import system
from crm.accounts.services import owners
from crm.contacts.identity import identity_of
from crm.contacts.models import ORGANIZATION, Contact
from crm.journal import erasing as history
from crm.plugin_api.types import DataSection
from crm.signons.models import Letter, Signature, SignInvitation
from crm.signons.words import APPROVED, SIGNATURE_STATUSES, SIGNER_MAIL, WAITING, WITHDRAWN

KEPT = (WAITING, APPROVED, WITHDRAWN)
"""Signatures that are an organization's own, whoever signed for it: its word stays, the person goes."""


def merge(survivor: Contact, loser: Contact) -> None:
    """Signatures and invitations become the survivor's; one letter invites an organization once."""
    with system("a merge moves every row of both"):
        for row in db.session().scalars(select(Signature).where(Signature.contact_id == loser.id)).all():
            row.contact_id = survivor.id
        invited = set(db.session().scalars(
            select(SignInvitation.letter_id).where(SignInvitation.contact_id == survivor.id)))  # fmt: skip
        theirs = select(SignInvitation).where(SignInvitation.contact_id == loser.id)
        for asked in db.session().scalars(theirs).all():
            if asked.letter_id in invited:
                db.session().delete(asked)
            else:
                asked.contact_id = survivor.id
        db.session().flush()


def let_go(ids: Iterable[int]) -> None:
    """Contacts are deleted: what was signed stays signed, invitations go."""
    change, ids = db.current_change(), list(ids)
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        signed, invited = db.table(Signature), db.table(SignInvitation)
        change.update(signed, _ids(signed, signed.c.contact_id, ids), {"contact_id": None})
        change.delete(invited, _ids(invited, invited.c.contact_id, ids))


def _ids(table: Any, column: Any, ids: Sequence[int]) -> list[int]:
    return list(db.session().execute(select(table.c.id).where(db.among(column, ids))).scalars())


def erase(contact: Contact) -> None:
    """Somebody is forgotten. Of an organization its signatures and invitations go. Of a person go their name,
    title and address in the signatures that they gave; the organization's own word stays. Somebody who shares
    the address, but not the name, is somebody else."""
    change = db.current_change()
    assert change is not None
    with system("erasing all there is about one contact"):
        db.session().flush()
        change.flush_created()
        called = [contact.name]
        for model in (Signature, SignInvitation):
            table = db.table(model)
            tied = set(_ids(table, table.c.contact_id, [contact.id]))
            theirs = sorted(tied | history.rows_let_go_of(table, "contact_id", contact.id))
            history.erase_ties(table, "contact_id", contact.id, called)
            history.erase_rows(table.name, theirs, called)
            db.session().execute(delete(table).where(db.among(table.c.id, theirs)))
        if contact.kind != ORGANIZATION:
            _forget_signer(contact)


def _forget_signer(contact: Contact) -> None:
    table = db.table(Signature)
    theirs = given_by(contact)
    history.erase_rows(table.name, [row.id for row in theirs], [contact.name])
    gone = [row.id for row in theirs if row.status not in KEPT]
    db.session().execute(delete(table).where(db.among(table.c.id, gone)))
    nobody = {"signer_name": "", "signer_title": "", "signer_email": ""}
    for row in theirs:
        # The link in their mailbox says who signed, so it ends as well.
        values = {**nobody, "evidence": history.without(row.evidence, [contact.name]),
                  "link_version": row.link_version + 1}  # fmt: skip
        db.session().execute(update(table).where(table.c.id == row.id).values(**values))
    addresses = {row.signer_email for row in theirs}
    used = select(table.c.signer_email).where(table.c.signer_email.in_(addresses))
    kept = set(db.session().execute(used).scalars())
    owners.forget_messages(SIGNER_MAIL, addresses - kept, contact.id)


def given_by(contact: Contact) -> list[Any]:
    """Signatures that a person gave, as rows: under a name that is or was theirs, and by such an address or
    for an organization that they belong or belonged to."""
    table, known = db.table(Signature), identity_of(contact)
    near = or_(func.lower(table.c.signer_email).in_(known.addresses), table.c.contact_id.in_(known.places))
    rows = db.session().execute(select(table).where(near)).all()
    return [row for row in rows if known.is_called("", "", row.signer_name)]


def held_about(contact: Contact) -> Iterable[DataSection]:
    """All that open letters hold about somebody, in words."""
    with system("everything held about one contact"):
        titles = select(Letter.id, Letter.title)
        known = {row[0]: row[1] for row in db.session().execute(titles)}
        table = db.table(Signature)
        own = db.session().execute(select(table).where(table.c.contact_id == contact.id)).all()
        signed = {row.id: row for row in (*own, *(given_by(contact) if contact.kind != ORGANIZATION else ()))}
        invited = db.session().scalars(
            select(SignInvitation).where(SignInvitation.contact_id == contact.id)
        ).all()  # fmt: skip
    rows = [
        {
            _("Letter"): known[row.letter_id], _("Organization"): row.organization,
            _("Authorized signer"): row.signer_name, pgettext("signer", "Title"): row.signer_title,
            _("Email"): row.signer_email,
            _("Status"): f"{SIGNATURE_STATUSES[row.status]} ({row.status})",
            _("How you know"): row.evidence, _("Confirmed"): row.confirmed_at,
        }
        for row in signed.values()
    ]  # fmt: skip
    asked = [
        {_("Letter"): known[row.letter_id], _("Email"): row.email, _("Invited"): row.invited_at}
        for row in invited
    ]
    sections = ((_("Signatures to open letters"), rows), (_("Invitations to sign"), asked))
    return [DataSection(name, found) for name, found in sections if found]
