"""Giving one own field of many contacts the same value. The arguments of a plan say besides `field` and
`value` of what `kind` it was, so that nothing is written into one that became another meanwhile, and its
`label`."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.contacts.bulk.state import Arguments, State
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.fields.custom import fields, settling
from crm.fields.custom.kinds import stored_text, words_of
from crm.fields.models import CustomField

TYPE = "contacts"


def choices() -> list[tuple[str, str]]:
    """The own fields of contacts for a select: names of inputs and labels."""
    return [(fields.name_of(each), each.label) for each in fields.defined(TYPE)]


def is_own(name: str | None) -> bool:
    return bool(name) and str(name).startswith(fields.PREFIX)


def arguments(chosen: Any) -> Arguments:
    """Of the input of an own field, which has read and checked what was typed."""
    kept: CustomField = chosen.definition
    return {"field": fields.name_of(kept), "value": chosen.data, "kind": kept.kind, "label": kept.label}


def _find(arguments: Arguments) -> CustomField | None:
    """The field, as long as it is of the kind that it was and has the choices that were chosen."""
    known = {fields.name_of(each): each for each in fields.defined(TYPE)}
    kept = known.get(arguments["field"])
    if kept is None or kept.kind != arguments["kind"] or not _may_be(kept, arguments["value"]):
        return None
    return kept


def _may_be(kept: CustomField, value: Any) -> bool:
    if kept.kind not in {"choice", "choices"} or not value:
        return True
    known = {each[0] for each in kept.choices}
    return known.issuperset(value if isinstance(value, list) else [value])


def _get(arguments: Arguments) -> CustomField:
    """UserError for a field that was removed, became another kind or lost the choice since the plan."""
    kept = _find(arguments)
    if kept is None:
        raise UserError(
            _(
                "“%(name)s” was removed, given another kind or lost the choice meanwhile. Choose anew.",
                name=arguments["label"],
            )
        )
    return kept


def in_words(arguments: Arguments, value: Any) -> str:
    kept = _find(arguments)
    return words_of(kept, value) if kept is not None else stored_text(value)


def read(arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    key, wanted = _get(arguments).key, stored_text(arguments["value"])
    with system("the ids were checked against what the actor may see"):
        found = db.session().execute(select(Contact.id, Contact.custom).where(db.among(Contact.id, ids)))
        held = {each: (custom or {}).get(key) for each, custom in found}
    return {each: State(value, stored_text(value) == wanted) for each, value in held.items()}


def write(arguments: Arguments, ids: Sequence[int]) -> None:
    change = db.current_change()
    assert change is not None
    patch = {_get(arguments).key: arguments["value"]}
    settling.write(db.table(Contact), dict.fromkeys(ids, patch), change)
