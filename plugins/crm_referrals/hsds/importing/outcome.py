"""What an import did, row by row."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Note:
    """Something that was put right (`repaired`) or left out (`rejected`)."""

    kind: str
    where: str
    text: str


@dataclass
class Outcome:
    """What an import did, or would do. `columns` is what was understood of a vendor's files: file → column →
    `entity.field`, empty for what was left out."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    notes: list[Note] = field(default_factory=list)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)

    def repaired(self, where: str, text: str) -> None:
        self.notes.append(Note("repaired", where, text))

    def rejected(self, where: str, text: str) -> None:
        self.notes.append(Note("rejected", where, text))

    def as_object(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "columns": self.columns,
            "repaired": [f"{each.where}: {each.text}" for each in self.notes if each.kind == "repaired"],
            "rejected": [f"{each.where}: {each.text}" for each in self.notes if each.kind == "rejected"],
        }


Tables = dict[str, list[dict[str, Any]]]
"""The rows of HSDS's tables by the name of the table."""
