"""The values of custom fields: putting them into records, and showing them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, String, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from crm import db
from crm.errors import UserError
from crm.fields.custom.fields import PREFIX, aside, defined, former, name_of, takes
from crm.fields.custom.kinds import stored_text, text_of, value_of, words_of
from crm.fields.custom.settling import set_aside
from crm.fields.models import CustomField
from crm.runtime import runtime


def apply_custom(record: Any, values: Mapping[str, Any]) -> None:
    """Put into a record what a form says of its custom fields; what the form does not say stays."""
    kind = runtime().fields.by_table(record.__table__.name)
    if kind is None or not takes(kind):
        return
    found = custom_with(kind.name, values, record.custom)
    if found != (record.custom or {}):
        record.custom = found


def custom_with(
    record_type: str, values: Mapping[str, Any], kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What a record's custom fields hold once a form has said its part; for rows that are written in sets."""
    found = dict(kept or {})
    for each in defined(record_type):
        name = name_of(each)
        if name in values:
            if values[name] in (None, "", []):
                found.pop(each.key, None)
            else:
                _put(found, each, values[name])
    return found


def _put(found: dict[str, Any], field: CustomField, value: Any) -> None:
    """What was typed while the field became of another kind is of that kind, or stands beside it."""
    was = former(field)
    if was is None:
        found[field.key] = value
        return
    try:
        found[field.key] = value_of(field, text_of(was, value))
    except UserError:
        found |= set_aside(field.key, text_of(was, value), aside(field), found)
        del found[field.key]


def without_custom(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says of a record's own columns."""
    return {name: value for name, value in values.items() if not name.startswith(PREFIX)}


def differing(record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a record's custom fields hold, by the names of their inputs, where a form says something else."""
    kind = runtime().fields.by_table(record.__table__.name)
    if kind is None or not takes(kind):
        return {}
    kept, wanted = record.custom or {}, custom_with(kind.name, values, record.custom)
    fields = (each for each in defined(kind.name) if kept.get(each.key) != wanted.get(each.key))
    return {name_of(each): kept.get(each.key) for each in fields}


def posted(form: Any) -> dict[str, Any]:
    """What a form says of custom fields, for services: by the names of its inputs."""
    return {each.name: each.data for each in form if each.name.startswith(PREFIX)}


@dataclass(frozen=True)
class Shown:
    """A custom field of one record, for its page."""

    label: str
    kind: str
    text: str
    help: str = ""


def shown(record_type: str, custom: Mapping[str, Any] | None) -> list[tuple[str, list[Shown]]]:
    """The custom fields of a record under the headings of their sections: those that have a value, and what
    stands under names that no field has, as imports bring it. Those without a section come first, so
    that none seems to belong to the section above it."""
    kept = dict(custom or {})
    found: dict[str, list[Shown]] = {}
    for each in defined(record_type):
        if text := words_of(each, kept.pop(each.key, None)):
            found.setdefault(each.section, []).append(Shown(each.label, each.kind, text, each.help))
    loose = [
        Shown(name, "text", stored_text(value)) for name, value in kept.items() if value not in (None, "")
    ]
    if loose:
        found.setdefault("", []).extend(loose)
    return sorted(found.items(), key=lambda each: bool(each[0]))


def find(record_type: str, name: str, *, header: bool = False) -> CustomField | None:
    """The field of a name: that of a mapping is a key, that of a `header` in a file what a field is called;
    either may be the other, too, or what a field was called before."""
    wanted, fields = " ".join(name.split()).casefold(), defined(record_type)
    ways: list[Callable[[CustomField], Iterable[Any]]] = [
        lambda f: [f.label], lambda f: [f.key], lambda f: f.former_labels
    ]  # fmt: skip
    exact = None if header else next((each for each in fields if each.key == name), None)
    return exact or next(
        (each for way in ways for each in fields if wanted in {str(known).casefold() for known in way(each)}),
        None,
    )


def typed(record_type: str, custom: Mapping[str, str]) -> dict[str, Any]:
    """Values out of a file as they are stored. What does not fit its field, which may be of another
    kind since it was planned, stands beside it, for somebody to look at."""
    fields, found = {each.key: each for each in defined(record_type)} if custom else {}, {}
    for name, text in custom.items():
        field = fields.get(name)
        try:
            if field is None or not isinstance(text, str):
                found[name] = text
            else:
                found[name] = value_of(field, text, stored=True)
        except UserError:
            assert field is not None
            found[aside(field)] = text
    return found


def changed(column: Any, key: str, value: Any) -> ColumnElement[Any]:
    """The column `custom` with one value changed, or taken out when it is None: for work on sets."""
    path = '$."' + key + '"'
    if db.dialect() == "sqlite":
        if value is None:
            return func.json_remove(column, path)
        return func.json_set(column, path, func.json(_json(value)))
    if value is None:
        removed: ColumnElement[Any] = column.op("-", return_type=JSONB())(cast(literal(key), String()))
        return removed
    joined: ColumnElement[Any] = column.op("||", return_type=JSONB())(
        func.jsonb_build_object(key, _bound(value))
    )
    return joined


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _bound(value: Any) -> Any:
    if isinstance(value, bool):
        return literal(value)
    if isinstance(value, int | float):
        return literal(float(value), Float()) if isinstance(value, float) else literal(value)
    return cast(literal(value, JSONB()), JSONB())
