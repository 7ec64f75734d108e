"""What a cell of a workbook shows: numbers, dates, percents and codes as people see them."""

import math
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

GENERAL: Final = ""
# Built-in number formats that show a date or a time (ECMA-376 part 1, 18.8.30, with the East Asian ones).
_DATES: Final = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_PERCENTS: Final = {9: "%0", 10: "%2"}
_NOT_SHOWN: Final = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.', re.IGNORECASE)
_QUOTES: Final = re.compile(r'\\(.)|"([^"]*)"')
_DATE_LETTERS: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_CODE: Final = re.compile(r'(?:0|\\.|"[^"]*"|[-() /])+')
_PERCENT: Final = re.compile(r"[#0,]*(?:\.(0+))?%")
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a cell's date has no time zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - the same
_FALSE_LEAP_DAY: Final = 60  # Excel counts a 29 February 1900; days before it are one off
_LAST_DAY: Final = 2_958_466
_SECONDS: Final = 86400
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def parse_format(number: int, code: str) -> str:
    """What a number format shows: `date`, `%2` (percent of two decimals), `=00000` (a code), or nothing."""
    if number in _DATES:
        return "date"
    if number in _PERCENTS:
        return _PERCENTS[number]
    first = code.split(";", 1)[0].strip()
    if "00" in first and _CODE.fullmatch(first):
        return "=" + _QUOTES.sub(lambda found: found[1] or found[2] or "", first)
    shown = _NOT_SHOWN.sub("", first)
    if found := _PERCENT.fullmatch(shown.strip()):
        return f"%{len(found[1] or '')}"
    return "date" if _DATE_LETTERS.search(shown) and shown.lower() != "general" else GENERAL


@lru_cache(maxsize=8192)
def number_text(value: str, shown: str, *, since_1904: bool = False) -> str:
    """A cell's number as its format shows it, dates in ISO 8601; what is no number stays as it is."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        return value
    if shown == "date" and 0 <= number < _LAST_DAY:
        return _date_text(number, since_1904=since_1904)
    if shown.startswith("%"):
        return f"{number * 100:.{shown[1:]}f}%"
    if shown.startswith("=") and 0 <= number < 1e15 and number.is_integer():
        return _coded(str(int(number)), shown[1:])
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"


def _date_text(number: float, *, since_1904: bool) -> str:
    seconds = round(number * _SECONDS)
    days, seconds = divmod(seconds, _SECONDS)
    if not since_1904 and 0 < days < _FALSE_LEAP_DAY:
        days += 1
    moment = (_EPOCH_1904 if since_1904 else _EPOCH) + timedelta(days=days, seconds=seconds)
    time = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    if number < 1 and not since_1904:
        return time
    day = moment.date().isoformat()
    return f"{day} {time}" if seconds else day


def _coded(digits: str, mask: str) -> str:
    """The digits in the places of the mask's zeros: 2134 in 00000 → 02134."""
    places = mask.count("0")
    digits = digits.zfill(places)
    head, tail = digits[: len(digits) - places], iter(digits[len(digits) - places :])
    shown = "".join(next(tail) if char == "0" else char for char in mask)
    return head + shown


def iso_text(value: str) -> str:
    """The text of a cell that holds an ISO 8601 date: without a time where that is midnight."""
    day, mark, time = value.partition("T")
    time = time.rstrip("Z").removesuffix(".000")
    return day if not mark or time in {"00:00:00", "00:00"} else f"{day} {time.removesuffix(':00')}"


def unescaped(text: str) -> str:
    """Text without the `_x000D_` by which workbooks write what XML cannot hold."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).replace("\0", "")


@lru_cache(maxsize=1024)
def column_index(letters: str) -> int:
    """`A` → 0, `AB` → 27; -1 for what is no column."""
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3:
        return -1
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1
