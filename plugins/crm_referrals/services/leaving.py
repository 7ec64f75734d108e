"""Whether a message may still leave, asked when it leaves the outbox: much may have happened meanwhile."""

from collections.abc import Iterable

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api import gettext as _
from crm_referrals.models import Consent
from crm_referrals.services import asking, consenting


def reasons(mail_id: int) -> Iterable[str]:
    """Why a message that asks for a consent goes to nobody any more; its consent then forgets it. Inside the
    transaction that removes it."""
    consent = _asked_by(mail_id)
    if consent is not None:
        consenting.hold(consent)
        if asking.is_answerable(consent):
            return ()
        consent.mail_ids = [each for each in consent.mail_ids or () if each != mail_id] or None
        db.session().flush()
    return (_("Nobody is asked by it any more."),)


def _asked_by(mail_id: int) -> Consent | None:
    """The consent that a message asks for; None once it was answered or ended, and forgot its messages."""
    asked = select(Consent.id, Consent.mail_ids).where(Consent.status == "asked", Consent.method == "link")
    with system("whose consent a message asks for that is about to leave"):
        rows = db.session().execute(asked).all()
        found = next((row[0] for row in rows if mail_id in (row[1] or ())), None)
        return db.session().get_one(Consent, found) if found is not None else None
