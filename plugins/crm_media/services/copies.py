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
    """Whether two with one headline are the same. In one outlet that is so if their texts are alike, which
    a line or two cannot tell of another day; in two outlets unless two long texts have little in common."""
    first, second = _words(one.text), _words(other.text)
    fewest = min(len(first), len(second))
    within = fold(one.outlet) == fold(other.outlet) and bool(one.outlet)
    if within and one.day != other.day and fewest < (_ENOUGH if _apart(one, other) else 1):
        return False
    if not fewest or (not within and fewest < _ENOUGH):
        return True
    return shared(one.text, other.text) >= _SHARE


def _apart(one: Print, other: Print) -> bool:
    """Whether a column may have come again between them."""
    return one.day is None or other.day is None or abs((one.day - other.day).days) > 1


def shared(one: str, other: str) -> float:
    """Which part of the shorter text stands in the other, from 0 to 1."""
    first, second = _words(one), _words(other)
    return len(first & second) / max(1, min(len(first), len(second)))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{5,}", fold(text)))
