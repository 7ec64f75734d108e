"""When somebody leaves: what they answer for, and giving it to others, history staying with both."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import has_request_context, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.coalitions.models import Coalition, Commitment, GroupMember, Membership, WorkingGroup
from crm.coalitions.names import hidden, seen
from crm.coalitions.permissions import COMMIT, EDIT
from crm.coalitions.services.commitments import touch as touch_commitment
from crm.contacts.models import Contact
from crm.contacts.services import add_note
from crm.errors import UserError
from crm.i18n import day
from crm.plugin_api.types import Heirs, Responsibility
from crm.runtime import runtime

DELEGATE, ALTERNATE, CHAIR = "coalitions.delegate", "coalitions.alternate", "coalitions.chair"
ANSWERS, OWNS = "coalitions.commitment", "coalitions.commitment_owner"


def responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    """Seats, working groups and open commitments that the actor may give to somebody else."""
    yield from _seats(contact.id, organization_id, actor)
    yield from _promises(contact.id, organization_id, actor)
    if organization_id is None:
        yield from _chairs(contact.id, actor)
        if user_id is not None:
            yield from _owned(user_id, actor)


def _address(endpoint: str, **arguments: Any) -> str | None:
    return url_for(endpoint, **arguments) if has_request_context() else None


def _seats(contact_id: int, organization_id: int | None, actor: Actor) -> Iterable[Responsibility]:
    for kind, label, column in (
        (DELEGATE, _("Delegate"), Membership.delegate_id),
        (ALTERNATE, _("Alternate"), Membership.alternate_id),
    ):
        statement = (
            visible(Membership, actor, EDIT)
            .join(Coalition, Coalition.id == Membership.coalition_id)
            .join(Contact, seen(Membership.contact_id, actor), isouter=True)
            .where(column == contact_id)
            .order_by(Coalition.sort_name, Contact.sort_name, Membership.id)
            .with_only_columns(Membership.id, Coalition.name, Contact.name)
        )
        if organization_id is not None:
            statement = statement.where(Membership.contact_id == organization_id)
        for each, coalition, organization in db.session().execute(statement):
            url = _address("coalitions.membership", membership_id=each)
            yield Responsibility(kind, each, label, organization or hidden(), "person", coalition, url)


def _promises(contact_id: int, organization_id: int | None, actor: Actor) -> Iterable[Responsibility]:
    statement = _open(actor).where(Commitment.delegate_id == contact_id)
    if organization_id is not None:
        statement = statement.where(Commitment.contact_id == organization_id)
    for each, title, name, due in db.session().execute(statement):
        yield _commitment(ANSWERS, each, _("Answers for a commitment"), title, name, due, "person")


def _owned(user_id: int, actor: Actor) -> Iterable[Responsibility]:
    for each, title, name, due in db.session().execute(
        _open(actor).where(Commitment.owner_user_id == user_id)
    ):
        yield _commitment(OWNS, each, _("Follows up a commitment"), title, name, due, "user")


def _open(actor: Actor) -> Select[Any]:
    statement: Any = (
        visible(Commitment, actor, COMMIT)
        .join(Contact, seen(Commitment.contact_id, actor), isouter=True)
        .where(Commitment.status == "open")
        .order_by(Commitment.due_date, Commitment.id)
        .with_only_columns(Commitment.id, Commitment.title, Contact.name, Commitment.due_date)
    )
    found: Select[Any] = statement
    return found


def _commitment(
    kind: str, each: int, label: str, title: str, name: str | None, due: Any, heir: Any
) -> Responsibility:
    name = name or hidden()
    detail = f"{name} · {_('due %(day)s', day=day(due))}" if due else name
    url = _address("coalitions.commitment", commitment_id=each)
    return Responsibility(kind, each, label, title, heir, detail, url)


def _chairs(contact_id: int, actor: Actor) -> Iterable[Responsibility]:
    statement = (
        visible(GroupMember, actor, EDIT)
        .join(WorkingGroup, WorkingGroup.id == GroupMember.group_id)
        .join(Coalition, Coalition.id == WorkingGroup.coalition_id)
        .where(GroupMember.contact_id == contact_id, GroupMember.is_chair)
        .order_by(Coalition.sort_name, WorkingGroup.name)
        .with_only_columns(GroupMember.id, WorkingGroup.name, Coalition.name, WorkingGroup.id)
    )
    for each, group, coalition, group_id in db.session().execute(statement):
        url = _address("coalitions.group", group_id=group_id)
        yield Responsibility(CHAIR, each, _("Chairs a working group"), group, "person", coalition, url)


# Giving it to others.


def take_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    """Give those of the items that are ours to the heirs. Inside a transaction."""
    with system("the items were chosen among what the actor may change"):
        for item in items:
            if item.kind in {DELEGATE, ALTERNATE} and heirs.contact_id:
                _take_seat(db.session().get_one(Membership, item.record_id), item.kind, heirs.contact_id)
            elif item.kind == CHAIR and heirs.contact_id:
                _take_chair(db.session().get_one(GroupMember, item.record_id), heirs.contact_id)
            elif item.kind == ANSWERS and heirs.contact_id:
                commitment = db.session().get_one(Commitment, item.record_id)
                commitment.delegate_id = heirs.contact_id
                touch_commitment(commitment)
            elif item.kind == OWNS and heirs.user_id:
                commitment = db.session().get_one(Commitment, item.record_id)
                commitment.owner_user_id = heirs.user_id
                touch_commitment(commitment)
        db.session().flush()


def _take_seat(membership: Membership, kind: str, heir_id: int) -> None:
    """Nobody sits on both seats of an organization: an alternate who becomes the delegate leaves theirs."""
    if kind == DELEGATE:
        membership.delegate_id = heir_id
        if membership.alternate_id == heir_id:
            membership.alternate_id = None
    else:
        membership.alternate_id = None if membership.delegate_id == heir_id else heir_id


def _take_chair(leaver: GroupMember, heir_id: int) -> None:
    """Who led the group stays in it as a member."""
    leaver.is_chair = False
    statement = select(GroupMember).where(
        GroupMember.group_id == leaver.group_id, GroupMember.contact_id == heir_id
    )
    if heir := db.session().scalars(statement).first():
        heir.is_chair = True
    else:
        db.session().add(GroupMember(group_id=leaver.group_id, contact_id=heir_id, is_chair=True))


def everything(contact: Contact, organization_id: int | None, actor: Actor) -> list[Responsibility]:
    """What all features and plugins know that somebody answers for; first what another person takes over."""
    user_id = account_of(contact.id)
    arguments = {"contact": contact, "user_id": user_id, "organization_id": organization_id, "actor": actor}
    found = [each for _plugin, each in runtime().plugins.collect("crm_responsibilities", **arguments)]
    return sorted(found, key=lambda item: item.heir == "user")


def account_of(contact_id: int) -> int | None:
    """The account that belongs to a contact."""
    statement = select(User.id).where(User.contact_id == contact_id).order_by(User.active.desc(), User.id)
    return db.session().execute(statement.limit(1)).scalar_one_or_none()


def hand_over(contact: Contact, items: Sequence[Responsibility], heirs: Heirs, actor: Actor) -> None:
    """Give the items to the heirs and leave a note with both people. Raises UserError where an heir is
    missing or is the one who leaves. Inside a transaction."""
    if not items:
        raise UserError(_("Tick what is to be handed over."))
    if any(item.heir == "person" for item in items) and heirs.contact_id is None:
        raise UserError(_("Say which person takes over."))
    if any(item.heir == "user" for item in items) and heirs.user_id is None:
        raise UserError(_("Say who of those who sign in takes over."))
    if heirs.contact_id == contact.id or (
        heirs.user_id is not None and heirs.user_id == account_of(contact.id)
    ):
        raise UserError(_("Choose somebody else than the one who leaves."))
    runtime().plugins.all("crm_hand_over", items=items, heirs=heirs)
    _note(contact, items, heirs, actor)
    db.session().flush()


def _note(contact: Contact, items: Sequence[Responsibility], heirs: Heirs, actor: Actor) -> None:
    with system("both people keep what was handed over"):
        heir = db.session().get(Contact, heirs.contact_id) if heirs.contact_id else None
        account = db.session().get(User, heirs.user_id) if heirs.user_id else None
    lines = [" · ".join(part for part in (str(i.label), i.title, i.detail) if part) for i in items]
    names = ", ".join(dict.fromkeys(each.name for each in (heir, account) if each is not None))
    add_note(contact, "\n".join([_("Handed over to %(names)s:", names=names), *lines])[:20_000], actor)
    if heir is not None:
        theirs = [line for item, line in zip(items, lines, strict=True) if item.heir == "person"]
        text = "\n".join([_("Took over from %(name)s:", name=contact.name), *theirs])
        if theirs:
            add_note(heir, text[:20_000], actor)
