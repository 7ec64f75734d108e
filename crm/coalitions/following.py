"""What becomes of rows about contacts when two are merged, one is deleted, handed over or erased."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access.guard import system
from crm.coalitions.models import Coalition, Commitment, GroupMember, Membership, WorkingGroup
from crm.coalitions.services.detaching import detach
from crm.coalitions.services.memberships import meet
from crm.contacts.models import Contact
from crm.journal import erasing as history
from crm.plugin_api.types import DataSection

MENTIONS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Membership, ("invited_by_contact_id", "delegate_id", "alternate_id")),
    (Commitment, ("delegate_id",)),
)
"""Columns that may be empty and hold a contact; the row goes on without."""

_BEST_STATUS = ("active", "invited", "prospect", "lapsed", "left")
_BEST_ROLE = ("lead", "steering", "member")


def merge(survivor: Contact, loser: Contact) -> None:
    """Everything of `loser` becomes the survivor's; memberships that would overlap are joined."""
    with system("a merge moves every row of both"):
        _move_mentions(survivor.id, loser.id)
        _move_memberships(survivor.id, loser.id)
        _move_group_members(survivor.id, loser.id)
        for row in db.session().scalars(select(Commitment).where(Commitment.contact_id == loser.id)):
            row.contact_id = survivor.id
        db.session().flush()


def _move_mentions(survivor_id: int, loser_id: int) -> None:
    for model, columns in MENTIONS:
        for name in columns:
            for row in db.session().scalars(select(model).where(getattr(model, name) == loser_id)):
                setattr(row, name, survivor_id)
                if model is Membership and row.alternate_id == row.delegate_id:
                    row.alternate_id = None
    db.session().flush()


def _move_memberships(survivor_id: int, loser_id: int) -> None:
    statement = select(Membership).where(Membership.contact_id.in_((survivor_id, loser_id)))
    rows = db.session().scalars(statement.order_by(Membership.id)).all()
    kept = [row for row in rows if row.contact_id == survivor_id]
    for row in [each for each in rows if each not in kept]:
        row.contact_id = survivor_id
        kept.append(_joined(row, kept))
    db.session().flush()


def _joined(row: Membership, kept: list[Membership]) -> Membership:
    """The membership with all of the kept ones that it meets; joining may make it longer, so that it meets
    the next."""
    while other := next((each for each in kept if _same_time(each, row)), None):
        kept.remove(other)
        _join(other, row)
        row = other
    return row


def _same_time(one: Membership, other: Membership) -> bool:
    spans = (one.start_date, one.end_date), (other.start_date, other.end_date)
    return one.coalition_id == other.coalition_id and meet(*spans)


def _join(kept: Membership, gone: Membership) -> None:
    """One membership out of two that overlap: the better status and role, the longer time, all names."""
    kept.status = min(kept.status, gone.status, key=_BEST_STATUS.index)
    kept.role = min(kept.role, gone.role, key=_BEST_ROLE.index)
    both = (kept.start_date, gone.start_date), (kept.end_date, gone.end_date)
    kept.start_date = None if None in both[0] else min(each for each in both[0] if each)
    kept.end_date = None if None in both[1] else max(each for each in both[1] if each)
    kept.invited_by_contact_id = kept.invited_by_contact_id or gone.invited_by_contact_id
    left = _seats(kept, [gone.delegate_id, gone.alternate_id])
    notes = [kept.note, gone.note, *(_("Also spoke for them: %(name)s", name=each) for each in _names(left))]
    kept.note = "\n".join(dict.fromkeys(note for note in notes if note))
    db.session().delete(gone)


def _seats(kept: Membership, more: Sequence[int | None]) -> list[int]:
    """Give further delegates the seats that are free; returns those for whom none is left."""
    left = []
    for each in more:
        if each is None or each in {kept.delegate_id, kept.alternate_id}:
            continue
        if kept.delegate_id is None:
            kept.delegate_id = each
        elif kept.alternate_id is None:
            kept.alternate_id = each
        else:
            left.append(each)
    return left


def _names(ids: Sequence[int]) -> Sequence[str]:
    statement = select(Contact.name).where(db.among(Contact.id, ids)).order_by(Contact.sort_name)
    return db.session().execute(statement).scalars().all() if ids else []


def _move_group_members(survivor_id: int, loser_id: int) -> None:
    mine = select(GroupMember).where(GroupMember.contact_id == survivor_id)
    kept = {row.group_id: row for row in db.session().scalars(mine)}
    for row in db.session().scalars(select(GroupMember).where(GroupMember.contact_id == loser_id)):
        if other := kept.get(row.group_id):
            other.is_chair = other.is_chair or row.is_chair
            db.session().delete(row)
        else:
            row.contact_id = survivor_id
    db.session().flush()


# Deleting: the journal brings all of it back.


def remove(ids: Sequence[int]) -> None:
    """Contacts are deleted: their memberships, places in groups and commitments go with them; where they
    were delegates, alternates or invited somebody, nobody stands there. Inside a transaction."""
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        commitments = _ids(Commitment, "contact_id", ids)
        detach("commitment", commitments)
        change.delete(db.table(Commitment), commitments)
        change.delete(db.table(GroupMember), _ids(GroupMember, "contact_id", ids))
        change.delete(db.table(Membership), _ids(Membership, "contact_id", ids))
        for model, columns in MENTIONS:
            for name in columns:
                if found := _ids(model, name, ids):
                    change.update(db.table(model), found, {name: None})


def _ids(model: Any, column: str, values: Sequence[int]) -> list[int]:
    table = db.table(model)
    statement = select(table.c.id).where(db.among(table.c[column], values))
    return list(db.session().execute(statement).scalars())


# Handing over what is held, and forgetting it.


def sections(contact: Contact) -> Iterable[DataSection]:
    """All that coalitions hold about a contact."""
    with system("all that is held about somebody, asked for by whoever may hand it over"):
        return (
            DataSection(_("Memberships"), _memberships(contact.id)),
            DataSection(_("Working groups"), _groups(contact.id)),
            DataSection(_("Commitments"), _commitments(contact.id)),
        )


def _row(record: Any) -> dict[str, Any]:
    values = {column.name: getattr(record, column.name) for column in db.table(type(record)).columns}
    return {name: value for name, value in values.items() if value not in (None, "") and name != "version"}


def _memberships(contact_id: int) -> list[Mapping[str, Any]]:
    member = aliased(Contact, name="member")
    columns = ("contact_id", *MENTIONS[0][1])
    statement = (
        select(Membership, Coalition.name, member.name)
        .join(Coalition, Coalition.id == Membership.coalition_id)
        .join(member, member.id == Membership.contact_id)
        .where(or_(*(getattr(Membership, name) == contact_id for name in columns)))
        .order_by(Membership.id)
    )
    return [
        {"coalition": coalition, "member": name, **_row(membership)}
        for membership, coalition, name in db.session().execute(statement)
    ]


def _groups(contact_id: int) -> list[Mapping[str, Any]]:
    statement = (
        select(GroupMember, WorkingGroup.name)
        .join(WorkingGroup, WorkingGroup.id == GroupMember.group_id)
        .where(GroupMember.contact_id == contact_id)
        .order_by(GroupMember.id)
    )
    return [{"working_group": name, **_row(member)} for member, name in db.session().execute(statement)]


def _commitments(contact_id: int) -> list[Mapping[str, Any]]:
    about = or_(Commitment.contact_id == contact_id, Commitment.delegate_id == contact_id)
    return [
        _row(row) for row in db.session().scalars(select(Commitment).where(about).order_by(Commitment.id))
    ]


def erase(contact: Contact) -> None:
    """Forget a contact's memberships, places in groups and commitments, history of them included; rows of
    others that name the contact go on without."""
    change = db.current_change()
    assert change is not None
    with system("erasing all there is about one contact"):
        commitments = _ids(Commitment, "contact_id", [contact.id])
        detach("commitment", commitments)
        for each in commitments:
            history.erase("commitment", each, [contact.name])
        _forget(Commitment, commitments, contact.name)
        for model in (GroupMember, Membership):
            _forget(model, _ids(model, "contact_id", [contact.id]), contact.name)
        for model, columns in MENTIONS:
            for name in columns:
                if found := _ids(model, name, [contact.id]):
                    change.update(db.table(model), found, {name: None})
        db.session().flush()
        db.session().expire_all()


def _forget(model: Any, ids: Sequence[int], name: str) -> None:
    """Rows go without a word in the journal, and with them what it says of them."""
    table = db.table(model)
    history.erase_rows(table.name, ids, [name])
    db.session().execute(delete(table).where(db.among(table.c.id, ids)))
