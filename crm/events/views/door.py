"""Checking people in at the door, on a phone."""

from flask import request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.contacts.likeness import Typed, likely
from crm.contacts.permissions import EDIT as EDIT_CONTACTS
from crm.contacts.permissions import VIEW as SEE_CONTACTS
from crm.errors import UserError
from crm.events.forms import WalkInForm
from crm.events.models import Event
from crm.events.permissions import CHECK_IN
from crm.events.services import door, inviting, reading
from crm.events.views.blueprint import blueprint, event_or_404, guest_or_404
from crm.pages import say

SHOWN = 60


@blueprint.get("/<int:event_id>/check-in")
@requires(CHECK_IN)
def check_in(event_id: int) -> Response:
    """The guests, found as one types; the page looks again by itself, for others check people in too."""
    event = event_or_404(event_id, CHECK_IN)
    return _list(event, request.args.get("q", "")[:100])


def _list(event: Event, text: str) -> Response:
    actor = current_actor()
    rows = reading.guests(event.id, actor, text, most=SHOWN)
    return htmx.render(
        "events/door/page.html",
        "events/door/_list.html",
        event=event,
        rows=rows,
        text=text,
        numbers=reading.numbers(event.id, actor),
        homes=door.organizations_of(event, [row.guest.contact_id for row in rows], actor),
        most=SHOWN,
    )


@blueprint.post("/<int:event_id>/guests/<int:guest_id>/check-in")
@requires(CHECK_IN)
def check(event_id: int, guest_id: int) -> Response:
    """One tap: in, or out again."""
    event = event_or_404(event_id, CHECK_IN)
    found = guest_or_404(event, guest_id)
    came = request.form.get("state") == "in"
    name = inviting.names_of([found.contact_id], current_actor()).get(found.contact_id, _("A guest"))
    summary = (
        _("%(name)s came to “%(title)s”", name=name, title=event.title)
        if came
        else _("%(name)s did not come to “%(title)s”", name=name, title=event.title)
    )
    with db.transaction(current_actor(), "events.check_in", summary):
        door.check(event, guest_id, came=came)
    return _after(event_id, guest_id, _("%(name)s is here.", name=name) if came else "")


@blueprint.post("/<int:event_id>/guests/<int:guest_id>/represents")
@requires(CHECK_IN)
def represents(event_id: int, guest_id: int) -> Response:
    """For whom somebody is here."""
    event = event_or_404(event_id, CHECK_IN)
    found = guest_or_404(event, guest_id)
    chosen = request.form.get("organization", "")
    actor = current_actor()
    with db.transaction(
        actor, "events.check_in", _("For whom somebody came to “%(title)s”", title=event.title)
    ):
        door.represent(event, found, int(chosen) if chosen.isdecimal() else None, actor)
    return _after(event_id, guest_id, "")


def _after(event_id: int, guest_id: int, sentence: str) -> Response:
    """The line of the guest and the counter; without script the page again."""
    if not htmx.wants_fragment():
        if sentence:
            say(sentence)
        return htmx.go(url_for("events.check_in", event_id=event_id, q=request.form.get("q") or None))
    event, actor = event_or_404(event_id), current_actor()
    row = next(iter(reading.guests(event_id, actor, only=guest_id)), None)
    return htmx.render(
        "events/door/_after.html",
        None,
        event=event,
        row=row,
        numbers=reading.numbers(event_id, actor),
        homes=door.organizations_of(event, [row.guest.contact_id] if row else [], actor),
    )


@blueprint.route("/<int:event_id>/check-in/walk-in", methods=["GET", "POST"])
@requires(CHECK_IN)
def walk_in(event_id: int) -> Response:
    """Somebody who is not on the list: known by name, or new."""
    event, actor = event_or_404(event_id, CHECK_IN), current_actor()
    form = WalkInForm()
    if form.sent():
        try:
            with db.transaction(actor, "events.check_in") as change:
                person = form.person.data
                values = {each.name: each.data or "" for each in form if each.name in _NEW}
                guest = door.walk_in(event, person) if person else door.new_walk_in(event, values, actor)
                names = inviting.names_of([guest.contact_id], actor)
                name = (
                    names.get(guest.contact_id) or f"{values['given_name']} {values['family_name']}".strip()
                )
                change.summary = _("%(name)s came to “%(title)s”", name=name, title=event.title)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("%(name)s is here.", name=name), change)
            return htmx.go(url_for("events.check_in", event_id=event_id))
    return htmx.render(
        "events/door/walk_in.html",
        None,
        422 if form.form_errors else form.status,
        event=event,
        form=form,
        may_see=actor.can(SEE_CONTACTS),
        may_add=actor.can(EDIT_CONTACTS),
    )


_NEW = ("given_name", "family_name", "email", "organization")


@blueprint.get("/<int:event_id>/check-in/likely")
@requires(CHECK_IN)
def likely_walk_ins(event_id: int) -> Response:
    """Who may be meant while a new person is typed; one tap checks them in instead."""
    event = event_or_404(event_id, CHECK_IN)
    typed = Typed(
        **{name: request.args.get(name, "")[:200] for name in ("given_name", "family_name", "email")}
    )
    found = likely(typed, current_actor()) if current_actor().can(SEE_CONTACTS) else ()
    return htmx.render("events/door/likely_page.html", "events/door/_likely.html", event=event, found=found)
