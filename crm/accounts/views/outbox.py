"""The outbox: what was sent, what waits, and why; with the messages themselves while they go to files."""

from email import message_from_bytes
from email.policy import default

from flask import abort, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import access, db, htmx
from crm.access import current_actor
from crm.accounts import delivery, mail, permissions
from crm.accounts.models import OutgoingMail
from crm.accounts.services.authority import holds_everything
from crm.accounts.views.blueprint import blueprint
from crm.errors import UserError
from crm.pages import say
from crm.runtime import runtime

NEWEST = 200


@blueprint.get("/outbox", endpoint="outbox")
@access.requires(permissions.OUTBOX)
def index() -> str:
    """The newest messages."""
    rows = db.session().scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc()).limit(NEWEST)).all()
    forgotten = {row.id for row in rows if mail.is_forgotten(row)}
    return render_template(
        "accounts/outbox.html", rows=rows, forgotten=forgotten, to_files=not runtime().config.smtp_url
    )


@blueprint.get("/outbox/<int:mail_id>")
@access.requires(permissions.OUTBOX)
def message(mail_id: int) -> str:
    """One message. Its text is shown only while there is no mail server, and to administrators alone when it
    opens an account."""
    row = _load(mail_id)
    return render_template(
        "accounts/message.html", row=row, text=_text(row), forgotten=mail.is_forgotten(row)
    )


@blueprint.post("/outbox/<int:mail_id>/send")
@access.requires(permissions.OUTBOX)
def send_again(mail_id: int) -> Response:
    """Try now what failed, waits, or may have got lost."""
    row = _load(mail_id)
    with db.transaction(current_actor(), "accounts.send_again"):
        row = db.session().get_one(OutgoingMail, mail_id, with_for_update=True)
        if row.status not in {mail.WAITING, mail.FAILED, mail.UNCLEAR}:
            raise UserError(_("This message is on its way or was sent already."))
        if mail.is_forgotten(row):
            raise UserError(
                _("The link in this message was forgotten when it could not be sent. Send a new one instead.")
            )
        row.attempts = 0
        mail.queue(row)
    say(_("Trying again."))
    return htmx.go(url_for("accounts.outbox"))


def _load(mail_id: int) -> OutgoingMail:
    return db.session().get(OutgoingMail, mail_id) or abort(404)


def _text(row: OutgoingMail) -> str | None:
    """The text as it was written to the file, or as it waits; None when a server is set, and where a link
    in it would give the reader more than they have."""
    secret = mail.is_secret(row.purpose)
    if runtime().config.smtp_url or (secret and not holds_everything(current_actor())):
        return None
    file = delivery.file_of(row.id)
    if not file.exists():
        return row.body
    body = message_from_bytes(file.read_bytes(), policy=default).get_body(("plain",))
    return body.get_content() if body is not None else ""
