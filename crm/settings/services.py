"""Reading and writing settings; secrets are opened only for the code that uses them."""

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import UserError
from crm.plugin_api.types import Setting
from crm.runtime import runtime
from crm.sealing import seal, unseal
from crm.settings.models import SettingValue

LONGEST = 2000


def setting(name: str) -> str:
    """The value of a declared setting, opened where it is a secret; its default while nobody has set it.
    KeyError for one that nobody declares."""
    declared = runtime().settings[name]
    row = _rows([name]).get(name)
    if row is None or not row.value:
        return declared.default
    return unseal(row.value, _context(name)) if declared.kind == "secret" else row.value


def shown() -> Mapping[str, str]:
    """Each setting as the page may show it: of a secret only whether it is there ("1")."""
    rows = _rows(list(runtime().settings))
    found = {}
    for name, declared in runtime().settings.items():
        value = rows[name].value if name in rows else declared.default
        found[name] = ("1" if value else "") if declared.kind == "secret" else value
    return found


def change(values: Mapping[str, str | None], actor: Actor) -> list[str]:
    """Set these; None leaves one as it is. Returns the names of those that changed. Inside a transaction."""
    changed = []
    rows = _rows(list(values))
    for name, given in values.items():
        if given is None:
            continue
        declared = runtime().settings[name]
        value = _checked(declared, given)
        row = rows.get(name) or SettingValue(name=name)
        if declared.kind != "secret" and row.value == value and row.id is not None:
            continue
        row.value = seal(value, _context(name)) if value and declared.kind == "secret" else value
        row.changed_by, row.changed_at = actor.label, db.now()
        db.session().add(row)
        changed.append(name)
    db.session().flush()
    return changed


def _checked(declared: Setting, value: str) -> str:
    value = value.strip()
    if len(value) > LONGEST or any(ord(letter) < 32 for letter in value):
        raise UserError(_("“%(label)s” is too long or holds a line break.", label=declared.label))
    if declared.kind == "number" and value and not value.isdecimal():
        raise UserError(_("“%(label)s” is a whole number, such as 10.", label=declared.label))
    if declared.kind == "choice" and value not in {key for key, _label in declared.choices}:
        raise UserError(_("“%(label)s”: choose one of what is offered.", label=declared.label))
    return value


def _rows(names: list[str]) -> dict[str, SettingValue]:
    with system("settings are read by the program itself"):
        found = db.session().scalars(select(SettingValue).where(SettingValue.name.in_(names)))
        return {row.name: row for row in found}


def _context(name: str) -> str:
    return f"setting_value:{name}"
