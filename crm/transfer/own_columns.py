"""Custom fields of any kind of record as columns of its import. They are known by a field's key, its name, or
a name that it had before, so that a mapping goes on working after somebody renamed the field."""

from collections.abc import Sequence
from typing import Any, Final

from crm.fields.custom import fields, values
from crm.fields.custom.kinds import stored_text, value_of, words_of

CUSTOM: Final = "custom:"


class OwnColumns:
    """Those of one record type; targets are `custom:KEY`."""

    def __init__(self, record_type: str) -> None:
        self.record_type = record_type

    def choices(self) -> list[tuple[str, str]]:
        """What a column can become: target and words."""
        return [(CUSTOM + each.key, each.label) for each in fields.defined(self.record_type)]

    def target(self, name: str) -> str:
        """The target of a column that is called like a field; "" where none is."""
        found = values.find(self.record_type, name.removeprefix(CUSTOM), header=True)
        return CUSTOM + found.key if found is not None else ""

    def label(self, target: str) -> str:
        """A target in words; "" where no field is behind it."""
        found = values.find(self.record_type, target.removeprefix(CUSTOM))
        return found.label if found is not None else ""

    def read(self, target: str, text: str) -> tuple[str, Any] | None:
        """The key and the value of a cell; None where no field is behind the target. UserError, with a
        sentence, for what does not fit the field."""
        found = values.find(self.record_type, target.removeprefix(CUSTOM))
        return (found.key, value_of(found, text)) if found is not None else None

    def shown(self, custom: dict[str, Any]) -> Sequence[tuple[str, str]]:
        """What a row brings, in words: label and value."""
        known = {each.key: each for each in fields.defined(self.record_type)}
        return [
            (known[key].label, words_of(known[key], value)) if key in known else (key, stored_text(value))
            for key, value in custom.items()
        ]
