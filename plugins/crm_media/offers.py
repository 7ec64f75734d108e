"""What media relations add to the rest of Rollcall: calendar and timelines."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from crm.plugin_api import (
    RECORD_ID,
    Actor,
    CalendarEntry,
    Contact,
    DigestItem,
    Panel,
    SearchProvider,
    TimelineEntry,
    db,
    ngettext,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.words import day
from crm_media.models import (
    Clip,
    ClipPerson,
    Message,
    Opinion,
    Outlet,
    PlanStep,
    Release,
    Reporter,
    Spokesperson,
)
from crm_media.permissions import OUTREACH, VIEW
from crm_media.services import coverage, exclusives, messages, opinions, outreach, press
from crm_media.words import RECIPIENTS


def contact_panels(contact: Contact) -> Iterable[Panel]:
    """What the press keeps of somebody: their details, how they speak for us, the coverage they are in."""
    this = {"contact_id": contact.id}
    if contact.kind == "person":
        speaks = lazy("Speaks for us")
        yield Panel("media", lazy("Press"), "media.of_contact", this, VIEW, 12, when=_is_reporter)
        yield Panel("media_speaker", speaks, "media.speaker_panel", this, VIEW, 13, when=_is_spokesperson)
    else:
        yield Panel("media", lazy("Press"), "media.of_contact", this, VIEW, 12, when=_is_outlet)
    yield Panel("media_clips", lazy("Coverage"), "media.clips_of_contact", this, VIEW, 14, when=_is_covered)


def _is_reporter() -> ColumnElement[bool]:
    return exists().where(Reporter.contact_id == RECORD_ID)


def _is_spokesperson() -> ColumnElement[bool]:
    return exists().where(Spokesperson.contact_id == RECORD_ID)


def _is_outlet() -> ColumnElement[bool]:
    return exists().where(Outlet.contact_id == RECORD_ID)


def _is_covered() -> ColumnElement[bool]:
    return or_(_is_outlet(), exists().where(ClipPerson.contact_id == RECORD_ID))


def calendar_entries(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    """Interviews that stand, steps of plans that are open, and when embargoes end."""
    if not actor.can(VIEW):
        return
    yield from _steps(actor, begins.date(), ends.date(), mine)
    yield from _embargoes(actor, begins, ends, mine)
    yield from _exclusives(actor, begins, ends, mine)
    yield from _papers(actor, begins.date(), ends.date(), mine)
    if mine:
        return
    for booking, name in messages.bookings_between(actor, begins.date(), ends.date()):
        yield CalendarEntry(
            f"media-booking-{booking.id}",
            lazy("Interview"),
            f"{name}: {booking.title}",
            booking.on_day,
            url_for("media.spokesperson", spokesperson_id=booking.spokesperson_id),
            icon="speakerphone",
            place=booking.outlet,
        )


def _steps(actor: Actor, begins: date, ends: date, mine: bool) -> Iterable[CalendarEntry]:
    statement = visible(PlanStep, actor).where(
        PlanStep.due_on >= begins, PlanStep.due_on < ends, PlanStep.done.is_(False)
    )
    for step in db.session().scalars(statement.order_by(PlanStep.due_on).limit(500)):
        own = step.user_id is not None and step.user_id == actor.user_id
        if own or not mine:
            url = url_for("media.plans")
            key = f"media-step-{step.id}"
            yield CalendarEntry(
                key, lazy("Media plan"), step.title, step.due_on, url, icon="list-check", mine=own
            )


def _embargoes(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    if mine or not actor.can(OUTREACH):
        return
    statement = visible(Release, actor).where(Release.embargo_until >= begins, Release.embargo_until < ends)
    for row in db.session().scalars(statement.limit(200)):
        if row.embargo_until is not None:
            url = url_for("media.release", release_id=row.id)
            key = f"media-embargo-{row.id}"
            yield CalendarEntry(key, lazy("Embargo ends"), row.name, row.embargo_until, url, icon="lock-open")


def _exclusives(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    """When a release goes to the others, too, that one outlet had alone."""
    if mine or not actor.can(OUTREACH):
        return
    statement = visible(Release, actor).where(
        Release.exclusive_until >= begins, Release.exclusive_until < ends
    )
    for row in db.session().scalars(statement.limit(200)):
        if row.exclusive_until is not None:
            title = f"{row.name}: {exclusives.outlet_of(row)}"
            url, key = url_for("media.release", release_id=row.id), f"media-exclusive-{row.id}"
            yield CalendarEntry(
                key, lazy("Exclusive ends"), title, row.exclusive_until, url, icon="lock-open"
            )


def _papers(actor: Actor, begins: date, ends: date, mine: bool) -> Iterable[CalendarEntry]:
    """When the time is over that a paper has a piece of ours alone."""
    if mine or not actor.can(OUTREACH):
        return
    for row in opinions.ending(actor, begins, ends):
        if row.until is not None:
            url = url_for("media.opinion", opinion_id=row.id)
            title = _("%(outlet)s has “%(name)s” alone until today", outlet=row.outlet_name, name=row.title)
            key = f"media-opinion-{row.id}"
            yield CalendarEntry(key, lazy("Op-ed or letter"), title, row.until, url, icon="pencil")


def digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    """Own steps of plans that are due within the week."""
    if not actor.can(VIEW):
        return
    statement = visible(PlanStep, actor).where(
        PlanStep.user_id == actor.user_id,
        PlanStep.done.is_(False),
        PlanStep.due_on <= today + timedelta(days=7),
    )
    for step in db.session().scalars(statement.order_by(PlanStep.due_on).limit(30)):
        late = step.due_on < today
        yield DigestItem(_("Media plan"), step.title, url_for("media.plans"), day(step.due_on), late=late)


def timeline(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """The interviews of somebody, the coverage that they are in, and, for those who work on it, what we sent
    them and what they answered."""
    if not actor.can(VIEW):
        return []
    speaker = press.detail_of(Spokesperson, contact.id) if contact.kind == "person" else None
    found = []
    for clip, _role in coverage.of_contact(contact.id, actor, 50):
        if clip.published_on is not None:
            at, url = _noon(clip.published_on), url_for("media.clip", clip_id=clip.id)
            entry = TimelineEntry(at, "news", clip.title, clip.outlet_name, url=url, day=clip.published_on)
            found.append(entry)
    if actor.can(OUTREACH) and contact.kind == "person":
        found += _got(contact.id, actor)
    for booking in messages.bookings(speaker.id, actor) if speaker is not None else ():
        if booking.status != "declined":
            title = _("Interview: %(title)s", title=booking.title)
            url = url_for("media.spokesperson", spokesperson_id=booking.spokesperson_id)
            found.append(
                TimelineEntry(
                    _noon(booking.on_day), "speakerphone", title, booking.outlet, url=url, day=booking.on_day
                )
            )
    return newest(found, before, limit)


def _got(contact_id: int, actor: Actor) -> Iterable[TimelineEntry]:
    """Releases that somebody got, at the moment they left, with what became of each."""
    for row, release in outreach.got(contact_id, actor, 50):
        if row.sent_at is not None and row.status != "left_out":
            reminders = ngettext("%(num)s reminder", "%(num)s reminders", row.chased) if row.chased else ""
            told = [str(RECIPIENTS[row.status]), reminders, row.note]
            about = " · ".join(each for each in told if each)
            url = url_for("media.release", release_id=release.id)
            title = _("Got “%(name)s”", name=release.name)
            yield TimelineEntry(row.sent_at, "send", title, about, url=url)


def newest(found: list[TimelineEntry], before: datetime | None, limit: int) -> list[TimelineEntry]:
    past = [each for each in found if before is None or each.at < before]
    return sorted(past, key=lambda each: each.at, reverse=True)[:limit]


def _noon(of: date) -> datetime:
    return datetime.combine(of, time(12), UTC)


def search_providers() -> tuple[SearchProvider, ...]:
    """Coverage, messages, and, for those who work on them, releases and pieces of our own."""
    body = Clip.author + " " + Clip.bill + " " + func.substr(Clip.text, 1, 2000)
    words = Message.wording + " " + Message.wording_es + " " + Message.do_words
    about = Release.topics + " " + Release.areas + " " + Release.bill
    return (
        _searched(Clip, lazy("Coverage"), (Clip.title, Clip.outlet_name, body), "clip", "news", VIEW),
        _searched(Message, lazy("Message"), (Message.name, Message.proof, words), "message", "message", VIEW),
        _searched(Release, lazy("Release"), (Release.name, Release.topics, about),
                  "release", "send", OUTREACH),
        _searched(Opinion, lazy("Op-ed or letter"), (Opinion.title, Opinion.outlet_name, Opinion.note),
                  "opinion", "pencil", OUTREACH),
    )  # fmt: skip


def _searched(
    model: Any, label: Any, texts: tuple[Any, Any, Any], name: str, icon: str, permission: str
) -> SearchProvider:
    """Records of a kind by `texts`: title, what stands below it, whatever else they are found by."""
    title, subtitle, body = texts

    def documents(condition: ColumnElement[bool]) -> Select[Any]:
        columns: tuple[Any, ...] = (
            model.id.label("record_id"),
            func.substr(title, 1, 200).label("title"),
            func.substr(subtitle, 1, 200).label("subtitle"),
            body.label("body"),
        )
        return select(*columns).where(condition)

    return SearchProvider(
        kind=model.__tablename__,
        label=label,
        subject_table=model.__tablename__,
        model=model,
        documents=documents,
        id_column=model.id,
        endpoint=f"media.{name}",
        icon=icon,
        permission=permission,
        id_argument=f"{name}_id",
    )
