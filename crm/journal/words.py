"""Rows of the journal in words: tables, columns and values as people know them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Column

from crm.access import current_actor
from crm.i18n import day, exact
from crm.journal.images import Image, Journaled, journaled, to_python
from crm.pages import choice_words
from crm.plugin_api.types import ColumnWords, Field, RecordType
from crm.runtime import runtime

NAME_COLUMNS = (
    "name", "title", "subject", "address", "number", "street", "url", "file_name", "body", "channel", "label",
)  # fmt: skip
"""Columns that say which row it is, the best first."""

TECHNICAL = frozenset({"id", "created_at", "custom_key", "photo_key", "sort_name", "storage_key", "sha256"})

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
    """What a column is called: as declared for the history, else as its field says, else its name in plain
    letters. A custom field by its key, as `own_name` puts it, says what it is called now."""
    if name.startswith(f"{OWN}."):
        key = name.removeprefix(f"{OWN}.")
        return own_changes(table_name, {}, {key: name})[0][0]
    if (words := words_of(table_name, name)) is not None and words.label is not None:
        return str(words.label)
    if (field := field_of(table_name, name)) is not None:
        return str(field.label)
    return name.removesuffix("_id").replace("_", " ").capitalize()


def words_of(table_name: str, name: str) -> ColumnWords | None:
    """What is declared for a column: of its table, else of its plugin, else of columns of that name."""
    if (words := runtime().column_words.get(f"{table_name}.{name}")) is not None:
        return words
    if field_of(table_name, name) is not None:
        return None
    owners = [each.name for each in runtime().plugins.plugins if table_name.startswith(f"{each.name}_")]
    found = (runtime().column_words.get(f"{owner}.{name}") for owner in [*owners, ""])
    return next((words for words in found if words is not None), None)


def field_of(table_name: str, name: str) -> Field | None:
    """The field of a record type that shows a column."""
    record_type: RecordType | None = runtime().fields.by_table(table_name)
    fields = record_type.fields if record_type else ()
    return next((field for field in fields if field.name == name), None)


OWN = "custom"
"""The column with the values of custom fields."""


def shown_columns(specification: Journaled, image: Image) -> list[Column[Any]]:
    """The columns of an image that mean something to people and that this reader may see, in order."""
    hidden = specification.bookkeeping | TECHNICAL | {specification.subject_column}
    return [
        column
        for column in specification.columns
        if column.name in image
        and column.name not in hidden
        and not column.name.endswith(("_key", "_user_id"))
        and not _is_technical(specification.table.name, column.name)
        and _may_read(field_of(specification.table.name, column.name))
    ]


def _is_technical(table_name: str, name: str) -> bool:
    words = words_of(table_name, name)
    return words is not None and words.label is None


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
    if column.name == OWN and isinstance(value, Mapping):
        told = own_changes(column.table.name, {}, value)
        return " · ".join(f"{label}: {text}" for label, _none, text in told)
    declared = words_of(column.table.name, column.name)
    if declared is not None and declared.choices:
        return _chosen(declared.choices, value)
    field = field_of(column.table.name, column.name)
    return choice_words(field, value) if field is not None and field.choices else _plain(value)


def own_changes(
    table_name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, str, str]]:
    """Which custom fields of a record changed: what each is called now, and its values as people read them.
    A value whose field is gone stands under the name that it had, others without a field under their key."""
    # Imported here because the fields of records have a history themselves.
    from crm.fields.custom import fields, kinds

    record_type = runtime().fields.by_table(table_name)
    known = {each.key: each for each in fields.defined(record_type.name)} if record_type is not None else {}
    old, new = before or {}, after or {}
    keys = [key for key in dict.fromkeys((*known, *old, *new)) if old.get(key) != new.get(key)]
    if record_type is not None and not known.keys() >= set(keys):
        known = fields.removed_of(record_type.name) | known

    def text(key: str, value: Any) -> str:
        return kinds.words_of(known[key], value) if key in known else kinds.stored_text(value)

    labels = {key: known[key].label if key in known else key for key in keys}
    return [(labels[key], text(key, old.get(key)), text(key, new.get(key))) for key in keys]


def _chosen(choices: Mapping[Any, Any], value: Any) -> str:
    """One or several stored values, each as it is called."""
    if isinstance(value, list):
        return ", ".join(_chosen(choices, each) for each in value)
    return str(choices[value]) if value in choices else _plain(value)


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
