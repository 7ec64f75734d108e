"""Who is to be invited, and making guests of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.coalitions.models import GroupMember, Membership
from crm.contacts.models import ORGANIZATION, Affiliation, Contact
from crm.events.models import Event, Guest
from crm.events.services import mailing
from crm.i18n import today

Invitees = dict[int, int | None]
"""Contacts to invite, each with the organization that they speak for."""


@dataclass
class Plan:
    """What inviting would do: who becomes a guest, who is one already, who of the new ones gets no mail and
    why, and which organizations have nobody who speaks for them."""

    new: Invitees = field(default_factory=dict)
    already: list[int] = field(default_factory=list)
    unmailed: dict[int, str] = field(default_factory=dict)
    voiceless: list[int] = field(default_factory=list)


def plan(event: Event, chosen: Invitees, voiceless: Iterable[int], actor: Actor) -> Plan:
    """Look at everybody who was chosen, as far as the actor may see them."""
    seen = _seen(chosen, actor)
    with system("the guests of an event that the actor may change"):
        statement = select(Guest.contact_id).where(
            Guest.event_id == event.id, db.among(Guest.contact_id, list(seen))
        )
        known = set(db.session().execute(statement).scalars())
    new = {each: chosen[each] for each in chosen if each in seen and each not in known}
    return Plan(new, sorted(known), mailing.unmailed(list(new)), sorted(set(voiceless)))


def _seen(ids: Iterable[int], actor: Actor) -> set[int]:
    statement = visible(Contact, actor).where(db.among(Contact.id, list(ids))).with_only_columns(Contact.id)
    return set(db.session().execute(statement).scalars())


def of_contacts(ids: Sequence[int], event: Event) -> tuple[Invitees, list[int]]:
    """People speak for their main organization. In place of an organization that belongs to the event's
    coalition its delegate is invited; any other is invited itself."""
    with system("whom the chosen contacts speak for"):
        kinds = select(Contact.id, Contact.kind).where(db.among(Contact.id, ids))
        rows = db.session().execute(kinds).all()
        organizations = [row[0] for row in rows if row[1] == ORGANIZATION]
        members = _memberships(event.coalition_id, organizations) if event.coalition_id else []
        homes = main_organizations([row[0] for row in rows if row[1] != ORGANIZATION])
    found: Invitees = {row[0]: homes.get(row[0]) for row in rows if row[1] != ORGANIZATION}
    spoken_for, voiceless = _delegates(members)
    for each in organizations:
        if each not in {row.contact_id for row in members}:
            found.setdefault(each, each)
    return {**found, **spoken_for}, voiceless


def of_coalition(coalition_id: int) -> tuple[Invitees, list[int]]:
    """Everybody who is an active member: people themselves, organizations by their delegate or alternate."""
    with system("the members of a coalition that the actor may see"):
        members = _memberships(coalition_id, None)
        organizations = select(Contact.id).where(
            db.among(Contact.id, [row.contact_id for row in members]), Contact.kind == ORGANIZATION
        )
        of_kind = set(db.session().execute(organizations).scalars())
        people = [row.contact_id for row in members if row.contact_id not in of_kind]
        homes = main_organizations(people)
    found, voiceless = _delegates([row for row in members if row.contact_id in of_kind])
    return {**{each: homes.get(each) for each in people}, **found}, voiceless


def of_group(group_id: int) -> tuple[Invitees, list[int]]:
    """Everybody in a working group."""
    with system("the members of a working group that the actor may see"):
        ids = db.session().execute(select(GroupMember.contact_id).where(GroupMember.group_id == group_id))
        people = list(ids.scalars())
        return _with_homes(people), []


def _with_homes(people: Sequence[int]) -> Invitees:
    homes = main_organizations(people)
    return {each: homes.get(each) for each in people}


def _memberships(coalition_id: int, contacts: Sequence[int] | None) -> Sequence[Membership]:
    """The active ones on this day."""
    day: date = today()
    statement = select(Membership).where(
        Membership.coalition_id == coalition_id,
        Membership.status == "active",
        or_(Membership.end_date.is_(None), Membership.end_date >= day),
    )
    if contacts is not None:
        statement = statement.where(db.among(Membership.contact_id, contacts))
    return db.session().scalars(statement.order_by(Membership.id)).all()


def _delegates(members: Sequence[Membership]) -> tuple[Invitees, list[int]]:
    found: Invitees = {}
    voiceless = []
    for row in members:
        speaker = row.delegate_id or row.alternate_id
        if speaker is None:
            voiceless.append(row.contact_id)
        else:
            found.setdefault(speaker, row.contact_id)
    return found, voiceless


def main_organizations(people: Sequence[int]) -> dict[int, int]:
    """The main organization of each person now."""
    statement = (
        select(Affiliation.person_id, Affiliation.organization_id)
        .where(db.among(Affiliation.person_id, people), Affiliation.is_current)
        .order_by(Affiliation.is_primary, Affiliation.id.desc())
    )
    with system("the affiliations of people that the actor sees"):
        return {row[0]: row[1] for row in db.session().execute(statement)}


def names_of(ids: Iterable[int], actor: Actor) -> dict[int, str]:
    """Names by id, in their order, of those that the actor may see."""
    found = visible(Contact, actor).where(db.among(Contact.id, list(ids)))
    statement = found.order_by(Contact.sort_name, Contact.id).with_only_columns(Contact.id, Contact.name)
    return {row[0]: row[1] for row in db.session().execute(statement)}


def unmailed_names(refused: Mapping[int, str], actor: Actor) -> dict[str, list[str]]:
    """The names of those who get no mail, by reason."""
    names = names_of(refused, actor)
    found: dict[str, list[Any]] = {}
    for each, name in names.items():
        found.setdefault(refused[each], []).append(name)
    return found
