"""Whether two pieces of one headline are one piece: a column has the same headline every week."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from crm.plugin_api.words import fold

_ENOUGH: Final = 25
"""Longer words that both texts must have before they say that two outlets printed different things: what
feeds say of one piece in a line or two differs."""
_SHARE: Final = 0.4


@dataclass(frozen=True)
class Print:
    """A piece as one outlet printed it."""

    outlet: str
    day: date | None
    text: str


def alike(one: Print, other: Print) -> bool:
    """Whether two with one headline are the same. In one outlet that is so if their texts are alike or, where
    one has none, if they came out on one day; in two outlets unless two long texts have little in common."""
    first, second = _words(one.text), _words(other.text)
    fewest = min(len(first), len(second))
    within = fold(one.outlet) == fold(other.outlet) and bool(one.outlet)
    if within and not fewest:
        return one.day == other.day
    if not within and fewest < _ENOUGH:
        return True
    return shared(one.text, other.text) >= _SHARE


def shared(one: str, other: str) -> float:
    """Which part of the shorter text stands in the other, from 0 to 1."""
    first, second = _words(one), _words(other)
    return len(first & second) / max(1, min(len(first), len(second)))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{5,}", fold(text)))
