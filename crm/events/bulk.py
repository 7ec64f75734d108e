"""Inviting the chosen contacts of a list: a plan is shown, then exactly that is done."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from crm import access, db
from crm.access import current_actor, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.bulk.actions import OTHERS, Action
from crm.contacts.bulk.state import Arguments, State
from crm.errors import UserError
from crm.events.forms import BulkInviteForm
from crm.events.models import Event, Guest
from crm.events.permissions import EDIT
from crm.events.services import inviting, mailing, reading, seats
from crm.events.words import UNMAILED
from crm.i18n import lazy_gettext

NAME = "events_invite"


def arguments(form: Any) -> Arguments:
    if not form.event.data:
        raise UserError(_("There is no event to come. Plan one first."))
    event = _event(int(form.event.data))
    return {"event": event.id, "title": event.title, "mail": bool(form.mail.data)}


def _event(event_id: int) -> Event:
    """The event, if the actor may invite to it and it can still be invited to."""
    found: Event | None = db.session().scalar(
        visible(Event, current_actor(), EDIT).where(Event.id == event_id)
    )
    if found is None:
        raise access.NotAllowed(_("This event is gone, or you may not invite to it."))
    if not reading.may_answer(found):
        raise UserError(_("This event is over or cancelled. Choose another one."))
    return found


def title(arguments: Arguments) -> str:
    return _("Invite to “%(title)s”", title=arguments["title"])


def sentence(arguments: Arguments, count: int) -> str:
    return str(
        ngettext(
            "Invited %(count)s contact to “%(title)s”",
            "Invited %(count)s contacts to “%(title)s”",
            count,
            count=count,
            title=arguments["title"],
        )
    )


def read(arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    """Whoever is a guest is invited already; an organization counts as its delegate."""
    event = _event(arguments["event"])
    with system("the ids were checked against what the actor may see"):
        known = select(Guest.contact_id).where(Guest.event_id == event.id)
        guests = set(db.session().execute(known).scalars())
    invitees, _voiceless = inviting.of_contacts(ids, event)
    speaks = {organization: person for person, organization in invitees.items() if organization is not None}
    return {
        each: State(already=(each if each in invitees else speaks.get(each, each)) in guests) for each in ids
    }


def write(arguments: Arguments, ids: Sequence[int], actor: Actor) -> None:
    mailing.turn(arguments["event"])
    event = _event(arguments["event"])
    invitees, _voiceless = inviting.of_contacts(ids, event)
    made = seats.add(invitees.items(), event.id)
    if arguments["mail"]:
        mailing.to_guests(event, made, mailing.INVITATION, actor)


def remarks(arguments: Arguments, ids: Sequence[int]) -> Mapping[str, Sequence[int]]:
    """Who is invited but gets no mail, which organizations have nobody to invite, what cannot be undone."""
    invitees, voiceless = inviting.of_contacts(ids, _event(arguments["event"]))
    found: dict[str, Sequence[int]] = {}
    if voiceless:
        found[_("Nobody speaks for these organizations yet, so nobody is invited for them.")] = voiceless
    if not arguments["mail"]:
        return found | {_("No mail is sent now. You can send the invitations later on the event's page."): ()}
    for each, reason in mailing.unmailed(list(invitees)).items():
        words = _("%(why)s They are invited, but get no mail.", why=UNMAILED[reason])
        found[words] = [*found.get(words, ()), each]
    return found | {_("Mail that has gone out cannot be called back; undo ends the links in it."): ()}


OTHERS[NAME] = Action(
    NAME,
    lazy_gettext("Invite to an event"),
    "calendar-plus",
    EDIT,
    read,
    write,
    title,
    sentence,
    BulkInviteForm,
    arguments,
    will=lazy_gettext("will be invited"),
    button=lambda count: str(
        ngettext("Invite %(shown)s contact", "Invite %(shown)s contacts", count, shown=count)
    ),
    remarks=remarks,
)
