"""Guests: who they are, inviting, answers written down by hand, links."""

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, requires
from crm.access.actor import Actor
from crm.access.guard import system
from crm.coalitions.models import Coalition, WorkingGroup
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.events.forms import GuestForm, InviteForm
from crm.events.models import Event, Guest
from crm.events.permissions import EDIT, VIEW
from crm.events.services import about, door, inviting, mailing, reading, seats
from crm.events.views.blueprint import blueprint, event_or_404, guest_or_404, page_of
from crm.events.views.records import may
from crm.events.words import ANSWERS, UNMAILED
from crm.fields.filters import as_id
from crm.pages import say


@blueprint.get("/<int:event_id>/guests")
@requires(VIEW)
def guests(event_id: int) -> Response:
    """The list of guests, searched and limited to an answer."""
    event, actor = event_or_404(event_id), current_actor()
    text, answer = request.args.get("q", "")[:100], request.args.get("answer", "")
    answer = answer if answer in {*ANSWERS, "came"} else ""
    rows = reading.guests(event_id, actor, text, answer)
    return htmx.render(
        "events/guests_page.html",
        "events/_guests.html",
        event=event,
        rows=rows,
        numbers=reading.numbers(event_id, actor),
        text=text,
        chosen=answer,
        most=reading.MOST_GUESTS,
        unmailed=mailing.unmailed([row.guest.contact_id for row in rows]),
        reasons=UNMAILED,
        over=reading.is_over(event),
        can_edit=may(event, EDIT),
    )


@blueprint.route("/<int:event_id>/invite", methods=["GET", "POST"])
@requires(EDIT)
def invite(event_id: int) -> Response:
    """First whom, then what that would do."""
    event, actor = event_or_404(event_id, EDIT), current_actor()
    _refuse_over(event)
    form = InviteForm(data={"coalition": event.coalition_id if "all" in request.args else None})
    if form.sent():
        chosen, voiceless = _chosen(form, event)
        if chosen or voiceless:
            plan = inviting.plan(event, chosen, voiceless, actor)
            return _preview(event, plan, with_mail=bool(form.mail.data))
        form.form_errors.append(_("Choose somebody: a name, a coalition or a working group."))
    return htmx.render("events/invite.html", None, form.status, event=event, form=form)


def _chosen(form: InviteForm, event: Event) -> tuple[inviting.Invitees, list[int]]:
    """Whom the form names. Somebody named by name keeps that part when a group names them too."""
    found: inviting.Invitees = {}
    voiceless: list[int] = []
    parts = [inviting.of_contacts(form.people.data or [], event)]
    if form.coalition.data:
        parts.append(inviting.of_coalition(load(Coalition, form.coalition.data).id))
    if form.group.data:
        parts.append(inviting.of_group(load(WorkingGroup, form.group.data).id))
    for people, silent in parts:
        voiceless += silent
        for each, organization in people.items():
            if found.get(each) is None:
                found[each] = organization
    return found, voiceless


def _preview(event: Event, plan: inviting.Plan, *, with_mail: bool) -> Response:
    actor = current_actor()
    organizations = [each for each in plan.new.values() if each is not None]
    names = inviting.names_of([*plan.new, *organizations, *plan.already, *plan.voiceless], actor)
    return htmx.render(
        "events/invite_preview.html",
        None,
        event=event,
        plan=plan,
        with_mail=with_mail,
        new=[
            (each, name, names.get(plan.new[each] or 0, ""))
            for each, name in names.items()
            if each in plan.new
        ],
        already=[name for each, name in names.items() if each in plan.already],
        voiceless=[name for each, name in names.items() if each in plan.voiceless],
        unmailed=inviting.unmailed_names(plan.unmailed, actor),
        reasons=UNMAILED,
    )


@blueprint.post("/<int:event_id>/invite/apply")
@requires(EDIT)
def invite_apply(event_id: int) -> Response:
    """Invite exactly those that the preview showed."""
    event, actor = event_or_404(event_id, EDIT), current_actor()
    wanted = _posted_pairs()
    invitees = door.rightly(inviting.plan(event, wanted, (), actor).new, actor)
    with db.transaction(actor, "events.invite") as change:
        _refuse_over(mailing.turn(event_id))
        made = seats.add(invitees.items(), event_id)
        mailed = 0
        if request.form.get("mail"):
            mailed = mailing.to_guests(event, made, mailing.INVITATION, actor)
        change.summary = _summary(len(made), event)
    say(". ".join((_summary(len(made), event), _mailed(mailed))), change)
    return htmx.go(page_of(event_id, "guests"))


def _posted_pairs() -> inviting.Invitees:
    found: inviting.Invitees = {}
    for text in request.form.getlist("guest")[:20_000]:
        contact, _dash, organization = text.partition("-")
        if contact_id := as_id(contact):
            found[contact_id] = as_id(organization) or None
    return found


def _summary(count: int, event: Event) -> str:
    return str(
        ngettext(
            "Invited %(count)s guest to “%(title)s”",
            "Invited %(count)s guests to “%(title)s”",
            count,
            count=count,
            title=event.title,
        )
    )


def _mailed(count: int) -> str:
    if not count:
        return _("No invitation is mailed.")
    return str(
        ngettext("%(count)s invitation is mailed.", "%(count)s invitations are mailed.", count, count=count)
    )


@blueprint.post("/<int:event_id>/send")
@requires(EDIT)
def send(event_id: int) -> Response:
    """The invitation goes to those who have not had it yet."""
    event, actor = event_or_404(event_id, EDIT), current_actor()
    with db.transaction(actor, "events.invite", _("Invitations to “%(title)s”", title=event.title)):
        _refuse_over(mailing.turn(event_id))
        rows = [each.guest for each in reading.guests(event_id, actor, most=20_000)]
        waiting = mailing.promised(event_id)
        fresh = [
            each.id
            for each in rows
            if each.invited_at is None and not each.is_walk_in and each.id not in waiting
        ]
        count = mailing.to_guests(event, fresh, mailing.INVITATION, actor)
    say(_mailed(count))
    return htmx.go(page_of(event_id, "guests"))


def _refuse_over(event: Event | None) -> None:
    if event is None or not reading.may_answer(event):
        raise UserError(_("This event is over or cancelled, so nobody is invited to it any more."))


@blueprint.route("/<int:event_id>/guests/<int:guest_id>", methods=["GET", "POST"])
@requires(EDIT)
def guest(event_id: int, guest_id: int) -> Response:
    """One guest: their answer as they told somebody, whom they come for, a note."""
    event, actor = event_or_404(event_id, EDIT), current_actor()
    found = guest_or_404(event, guest_id)
    homes = dict(door.organizations_of(event, [found.contact_id], actor).get(found.contact_id, {}))
    if found.organization_id is not None and found.organization_id not in homes:
        homes |= inviting.names_of([found.organization_id], actor)
    form = GuestForm(data={"answer": found.answer, "organization": found.organization_id, "note": found.note})
    form.organization.choices = [("", "–"), *((each, name) for each, name in homes.items())]
    if form.sent():
        return _save_guest(event, found, form)
    return htmx.render(
        "events/guest_page.html",
        "events/_guest_form.html",
        form.status,
        event=event,
        guest=found,
        form=form,
        name=_name(found),
        over=reading.is_over(event),
    )


def _name(guest: Guest) -> str:
    with system("the guest was loaded for this actor"):
        return str(
            db.session().execute(select(Contact.name).where(Contact.id == guest.contact_id)).scalar_one()
        )


def _save_guest(event: Event, guest: Guest, form: GuestForm) -> Response:
    actor, event_id, guest_id, name = current_actor(), event.id, guest.id, _name(guest)
    summary = _("%(name)s at “%(title)s”", name=name, title=event.title)
    with db.transaction(actor, "events.guest", summary) as change:
        door.represent(event, guest, form.organization.data, actor)
        outcome = seats.Outcome(guest.answer)
        if form.answer.data != guest.answer:
            outcome = seats.answer(event, guest_id, str(form.answer.data), form.note.data or "")
        guest.note = form.note.data or ""
        _tell_seated(event, outcome.seated, actor)
    words = _("%(name)s: %(answer)s.", name=name, answer=ANSWERS[outcome.answer])
    say(words, change)
    return htmx.go(page_of(event_id, "guests"))


def _tell_seated(event: Event, seated: list[int], actor: Actor) -> None:
    if seated:
        mailing.to_guests(event, seated, mailing.SEAT, actor)


@blueprint.post("/<int:event_id>/guests/<int:guest_id>/send")
@requires(EDIT)
def send_one(event_id: int, guest_id: int) -> Response:
    """The invitation once more, to one guest."""
    event, actor = event_or_404(event_id, EDIT), current_actor()
    found = guest_or_404(event, guest_id)
    _refuse_over(event)
    why = mailing.unmailed([found.contact_id]).get(found.contact_id)
    if why:
        raise UserError(str(UNMAILED[why]))
    with db.transaction(actor, "events.invite", _("Invitations to “%(title)s”", title=event.title)):
        _refuse_over(mailing.turn(event_id))
        mailing.to_guests(event, [guest_id], mailing.INVITATION, actor)
    say(_("The invitation is on its way."))
    return htmx.go(page_of(event_id, "guests"))


@blueprint.post("/<int:event_id>/guests/<int:guest_id>/reset")
@requires(EDIT)
def reset(event_id: int, guest_id: int) -> Response:
    """End the links that this guest has; the next invitation has a new one."""
    event = event_or_404(event_id, EDIT)
    guest_or_404(event, guest_id)
    with db.transaction(
        current_actor(), "events.guest", _("Ended a link to “%(title)s”", title=event.title)
    ) as change:
        about.end_links(guest_id)
        change.require_id()
    say(_("The links that they have do not work any more. Send the invitation again for a new one."))
    return htmx.go(page_of(event_id, "guests"))


@blueprint.post("/<int:event_id>/guests/<int:guest_id>/remove")
@requires(EDIT)
def remove(event_id: int, guest_id: int) -> Response:
    event, actor = event_or_404(event_id, EDIT), current_actor()
    found = guest_or_404(event, guest_id)
    name = _name(found)
    summary = _("%(name)s is no longer a guest of “%(title)s”", name=name, title=event.title)
    with db.transaction(actor, "events.guest", summary) as change:
        _tell_seated(event, seats.remove(event, guest_id), actor)
    say(_("%(name)s is no longer a guest.", name=name), change)
    return htmx.go(page_of(event_id, "guests"))
