"""Merging: a plan that says what would move, then all of it at once; undo brings every row back."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import abort
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.duplicates import former
from crm.contacts.duplicates.comparison import PARENT
from crm.contacts.editing import FIELDS
from crm.contacts.models import ORGANIZATION, Contact, Organization
from crm.contacts.permissions import MERGE
from crm.errors import Conflict, UserError
from crm.plugin_host.absent import require_nobody_absent
from crm.runtime import runtime

MOST = 6


def together(ids: Sequence[int], actor: Actor) -> list[Contact]:
    """The contacts that are to become one, in the order of `ids`; UserError where that cannot be."""
    wanted = list(dict.fromkeys(ids))
    if len(ids) > 1 and len(wanted) == 1:
        raise UserError(_("Nobody can be merged with themselves. Choose two different records."))
    if len(wanted) < 2:
        raise UserError(_("Choose at least two records to merge."))
    if len(wanted) > MOST:
        raise UserError(_("At most %(most)s can be merged at once. Choose fewer.", most=MOST))
    found = [_theirs(each, actor) for each in wanted]
    if len({each.kind for each in found}) > 1:
        raise UserError(_("A person and an organization cannot be merged. Nothing was changed."))
    return found


def _theirs(contact_id: int, actor: Actor) -> Contact:
    """404 for who may not see the contact, 403 for who may not merge it."""
    for permission in (None, MERGE):
        statement = visible(Contact, actor, permission).where(Contact.id == contact_id)
        found: Contact | None = db.session().scalars(statement).one_or_none()
        if found is None:
            abort(404 if permission is None else 403)
    assert found is not None
    return found


def seen_mark(contacts: Sequence[Contact]) -> str:
    """What a form remembers, so that nobody merges what they have not seen."""
    return ",".join(f"{each.id}.{each.version}" for each in sorted(contacts, key=lambda each: each.id))


def merge(
    survivor_id: int, ids: Sequence[int], chosen: Mapping[str, int], actor: Actor, seen: str | None = None
) -> Contact:
    """Make one of several contacts; `chosen` says by field whose value stays. Inside a transaction.

    Raises UserError or Conflict, with nothing written, when one is gone, changed, or is the other.
    """
    _hold([survivor_id, *ids])
    contacts = together(list(ids), actor)
    survivor = next((each for each in contacts if each.id == survivor_id), None)
    if survivor is None:
        raise UserError(_("Say which of these records stays."))
    if seen is not None and seen != seen_mark(contacts):
        raise Conflict(
            _("Somebody changed one of these records while you were looking. Look again, then merge.")
        )
    require_nobody_absent([each.id for each in contacts])
    losers = [each for each in contacts if each is not survivor]
    values = _chosen_values(contacts, survivor, chosen)
    with system("a merge of contacts that were loaded for the actor"):
        for loser in losers:
            loser.external_id = None
            db.session().flush()
            runtime().plugins.all("crm_contact_merge", survivor=survivor, loser=loser)
            db.session().flush()
            gone = loser.id
            services.delete([gone])
            former.remember(survivor_id, gone)
        survivor = db.session().get_one(Contact, survivor_id)
        _apply(survivor, values)
    return survivor


def _hold(ids: Sequence[int]) -> None:
    """Of two who merge the same at once, the second finds out here."""
    wanted = sorted(set(ids))
    statement = select(Contact.id).where(db.among(Contact.id, wanted)).order_by(Contact.id).with_for_update()
    with system("rows are held before they are merged"):
        found = db.session().execute(statement).scalars().all()
    if len(found) < len(wanted):
        raise UserError(
            _("One of these records is gone: somebody merged or deleted it. Nothing was changed.")
        )


def _chosen_values(
    contacts: Sequence[Contact], survivor: Contact, chosen: Mapping[str, int]
) -> dict[str, Any]:
    """By field the value that stays: the chosen one, else the survivor's, else the first there is."""
    order = [survivor, *(each for each in contacts if each is not survivor)]
    kind = survivor.kind
    names = [name for name, field in FIELDS.items() if kind in field.kinds]
    names += [PARENT] if kind == ORGANIZATION else []
    values = {name: _pick(name, {c.id: getattr(c, name) for c in order}, chosen) for name in names}
    keys = dict.fromkeys(key for contact in order for key in contact.custom)
    values["custom"] = {
        key: _pick(f"custom:{key}", {c.id: c.custom.get(key) for c in order}, chosen) for key in keys
    }
    if kind == ORGANIZATION and (PARENT not in chosen or values[PARENT] in {each.id for each in order}):
        del values[PARENT]
    return values


def _pick(name: str, values: Mapping[int, Any], chosen: Mapping[str, int]) -> Any:
    if values.get(chosen.get(name, 0)) not in (None, ""):
        return values[chosen[name]]
    return next((value for value in values.values() if value not in (None, "")), None)


def _apply(survivor: Contact, values: dict[str, Any]) -> None:
    parent = values.pop(PARENT, survivor.parent_id)
    for name, value in values.items():
        if getattr(survivor, name) != value:
            setattr(survivor, name, value)
    if survivor.kind == ORGANIZATION:
        services.apply_names(survivor, {"name": survivor.name})
        if parent != survivor.parent_id:
            services.set_parent(cast(Organization, survivor), parent)
    else:
        services.derive_person_name(survivor, survivor.name)
    services.touch(survivor)
    db.session().flush()
