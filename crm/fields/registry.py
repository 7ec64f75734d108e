"""Every record type with all its fields, those of plugins included."""

from dataclasses import replace

from crm.access.actor import Actor
from crm.errors import ConfigurationError
from crm.plugin_api.types import Field, RecordType


class FieldRegistry:
    """Filled at boot, frozen afterwards. Custom fields are added per request by `crm.fields.custom`."""

    def __init__(self) -> None:
        self._types: dict[str, RecordType] = {}

    def add_type(self, record_type: RecordType, plugin: str) -> None:
        if record_type.name in self._types:
            raise ConfigurationError(f"{plugin}: the record type {record_type.name} is declared twice.")
        self._types[record_type.name] = record_type

    def add_field(self, record_type: str, field: Field, plugin: str) -> None:
        known = self._types[record_type]
        if any(field.name == other.name for other in known.fields):
            raise ConfigurationError(f"{plugin}: {record_type} already has a field {field.name}.")
        self._types[record_type] = replace(known, fields=(*known.fields, field))

    def types(self) -> list[RecordType]:
        return list(self._types.values())

    def type(self, name: str) -> RecordType:
        """The record type; KeyError when there is none of that name."""
        return self._types[name]

    def by_table(self, table_name: str) -> RecordType | None:
        """The record type whose records live in a table."""
        for record_type in self._types.values():
            if record_type.model.__table__.name == table_name:
                return record_type
        return None

    def fields(self, name: str, actor: Actor) -> list[Field]:
        """The fields of a record type that this actor may see, told as far as they may be told."""
        found = self.type(name)
        sees_all = actor.can_everywhere(found.permission)
        return [
            field if sees_all or field.scoped is None else field.scoped(actor)
            for field in found.fields
            if field.permission is None or actor.can(field.permission)
        ]
