"""What is done every night: answers that nobody confirmed while their link worked go for good, and so does
what robots sent. They may be somebody else's name and address, so no history keeps them."""

from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import and_, delete, func, or_, select

from crm import db
from crm.access.guard import system
from crm.accounts import delivery
from crm.accounts.models import OutgoingMail
from crm.intake.models import FormAnswer, HelpRequest
from crm.intake.words import CONFIRM_MAIL
from crm.journal import erasing
from crm.plugin_api.types import JobRun
from crm.public_pages import UNCONFIRMED_KEPT

AT_ONCE: Final = 1000


def step(run: JobRun) -> bool:
    """Some answers; True when none is left. Doing it twice does no harm."""
    with db.transaction(run.actor, "intake.tidy"):
        count = sum(_forget(db.table(model)) for model in (FormAnswer, HelpRequest))
        run.cursor["done"] = run.cursor.get("done", 0) + count
        if count < AT_ONCE:
            run.finish()
    return count < AT_ONCE


def _forget(table: Any) -> int:
    before = db.now() - UNCONFIRMED_KEPT
    robots = and_(table.c.status == "spam", table.c.confirmed_at.is_(None))
    # Whoever asks for help waits until somebody has looked.
    unread = robots if table is db.table(HelpRequest) else or_(table.c.status == "unconfirmed", robots)
    old = select(table.c.id).where(unread, table.c.created_at < before).order_by(table.c.id).limit(AT_ONCE)
    with system("answers that nobody confirmed are forgotten"):
        ids = db.session().execute(old).scalars().all()
        if not ids:
            return 0
        erasing.forget_rows(table.name, ids, _("An answer that was never confirmed"))
        gone = delete(table).where(db.among(table.c.id, ids)).returning(table.c.email)
        addresses = {each.lower() for each in db.session().execute(gone).scalars()}
        mailed = OutgoingMail.purpose == CONFIRM_MAIL, OutgoingMail.created_at < before
        delivery.forget(and_(*mailed, func.lower(OutgoingMail.recipient).in_(sorted(addresses))))
    return len(ids)
