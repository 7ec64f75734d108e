"""Plain text: whitespace, Unicode, and the folded form that search and matching compare."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_INVISIBLE: Final = dict.fromkeys(
    [
        *range(0x09),
        *range(0x0B, 0x0D),
        *range(0x0E, 0x20),
        *range(0x7F, 0xA0),
        0xAD,
        0x200B,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2065),
        *range(0x2066, 0x206A),
        0xFEFF,
    ]
)
# Accents of Latin, Greek and Cyrillic, the points of Hebrew, the vowel signs of Arabic. The combining
# marks of Indic scripts and of Thai are vowels: without them the word is another one, so they stay.
_MARKS: Final = dict.fromkeys(
    [*range(0x0300, 0x0370), *range(0x0591, 0x05C8), *range(0x064B, 0x0660), 0x0670]
)
_LETTERS: Final = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "–": "-",
        "—": "-",
        "‐": "-",
        "‑": "-",
    }
)
_NOT_WORD: Final = re.compile(r"[\W_]+")
_LOWER: Final = bytes(code + 32 if chr(code).isupper() else code for code in range(128)) + bytes(128)
_NOT_ASCII_WORD: Final = bytes(code for code in range(128) if not chr(code).isalnum())


def squash(value: str) -> str:
    """One line: runs of whitespace become one space, invisible characters go, letters are composed (NFC).

    The case is left as it was typed.
    """
    value = " ".join(value.split())
    if value.isascii() and value.isprintable():
        return value
    value = unicodedata.normalize("NFC", value.translate(_INVISIBLE))
    return " ".join(value.split())


def clean_note(value: str) -> str:
    """Text of several lines: line ends are `\\n`, invisible characters go, the edges are trimmed."""
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if value.isascii() and value.isprintable():
        return value
    lines = unicodedata.normalize("NFC", value.translate(_INVISIBLE)).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def fold(text: str) -> str:
    """The text as search and match keys compare it: no accents, no case, single spaces.

    `Núñez  STRAßE` → `nunez strasse`.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    return _fold_other(text)


@lru_cache(maxsize=4096)
def _fold_other(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_INVISIBLE)).casefold()
    plain = decomposed.translate(_MARKS).translate(_LETTERS)
    return " ".join(unicodedata.normalize("NFC", plain).split())


def match_key(text: str) -> str:
    """The folded text without punctuation and spaces: `O'Brien-Smith` → `obriensmith`."""
    if text.isascii():  # An import asks a million times.
        return text.encode("ascii").translate(_LOWER, _NOT_ASCII_WORD).decode("ascii")
    key = fold(text)
    return key if key.isalnum() else _NOT_WORD.sub("", key)
