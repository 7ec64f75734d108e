"""Who may see and change coalitions and what belongs to them."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, false, or_, select

from crm.access.actor import Actor, Scopes
from crm.accounts.permissions import EVERYBODY, STAFF
from crm.coalitions.models import Coalition, Commitment, GroupMember, Membership, WorkingGroup
from crm.contacts.models import Affiliation, Contact
from crm.contacts.permissions import EXPORT, organizations_in
from crm.contacts.permissions import VIEW as SEE_CONTACTS
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission, Visibility

VIEW = "coalitions.view"
EDIT = "coalitions.edit"
DELETE = "coalitions.delete"
COMMIT = "coalitions.commit"


def permissions() -> Iterable[Permission]:
    organizer = ("organizer",)
    return (
        Permission(VIEW, _("See coalitions, their members and commitments"), roles=EVERYBODY),
        Permission(EDIT, _("Change coalitions, members and working groups"), roles=organizer),
        Permission(DELETE, _("Delete coalitions"), roles=organizer),
        Permission(COMMIT, _("Write down commitments and how they went"), roles=STAFF),
    )


def coalitions_in(scopes: Scopes) -> Select[int]:
    """The ids of the coalitions that somebody's roles are limited to, with those within them."""
    ids = scopes.ids.get("coalition", frozenset())
    tree = select(Coalition.id).where(Coalition.id.in_(ids)).cte(recursive=True)
    tree = tree.union(select(Coalition.id).join(tree, Coalition.parent_id == tree.c.id))
    return select(tree.c.id)


def members_of(coalitions: Select[int]) -> Select[int]:
    """The ids of the contacts that belong to any of these coalitions, whatever their status."""
    return select(Membership.contact_id).where(Membership.coalition_id.in_(coalitions))


def coalition_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: it and those within it. Over an organization: those that it belongs to."""
    joined = select(Membership.coalition_id).where(Membership.contact_id.in_(organizations_in(scopes)))
    return or_(Coalition.id.in_(coalitions_in(scopes)), Coalition.id.in_(joined))


def coalition_writing_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: it and those within it. An organization that belongs to one has no say in it."""
    return Coalition.id.in_(coalitions_in(scopes))


def contact_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: its members, and the people of those that are organizations."""
    if not scopes.ids.get("coalition"):
        return false()
    members = members_of(coalitions_in(scopes))
    people = select(Affiliation.person_id).where(Affiliation.organization_id.in_(members))
    return or_(Contact.id.in_(members), Contact.id.in_(people))


def membership_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: all of its memberships. Over an organization: its own."""
    own = Membership.contact_id.in_(organizations_in(scopes))
    return or_(Membership.coalition_id.in_(coalitions_in(scopes)), own)


def membership_writing_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: all of its memberships. Whether an organization belongs is the coalition's to say."""
    return Membership.coalition_id.in_(coalitions_in(scopes))


def group_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    return WorkingGroup.coalition_id.in_(coalitions_in(scopes))


def group_member_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    groups = select(WorkingGroup.id).where(WorkingGroup.coalition_id.in_(coalitions_in(scopes)))
    return GroupMember.group_id.in_(groups)


def commitment_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: what was promised to it. Over an organization: what it or its people promised."""
    organizations = organizations_in(scopes)
    people = select(Affiliation.person_id).where(Affiliation.organization_id.in_(organizations))
    return or_(
        Commitment.coalition_id.in_(coalitions_in(scopes)),
        Commitment.contact_id.in_(organizations),
        Commitment.contact_id.in_(people),
    )


def visibility() -> Iterable[Visibility]:
    reading = (EXPORT,)
    return (
        Visibility(Contact, SEE_CONTACTS, contact_rule),
        Visibility(Coalition, VIEW, coalition_rule, False, coalition_writing_rule, reading),
        Visibility(Membership, VIEW, membership_rule, False, membership_writing_rule, reading),
        Visibility(WorkingGroup, VIEW, group_rule),
        Visibility(GroupMember, VIEW, group_member_rule),
        Visibility(Commitment, VIEW, commitment_rule),
    )
