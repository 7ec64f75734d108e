"""Whoever wants no mail from us, and says so outside: by the link in a mail, or to their mail service."""

from collections.abc import Iterable

from sqlalchemy import select

from crm.plugin_api import Contact, day_here, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.contacts import heir_of
from crm.plugin_api.outside import ASKED, end_mail_at
from crm.plugin_api.records import DoNotContact, Email
from crm.plugin_api.words import squash


def refuse_mail(contact_id: int, address: str, *, everywhere: bool = False) -> bool:
    """Somebody followed the link in a mail: nothing more goes to that address. It goes to none of theirs with
    `everywhere`, and where they have no other, so that one which is added later is no way round it. False
    where they are unknown."""
    with system("somebody refuses mail by a link that was sent to them"):
        known = db.session().get(Contact, contact_id) or db.session().get(Contact, heir_of(contact_id) or 0)
        if known is None:
            return False
        end_mail_at([address], ASKED)
        if everywhere or not has_others(known.id, address):
            _note(known.id, _("Asked by the link in a mail"))
    return True


def complain(contact_ids: Iterable[int], address: str) -> None:
    """Somebody told their mail service that ours is a nuisance: they get no more at all, and nothing goes to
    that address."""
    with system("somebody complains of mail that was sent to them"):
        end_mail_at([address], ASKED)
        for each in sorted(set(contact_ids)):
            _note(each, _("Reported our mail as a nuisance"))


def _note(contact_id: int, reason: str) -> None:
    there = select(DoNotContact).where(
        DoNotContact.contact_id == contact_id, DoNotContact.channel.in_(("email", "all"))
    )
    if db.session().scalars(there).first() is None:
        row = DoNotContact(contact_id=contact_id, channel="email", since=day_here())
        row.reason, row.source = squash(reason), "media"
        db.session().add(row)
        db.session().flush()


def has_others(contact_id: int, address: str) -> bool:
    """Whether somebody has this address and another one that mail still goes to: one that they refused
    before, or that is dead, leaves them none."""
    key, theirs = address.strip().lower(), heir_of(contact_id) or contact_id
    with system("whether a refusal is about one address of several"):
        mine = select(Email.address_key, Email.no_mail_since).where(Email.contact_id == theirs)
        rows = db.session().execute(mine).all()
    open_ones = {row.address_key for row in rows if row.no_mail_since is None}
    return key in {row.address_key for row in rows} and bool(open_ones - {key})
