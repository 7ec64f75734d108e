"""What is done every night: signatures that nobody confirmed in time go for good, and so does what robots
sent. They may be somebody else's name and address, so no history keeps them."""

from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select

from crm import db
from crm.access.guard import system
from crm.accounts import delivery
from crm.accounts.models import OutgoingMail
from crm.contacts.files import storage
from crm.journal import erasing
from crm.plugin_api.types import JobRun
from crm.public_pages import UNCONFIRMED_KEPT
from crm.signons.models import Signature
from crm.signons.words import SIGNER_MAIL, SPAM, UNCONFIRMED

AT_ONCE: Final = 1000


def step(run: JobRun) -> bool:
    """Some signatures; True when none is left. Doing it twice does no harm."""
    with db.transaction(run.actor, "signons.tidy"):
        count, logos = _forget(db.table(Signature))
        if count < AT_ONCE:
            run.finish()
    storage.remove_unused(logos)
    return count < AT_ONCE


def _forget(table: Any) -> tuple[int, list[str]]:
    """How many went, and the keys of their logos."""
    before = db.now() - UNCONFIRMED_KEPT
    unread = or_(table.c.status == UNCONFIRMED, and_(table.c.status == SPAM, table.c.confirmed_at.is_(None)))
    unmailed = and_(table.c.status == UNCONFIRMED, table.c.signer_email == "")  # Staff put these in.
    old = select(table.c.id).where(unread, table.c.created_at < before, ~unmailed, ~_asked_again(table))
    with system("signatures that nobody confirmed are forgotten"):
        ids = db.session().execute(old.order_by(table.c.id).limit(AT_ONCE)).scalars().all()
        if not ids:
            return 0, []
        erasing.forget_rows(table.name, ids, _("A signature that was never confirmed"))
        gone = delete(table).where(db.among(table.c.id, ids))
        rows = db.session().execute(gone.returning(table.c.signer_email, table.c.logo_key)).all()
        addresses = {row.signer_email.lower() for row in rows}
        kept = select(func.lower(table.c.signer_email))
        mailed = OutgoingMail.purpose == SIGNER_MAIL, OutgoingMail.created_at < before
        to = func.lower(OutgoingMail.recipient)
        delivery.forget(and_(*mailed, to.in_(sorted(addresses)), to.not_in(kept)))
    return len(rows), [row.logo_key for row in rows if row.logo_key]


def _asked_again(table: Any) -> ColumnElement[bool]:
    """Whoever signed an earlier text and was asked to sign the new one has confirmed their address once."""
    earlier = table.alias("earlier")
    return exists().where(
        earlier.c.letter_id == table.c.letter_id,
        earlier.c.id < table.c.id,
        func.lower(earlier.c.signer_email) == func.lower(table.c.signer_email),
        earlier.c.confirmed_at.is_not(None),
    )
