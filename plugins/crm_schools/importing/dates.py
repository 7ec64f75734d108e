"""Days and numbers as files write them."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMBERS: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?: .*)?")
_NAMED: Final = re.compile(r"(\d{1,2})[-/ ]([a-z]{3})t?\.?[-/ ](\d{4}|\d{2})(?: .*)?", re.IGNORECASE)
_MONTHS: Final = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
    "nov": 11, "dec": 12, "ene": 1, "abr": 4, "ago": 8, "dic": 12,
}  # fmt: skip


FIRST_YEAR, LAST_YEAR = 1990, 2100
"""No file speaks of days outside of these: 0001-01-01 and 1900-01-01 stand for a day that nobody knows, and
9999-12-31 for never."""


def day_of(text: str, *, day_first: bool = False) -> date | None:
    """The day that a text of a file means; see `any_day_of`. None for what is none, or cannot be."""
    day = any_day_of(text, day_first=day_first)
    return day if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR else None


def is_unknown(text: str) -> bool:
    """Whether a text is a day so early that it stands for one that nobody knows."""
    day = any_day_of(text)
    return day is not None and day.year < FIRST_YEAR


def is_never(text: str) -> bool:
    """Whether a text is a day so late that it stands for never."""
    day = any_day_of(text)
    return day is not None and day.year > LAST_YEAR


@lru_cache(maxsize=4096)
def any_day_of(text: str, *, day_first: bool = False) -> date | None:
    """The day that a text means (`2025-09-04`, `9/4/2025`, `9/4/25`, `20250904`), month before day unless
    the file writes the `day_first`; Oracle's `04-SEP-25`, too. None for what is none."""
    text = text.strip()
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := _NUMBERS.fullmatch(text):
        month, day, year = map(int, found.groups())
        month, day = (day, month) if day_first else (month, day)
        year += 2000 if year < 100 else 0
    elif found := _NAMED.fullmatch(text):
        day, month, year = int(found[1]), _MONTHS.get(found[2].casefold(), 0), int(found[3])
        year += 2000 if year < 100 else 0
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def half_days_of(text: str) -> int | None:
    """Half days that a number of days means, such as `12.5`; None for what is no number of half days."""
    text = text.strip().replace(",", ".")
    if not re.fullmatch(r"-?\d{1,4}(\.\d{1,6})?", text):
        return None
    whole, _dot, part = text.partition(".")
    part = part.rstrip("0")
    if part not in {"", "5"}:
        return None
    halves = 2 * abs(int(whole)) + (part == "5")
    return -halves if text.startswith("-") else halves


def part_of_day(text: str) -> tuple[int, bool] | None:
    """Half days of a part of one day (`0.5`, `.75`), and whether it was neither nothing, half nor all of it;
    None for what is none.

    Less than half counts as present and more as the whole day: in South Carolina whoever misses half or more
    is absent, in Connecticut whoever is there for half or more is in attendance, as district pages state.
    What exactly half is they contradict, so that is a rule of the district."""
    text = text.strip().replace(",", ".")
    if not re.fullmatch(r"\d?(\.\d{1,6})?", text) or text in {"", "."}:
        return None
    part = Decimal(text)
    if part > 1:
        return None
    halves = 2 * int(part > Decimal("0.5")) + int(part == Decimal("0.5"))
    return halves, part not in {Decimal(0), Decimal("0.5"), Decimal(1)}


def yes_or_no(text: str) -> bool | None:
    """True or false as files write them; None for neither."""
    word = text.strip().casefold()
    if word in {"1", "y", "yes", "true", "t", "x", "si", "sí"}:
        return True
    return False if word in {"0", "n", "no", "false", "f"} else None


def school_year_of(text: str) -> int | None:
    """The school year that `2025-2026`, `2025-26`, `2026` means: the calendar year in which it ends. None for
    what is none, or cannot be."""
    numbers = re.findall(r"\d{4}|(?<=[-/–])\d{2}$", text.strip())
    year = None
    if len(numbers) == 2:
        year = int(numbers[0]) + 1
    elif len(numbers) == 1 and len(numbers[0]) == 4:
        year = int(numbers[0])
    return year if year is not None and FIRST_YEAR <= year <= LAST_YEAR + 1 else None
