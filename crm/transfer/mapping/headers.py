"""What a header alone says: a known name, or words that name a way to reach somebody."""

import re
from dataclasses import dataclass
from typing import Final

from crm.transfer.cleaning import fold, match_key
from crm.transfer.mapping.words import (
    ADDRESS_WORDS,
    EMAIL_WORDS,
    FILLERS,
    HEADERS,
    LABEL_WORDS,
    LINK_WORDS,
    PHONE_WORDS,
    STRANGERS,
)
from crm.transfer.tocheck import FIELDS

_WORDS: Final = re.compile(r"[^\W\d_]+|\d+")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OWN_CUSTOM: Final = re.compile(r"custom: (.+)", re.IGNORECASE)
_PAIRS: Final = frozenset(["custom", "event", "relation", "im", "external", "jot"])
_PAIR_LABELS: Final = frozenset(["label", "type", "service"])
_PART_ORDER: Final = ("full", "postal_code", "country", "city", "region", "street2", "street", "address")


@dataclass(slots=True)
class Guess:
    """What a header seems to mean. `part` of addresses may be `address`: a street, or all in one cell."""

    group: str
    key: str = ""
    part: str = ""
    typed: bool = False
    valued: bool = False

    @property
    def text(self) -> str:
        return ".".join(part for part in (self.group, self.key, self.part) if part)


def words_of(header: str) -> list[str]:
    """The folded words and numbers of a header: `E-mail 1 - Value` → e mail 1 value."""
    return _WORDS.findall(fold(_CAMEL.sub(" ", header.removeprefix("can2_"))))


def guess(header: str) -> Guess | None:
    """What the header means, without a look at its column; None when it is not known."""
    if found := _OWN_CUSTOM.fullmatch(header.strip()):
        return Guess("custom", found[1])
    if header in FIELDS.values():
        return Guess("custom", header)
    if target := HEADERS.get(match_key(header)):
        group, _dot, rest = target.partition(".")
        return Guess(group, rest)
    return _guess_words(words_of(header))


def _guess_words(words: list[str]) -> Guess | None:
    names = {word for word in words if not word.isdigit()}
    numbers = [word for word in words if word.isdigit()]
    if not names or len(numbers) > 1 or names & STRANGERS:
        return None
    number = numbers[0].lstrip("0") if numbers else ""
    if found := _guess_pair(names, number):
        return found
    if names & EMAIL_WORDS and names <= EMAIL_WORDS | FILLERS | LABEL_WORDS.keys():
        return _reach("emails", names, number)
    if names & LINK_WORDS and names <= LINK_WORDS | FILLERS | LABEL_WORDS.keys():
        return _reach("links", names, number)
    if names & PHONE_WORDS and names <= PHONE_WORDS | FILLERS | LABEL_WORDS.keys() | {"extension", "ext"}:
        return _reach("phones", names, number)
    return _guess_address(words, names, number)


def _guess_pair(names: set[str], number: str) -> Guess | None:
    """Google's pairs of columns: `Custom Field 1 - Label` and `Custom Field 1 - Value`."""
    kind = names & _PAIRS
    if not number or len(kind) != 1 or not names & (_PAIR_LABELS | {"value"}):
        return None
    if names - kind - _PAIR_LABELS - {"value", "field", "id"}:
        return None
    part = "value" if "value" in names else "label"
    return Guess("pairs", f"{kind.pop()}-{number}", part)


def _reach(group: str, names: set[str], number: str) -> Guess:
    part = ""
    if group == "phones" and names & {"extension", "ext"}:
        part = "extension"
    elif names & {"label", "type"}:
        part = "label"
    key = _key(_label(group, names), number)
    return Guess(group, key, part, typed="type" in names, valued="value" in names)


def _label(group: str, names: set[str]) -> str:
    labels = {LABEL_WORDS[word] for word in names if word in LABEL_WORDS}
    if group == "phones" and "fax" in labels:
        return "home_fax" if "home" in labels else "work_fax" if "work" in labels else "fax"
    if "main" in labels and len(labels) > 1:
        labels.discard("main")
    if group == "phones" and "mobile" in labels:
        return "mobile"
    return min(labels) if labels and labels != {"main"} else ""


def _key(label: str, number: str) -> str:
    if not label:
        return number or "1"
    return f"{label}-{number}" if number not in {"", "1"} else label


def _guess_address(words: list[str], names: set[str], number: str) -> Guess | None:
    known = FILLERS | LABEL_WORDS.keys() | ADDRESS_WORDS.keys() | {"po", "box", "house"}
    parts = {ADDRESS_WORDS[word] for word in names if word in ADDRESS_WORDS}
    if not names <= known or not (parts or names >= {"po", "box"}):
        return None
    label = _label("addresses", names)
    part = _part(names, parts)
    if part is None:
        return None
    if number and words[-1].isdigit() and part in {"address", "street"}:
        # `Address 2`, `Business Street 2`: the number counts the lines of one address.
        return Guess("addresses", _key(label, ""), "street" if number == "1" else "street2")
    if "line" in names and number:
        return Guess("addresses", _key(label, ""), "street" if number == "1" else "street2")
    return Guess("addresses", _key(label, number), part, typed="type" in names)


def _part(names: set[str], parts: set[str]) -> str | None:
    if names >= {"po", "box"}:
        return "po_box"
    if names & {"label", "type"} and parts == {"address"}:
        return "label"
    if "number" in names and ("street" in parts or "house" in names):
        return "number"
    if len(parts - {"address", "street", "country", "region", "full", "street2"}) > 1:
        return None  # City, state and ZIP code in one column are no part that we know.
    return next((part for part in _PART_ORDER if part in parts), None)
