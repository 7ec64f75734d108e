"""What guests hear by mail, each in their own language. It leaves through the outbox, after the commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import exists, or_, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import mail
from crm.accounts.turns import take_turn
from crm.contacts.emailing import asked_for_none, best_address
from crm.contacts.models import Contact, Email
from crm.events import ics, links, times, words
from crm.events.models import Event, Guest
from crm.events.permissions import EDIT
from crm.events.services import reading
from crm.events.words import ASKED, NO, NO_ADDRESS, SILENT, YES, language_code
from crm.jobs.models import Job
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
    has_one = exists().where(Email.contact_id == Contact.id, Email.address != "")
    statement = select(
        Contact.id, Contact.name, Contact.language, best_address(), has_one, asked_for_none()
    )  # fmt: skip
    with system("guests are written to"):
        rows = db.session().execute(statement.where(db.among(Contact.id, contact_ids))).all()
    return {
        row[0]: Reach(row[1], language_code(row[2]), row[3] or "", _refusal(row[3], row[4], asked=row[5]))
        for row in rows
    }


def _refusal(address: str | None, has_one: bool, *, asked: bool) -> str:
    if asked:
        return ASKED
    return "" if address else SILENT if has_one else NO_ADDRESS


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
    """The next messages of a long list; ends early when they are not right any more."""
    first = int(run.cursor.get("next", 0))
    ids, what = run.args["guests"], run.args["what"]
    with db.transaction(run.actor, "events.mail", _("Messages about an event")), system("guests are mailed"):
        event = _event_of(run)
        statement = select(Guest).where(db.among(Guest.id, ids[first : first + AT_ONCE])).order_by(Guest.id)
        if event is not None:
            guests = db.session().scalars(statement.execution_options(populate_existing=True)).all()
            _write(event, [each for each in guests if _still_wanted(each, what)], what, run.args["note"])
        run.cursor["next"] = first + AT_ONCE
        run.progress(min(first + AT_ONCE, len(ids)), len(ids))
    return event is None or first + AT_ONCE >= len(ids)


def _event_of(run: JobRun) -> Event | None:
    """The event as it is now, in its turn; None when whoever asked may not change it any more, or when the
    message says what is not so."""
    event_id: int = run.args["event"]
    mine = visible(Event, run.actor, EDIT).where(Event.id == event_id).with_only_columns(Event.id)
    if db.session().execute(mine).first() is None:
        return None
    event = turn(event_id)
    return event if event is not None and _is_right(event, run.args["what"]) else None


def turn(event_id: int) -> Event | None:
    """The event as it is now; until the transaction ends nobody else changes it or writes to its guests."""
    with system("the event was loaded for this actor"):
        statement = select(Event).where(Event.id == event_id).with_for_update()
        event = db.session().scalars(statement.execution_options(populate_existing=True)).one_or_none()
    take_turn(f"seats {event_id}")
    return event


def _is_right(event: Event, what: str) -> bool:
    if what == INVITATION:
        return reading.may_answer(event)
    return (event.status == words.CANCELLED) == (what == CANCELLED)


def _still_wanted(guest: Guest, what: str) -> bool:
    """Whether a guest whose message waited is to have it: nobody is invited twice, or told of a seat that
    they gave back."""
    if what == INVITATION:
        return guest.invited_at is None
    return what != SEAT or guest.answer == YES


def promised(event_id: int) -> set[int]:
    """The guests whose invitation waits for a worker."""
    with system("the messages of an event that was loaded for this actor"):
        statement = select(Job.args).where(Job.kind == JOB, Job.finished_at.is_(None))
        waiting = db.session().execute(statement).scalars().all()
    return {
        each
        for args in waiting
        if args["event"] == event_id and args["what"] == INVITATION
        for each in args["guests"]
    }


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
