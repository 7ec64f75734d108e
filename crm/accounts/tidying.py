"""Forgetting what has no use any more: ended sessions, spent links, old tries, old mail."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from crm import db
from crm.accounts import delivery, mail, sessions
from crm.accounts.limits import LONGEST_WINDOW
from crm.accounts.models import AccountToken, FailedAttempt, KnownAddress, OutgoingMail, SignInSession
from crm.plugin_api.types import JobRun

LINKS_KEPT = timedelta(days=30)
ADDRESSES_KEPT = timedelta(days=90)
MAIL_KEPT = timedelta(days=90)


def tidy(run: JobRun) -> bool:
    """The step of `accounts.tidy`."""
    now = db.now()
    alive = sessions.living()
    old: list[tuple[type[Any], Any]] = [
        (SignInSession, ~(alive[0] & alive[1])),
        (AccountToken, AccountToken.expires_at < now - LINKS_KEPT),
        (FailedAttempt, FailedAttempt.at < now - LONGEST_WINDOW),
        (KnownAddress, KnownAddress.used_at < now - ADDRESSES_KEPT),
    ]
    with db.transaction(run.actor, "accounts.tidy"):
        for model, condition in old:
            db.session().execute(delete(model).where(condition))
        delivery.forget((OutgoingMail.status == mail.SENT) & (OutgoingMail.sent_at < now - MAIL_KEPT))
    return True
