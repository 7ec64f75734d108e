"""One message taken in, whole or not at all: what the command and the mailbox have in common."""

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from crm import db
from crm.access.actor import Actor
from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.activities.mail import filing, matching, reading
from crm.activities.mail.filing import Received
from crm.runtime import runtime


def take(raw: bytes) -> Received:
    """Read a message and log it or leave it waiting, in a transaction of its own. UserError when it cannot be
    read; nothing is written then."""
    message = reading.read(raw)
    author = matching.author_of(message)
    actor = actor_for(author) if author is not None else Actor.system(_("Mail"))
    try:
        return _write(message, raw, author, actor)
    except IntegrityError:
        if not filing.is_known(message.message_id):
            raise
        return Received("known")  # It came twice at the same moment.


def _write(message: reading.Message, raw: bytes, author: User | None, actor: Actor) -> Received:
    with db.transaction(actor, filing.ACTION) as change:
        received = filing.receive(message, raw, author, actor)
        change.summary = _("Logged an email") if received.activity_id else _("An email waits to be filed")
    return received


def mailbox() -> str:
    """The address to which people forward mail; empty when none was set."""
    return runtime().config.mailbox
