"""Accounts of a restored backup: nobody is signed in, no link works, no mail goes out twice."""

from flask_babel import gettext as _
from sqlalchemy import delete, update

from crm import db
from crm.accounts import mail
from crm.accounts.models import AccountToken, FailedAttempt, OutgoingMail, SignInSession

UNSENT = (mail.QUEUED, mail.WAITING, mail.HANDING_OVER)


def quieten() -> None:
    """End sessions and links; give up mail that had not gone out. Inside the restore's transaction."""
    session = db.session()
    for model in (SignInSession, AccountToken, FailedAttempt):
        session.execute(delete(model))
    sentence = _("Not sent: this message came back from a backup. Send it again if it is still true.")
    unsent = update(OutgoingMail).where(OutgoingMail.status.in_(UNSENT))
    session.execute(unsent.values(status=mail.FAILED, last_error=sentence))
