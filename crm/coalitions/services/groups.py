"""Working groups of a coalition."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.coalitions.models import GroupMember, WorkingGroup
from crm.coalitions.services.detaching import detach
from crm.errors import UserError
from crm.transfer.cleaning.text import clean_note, squash

CHANGEABLE = ("name", "purpose")


def create(coalition_id: int, name: str, purpose: str) -> WorkingGroup:
    """A new working group; raises UserError when its name is taken or missing."""
    group = WorkingGroup(coalition_id=coalition_id, name="")
    change(group, name, purpose)
    db.session().add(group)
    db.session().flush()
    return group


def change(group: WorkingGroup, name: str, purpose: str) -> None:
    name = squash(name)
    if not name:
        raise UserError(_("Give the working group a name, such as “Data”."))
    same = select(WorkingGroup.id).where(
        WorkingGroup.coalition_id == group.coalition_id,
        func.lower(WorkingGroup.name) == name.lower(),
        WorkingGroup.id != (group.id or 0),
    )
    with system("names of working groups in one coalition differ"):
        if db.session().execute(same).first() is not None:
            raise UserError(_("There is a working group “%(name)s” already.", name=name))
    group.name, group.purpose = name, clean_note(purpose)


def delete(group: WorkingGroup) -> None:
    """Delete a working group; its members stay in the coalition, its meetings stay without a group."""
    change_set = db.current_change()
    assert change_set is not None
    with system("deleting a working group with its members"):
        members = select(GroupMember.id).where(GroupMember.group_id == group.id)
        change_set.delete(db.table(GroupMember), db.session().execute(members).scalars())
        detach("coalition_group", [group.id])
        change_set.delete(db.table(WorkingGroup), [group.id])
    db.session().expire_all()


def add_members(group: WorkingGroup, contact_ids: Sequence[int], is_chair: bool) -> int:
    """Put contacts into a group; those in it already become chairs where that is asked. Returns how many
    are new or have a new part."""
    kept = _members(group.id, contact_ids)
    count = 0
    for each in dict.fromkeys(contact_ids):
        member = kept.get(each)
        if member is None:
            db.session().add(GroupMember(group_id=group.id, contact_id=each, is_chair=is_chair))
            count += 1
        elif is_chair and not member.is_chair:
            member.is_chair = True
            count += 1
    db.session().flush()
    return count


def _members(group_id: int, contact_ids: Sequence[int]) -> dict[int, GroupMember]:
    statement = select(GroupMember).where(
        GroupMember.group_id == group_id, db.among(GroupMember.contact_id, contact_ids)
    )
    with system("each is in a group once"):
        return {row.contact_id: row for row in db.session().scalars(statement.with_for_update())}
