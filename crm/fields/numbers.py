"""Numbers as people write them: the one reader for own fields and for filters."""

import math
import re
from typing import Final

from flask_babel import gettext as _

from crm.i18n import decimal, in_thousands

HIGHEST: Final = 1e15
_PLAIN = re.compile(r"[+-]?(\d+\.?|\d*\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_COMMAS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_POINTS = re.compile(r"[+-]?[1-9]\d{0,2}((\.\d{3})+,\d+|(\.\d{3}){2,})")
"""Numbers as they are written: with commas or points between thousands, where three digits follow each."""
_LONE_POINT = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
"""What is read as a decimal number, and may have been meant as thousands."""


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


def plain_number(text: str) -> str:
    """A number as inputs of browsers take it, without separators; what is no number stays as it is."""
    found = number_in(text)
    if found is None:
        return text
    return str(int(found)) if found == int(found) else str(found)


def doubt(text: str) -> str:
    """What is said where a lone point may have been meant to stand between thousands; "" elsewhere."""
    plain = "".join(text.split())
    found = number_in(plain)
    if found is None or not _LONE_POINT.fullmatch(plain):
        return ""
    without = plain.replace(".", "")
    return _("“%(typed)s” is read as %(number)s. If you mean %(other)s, write %(other)s or %(plain)s.",
             typed=plain, number=decimal(found), other=in_thousands(int(without)), plain=without)  # fmt: skip
