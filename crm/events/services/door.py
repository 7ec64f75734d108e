"""At the door: who came, for whom, and who came without being invited. All inside a transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from crm import access, db
from crm.access import visible, visible_clause
from crm.access.actor import Actor
from crm.access.guard import system
from crm.coalitions.models import Membership
from crm.contacts import services as contacts
from crm.contacts.models import ORGANIZATION, Affiliation, Contact
from crm.contacts.permissions import EDIT as EDIT_CONTACTS
from crm.errors import UserError
from crm.events.models import Event, Guest
from crm.events.services import inviting, seats
from crm.events.words import CANCELLED
from crm.i18n import lazy_gettext

DELEGATE, ALTERNATE, OTHER = (
    lazy_gettext("Delegate"),
    lazy_gettext("Alternate"),
    lazy_gettext("Somebody else"),
)


def check(event: Event, guest_id: int, *, came: bool) -> Guest:
    """Somebody is here, or is not after all. Saying it twice changes nothing, so two phones never undo each
    other."""
    if event.status == CANCELLED:
        raise UserError(_("This event is cancelled, so nobody can be checked in."))
    with system("the guest was loaded for this actor"):
        statement = select(Guest).where(Guest.id == guest_id).with_for_update()
        guest = db.session().scalars(statement.execution_options(populate_existing=True)).one()
    if came and guest.checked_in_at is None:
        guest.checked_in_at = db.now()
        if guest.organization_id is None:
            guest.organization_id = inviting.main_organizations([guest.contact_id]).get(guest.contact_id)
    elif not came:
        guest.checked_in_at = None
    db.session().flush()
    return guest


def represent(event: Event, guest: Guest, organization_id: int | None, actor: Actor) -> None:
    """Say for which organization somebody is here: one that they belong to or may speak for."""
    allowed = organizations_of(event, [guest.contact_id], actor).get(guest.contact_id, {})
    if organization_id not in {None, guest.organization_id, *allowed}:
        raise UserError(_("They do not belong to this organization. Add that on their page first."))
    guest.organization_id = organization_id
    db.session().flush()


def organizations_of(
    event: Event | None, people: Sequence[int], actor: Actor
) -> Mapping[int, dict[int, str]]:
    """For each of these people the organizations that they may stand for here, by id with names: those they
    belong to, and members of the event's coalition that they are delegate or alternate of; without an event,
    of any coalition. Only what the actor may see."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    seen = visible_clause(Contact, actor)
    belongs = select(Affiliation.person_id, Contact.id, Contact.name).join(
        Contact, Contact.id == Affiliation.organization_id
    )
    belongs = belongs.where(db.among(Affiliation.person_id, people), Affiliation.is_current, seen)
    with system("the organizations of the guests of an event that the actor sees"):
        rows: list[Any] = list(db.session().execute(belongs.order_by(Contact.sort_name)).all())
        if event is None or event.coalition_id is not None:
            for column in (Membership.delegate_id, Membership.alternate_id):
                speaks = select(column, Contact.id, Contact.name).join(
                    Contact, Contact.id == Membership.contact_id
                )
                speaks = speaks.where(db.among(column, people), seen, visible_clause(Membership, actor))
                if event is not None:
                    speaks = speaks.where(Membership.coalition_id == event.coalition_id)
                rows += db.session().execute(speaks).all()
    for person, organization, name in rows:
        found[person][organization] = name
    return found


def rightly(chosen: inviting.Invitees, actor: Actor) -> inviting.Invitees:
    """The same people, each only with an organization that they may speak for; it may speak for itself."""
    allowed = organizations_of(None, list(chosen), actor)
    itself = [each for each, organization in chosen.items() if each == organization]
    statement = visible(Contact, actor).where(db.among(Contact.id, itself), Contact.kind == ORGANIZATION)
    organizations = set(db.session().scalars(statement.with_only_columns(Contact.id)))
    return {
        each: home if home in allowed.get(each, ()) or (home == each and each in organizations) else None
        for each, home in chosen.items()
    }


def walk_in(event: Event, contact_id: int, organization_id: int | None = None) -> Guest:
    """Somebody who is known came without being invited; a guest already is checked in."""
    with system("whether a walk-in is a guest already"):
        statement = select(Guest.id).where(Guest.event_id == event.id, Guest.contact_id == contact_id)
        known = db.session().execute(statement).scalar_one_or_none()
    if known is None:
        home = organization_id or inviting.main_organizations([contact_id]).get(contact_id)
        made = seats.add([(contact_id, home)], event.id, is_walk_in=True)
        known = made[0]
    return check(event, known, came=True)


def new_walk_in(event: Event, values: Mapping[str, str], actor: Actor) -> Guest:
    """Somebody whom nobody knew yet."""
    if not actor.can(EDIT_CONTACTS):
        raise access.NotAllowed(_("You may not add people. Ask somebody who may, or look for their name."))
    if not (values.get("given_name") or values.get("family_name")):
        raise UserError(_("Write down their name."))
    contact = contacts.create(
        {**values, "kind": "person", "emails": [{"address": values.get("email") or "", "primary": True}]},
        actor,
    )
    return walk_in(event, contact.id)


@dataclass(frozen=True)
class Present:
    """An organization that may be or was represented: who came for it and as what."""

    id: int
    name: str
    people: list[tuple[str, str]]


def attendance(event: Event, actor: Actor) -> list[Present]:
    """Attendance by organization: every active member of the event's coalition and whoever else was
    represented, by name; those without anybody last. An event may be seen through its campaign by somebody
    who sees neither the coalition nor all of these organizations; theirs are left out."""
    with system("attendance of an event that the actor sees"):
        roles, members = _roles(event, actor)
        came = _came(event)
        wanted = select(Contact.id, Contact.name, Contact.kind).where(
            or_(db.among(Contact.id, list(members)), db.among(Contact.id, list(came))),
            visible_clause(Contact, actor),
        )
        rows = db.session().execute(wanted.order_by(Contact.sort_name, Contact.id)).all()
    found = [
        Present(
            row[0],
            row[1],
            [(name, str(roles.get((row[0], person), OTHER))) for person, name in came.get(row[0], ())],
        )
        for row in rows
        if row[2] == "organization" or row[0] in came
    ]
    return sorted(found, key=lambda each: not each.people)


def _roles(event: Event, actor: Actor) -> tuple[dict[tuple[int, int], object], set[int]]:
    """What somebody is to a member organization of the coalition, and which members there are."""
    if event.coalition_id is None:
        return {}, set()
    statement = visible(Membership, actor).where(Membership.coalition_id == event.coalition_id)
    roles: dict[tuple[int, int], object] = {}
    members = set()
    for row in db.session().scalars(statement.order_by(Membership.id)):
        if row.status == "active":
            members.add(row.contact_id)
        for person, role in ((row.alternate_id, ALTERNATE), (row.delegate_id, DELEGATE)):
            if person is not None:
                roles[row.contact_id, person] = role
    return roles, members


def _came(event: Event) -> dict[int, list[tuple[int, str]]]:
    statement = (
        select(Guest.organization_id, Contact.id, Contact.name)
        .join(Contact, Contact.id == Guest.contact_id)
        .where(
            Guest.event_id == event.id,
            Guest.checked_in_at.is_not(None),
            Guest.organization_id.is_not(None),
        )
        .order_by(Contact.sort_name)
    )
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for organization, person, name in db.session().execute(statement):
        found[int(organization or 0)].append((person, name))
    return found
