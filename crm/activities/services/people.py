"""People out of addresses of mail: a new contact, or an address more for one that is there."""

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities.mail.reading import Address
from crm.contacts import services
from crm.contacts.models import Contact, Email
from crm.contacts.permissions import EDIT
from crm.errors import UserError
from crm.transfer.cleaning.text import squash


def add(address: Address, actor: Actor) -> int:
    """A new person with this address and the name that stood with it; returns their id."""
    if not actor.can(EDIT):
        raise UserError(_("You may not add people. Choose somebody who is there, or ask an administrator."))
    given, family = split(address.name)
    values = {
        "kind": "person",
        "given_name": given,
        "family_name": family,
        "emails": [{"address": address.address, "primary": True}],
    }
    return services.create(values, actor).id


def split(name: str) -> tuple[str, str]:
    """Given and family name of a display name: `Ana Ruiz`, `Ruiz, Ana`."""
    family, comma, given = (squash(part) for part in name.partition(","))
    if comma and given:
        return given, family
    words = squash(name).split()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (squash(name), "")


def remember(contact_id: int, address: Address, actor: Actor) -> None:
    """Add the address to a contact that the actor may change, unless it has it."""
    statement = visible(Contact, actor, EDIT).where(Contact.id == contact_id)
    contact = db.session().scalars(statement).one_or_none()
    if contact is None:
        return
    with system("the contact was looked up for this actor"):
        present = db.session().scalars(select(Email.address_key).where(Email.contact_id == contact_id)).all()
    if address.address in present:
        return
    row = Email(contact_id=contact_id, address=address.address, address_key=address.address)
    row.is_primary = not present
    db.session().add(row)
    services.touch(contact)
    db.session().flush()
