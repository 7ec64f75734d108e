"""Agenda, minutes, decisions and actions."""

from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.access.guard import system
from crm.activities.models import Task
from crm.errors import UserError
from crm.events.forms import DecisionForm, TextForm
from crm.events.models import Decision, Event
from crm.events.permissions import EDIT
from crm.events.services import editing, minutes
from crm.events.views.blueprint import blueprint, event_or_404, page_of
from crm.pages import say


@blueprint.route("/<int:event_id>/agenda", endpoint="agenda", methods=["GET", "POST"])
@requires(EDIT)
def write_agenda(event_id: int) -> Response:
    return _text(event_id, "agenda")


@blueprint.route("/<int:event_id>/minutes", endpoint="minutes", methods=["GET", "POST"])
@requires(EDIT)
def write_minutes(event_id: int) -> Response:
    return _text(event_id, "minutes")


def _text(event_id: int, part: str) -> Response:
    """The agenda or the minutes, written in one piece."""
    event = event_or_404(event_id, EDIT)
    form = TextForm(data={"version": event.version, "text": getattr(event, part)})
    theirs = None
    if form.sent():
        summary = _("Agenda of “%(title)s”") if part == "agenda" else _("Minutes of “%(title)s”")
        version = str(form.version.data or "")
        seen = int(version) if version.isdecimal() else 0
        try:
            with db.transaction(current_actor(), "events.edit", summary % {"title": event.title}) as change:
                editing.write_text(event_id, {part: form.text.data or ""}, seen)
        except editing.Clash as error:
            event = event_or_404(event_id)
            form.form_errors.append(error.message)
            theirs = getattr(event, part)
            form.version.data, form.version.raw_data = str(event.version), None
        else:
            say(_("It is saved."), change)
            return htmx.go(page_of(event_id, part))
    status = form.status if theirs is None else 409
    return htmx.render(
        "events/text_page.html",
        "events/_text_form.html",
        status,
        event=event,
        form=form,
        part=part,
        theirs=theirs,
    )


@blueprint.route("/<int:event_id>/decisions/new", methods=["GET", "POST"])
@requires(EDIT)
def new_decision(event_id: int) -> Response:
    event = event_or_404(event_id, EDIT)
    kind = "action" if request.args.get("kind") == "action" else "decision"
    form = DecisionForm(data={"kind": kind, "assignee": current_actor().user_id})
    if form.sent():
        try:
            with db.transaction(
                current_actor(),
                "events.decide",
                _("Written into the minutes of “%(title)s”", title=event.title),
            ) as change:
                minutes.add(event, form.data, current_actor())
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("It stands in the minutes."), change)
            return htmx.go(page_of(event_id, "decisions"))
    return _form(event, form, None)


@blueprint.route("/<int:event_id>/decisions/<int:decision_id>", methods=["GET", "POST"])
@requires(EDIT)
def decision(event_id: int, decision_id: int) -> Response:
    event = event_or_404(event_id, EDIT)
    found = _decision(event, decision_id)
    form = DecisionForm(data=_shown(found), record=found)
    if form.sent():
        try:
            with db.transaction(
                current_actor(), "events.decide", _("Changed the minutes of “%(title)s”", title=event.title)
            ) as change:
                minutes.change(event, found, form.data, current_actor())
        except UserError as error:
            form.form_errors.append(error.message)
            found = _decision(event, decision_id)
        else:
            say(_("It is saved."), change)
            return htmx.go(page_of(event_id, "decisions"))
    return _form(event, form, found)


def _decision(event: Event, decision_id: int) -> Decision:
    statement = visible(Decision, current_actor()).where(
        Decision.id == decision_id, Decision.event_id == event.id
    )
    found: Decision = db.session().scalars(statement).one_or_none() or abort(404)
    return found


def _shown(found: Decision) -> dict[str, Any]:
    with system("the task of an action that the actor may change"):
        task = db.session().scalar(select(Task).where(Task.id == found.task_id))
    return {
        "kind": found.kind,
        "text": found.text,
        "assignee": task.assignee_user_id if task else current_actor().user_id,
        "due_date": task.due_date if task else None,
    }


@blueprint.post("/<int:event_id>/decisions/<int:decision_id>/delete")
@requires(EDIT)
def delete_decision(event_id: int, decision_id: int) -> Response:
    event = event_or_404(event_id, EDIT)
    found = _decision(event, decision_id)
    with db.transaction(
        current_actor(), "events.decide", _("Taken out of the minutes of “%(title)s”", title=event.title)
    ) as change:
        minutes.remove(found, current_actor())
    say(_("It is taken out of the minutes."), change)
    return htmx.go(page_of(event_id, "decisions"))


def _form(event: Event, form: DecisionForm, found: Decision | None) -> Response:
    return htmx.render(
        "events/decision_page.html",
        "events/_decision_form.html",
        422 if form.form_errors else form.status,
        event=event,
        form=form,
        decision=found,
    )
