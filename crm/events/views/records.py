"""The page of an event, and what is done with the event itself."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.accounts.tokens import address_of
from crm.calendar.ics import as_file
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, WorkingGroup
from crm.errors import UserError
from crm.events import ics, times
from crm.events.forms import CancelForm, CloneForm, EventForm, shown
from crm.events.models import Event
from crm.events.permissions import CHECK_IN, DELETE, EDIT, VIEW
from crm.events.services import door, editing, inviting, mailing, minutes, reading
from crm.events.views.blueprint import blueprint, event_or_404, page_of
from crm.events.words import CANCELLED, UNMAILED
from crm.pages import offered, say


@blueprint.get("/<int:event_id>")
@requires(VIEW)
def show(event_id: int) -> Response:
    event, actor = event_or_404(event_id), current_actor()
    return htmx.render(
        "events/show.html",
        None,
        event=event,
        setting=reading.setting(event, actor),
        numbers=reading.numbers(event_id, actor),
        lines=minutes.lines(event_id),
        attendance=door.attendance(event, actor),
        over=reading.is_over(event),
        panels=offered("crm_record_panels", kind="event", record_id=event_id),
        can={name: may(event, name) for name in (EDIT, DELETE, CHECK_IN)},
    )


def may(event: Event, permission: str) -> bool:
    actor = current_actor()
    statement = visible(Event, actor, permission).where(Event.id == event.id).with_only_columns(Event.id)
    return actor.can(permission) and db.session().execute(statement).first() is not None


@blueprint.route("/<int:event_id>/edit", methods=["GET", "POST"])
@requires(EDIT)
def edit(event_id: int) -> Response:
    event, actor = event_or_404(event_id, EDIT), current_actor()
    form = EventForm(record=event, data=shown(event))
    if event.status == CANCELLED:
        del form.state
    theirs: list[tuple[str, str]] = []
    if form.sent():
        try:
            with db.transaction(actor, "events.edit", _("Changed “%(title)s”", title=event.title)) as change:
                values, seen = _kept(form.values(), event), _number(form.version.data)
                event, moved, seated = editing.change(event_id, values, seen, actor)
                told = _tell_of_change(event, moved=moved and bool(form.tell.data), seated=seated)
        except editing.Clash as error:
            event = event_or_404(event_id)
            form.form_errors.append(error.message)
            theirs = _differences(form, event)
            form.version.data, form.version.raw_data = str(event.version), None
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(
                " ".join(filter(None, (_("The event is changed."), told, times.note_of_twice(event)))), change
            )
            return htmx.go(page_of(event_id))
    status = 409 if theirs else form.status
    return htmx.render("events/edit.html", None, status, form=form, event=event, theirs=theirs)


def _kept(values: dict[str, Any], event: Event) -> dict[str, Any]:
    """What the form says; what the editor may not see stays what the event belongs to."""
    return values | {
        f"{name}_id": getattr(event, f"{name}_id") for name in _hidden(event) if values[f"{name}_id"] is None
    }


def _hidden(event: Event) -> set[str]:
    """The fields of what the event belongs to that the reader may not see."""
    actor = current_actor()
    found = set()
    for name, model in _BELONGS.items():
        record_id = getattr(event, f"{name}_id")
        seen = visible(model, actor).where(model.id == record_id).with_only_columns(model.id)
        if record_id is not None and db.session().execute(seen).first() is None:
            found.add(name)
    return found


_BELONGS: Mapping[str, Any] = {"coalition": Coalition, "group": WorkingGroup, "campaign": Campaign}


def _tell_of_change(event: Event, *, moved: bool, seated: list[int]) -> str:
    actor = current_actor()
    count = 0
    if moved and not reading.is_over(event):
        count = mailing.to_guests(event, mailing.to_be_told(event.id), mailing.CHANGED, actor)
    mailing.to_guests(event, seated, mailing.SEAT, actor)
    return told(count) if moved else ""


def told(count: int) -> str:
    """How many guests hear of something, as a sentence."""
    if not count:
        return _("No guest had to be told.")
    return str(
        ngettext("%(count)s guest is told by mail.", "%(count)s guests are told by mail.", count, count=count)
    )


def _number(text: Any) -> int:
    return int(text) if str(text or "").isdecimal() else 0


def _differences(form: EventForm, event: Event) -> list[tuple[str, str]]:
    """Each field that says something else now than the form: its label and what it says now, in words."""
    hidden = _hidden(event)
    now: Mapping[str, Any] = {name: value for name, value in shown(event).items() if name not in hidden}
    found = []
    for field in form:
        if field.name in now and field.name != "version" and not _same(field.data, now[field.name]):
            choices: dict[str, str] = {
                str(each[0]): str(each[1]) for each in getattr(field, "choices", None) or ()
            }
            value = now[field.name]
            words = choices.get(str(value if value is not None else ""), "" if value is None else str(value))
            found.append((str(field.label.text), words or _("empty")))
    return found or [(_("What others see of it"), _("nothing that stands in this form"))]


def _same(here: Any, there: Any) -> bool:
    if isinstance(here, str) or isinstance(there, str):
        return str(here or "").replace("\r\n", "\n").strip() == str(there or "").strip()
    return bool(here == there)


@blueprint.route("/<int:event_id>/cancel", methods=["GET", "POST"])
@requires(EDIT)
def cancel(event_id: int) -> Response:
    event, actor = event_or_404(event_id, EDIT), current_actor()
    form = CancelForm()
    guests = mailing.to_be_told(event_id)
    if form.sent():
        with db.transaction(actor, "events.cancel", _("Cancelled “%(title)s”", title=event.title)) as change:
            event = editing.cancel(event_id)
            # Asked again: others may have been invited since the page was opened.
            guests = mailing.to_be_told(event_id)
            count = 0
            if form.tell.data and not reading.is_over(event):
                note = (form.note.data or "").replace("\r\n", "\n").strip()
                count = mailing.to_guests(event, guests, mailing.CANCELLED, actor, note)
        say(" ".join((_("The event is cancelled."), told(count))), change)
        return htmx.go(page_of(event_id))
    refused = mailing.unmailed(mailing.contacts_of(guests))
    return htmx.render(
        "events/cancel_page.html",
        "events/_cancel_form.html",
        form.status,
        event=event,
        form=form,
        count=len(guests) - len(refused),
        unmailed=inviting.unmailed_names(refused, actor),
        reasons=UNMAILED,
    )


@blueprint.post("/<int:event_id>/revive")
@requires(EDIT)
def revive(event_id: int) -> Response:
    event = event_or_404(event_id, EDIT)
    with db.transaction(
        current_actor(), "events.edit", _("“%(title)s” is held after all", title=event.title)
    ) as change:
        editing.revive(event_id)
    say(_("The event is planned again. Its guests have not been told yet."), change)
    return htmx.go(page_of(event_id))


@blueprint.route("/<int:event_id>/delete", methods=["GET", "POST"])
@requires(DELETE)
def delete(event_id: int) -> Response:
    event, actor = event_or_404(event_id, DELETE), current_actor()
    if request.method == "POST":
        title = event.title
        with db.transaction(actor, "events.delete", _("Deleted “%(title)s”", title=title)) as change:
            editing.delete(event_id)
        say(_("“%(title)s” is deleted.", title=title), change)
        return htmx.go(url_for("events.index"))
    return htmx.render(
        "events/delete_page.html",
        "events/_delete_form.html",
        event=event,
        numbers=reading.numbers(event_id, actor),
        over=reading.is_over(event),
    )


@blueprint.route("/<int:event_id>/clone", methods=["GET", "POST"])
@requires(EDIT)
def clone(event_id: int) -> Response:
    """The same event at another date."""
    event, actor = event_or_404(event_id, EDIT), current_actor()
    first, last = times.local(event)
    form = CloneForm(data={"begins": first.time(), "ends": last.time()})
    if form.sent():
        try:
            starts_at, ends_at = form.span(event.time_zone)
            with db.transaction(
                actor, "events.create", _("Planned “%(title)s” again", title=event.title)
            ) as change:
                made = editing.clone(
                    event, starts_at, ends_at, actor, with_guests=bool(form.with_guests.data)
                )
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("“%(title)s” is planned again.", title=made.title), change)
            return htmx.go(page_of(made.id))
    status = 422 if form.form_errors else form.status
    return htmx.render("events/clone_page.html", "events/_clone_form.html", status, event=event, form=form)


@blueprint.get("/<int:event_id>/event.ics")
@requires(VIEW)
def ics_file(event_id: int) -> Response:
    event = event_or_404(event_id)
    return as_file(ics.text(event, address_of("events.show", event_id=event_id)), "event.ics")


@blueprint.get("/<int:event_id>/print")
@requires(VIEW)
def print_view(event_id: int) -> Response:
    """Agenda, who was there, what was decided, minutes: for paper."""
    event, actor = event_or_404(event_id), current_actor()
    return htmx.render(
        "events/print.html",
        None,
        event=event,
        lines=minutes.lines(event_id),
        attendance=door.attendance(event, actor),
        came=reading.guests(event_id, actor, answer="came", most=1000),
    )
