"""Answering by the link of an invitation, without an account.

Reading the page changes nothing, for mail programs open every link by themselves; only its buttons do. It
says nothing about other guests."""

from flask import request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import public
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits
from crm.calendar.ics import as_file
from crm.contacts.models import Contact
from crm.events import ics, links, times
from crm.events.forms import AnswerForm
from crm.events.models import Event, Guest
from crm.events.services import mailing, reading, seats
from crm.events.views.blueprint import blueprint
from crm.events.words import MAYBE, NO, YES, language_code
from crm.i18n import LANGUAGES

CHOICES = (YES, MAYBE, NO)


class Found:
    """What a link leads to."""

    def __init__(self, event: Event, guest: Guest, name: str, language: str | None) -> None:
        self.event, self.guest, self.name, self.language = event, guest, name, language


def _find(token: str) -> Found | None:
    """The guest of a link; None when it was altered, was ended, or the guest or event is gone."""
    told = links.read(token)
    if told is None:
        return None
    event_id, guest_id, version = told
    statement = (
        select(Event, Guest, Contact.name, Contact.language)
        .join(Guest, Guest.event_id == Event.id)
        .join(Contact, Contact.id == Guest.contact_id)
        .where(Event.id == event_id, Guest.id == guest_id, Guest.link_version == version)
    )
    with system("a guest opens the link of their invitation"):
        row = db.session().execute(statement).one_or_none()
    return Found(*row) if row else None


def _language(found: Found | None) -> str:
    """What was chosen on the page, else the guest's, else the browser's."""
    chosen = request.args.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    if found is not None and found.language:
        return language_code(found.language)
    return request.accept_languages.best_match(LANGUAGES) or "en"


@blueprint.route("/answer/<token>", methods=["GET", "POST"])
@public
def answer(token: str) -> Response:
    found = _find(token)
    language = _language(found)
    with force_locale(language):
        if found is None:
            return htmx.render("events/answer/unknown.html", None, 404)
        form = AnswerForm()
        if not form.is_submitted():  # type: ignore[no-untyped-call]  # Flask-WTF has no annotations.
            form.note.data = found.guest.note
        elif form.sent() and form.answer.data in CHOICES and reading.may_answer(found.event):
            _save(found, str(form.answer.data), form.note.data or "")
            return htmx.go(url_for("events.answer", token=token, language=language, saved=1))
        return _page(found, form, token, language)


def _page(found: Found, form: AnswerForm, token: str, language: str) -> Response:
    return htmx.render(
        "events/answer/page.html",
        None,
        form.status,
        event=found.event,
        guest=found.guest,
        name=found.name,
        form=form,
        token=token,
        language=language,
        languages=LANGUAGES,
        when=times.in_words(found.event),
        open=reading.may_answer(found.event),
        full=_is_full(found),
        place=seats.place_in_line(found.guest),
        saved="saved" in request.args,
    )


def _is_full(found: Found) -> bool:
    capacity = found.event.capacity
    return capacity is not None and found.guest.answer != YES and seats.taken(found.event.id) >= capacity


def _save(found: Found, wanted: str, note: str) -> None:
    event_id, guest_id, name = found.event.id, found.guest.id, found.name
    with db.transaction(Actor.nobody(), "events.answer_limit"):
        limits.begin_answer(guest_id)
    said = system("a guest answers by the link of their invitation")
    with db.transaction(Actor(None, name), "events.answer") as change, said:
        event = db.session().get_one(Event, event_id)
        change.summary = _("%(name)s answered about “%(title)s”", name=name, title=event.title)
        outcome = seats.answer(event, guest_id, wanted, note.replace("\r\n", "\n").strip())
        mailing.to_guests(event, outcome.seated, mailing.SEAT, Actor.system())


@blueprint.get("/answer/<token>/event.ics")
@public
def answer_ics(token: str) -> Response:
    """The event for the guest's own calendar."""
    found = _find(token)
    with force_locale(_language(found)):
        if found is None:
            return htmx.render("events/answer/unknown.html", None, 404)
        return as_file(ics.text(found.event, links.address(found.guest)), "event.ics")
