"""Coalitions themselves: made, changed, put into one another, deleted."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm import db
from crm.access import visible
from crm.access.guard import system
from crm.coalitions.models import Coalition, GroupMember, Membership, WorkingGroup
from crm.coalitions.permissions import EDIT
from crm.coalitions.services.detaching import detach
from crm.errors import UserError
from crm.fields.custom.values import apply_custom
from crm.transfer.cleaning.places import clean_region
from crm.transfer.cleaning.text import clean_note, fold, squash

CHANGEABLE = (
    "name", "level", "region", "parent_id", "description", "owner_user_id", "founded_on", "ended_on",
)  # fmt: skip


def create(values: Mapping[str, Any]) -> Coalition:
    """A new coalition; raises UserError when it has no name or would not be the actor's to change."""
    coalition = Coalition(owner_user_id=None, parent_id=None)
    _apply(coalition, values)
    db.session().add(coalition)
    db.session().flush()
    _require_own(coalition)
    return coalition


def change(coalition: Coalition, values: Mapping[str, Any]) -> None:
    """Change what a form says; raises UserError for a circle of parents."""
    _apply(coalition, values)
    coalition.version += 1
    coalition.updated_at = db.now()
    db.session().flush()
    _require_own(coalition)


def _apply(coalition: Coalition, values: Mapping[str, Any]) -> None:
    coalition.name = squash(values.get("name") or "")
    if not coalition.name:
        raise UserError(_("Give the coalition a name."))
    coalition.sort_name = fold(coalition.name)
    coalition.level = values.get("level") or "local"
    region = squash(values.get("region") or "")
    # A state's name in full and its two letters are the same place; a county may be called like a state.
    coalition.region = clean_region(region) if coalition.level == "state" else region
    coalition.description = clean_note(values.get("description") or "")
    coalition.owner_user_id = values.get("owner_user_id")
    begins, ends = values.get("founded_on"), values.get("ended_on")
    if begins and ends and ends < begins:
        raise UserError(_("The coalition ends before it begins. Check the two dates."))
    coalition.founded_on, coalition.ended_on = begins, ends
    _set_parent(coalition, values.get("parent_id"))
    apply_custom(coalition, values)


def _set_parent(coalition: Coalition, parent_id: int | None) -> None:
    if parent_id is not None and coalition.id is not None:
        above = ancestors(parent_id)
        if coalition.id in {parent_id, *above}:
            raise UserError(
                _(
                    "“%(name)s” cannot be part of itself, nor of a coalition within it. Choose another one.",
                    name=coalition.name,
                )
            )
    coalition.parent_id = parent_id


def ancestors(coalition_id: int) -> list[int]:
    """The coalition around this one, the one around that, and so on, nearest first."""
    found: list[int] = []
    current: int | None = coalition_id
    with system("a circle of coalitions must be seen whole"):
        while current is not None and current not in found[:-1]:
            statement = select(Coalition.parent_id).where(Coalition.id == current)
            current = db.session().execute(statement).scalar_one_or_none()
            if current is not None:
                found.append(current)
    return found


def _require_own(coalition: Coalition) -> None:
    """Whoever may change one coalition only must not make one that they could not see afterwards."""
    change_set = db.current_change()
    assert change_set is not None
    statement = visible(Coalition, change_set.actor, EDIT).where(Coalition.id == coalition.id)
    if db.session().execute(statement.with_only_columns(Coalition.id)).first() is None:
        raise UserError(_("Choose one of your own coalitions as the one that this is part of."))


def delete(coalition: Coalition) -> None:
    """Delete a coalition with its memberships and working groups. Coalitions within it, campaigns, events,
    tasks and commitments stay, and belong to it no more."""
    change_set = db.current_change()
    assert change_set is not None
    with system("deleting a coalition with all that hangs on it"):
        groups = _ids(WorkingGroup, "coalition_id", [coalition.id])
        change_set.delete(db.table(GroupMember), _ids(GroupMember, "group_id", groups))
        detach("coalition_group", groups)
        change_set.delete(db.table(WorkingGroup), groups)
        change_set.delete(db.table(Membership), _ids(Membership, "coalition_id", [coalition.id]))
        detach("coalition", [coalition.id])
        try:
            change_set.delete(db.table(Coalition), [coalition.id])
        except IntegrityError as error:
            raise UserError(
                _("Not deleted: data of a plugin still refers to this coalition. Remove or move that first.")
            ) from error
    db.session().expire_all()


def _ids(model: Any, column: str, values: list[int]) -> list[int]:
    table = db.table(model)
    statement = select(table.c.id).where(db.among(table.c[column], values))
    return list(db.session().execute(statement).scalars())
