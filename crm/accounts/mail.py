"""The outbox: a message is a row written with what caused it, and leaves after the commit.

`send` is for every feature; `compose` renders a template whose first line is the subject.
"""

from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail, User
from crm.errors import UserError
from crm.i18n import LANGUAGES
from crm.runtime import runtime

SEND_MAIL, SEND_WAITING = "accounts.send_mail", "accounts.send_waiting_mail"
QUEUED, WAITING, HANDING_OVER = "queued", "waiting", "handing"
SENT, FAILED, UNCLEAR = "sent", "failed", "unclear"
SECRET_PURPOSES = frozenset({"invitation", "password_reset", "email_change"})
"""Mails whose text opens an account: it is forgotten once they are sent."""


def is_secret(purpose: str) -> bool:
    """Whether the text of such a message opens something that no reader of the outbox or of a backup may
    open by it: one that opens an account, or one whose purpose says so by ending in `_link`."""
    return purpose in SECRET_PURPOSES or purpose.endswith("_link")


def is_forgotten(row: OutgoingMail) -> bool:
    """Whether the text of a message is gone, so that it cannot be sent again."""
    return is_secret(row.purpose) and not row.body


def on_its_way(recipient: str, purpose: str) -> bool:
    """Whether a message of this purpose to this address has still to leave."""
    statement = select(OutgoingMail.id).where(
        OutgoingMail.recipient == recipient.strip(), OutgoingMail.purpose == purpose,
        OutgoingMail.status.in_((QUEUED, WAITING, HANDING_OVER)),
    )  # fmt: skip
    with system("whether a message still waits; nothing else is told of it"):
        return db.session().scalar(statement.limit(1)) is not None


def send(  # noqa: PLR0913  # All of a message; all but the first four are seldom.
    recipient: str,
    subject: str,
    body: str,
    purpose: str,
    html: str | None = None,
    *,
    calendar: str | None = None,
    contact_id: int | None = None,
    unsubscribe: str | None = None,
    reply_to: str | None = None,
) -> OutgoingMail:
    """Put a message into the outbox, inside the caller's transaction: it leaves after the commit, once.

    `purpose` is a short name (`invitation`) that the outbox can be looked through by; where it ends in
    `_link`, the text is forgotten once it is sent and is in no backup. `calendar` is an
    iCalendar text to go with it, `contact_id` whom of the contacts it is for, `unsubscribe` the address that
    a mail program asks by POST when somebody presses its button (RFC 8058), `reply_to` the address that gets
    the answers where a person wrote the message: it is then not marked as one of a program, which mail
    programs answer nothing to. UserError when an address cannot stand in a message."""
    recipient, subject = recipient.strip(), " ".join(subject.split())
    for each in (recipient, *([reply_to] if reply_to else ())):
        if not each or "@" not in each or any(ord(letter) < 32 for letter in each):
            raise UserError(_("“%(text)s” is not an email address, so nothing was sent.", text=each))
    row = OutgoingMail(
        recipient=recipient,
        subject=subject,
        body=body,
        html=html,
        calendar=calendar,
        contact_id=contact_id,
        unsubscribe=unsubscribe,
        reply_to=reply_to or None,
        purpose=purpose,
        status=QUEUED,
    )
    db.session().add(row)
    db.session().flush()
    queue(row)
    return row


send_mail = send
"""The same under the name that plugins know it by."""


def queue(row: OutgoingMail) -> None:
    """Ask the worker to send the message; at any time at most one job is at it."""
    from crm.jobs.services import enqueue

    row.status = QUEUED
    enqueue(SEND_MAIL, {"mail_id": row.id}, _("Send a message"), Actor.system())


def compose(user: User, template: str, purpose: str, to: str | None = None, **values: Any) -> OutgoingMail:
    """Send `accounts/mail/<template>.txt` to a user in their language, or to their address `to`."""
    config = runtime().config
    with force_locale(user.language if user.language in LANGUAGES else "en"):
        text = render_template(
            f"accounts/mail/{template}.txt",
            person=user,
            site=config.organization_name,
            site_url=config.base_url,
            **values,
        )
    subject, _blank, body = text.strip().partition("\n")
    row = send(to or user.email, subject, body.strip() + "\n", purpose)
    row.user_id = user.id
    return row
