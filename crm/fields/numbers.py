"""Numbers as people write them: the one reader for own fields and for filters."""

import math
import re
from typing import Final

HIGHEST: Final = 1e15
_PLAIN = re.compile(r"[+-]?(\d+\.?|\d*\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3})+,\d+|(\.\d{3}){2,})")
"""Numbers as they are written: with commas or points between thousands, where three digits follow each."""


def number_in(text: str) -> float | None:
    """“1,000” and “1,000.5”, “1.000,5” and “0,5”; None for what is no number, could be a day or a phone
    number, or has more than 15 digits."""
    plain = "".join(text.split())
    if _COMMAS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _POINTS.fullmatch(plain) or _DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    found = float(plain) if _PLAIN.fullmatch(plain) else math.nan
    return found if abs(found) < HIGHEST else None
