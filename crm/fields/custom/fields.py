"""Custom fields as the registry knows them: columns, filters, order and export like any other field."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

from flask import g
from sqlalchemy import (
    ColumnElement,
    Engine,
    Float,
    Text,
    case,
    event,
    exists,
    func,
    literal,
    not_,
    select,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from crm import db
from crm.access.guard import system
from crm.fields.custom.kinds import KINDS, text_of
from crm.fields.models import CustomField
from crm.i18n import lazy_gettext as _
from crm.journal.models import JournalEntry
from crm.plugin_api.types import Field, Kind, RecordType
from crm.runtime import runtime

PREFIX: Final = "custom_"
SECTION = _("Own fields")
Clause = ColumnElement[bool]


@dataclass
class _Kept:
    """The fields as this process read them last, and the mark that they had then."""

    fields: dict[str, list[CustomField]]
    mark: Any


_kept: "WeakKeyDictionary[Engine, _Kept]" = WeakKeyDictionary()


def defined(record_type: str) -> list[CustomField]:
    """The custom fields of a record type in their order. A process keeps them; the statement that finds who
    is signed in brings a mark (`crm.fields.custom.mark`) by which each request knows whether they changed."""
    if "crm_custom_fields" not in g:
        g.crm_custom_fields = _known()
    return cast(dict[str, list[CustomField]], g.crm_custom_fields).get(record_type, [])


def _known() -> dict[str, list[CustomField]]:
    mark, engine = g.get("crm_custom_mark"), runtime().engine
    if mark is None:
        return _read()
    if mark[0] == 0:
        return {}
    found = _kept.get(engine)
    if found is None or found.mark != mark:
        found = _kept[engine] = _Kept(_read(), mark)
    return found.fields


def _read() -> dict[str, list[CustomField]]:
    found: dict[str, list[CustomField]] = {}
    table = db.table(CustomField)
    statement = select(*table.columns).order_by(table.c.position, table.c.id)
    for row in db.session().execute(statement):
        found.setdefault(row.record_type, []).append(CustomField(**row._mapping))
    return found


def forget() -> None:
    """The fields were changed: they are read again when they are needed."""
    g.pop("crm_custom_fields", None)
    g.pop("crm_custom_mark", None)
    g.pop("crm_removed_fields", None)


def _after_commit(session: Session) -> None:
    """Undo and restores change fields, too."""
    change = session.info.get("change")
    if change is not None and "custom_field" in change.touched_tables:
        forget()


event.listen(Session, "after_commit", _after_commit)


def _begun(_change: object) -> None:
    """Whoever waited for their turn reads anew what somebody else may have changed meanwhile."""
    read = g.get("crm_custom_fields")
    if read is not None:
        g.crm_former_fields = {each.id: each for of_these in read.values() for each in of_these}
    forget()


db.begun.append(_begun)


def former(field: CustomField) -> CustomField | None:
    """A field as it was when this request read what was typed, where it is of another kind since."""
    was: CustomField | None = g.get("crm_former_fields", {}).get(field.id)
    return was if was is not None and was.kind != field.kind else None


def takes(record_type: RecordType) -> bool:
    """Whether administrators can give fields to records of this type."""
    return bool(record_type.edit_permission) and hasattr(record_type.model, "custom")


def of_type(record_type: RecordType) -> list[Field]:
    """The custom fields of a record type as fields."""
    if not takes(record_type):
        return []
    return [as_field(each, record_type) for each in defined(record_type.name)]


def name_of(field: CustomField) -> str:
    """What filters and columns call it; it stays when the field is renamed."""
    return f"{PREFIX}{field.id}"


def removed(name: str) -> Field | None:
    """A custom field that was removed, as history knows it, so that saved lists can say what they asked for;
    None for a name that is none of these. Nothing can be found by it."""
    number = name.removeprefix(PREFIX)
    was = next((each for each in _removed() if str(each.id) == number), None) if number != name else None
    if was is None:
        return None
    kind = cast(Kind, KINDS[was.kind].field_kind)
    return Field(name, was.label, kind, None, choices=_choices(was) if was.choices else None)


def removed_of(record_type: str) -> dict[str, CustomField]:
    """The custom fields of a record type that were removed, by their keys: the last of each."""
    return {each.key: each for each in _removed() if each.record_type == record_type}


def _removed() -> list[CustomField]:
    if "crm_removed_fields" not in g:
        entries, table = db.table(JournalEntry), CustomField.__tablename__
        statement = select(entries.c.before).where(
            entries.c.subject_table == table, entries.c.table_name == table, entries.c.operation == "delete"
        )
        with system("what removed fields were called"):
            images = db.session().execute(statement.order_by(entries.c.id)).scalars().all()
        names = ("id", "record_type", "key", "label", "kind", "choices")
        g.crm_removed_fields = [
            CustomField(**{name: each[name] for name in names}) for each in images if each["kind"] in KINDS
        ]
    return cast(list[CustomField], g.crm_removed_fields)


def aside(field: CustomField) -> str:
    """Under which name records keep what does not fit a field, for somebody to look at: never under that of a
    field, whose values are of a kind of their own."""
    taken = {each.key for each in defined(field.record_type)}
    name = f"{field.label} to check".replace('"', "")
    return next(
        each
        for number in itertools.count(1)
        if (each := f"{name} {number}" if number > 1 else name) not in taken
    )


def as_field(field: CustomField, record_type: RecordType) -> Field:
    """A custom field as lists, filters and exports know fields."""
    column, kind = record_type.model.custom, KINDS[field.kind]
    value = Value(column, field.key)
    several = field.kind == "choices"
    expression = None if several else value.of(kind.stored)
    return Field(
        name_of(field),
        field.label,
        cast(Kind, kind.field_kind),
        expression,
        sort_expression=None if several or not kind.sortable else _sorted_by(expression, kind.stored),
        fetch=_labels(record_type.model, field) if several else None,
        filter=_several(value) if several else None,
        choices=_choices(field) if field.choices else None,
        section=field.section or SECTION,
        help=field.help,
        sortable=kind.sortable and not several,
        importable=record_type.name == "contacts",
    )


class Value:
    """A value within the column `custom`, read in the way of the database system at hand."""

    def __init__(self, column: Any, key: str) -> None:
        self.column, self.key = column, key
        self.sqlite = db.dialect() == "sqlite"
        self.path = '$."' + key + '"'

    def of(self, stored: str) -> Any:
        """The value as a column of its type: NULL where there is none, or one of another type."""
        if stored == "number":
            return self._number()
        if stored == "boolean":
            return self._boolean()
        if self.sqlite:
            return type_coerce(func.json_extract(self.column, self.path), Text())
        return type_coerce(func.jsonb_extract_path_text(self.column, self.key), Text())

    def _type(self) -> ColumnElement[Any]:
        if self.sqlite:
            return func.json_type(self.column, self.path)
        return func.jsonb_typeof(func.jsonb_extract_path(self.column, self.key))

    def _number(self) -> Any:
        if self.sqlite:
            value = func.json_extract(self.column, self.path)
            return type_coerce(case((self._type().in_(("integer", "real")), value)), Float())
        text = func.jsonb_extract_path_text(self.column, self.key)
        # A CASE is worked through in its order, so what is no number is never read as one.
        return case((self._type() == "number", sql_cast(text, Float())))

    def _boolean(self) -> Any:
        if self.sqlite:
            return case((self._type() == "true", literal(True)), (self._type() == "false", literal(False)))
        text = func.jsonb_extract_path_text(self.column, self.key)
        return case((self._type() == "boolean", text == "true"))

    def has(self, choice: str) -> Clause:
        """Whether the choice is one of several."""
        if self.sqlite:
            each = func.json_each(self.column, self.path).table_valued("value")
            return exists(select(literal(1)).select_from(each).where(each.c.value == choice))
        return cast(Clause, self.column.cast(JSONB).contains({self.key: [choice]}))

    def filled(self) -> Clause:
        return self._type().is_not(None) & (self._type() != "null")


def _sorted_by(expression: Any, stored: str) -> Any:
    """To sort by, never NULL: what is empty comes first."""
    if stored == "number":
        return func.coalesce(expression, literal(-1e300, Float()))
    if stored == "boolean":
        return case((expression.is_(True), 2), (expression.is_(False), 1), else_=0)
    return func.lower(func.coalesce(expression, ""))


def _several(value: Value) -> Callable[[str, Sequence[str]], Clause]:
    def clause(operator: str, values: Sequence[str]) -> Clause:
        if operator in {"empty", "filled"}:
            return value.filled() if operator == "filled" else not_(func.coalesce(value.filled(), False))
        has = value.has(values[0])
        return has if operator == "is" else not_(func.coalesce(has, False))

    return clause


def _choices(field: CustomField) -> Callable[[], Sequence[tuple[str, str]]]:
    return lambda: [(key, label) for key, label in field.choices]


def _labels(model: Any, field: CustomField) -> Callable[[Sequence[int]], Mapping[int, str]]:
    """The chosen ones of several, in words."""

    def fetch(ids: Sequence[int]) -> Mapping[int, str]:
        with system("the rows were listed for the reader"):
            rows = db.session().execute(select(model.id, model.custom).where(db.among(model.id, ids)))
            return {row[0]: text_of(field, (row[1] or {}).get(field.key)) for row in rows}

    return fetch
