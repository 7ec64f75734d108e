"""The choices of a field: one that is written anew keeps its key and so its values; of one that is gone
somebody says what becomes of its values."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from flask_babel import gettext as _

from crm.errors import UserError
from crm.fields.models import CustomField
from crm.transfer.cleaning.text import fold, squash

MOST_CHOICES: Final = 200
WITH_CHOICES: Final = frozenset({"choice", "choices"})
Pieces = Iterable[list[tuple[int, Any]]]
"""The values of a field, in pieces: lists of (id, value)."""


@dataclass(frozen=True)
class Gone:
    """A choice that is not among the new ones though so many records have it; `guess` is the new one that
    stands in its place, "" where that is not clear."""

    key: str
    label: str
    count: int
    guess: str = ""


def labels_in(text: str) -> list[str]:
    """The choices that were written, one in each line, the very same line once. UserError for none, too many,
    a semicolon, or two that nobody could tell apart."""
    lines = (squash(line)[:120] for line in text.splitlines())
    labels = list(dict.fromkeys(label for label in lines if label))
    if not labels:
        raise UserError(_("Write the choices, one in each line."))
    if len(labels) > MOST_CHOICES:
        raise UserError(_("At most %(most)s choices fit into one field.", most=MOST_CHOICES))
    if any(";" in label for label in labels):
        raise UserError(_("Leave out the semicolon: it separates several choices from one another."))
    known: dict[str, str] = {}
    for label in labels:
        if (other := known.setdefault(label.casefold(), label)) != label:
            raise UserError(
                _(
                    "“%(one)s” and “%(other)s” differ by capitals only. Keep one of them.",
                    one=other,
                    other=label,
                )
            )  # fmt: skip
    return labels


def keyed(
    kept: CustomField,
    text: str,
    becomes: Mapping[str, str] | None = None,
    ever: Mapping[str, str] | None = None,
) -> list[list[str]]:
    """The choices with their keys. One that was there keeps its key, also written in another way, and so does
    one that takes the place of another: `becomes` says by key which. `ever` is what the field had before, by
    key: who comes back is who it was, and nobody else gets the key, under which records may have values."""
    if kept.kind not in WITH_CHOICES:
        return []
    labels = labels_in(text)
    keys = _kept_keys(labels, kept.choices or ())
    others = [(key, label) for key, label in (becomes or {}).items() if key not in keys.values()]
    keys |= _kept_keys([label for label in labels if label not in keys], others)
    former = [(key, label) for key, label in (ever or {}).items() if key not in keys.values()]
    keys |= _kept_keys([label for label in labels if label not in keys], former)
    taken = {*keys.values(), *(key for key, _label in (*(kept.choices or ()), *others, *former))}
    for label in labels:
        if label not in keys:
            # No key is the name of another choice: “-1” and “1” would be taken for each other.
            names = {each.casefold() for each in labels} - {label.casefold()}
            keys[label] = _free_key(label, taken | names)
            taken.add(keys[label])
    return [[keys[label], label] for label in labels]


def _kept_keys(labels: Sequence[str], known: Iterable[Sequence[str]]) -> dict[str, str]:
    """By labels the keys that they have, each once: the very same label first, so that “Pena” and “Peña” stay
    two."""
    left, found = list(known), dict[str, str]()
    for way in (str, str.casefold, fold):
        for label in labels:
            key = next((key for key, was in left if way(was) == way(label)), None)
            if label not in found and key is not None:
                found[label] = key
                left = [each for each in left if each[0] != key]
    return found


def _free_key(label: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:40] or "choice"
    number, key = 1, base
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


def gone(kept: CustomField, text: str, pieces: Pieces, ever: Mapping[str, str] | None = None) -> list[Gone]:
    """Which choices with values are not among the written ones."""
    labels = labels_in(text)
    new, old = [each.casefold() for each in labels], [label.casefold() for _key, label in kept.choices]
    there = {key for key, _label in keyed(kept, text, ever=ever)}
    missing = [(key, label) for key, label in kept.choices if key not in there]
    if not missing:
        return []
    counts: Counter[str] = Counter()
    for rows in pieces:
        for _id, value in rows:
            counts.update(value if isinstance(value, list) else [value])
    places: dict[str, str] = {}
    for what, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if what == "replace" and b - a == d - c:
            keys = [key for key, _label in kept.choices[a:b]]
            places |= dict(zip(keys, labels[c:d], strict=True))
    return [Gone(key, label, counts[key], places.get(key, "")) for key, label in missing if counts[key]]


def moved(kept: CustomField, becomes: Mapping[str, str]) -> dict[str, str]:
    """Which choices that are gone became which, by key, once the field has its new choices."""
    keys = {label: key for key, label in kept.choices}
    there = set(keys.values())
    return {old: keys[label] for old, label in becomes.items() if old not in there and label in keys}


def answers(given: Mapping[str, str], about: Sequence[Gone], text: str) -> dict[str, str] | None:
    """What a form says becomes of each, by key; None while it says nothing of one, or names a choice that is
    not among the written ones any more."""
    names = {each.key: f"becomes-{each.key}" for each in about}
    there = {"", *(labels_in(text) if about else ())}
    if any(given.get(name) not in there for name in names.values()):
        return None
    return {key: given[name] for key, name in names.items() if given[name]}
