"""Every record type with all its fields, those of plugins included."""

from collections.abc import Sequence
from dataclasses import replace

from crm.access.actor import Actor
from crm.errors import ConfigurationError
from crm.plugin_api.types import Field, RecordType, Relation


class FieldRegistry:
    """Filled at boot, frozen afterwards. Custom fields are added per request by `crm.fields.custom`."""

    def __init__(self) -> None:
        self._types: dict[str, RecordType] = {}
        self._relations: dict[str, Relation] = {}

    def add_type(self, record_type: RecordType, plugin: str) -> None:
        if record_type.name in self._types:
            raise ConfigurationError(f"{plugin}: the record type {record_type.name} is declared twice.")
        self._types[record_type.name] = record_type

    def add_field(self, record_type: str, field: Field, plugin: str) -> None:
        known = self._types[record_type]
        if any(field.name == other.name for other in known.fields):
            raise ConfigurationError(f"{plugin}: {record_type} already has a field {field.name}.")
        self._types[record_type] = replace(known, fields=(*known.fields, field))

    def add_relation(self, relation: Relation, plugin: str) -> None:
        for name in (relation.record_type, relation.related):
            if name not in self._types:
                raise ConfigurationError(
                    f"{plugin}: {relation.name} is about {name}, which is no record type."
                )
        if relation.name in self._relations:
            raise ConfigurationError(f"{plugin}: the relation {relation.name} is declared twice.")
        self._relations[relation.name] = relation

    def relations(self, record_type: str) -> list[Relation]:
        """What belongs to records of a type, of all features."""
        return [each for each in self._relations.values() if each.record_type == record_type]

    def related_type(self, relation: str) -> str:
        """The record type of related records; empty for a relation that nobody declares."""
        found = self._relations.get(relation)
        return found.related if found is not None else ""

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
        declared = [
            field if sees_all or field.scoped is None else field.scoped(actor)
            for field in found.fields
            if field.permission is None or actor.can(field.permission)
        ]
        return [*declared, *self._custom(found)]

    def _custom(self, record_type: RecordType) -> Sequence[Field]:
        # Imported here because custom fields need the application that this registry is part of.
        from crm.fields.custom import fields

        return fields.of_type(record_type)

    def kind(self, record_type: str, name: str) -> str:
        """The kind of a field; empty for one that there is not."""
        known = self._types.get(record_type)
        every = (*known.fields, *self._custom(known)) if known is not None else ()
        return next((field.kind for field in every if field.name == name), "")
