"""What a page of a list shows."""

from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from crm.fields.listing.state import ListState
from crm.plugin_api.types import Field, RecordType


@dataclass(frozen=True)
class Chip:
    """A filter in words, and the address without it."""

    words: str
    without: str
    broken: str = ""
    """Why it makes no sense any more."""


@dataclass
class ListPage:
    """What a list template shows. Each row is a mapping with `id`, `label` and the chosen columns."""

    record_type: RecordType
    state: ListState
    columns: list[Field]
    rows: list[dict[str, Any]]
    chips: list[Chip]
    all_fields: list[Field]
    next_query: str | None = None
    previous_query: str | None = None
    warnings: list[str] = field(default_factory=list)
    """Why the list shows nothing: a filter that cannot be understood."""
    notes: list[str] = field(default_factory=list)
    sort_field: str = ""
    descending: bool = False


def address_of(record_type: RecordType, record_id: int) -> str:
    """The page of a record."""
    arguments: dict[str, Any] = {record_type.id_argument: record_id}
    return url_for(record_type.endpoint, **arguments)
