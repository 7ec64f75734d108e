"""Any list as a file: every field that the list knows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm.access.actor import Actor
from crm.contacts.permissions import EXPORT
from crm.fields.listing import Listing, ListState
from crm.plugin_api.types import Exporter, Text
from crm.runtime import runtime
from crm.transfer.exporting import FileColumns, shown


def list_exporter(kind: str, label: Text, permission: str = EXPORT) -> Exporter:
    """The export of a record type, as CSV and XLSX."""
    return Exporter(kind, label, permission, ("csv", "xlsx"), ListExport(kind))


class ListExport:
    """One kind of records; see `ExportHandler`."""

    cards = False

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def shape(self, ids: Sequence[int], actor: Actor) -> dict[str, Any]:
        fields = runtime().fields.fields(self.kind, actor)
        return FileColumns.of(each for each in fields if each.exportable and each.listable).shape

    def headers(self, shape: Mapping[str, Any]) -> list[str]:
        return list(FileColumns.from_shape(shape).labels)

    def rows(self, ids: Sequence[int], shape: Mapping[str, Any], actor: Actor) -> Iterator[Sequence[str]]:
        fields = FileColumns.from_shape(shape).fields(runtime().fields.fields(self.kind, actor))
        for row in Listing(ListState(self.kind), actor).rows(fields, ids):
            yield [shown(each, row[each.name]) for each in fields]

    def card_texts(self, ids: Sequence[int], actor: Actor) -> Iterator[str]:
        return iter(())
