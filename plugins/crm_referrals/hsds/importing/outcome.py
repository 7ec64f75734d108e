"""What an import did, row by row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Note:
    """Something that was put right (`repaired`), left out (`rejected`), marked private (`marked`), or stays
    as it was changed here (`kept`)."""

    kind: str
    where: str
    text: str


@dataclass(frozen=True)
class Gone:
    """A place of a service that a file does not name any more."""

    service_id: int
    location_id: int
    service: str
    place: str


@dataclass
class Outcome:
    """What an import did, or would do. `columns` is what was understood of a vendor's files: file → column →
    `entity.field`, empty for what was left out. `kindless` are the ids of services without a kind of need,
    `unknown_words` words of a taxonomy that are none of ours, with how often each stood there.
    `gone` are places that stay until somebody takes them away. With `overwrite` the file wins over what was
    changed here. `sender` is whose directory it is: places that came with it before and are in it no more are
    gone, those of others are not. Without `tells_all` nothing says of a place that it is
    a confidential one, and it counts as added: whoever guesses streets would learn where it is."""

    overwrite: bool = False
    sender: str = ""
    tells_all: bool = True
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    notes: list[Note] = field(default_factory=list)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    kindless: set[int] = field(default_factory=set)
    unknown_words: Counter[str] = field(default_factory=Counter)
    gone: list[Gone] = field(default_factory=list)

    def repaired(self, where: str, text: str) -> None:
        self.notes.append(Note("repaired", where, text))

    def rejected(self, where: str, text: str) -> None:
        self.notes.append(Note("rejected", where, text))

    def marked(self, where: str, text: str) -> None:
        self.notes.append(Note("marked", where, text))

    def kept(self, where: str, text: str) -> None:
        self.notes.append(Note("kept", where, text))

    @property
    def keeps(self) -> bool:
        """Whether anything that the file says otherwise stays as it was changed here."""
        return any(each.kind == "kept" for each in self.notes)

    def grouped(self) -> list[tuple[str, str, Sequence[str]]]:
        """The notes by what they say: kind, sentence, and all the places that it stands for; what was left
        out comes first."""
        found: dict[tuple[str, str], list[str]] = {}
        for each in self.notes:
            found.setdefault((each.kind, each.text), []).append(each.where)
        order = ("rejected", "kept", "marked", "repaired")
        said = [(kind, text, places) for (kind, text), places in found.items()]
        return sorted(said, key=lambda each: (order.index(each[0]), -len(each[2])))

    def as_object(self) -> dict[str, Any]:
        return {
            "sender": self.sender,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "columns": self.columns,
            "without_kind": len(self.kindless),
            "words_not_understood": dict(self.unknown_words.most_common()),
            "places_not_in_it": [f"{each.service}: {each.place}" for each in self.gone],
            "marked": [f"{each.where}: {each.text}" for each in self.notes if each.kind == "marked"],
            "kept": [f"{each.where}: {each.text}" for each in self.notes if each.kind == "kept"],
            "repaired": [f"{each.where}: {each.text}" for each in self.notes if each.kind == "repaired"],
            "rejected": [f"{each.where}: {each.text}" for each in self.notes if each.kind == "rejected"],
        }


Tables = dict[str, list[dict[str, Any]]]
"""The rows of HSDS's tables by the name of the table."""
