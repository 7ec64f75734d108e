"""What guests hear by mail, each in their own language. It leaves through the outbox, after the commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import or_, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import mail
from crm.contacts.models import Contact, DoNotContact, Email
from crm.events import ics, links, times
from crm.events.models import Event, Guest
from crm.events.words import ASKED, NO, NO_ADDRESS, language_code
from crm.jobs.services import enqueue
from crm.plugin_api.types import JobRun
from crm.runtime import runtime

INVITATION, SEAT, CANCELLED, CHANGED = "invitation", "seat", "cancelled", "changed"
JOB = "events.mail"
AT_ONCE = 100
"""Messages that are written while somebody waits; more become background work in steps of this many."""


@dataclass(frozen=True)
class Reach:
    """How somebody is written to."""

    name: str
    language: str
    address: str
    refusal: str = ""


def reach(contact_ids: Sequence[int]) -> dict[int, Reach]:
    """How each of these contacts can be written to; `refusal` says why not."""
    address = (
        select(Email.address)
        .where(Email.contact_id == Contact.id, Email.address != "")
        .order_by(Email.is_primary.desc(), Email.id)
        .limit(1)
        .scalar_subquery()
    )
    asked = (
        select(DoNotContact.id)
        .where(DoNotContact.contact_id == Contact.id, DoNotContact.channel.in_(("email", "all")))
        .exists()
    )
    statement = select(Contact.id, Contact.name, Contact.language, address, asked)
    with system("guests are written to"):
        rows = db.session().execute(statement.where(db.among(Contact.id, contact_ids))).all()
    return {
        row[0]: Reach(
            row[1], language_code(row[2]), row[3] or "", ASKED if row[4] else "" if row[3] else NO_ADDRESS
        )
        for row in rows
    }


def unmailed(contact_ids: Sequence[int]) -> dict[int, str]:
    """Those of the contacts who cannot or must not be written to, with the reason."""
    return {each: found.refusal for each, found in reach(contact_ids).items() if found.refusal}


def to_guests(event: Event, guest_ids: Sequence[int], what: str, actor: Actor, note: str = "") -> int:
    """Write to guests, or hand many of them to a worker. Returns how many are or will be written to."""
    with system("the guests of an event that was loaded for this actor"):
        statement = select(Guest).where(Guest.event_id == event.id, db.among(Guest.id, list(guest_ids)))
        guests = db.session().scalars(statement.order_by(Guest.id)).all()
    if len(guests) > AT_ONCE:
        args = {"event": event.id, "guests": [each.id for each in guests], "what": what, "note": note}
        enqueue(JOB, args, _("Messages about an event"), actor)
        return len(guests) - len(unmailed([each.contact_id for each in guests]))
    return _write(event, guests, what, note)


def step(run: JobRun) -> bool:
    """The next messages of a long list."""
    first = int(run.cursor.get("next", 0))
    ids = run.args["guests"]
    with db.transaction(run.actor, "events.mail", _("Messages about an event")), system("guests are mailed"):
        event = db.session().get(Event, run.args["event"])
        statement = select(Guest).where(db.among(Guest.id, ids[first : first + AT_ONCE]))
        if event is not None:
            _write(event, db.session().scalars(statement.order_by(Guest.id)).all(), run.args["what"],
                   run.args["note"])  # fmt: skip
        run.cursor["next"] = first + AT_ONCE
        run.progress(min(first + AT_ONCE, len(ids)), len(ids))
    return first + AT_ONCE >= len(ids)


def _write(event: Event, guests: Sequence[Guest], what: str, note: str) -> int:
    known = reach([each.contact_id for each in guests])
    sequence = ics.sequence_of(event)
    sent = 0
    for guest in guests:
        whom = known.get(guest.contact_id)
        if whom is None or whom.refusal:
            continue
        _send(event, guest, whom, what, note, sequence)
        if what == INVITATION:
            guest.invited_at = db.now()
        sent += 1
    db.session().flush()
    return sent


def _send(event: Event, guest: Guest, whom: Reach, what: str, note: str, sequence: int) -> None:
    link = links.address(guest)
    config = runtime().config
    with force_locale(whom.language):
        values: dict[str, Any] = {
            "event": event, "name": whom.name, "when": times.in_words(event), "link": link, "note": note,
            "site": config.organization_name, "site_url": config.base_url,
        }  # fmt: skip
        text = render_template(f"events/mail/{what}.txt", **values).strip()
        subject, _blank, body = text.partition("\n")
        html = render_template("events/mail/message.html", what=what, subject=subject, **values)
        calendar = ics.text(event, link, sequence)
    mail.send(
        whom.address,
        subject,
        body.strip() + "\n",
        f"event_{what}",
        html,
        calendar=calendar,
        contact_id=guest.contact_id,
    )


def to_be_told(event_id: int) -> list[int]:
    """The guests who must hear when something changes: all who were mailed, or said that they may come."""
    with system("the guests of an event that was loaded for this actor"):
        statement = select(Guest.id).where(
            Guest.event_id == event_id,
            Guest.answer != NO,
            or_(Guest.invited_at.is_not(None), Guest.answered_at.is_not(None)),
        )
        return list(db.session().execute(statement.order_by(Guest.id)).scalars())


def contacts_of(guest_ids: Iterable[int]) -> list[int]:
    with system("the guests of an event that was loaded for this actor"):
        statement = select(Guest.contact_id).where(db.among(Guest.id, list(guest_ids)))
        return list(db.session().execute(statement).scalars())
