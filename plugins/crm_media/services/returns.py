"""Mail that came back is noted with the recipient and with the address, which gets none any more, and their
record asks to be verified. A message counts
that quotes the Message-ID of one of ours: nobody else can write it, so nobody can end our mail to others."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from crm.plugin_api import db, system
from crm.plugin_api.outside import BOUNCED, end_mail_at, returned
from crm.plugin_api.records import Email
from crm_media.models import Recipient, Reporter
from crm_media.reading import bounces
from crm_media.services import refusals
from crm_media.texts import among_texts

NOT_DEAD: Final = re.compile(r"\b(?:5\.[27]|4\.\d+)\.\d+")
"""A full box, a message that was taken for spam, a server that was away (RFC 3463): that address lives."""


@dataclass
class Noted:
    """What came of messages: recipients whose mail came back, those that are noted already or got nothing,
    messages that quote none of ours, that are no bounces, servers that go on trying, people who
    complained."""

    noted: int = 0
    unknown: int = 0
    unproven: int = 0
    others: int = 0
    trying: int = 0
    complaints: int = 0


def action_of(complaint: bool) -> str:
    """What noting a message is called: what somebody outside wants is theirs to take back, and no undo of
    ours does."""
    return "media.no_mail" if complaint else "media.returns"


def take(raw: bytes, noted: Noted) -> None:
    """Note one message. Inside a transaction."""
    if bounces.complains(raw):
        _complaint(raw, noted)
        return
    found = bounces.read(raw)
    noted.others += not found
    final = [each for each in found if each.final]
    noted.trying += len(found) - len(final)
    if not final:
        return
    ours = {mail_id: address.lower() for mail_id, address in returned(bounces.quoted(raw))}
    for bounce in final:
        ids = [mail_id for mail_id, address in ours.items() if address == bounce.address]
        if not ids and len(ours) == 1 and len(final) == 1:
            ids = list(ours)  # It was handed on to another address of theirs, and that one is dead.
        if not ids:
            noted.unproven += 1
            continue
        count = _note(ids, {ours[each] for each in ids}, bounce.reason)
        noted.noted += bool(count)
        noted.unknown += not count
    db.session().flush()


def _complaint(raw: bytes, noted: Noted) -> None:
    """Whoever got the message of ours that is quoted wants none any more."""
    ours = list(returned(bounces.quoted(raw)))
    noted.unproven += not ours
    for mail_id, address in ours:
        with system("who complained"):
            got = select(Recipient.contact_id).where(Recipient.mail_id == mail_id)
            who = set(db.session().scalars(got))
            if not who:  # A reminder, or mail of another part of Rollcall.
                has_it = select(Email.contact_id).where(Email.address_key == address.strip().lower())
                who = set(db.session().scalars(has_it))
        refusals.complain(who, address)
        noted.complaints += 1


def _note(mail_ids: Collection[int], addresses: Collection[str], reason: str) -> int:
    """Whoever got one of these messages and has not answered. What went to the same address before did
    arrive; but the address is dead, and whoever has it is to be verified."""
    with system("whose mail came back"):
        theirs = select(Recipient).where(Recipient.status == "sent").order_by(Recipient.id)
        held = theirs.with_for_update()  # Nobody answers while they are noted.
        rows = db.session().scalars(held.where(db.among(Recipient.mail_id, list(mail_ids)))).all()
        if not rows:  # A reminder came back; it is noted with what was sent there last.
            there = theirs.where(among_texts(func.lower(Recipient.address), addresses))
            last = func.coalesce(Recipient.chased_at, Recipient.sent_at).desc()
            rows = db.session().scalars(there.order_by(None).order_by(last, Recipient.id).limit(1)).all()
        same = among_texts(func.lower(Recipient.address), [each.address.lower() for each in rows])
        who = db.session().scalars(select(Recipient.contact_id).where(same)).all()
    for row in rows:
        row.status, row.reason = "bounced", reason
    end([] if NOT_DEAD.search(reason) else [each.address for each in rows], who)
    return len(rows)


def end(addresses: Collection[str], contact_ids: Collection[int]) -> None:
    """Nothing more goes to these addresses, and the records of these people ask to be verified. First the
    ones, then the others, wherever it is noted: so two who note it at once wait for each other in turn."""
    end_mail_at(addresses, BOUNCED)
    _doubt(contact_ids)


def _doubt(contact_ids: Collection[int]) -> None:
    """Somebody should look whether these reporters are still where we think."""
    with system("the records of those whose mail came back"):
        statement = select(Reporter).where(db.among(Reporter.contact_id, list(contact_ids)))
        for reporter in db.session().scalars(statement):
            reporter.verified_on = None
        db.session().flush()
