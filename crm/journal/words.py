"""Rows of the journal in words: tables, columns and values as people know them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Column

from crm.access import current_actor
from crm.i18n import day, exact
from crm.i18n import lazy_gettext as lazy
from crm.journal.images import Image, Journaled, journaled, to_python
from crm.pages import choice_words
from crm.plugin_api.types import Field, RecordType
from crm.runtime import runtime

NAME_COLUMNS = (
    "name", "title", "subject", "address", "number", "street", "url", "file_name", "body", "channel", "label",
)  # fmt: skip
"""Columns that say which row it is, the best first."""

TECHNICAL = frozenset({"id", "created_at", "custom_key", "photo_key", "sort_name", "storage_key", "sha256"})

LABELS = {
    "address": lazy("Address"),
    "author_label": lazy("Author"),
    "birth_date": lazy("Birth date"),
    "body": lazy("Text"),
    "channel": lazy("Channel"),
    "city": lazy("City"),
    "color": lazy("Color"),
    "country": lazy("Country"),
    "custom": lazy("More fields"),
    "department": lazy("Department"),
    "description": lazy("Description"),
    "email": lazy("Email"),
    "end_date": lazy("End"),
    "extension": lazy("Extension"),
    "file_name": lazy("File"),
    "is_primary": lazy("Main one"),
    "kind": lazy("Kind"),
    "label": lazy("Kind"),
    "name": lazy("Name"),
    "number": lazy("Number"),
    "organization_id": lazy("Organization"),
    "parent_id": lazy("Part of"),
    "person_id": lazy("Person"),
    "postal_code": lazy("ZIP code"),
    "prefix": lazy("Title"),
    "reason": lazy("Reason"),
    "region": lazy("State"),
    "role": lazy("Role"),
    "since": lazy("Since"),
    "source": lazy("Source"),
    "start_date": lazy("Begin"),
    "street": lazy("Street"),
    "street2": lazy("Street, second line"),
    "suffix": lazy("Name suffix"),
    "url": lazy("Address"),
}
"""Columns that no record type declares as a field of its own."""

Names = Mapping[tuple[str, int], str]
"""What records are called, by table and id."""


def noun(table_name: str) -> str:
    """What one row of a table is called."""
    specification = journaled(table_name)
    if specification is not None and specification.label is not None:
        return str(specification.label)
    record_type = runtime().fields.by_table(table_name)
    return str(record_type.label_one) if record_type else table_name.replace("_", " ").capitalize()


def column_label(table_name: str, name: str) -> str:
    """What a column is called: as its field says, else as usual, else its name in plain letters."""
    if (field := field_of(table_name, name)) is not None:
        return str(field.label)
    return str(LABELS.get(name) or name.removesuffix("_id").replace("_", " ").capitalize())


def field_of(table_name: str, name: str) -> Field | None:
    """The field of a record type that shows a column."""
    record_type: RecordType | None = runtime().fields.by_table(table_name)
    fields = record_type.fields if record_type else ()
    return next((field for field in fields if field.name == name), None)


def shown_columns(specification: Journaled, image: Image) -> list[Column[Any]]:
    """The columns of an image that mean something to people and that this reader may see, in order."""
    hidden = specification.bookkeeping | TECHNICAL | {specification.subject_column}
    return [
        column
        for column in specification.columns
        if column.name in image
        and column.name not in hidden
        and not column.name.endswith(("_key", "_user_id"))
        and _may_read(field_of(specification.table.name, column.name))
    ]


def _may_read(field: Field | None) -> bool:
    return field is None or field.permission is None or current_actor().can(field.permission)


def value_words(column: Column[Any], value: Any, names: Names) -> str:
    """A value as people read it; nothing at all for an empty one."""
    value = to_python(column, value)
    if value is None or value in ("", [], {}):
        return ""
    if target := target_of(column):
        return names.get((target, value), _("one that is gone"))
    if (words := column.info.get("words")) is not None:
        return str(words(value))
    field = field_of(column.table.name, column.name)
    return choice_words(field, value) if field is not None and field.choices else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return exact(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(each)}" for name, each in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    return str(value)


def target_of(column: Column[Any]) -> str | None:
    """The table whose ids a column holds."""
    return next((key.column.table.name for key in column.foreign_keys), None)


def row_words(specification: Journaled, image: Image, names: Names) -> str:
    """What tells a row from its neighbours: an email address, the beginning of a note, the name of a tag."""
    belongs = specification.subject_column != "id"
    for column in specification.columns if belongs else ():
        target = target_of(column)
        if target is None or column.name == specification.subject_column:
            continue
        if (target, image.get(column.name) or 0) in names:
            return names[target, image[column.name]]
    for name in NAME_COLUMNS:
        if name in image and (text := value_words(specification.table.c[name], image[name], names)):
            return text if len(text) <= 60 else f"{text[:59]}…"
    return ""


def targets_in(specification: Journaled, images: Iterable[Image | None]) -> set[tuple[str, int]]:
    """The records to which images refer."""
    return {
        (target, value)
        for column in specification.columns
        if (target := target_of(column))
        for image in images
        if image and (value := image.get(column.name)) is not None
    }
