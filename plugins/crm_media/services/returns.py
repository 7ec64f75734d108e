"""Mail that came back is noted with the recipient, and their record asks to be verified."""

from dataclasses import dataclass

from sqlalchemy import func, select

from crm.plugin_api import db, system
from crm_media.models import Recipient, Reporter
from crm_media.reading import bounces


@dataclass
class Noted:
    """What came of messages: recipients whose mail came back, addresses that nobody knows, messages that
    are no bounces, servers that go on trying."""

    noted: int = 0
    unknown: int = 0
    others: int = 0
    trying: int = 0


def take(raw: bytes, noted: Noted) -> None:
    """Note one message. Inside a transaction."""
    found = bounces.read(raw)
    noted.others += not found
    for bounce in found:
        if not bounce.final:
            noted.trying += 1
            continue
        with system("whose mail came back"):
            statement = select(Recipient).where(
                func.lower(Recipient.address) == bounce.address, Recipient.status == "sent"
            )
            rows = db.session().scalars(statement).all()
            people = [each.contact_id for each in rows]
            reporters = (
                db.session().scalars(select(Reporter).where(db.among(Reporter.contact_id, people))).all()
            )
        for row in rows:
            row.status, row.reason = "bounced", bounce.reason
        for reporter in reporters:
            reporter.verified_on = None
        noted.noted += bool(rows)
        noted.unknown += not rows
    db.session().flush()
