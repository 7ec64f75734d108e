"""Values under names that no field has: what was set aside for somebody to check since it did not fit its
field, and what imports brought. On the record each can be taken over, where it fits now, or dropped."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from crm import access, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import UserError
from crm.fields.custom import fields
from crm.fields.custom.kinds import stored_text, value_of, words_of
from crm.fields.models import CustomField
from crm.plugin_api.types import RecordType

KEEP, TAKE, DROP = "keep", "take", "drop"
SHOWN: Final = 200
"""Records that the page of one such name lists."""


@dataclass(frozen=True)
class Loose:
    """A value of one record. `field` is the one that it was set aside from, None for another; `value` is what
    it would be there, None where it does not fit; `present` says what the field holds now."""

    key: str
    text: str
    field: CustomField | None = None
    value: Any = None
    present: str = ""

    @property
    def input(self) -> str:
        """What the input is called by which somebody says what becomes of it: names may have any signs."""
        return f"loose-{sha256(self.key.encode()).hexdigest()[:12]}"


def of(record_type: str, custom: Mapping[str, Any] | None) -> list[Loose]:
    """The loose values of a record."""
    kept, known = custom or {}, {each.key for each in fields.defined(record_type)}
    return [
        _loose(key, stored_text(value), field_of(record_type, key), kept)
        for key, value in kept.items()
        if key not in known and stored_text(value)
    ]


def _loose(key: str, text: str, field: CustomField | None, kept: Mapping[str, Any]) -> Loose:
    if field is None:
        return Loose(key, text)
    present = words_of(field, kept.get(field.key))
    try:
        return Loose(key, text, field, value_of(field, text), present)
    except UserError:
        return Loose(key, text, field, None, present)


def field_of(record_type: str, key: str) -> CustomField | None:
    """The field whose values are set aside under a name; it may have been called otherwise then."""
    found = re.fullmatch(r"(.*) to check(?: \d+)?", key)
    if found is None:
        return None
    return next((each for each in fields.defined(record_type) if found[1] in _labels(each)), None)


def parted(
    record_type: str, held: Mapping[str, int]
) -> tuple[dict[int, list[tuple[str, int]]], dict[str, int]]:
    """Names that no field has, with how many records hold them: those of what was set aside, by the ids of
    their fields, and the others."""
    aside, others = dict[int, list[tuple[str, int]]](), dict[str, int]()
    for key, count in held.items():
        field = field_of(record_type, key)
        if field is None:
            others[key] = count
        else:
            aside.setdefault(field.id, []).append((key, count))
    return aside, others


def _labels(field: CustomField) -> set[str]:
    return {str(label).replace('"', "") for label in (field.label, *field.former_labels)}


def taken_over(sent: MultiDict[str, str], loose: Iterable[Loose]) -> MultiDict[str, str]:
    """What a form says once the values that it takes over are typed into their fields."""
    found = MultiDict(sent)
    for each in loose:
        if each.field is not None and each.value is not None and sent.get(each.input) == TAKE:
            chosen = each.value if isinstance(each.value, list) else [stored_text(each.value)]
            found.setlist(fields.name_of(each.field), chosen)
    return found


def done_with(sent: Mapping[str, str], loose: Iterable[Loose]) -> set[str]:
    """The names whose values a form takes over or drops."""
    return {
        each.key
        for each in loose
        if sent.get(each.input) == DROP or (sent.get(each.input) == TAKE and each.value is not None)
    }


def holders(record_type: RecordType, key: str, actor: Actor) -> list[tuple[int, str, str]]:
    """The first records that hold a value under a name, of those that the actor may see: ids, what they are
    called, and the values."""
    model, label = record_type.model, record_type.label_column
    statement = access.visible(model, actor, record_type.permission)
    statement = record_type.base(statement) if record_type.base is not None else statement
    statement = statement.where(fields.Value(model.custom, key).filled())
    statement = statement.with_only_columns(model.id, label, model.custom, maintain_column_froms=True)
    rows = db.session().execute(statement.order_by(label, model.id).limit(SHOWN)).all()
    return [(row[0], str(row[1]), stored_text(row[2].get(key))) for row in rows]


def held(record_type: RecordType, key: str) -> tuple[list[int], str]:
    """The ids of all records that hold a value under a name, and a sum of which values these are: it is
    another one once a value came, went or changed."""
    model, value = record_type.model, fields.Value(record_type.model.custom, key)
    ids, total = list[int](), sha256()
    statement = select(model.id, value.of("text")).where(value.filled()).order_by(model.id)
    with system("the values of a name that no field has"):
        for record_id, text in db.session().execute(statement):
            ids.append(record_id)
            total.update(f"{record_id}:{len(str(text))}:{text};".encode())
    return ids, total.hexdigest()
