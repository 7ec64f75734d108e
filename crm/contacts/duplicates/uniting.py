"""Merging: a plan that says what would move, then all of it at once; undo brings every row back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import abort
from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.duplicates import former
from crm.contacts.editing import FIELDS
from crm.contacts.models import ORGANIZATION, Contact, Organization
from crm.contacts.permissions import MERGE
from crm.errors import Conflict, UserError
from crm.journal.words import noun
from crm.plugin_host.absent import require_nobody_absent
from crm.plugin_host.checks import tables_of
from crm.runtime import runtime

MOST = 6
PARENT, PHOTO = "parent_id", "photo_key"


@dataclass(frozen=True)
class Choice:
    """One field in which they differ: each contact's value, as written, by id."""

    name: str
    label: str
    values: Mapping[int, str]
    chosen: int


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


def choices(contacts: Sequence[Contact]) -> list[Choice]:
    """The fields in which they differ; the first contact that has a value is proposed."""
    kind = contacts[0].kind
    names = {name: str(field.label) for name, field in FIELDS.items() if kind in field.kinds}
    made = [_choice(name, label, {c.id: getattr(c, name) for c in contacts}) for name, label in names.items()]
    if kind == ORGANIZATION:
        made.append(
            _choice(PARENT, _("Part of"), {c.id: c.parent_id for c in contacts}, _parent_names(contacts))
        )
    keys = dict.fromkeys(key for contact in contacts for key in contact.custom)
    made += [_choice(f"custom:{key}", key, {c.id: c.custom.get(key) for c in contacts}) for key in keys]
    return [each for each in made if each is not None]


def _choice(
    name: str, label: str, values: Mapping[int, Any], words: Mapping[Any, str] | None = None
) -> Choice | None:
    filled = {each: value for each, value in values.items() if value not in (None, "")}
    if len({str(value) for value in filled.values()}) < 2:
        return None
    shown = {each: (words or {}).get(value, str(value)) for each, value in filled.items()}
    return Choice(name, label, shown, next(iter(filled)))


def _parent_names(contacts: Sequence[Contact]) -> dict[Any, str]:
    ids = [each.parent_id for each in contacts if each.parent_id]
    with system("the names of parents of organizations that the actor may merge"):
        return dict(
            db.session().execute(select(Contact.id, Contact.name).where(db.among(Contact.id, ids))).all()
        )


def moving(loser_ids: Sequence[int]) -> list[tuple[str, int]]:
    """What hangs on those that go, plugins' rows too: the name of each kind and how many, most first."""
    found: dict[str, int] = {}
    for plugin in runtime().plugins.plugins:
        for table in tables_of(plugin):
            columns = [key.parent for key in table.foreign_keys if key.column.table.name == "contact"]
            for column in columns:
                with system("the plan of a merge counts what would move"):
                    counted = select(func.count()).select_from(table).where(db.among(column, loser_ids))
                    count = db.session().execute(counted).scalar_one()
                if count:
                    label = noun(table.name)
                    found[label] = found.get(label, 0) + count
    return sorted(found.items(), key=lambda each: -each[1])


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
