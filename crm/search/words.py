"""What the index holds and what somebody types become the same plain words here.

`search_words` in SQL does the same: on SQLite it is `words` itself, on PostgreSQL a function that the
migration makes. A change here needs a migration there, and `rollcall search rebuild`.
"""

import re
from functools import lru_cache
from typing import Final

from crm.transfer.cleaning.text import fold

LONGEST: Final = 60
"""Characters of a word that count. A cell of 10,000 signs without a space must not break the index."""
LONG: Final = 500
"""Texts of fewer characters are not looked through for such words."""

_PLAIN: Final = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128)).encode()
_TABLE: Final = _PLAIN + bytes(128)
SEPARATORS: Final = (
    "\u0080-\u00a9\u00ab\u00ac\u00ae\u00b0-\u00b1\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u05be\u05c0\u05c3"
    "\u05f3\u05f4\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u200a\u2010-\u2017\u201a-\u2027\u202f-\u205f"
    "\u20a0-\u20bf\u3000-\u3003\u3008-\u3011\u3014-\u301f\u30fb"
)
"""Signs outside of ASCII that stand between words, as ranges of a regular expression."""
APOSTROPHES: Final = "\u00b4\u02bc\u2018\u2019\u201b\uff07"
"""They join: O’Brien is found as obrien, as o'brien, and through its parts."""
ALONE: Final = "\u3041-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
"""Scripts without spaces: each sign is a word of its own, so that any part of a name is found."""

_OTHER: Final = re.compile("[^\x00-\x7f]+")
_SEPARATOR: Final = re.compile(f"[{SEPARATORS}]+")
_APOSTROPHE: Final = re.compile(f"[{APOSTROPHES}]+")
_ALONE: Final = re.compile(f"([{ALONE}])")
_PHONE: Final = re.compile(r"[\d\s()+./-]{7,25}", re.ASCII)
_NOT_ASCII_WORD: Final = re.compile("[\x00-\x2f\x3a-\x60\x7b-\x7f]+")


def words(text: str | None) -> str:
    """Folded words with single spaces: `José O'Brien-Łuka <jose@example.org>` gives `jose obrien luka
    jose example org`."""
    if not text:
        return ""
    if not text.isascii():
        text = _OTHER.sub(_fold_match, text.replace("'", ""))
    if (
        text.isascii()
    ):  # Bytes are much quicker to go through, and an import asks three times for each record.
        plain = text.encode("ascii").translate(_TABLE, b"'").decode("ascii")
    else:
        plain = _NOT_ASCII_WORD.sub(" ", text.lower())
    found = plain.split()
    if len(plain) > LONG:
        found = [word[:LONGEST] for word in found]
    return " ".join(found)


def _fold_match(found: re.Match[str]) -> str:
    return _fold_piece(found[0])


@lru_cache(maxsize=4096)
def _fold_piece(piece: str) -> str:
    """A run of letters outside of ASCII: mostly one accented letter, so the same few come again and again."""
    parts = _SEPARATOR.split(_APOSTROPHE.sub("", piece))
    folded = _SEPARATOR.sub(" ", " ".join(fold(part) for part in parts))  # ½ was one sign and is three now.
    return _ALONE.sub(r" \1 ", folded)


def typed_words(text: str) -> list[str]:
    """The words of what somebody typed, at most eight; a phone number however it is written is one word.

    Numbers of North America are indexed without their country code, so `+1 (202) 555-0142` becomes
    `2025550142`, and `555-0142` becomes `5550142`.
    """
    text = text.strip()[:200]
    if _PHONE.fullmatch(text):
        digits = "".join(sign for sign in text if sign.isdigit())
        if len(digits) >= 7:
            digits = digits.removeprefix("00").removeprefix("0")
            return [digits[1:] if len(digits) == 11 and digits[0] == "1" else digits]
    return [word[:LONGEST] for word in words(text).split()[:8]]
