"""What an answer brings to a contact: who answered is put where the form says, what they wrote goes where it
belongs, and what is known of them stays. Every function that writes runs inside a transaction."""

from collections.abc import Collection, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access import NotAllowed, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.campaigns.models import Campaign, Supporter
from crm.coalitions.models import Coalition
from crm.coalitions.permissions import EDIT as CHANGE_MEMBERS
from crm.coalitions.services import memberships
from crm.contacts import services as contacts
from crm.contacts.models import Address, Affiliation, Contact, ContactTag, Email, Organization, Phone
from crm.contacts.reach import address_values, phone_values, present
from crm.contacts.tags import tag_named
from crm.i18n import day_here
from crm.intake.models import HelpRequest, PublicForm
from crm.intake.words import FIELDS, JOIN
from crm.transfer.cleaning.text import fold

PARTS = ("email", "phone", "organization", "city", "interests", "message")
"""What of an answer can go to a contact. City becomes an address, interests and message become a note."""


def offered(row: Any) -> list[str]:
    """What this answer has for a contact. What somebody wrote who asks for help stays in the request, where
    only those read it who handle such requests."""
    kept = {"interests", "message"} if isinstance(row, HelpRequest) else set()
    return [name for name in PARTS if getattr(row, name) and name not in kept]


def known(contact: Contact) -> Mapping[str, list[str]]:
    """What is known of a contact, by the names of what answers bring."""
    with system("what stands beside an answer; the contact was loaded for this actor"):
        places = db.session().execute(
            select(Organization.name).join(Affiliation, Affiliation.organization_id == Organization.id)
            .where(Affiliation.person_id == contact.id, Affiliation.is_current).order_by(Affiliation.id)
        ).scalars()  # fmt: skip
        return {
            "email": [each.address for each in present(contact, Email)],
            "phone": [each.number for each in present(contact, Phone)],
            "organization": list(places),
            "city": [each.city for each in present(contact, Address) if each.city],
        }


def is_known(row: Any, name: str, there: Mapping[str, list[str]]) -> bool:
    """Whether a contact has this part of an answer already."""
    value = getattr(row, name)
    if name == "phone":
        value = (phone_values({"number": value}) or {"number": ""})["number"]
    return fold(value) in {fold(each) for each in there.get(name, ())}


def coalition_of(form: PublicForm) -> Coalition | None:
    """The coalition that a form is for, if only through its campaign."""
    with system("what a form is for, to whoever handles its answers"):
        coalition_id = form.coalition_id
        if coalition_id is None and form.campaign_id is not None:
            coalition_id = db.session().get_one(Campaign, form.campaign_id).coalition_id
        return None if coalition_id is None else db.session().get_one(Coalition, coalition_id)


def always_joins(form: PublicForm) -> bool:
    """Whether whoever answers becomes a prospective member of the form's coalition."""
    return form.kind == JOIN and form.coalition_id is not None


def joinable(form: PublicForm, actor: Actor) -> Coalition | None:
    """The coalition that the actor may put somebody into who answered: that of the form where they may change
    its members. None where the form itself puts everybody there."""
    coalition = None if always_joins(form) else coalition_of(form)
    if coalition is None:
        return None
    theirs = visible(Coalition, actor, CHANGE_MEMBERS).where(Coalition.id == coalition.id)
    found = db.session().execute(theirs.with_only_columns(Coalition.id)).first()
    return coalition if found is not None else None


def make_contact(
    row: Any, form: PublicForm, take: Collection[str], actor: Actor, *, joins: bool = False
) -> Contact:
    """Who answered becomes a person, with what is taken over of the answer, and, where they join, a
    prospective member of the form's coalition. A confirmed address goes along in any case. NotAllowed when
    they would lie outside of what the actor looks after."""
    with_email = row.email and (row.confirmed_at or "email" in take)
    values = {
        "kind": "person", "given_name": row.given_name, "family_name": row.family_name,
        "language": row.language, "emails": [{"address": row.email}] if with_email else [],
        "phones": [{"number": row.phone}] if "phone" in take else [],
        "addresses": [{"city": row.city}] if "city" in take else [],
        "organization": row.organization if "organization" in take else "", "role": row.role,
        "note": _note(row, form, take),
    }  # fmt: skip
    made = contacts.create(values, actor, settled=False)
    _take_over(row, form, made, actor, joins=joins)
    try:
        contacts.require_within(made, actor)
    except NotAllowed:
        if joins or (coalition := joinable(form, actor)) is None:
            raise
        raise NotAllowed(
            _(
                "You look after a part of the contacts, and this would lie outside of it. Go back and tick "
                "the coalition “%(name)s”. Nothing was changed.",
                name=coalition.name,
            )
        ) from None
    return made


def add_to(
    contact: Contact, row: Any, form: PublicForm, take: Collection[str], actor: Actor, *, joins: bool = False
) -> None:
    """Give somebody who is here what is taken over of their answer, as far as it is new."""
    there = known(contact)
    fresh = {name for name in take if not is_known(row, name, there)}
    values = {
        "emails": [{"address": row.email}] if "email" in fresh else [],
        "phones": [{"number": row.phone}] if "phone" in fresh else [],
        "note": _note(row, form, fresh),
    }
    contacts.carry_over(contact, values, actor)
    if "city" in fresh and (address := address_values({"city": row.city})) is not None:
        first = not present(contact, Address)
        db.session().add(Address(contact_id=contact.id, label="", is_primary=first, **address))
        contacts.touch(contact)
    if "organization" in fresh:
        contacts.place(contact, row.organization, row.role, actor)
        contacts.touch(contact)
    db.session().flush()
    _take_over(row, form, contact, actor, joins=joins)


def _note(row: Any, form: PublicForm, take: Collection[str]) -> str:
    lines = [f"{FIELDS[name]}: {getattr(row, name)}" for name in ("interests", "message") if name in take]
    if not lines:
        return ""
    return "\n".join([_("Answer to the form “%(name)s”", name=form.name), *lines])


def _take_over(row: Any, form: PublicForm, contact: Contact, actor: Actor, *, joins: bool) -> None:
    """Put somebody where the form says: coalition, campaign, tags. What they are in already stays."""
    row.contact_id, row.status, row.decided_at = contact.id, "accepted", db.now()
    row.decided_by_user_id = actor.user_id
    with system("an answer puts somebody where its form says"):
        coalition = coalition_of(form) if joins or always_joins(form) else None
        if coalition is not None:
            values = {"status": "prospect", "start_date": None, "end_date": None}
            memberships.add_many(coalition, [contact.id], values)
        if form.campaign_id is not None:
            _support(form.campaign_id, contact.id)
        for name in form.tags:
            _tag(name, contact, actor)
        db.session().flush()


def _tag(name: str, contact: Contact, actor: Actor) -> None:
    tag = tag_named(name, actor)
    there = select(ContactTag.id).where(ContactTag.contact_id == contact.id, ContactTag.tag_id == tag.id)
    if db.session().scalar(there) is None:
        db.session().add(ContactTag(contact_id=contact.id, tag_id=tag.id))


def _support(campaign_id: int, contact_id: int) -> None:
    there = select(Supporter.id).where(
        Supporter.campaign_id == campaign_id, Supporter.contact_id == contact_id
    )
    if db.session().scalar(there) is None:
        db.session().add(Supporter(campaign_id=campaign_id, contact_id=contact_id, rung=2, since=day_here()))
