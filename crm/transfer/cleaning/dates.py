"""Dates, above all dates of birth."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

from crm.transfer.cleaning.emails import NOTHING
from crm.transfer.cleaning.text import fold, squash

DateOrder = Literal["mdy", "dmy"]

_MONTHS: Final = (
    ("jan", "ene"),
    ("feb",),
    ("mar",),
    ("apr", "abr"),
    ("may",),
    ("jun",),
    ("jul",),
    ("aug", "ago"),
    ("sep", "set"),
    ("oct",),
    ("nov",),
    ("dec", "dic"),
)
_MONTH_NUMBERS: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)")
_PARTIAL: Final = re.compile(r"--(\d\d)-?(\d\d)")
_YEAR_MONTH: Final = re.compile(r"(\d{4})-(\d{1,2})")
_NUMBERS: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)")
_MONTH_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})")
_WORDS: Final = re.compile(
    r"(?:(?P<d1>\d{1,2})(?:st|nd|rd|th)?(?: de)?[- ,]+)?(?P<m>[a-z]{3,10})\.?(?: de)?"
    r"(?:[- ,]+(?P<d2>\d{1,2})(?:st|nd|rd|th)?)?(?:[- ,]+(?P<y>\d{4}|\d\d))?"
)
_TIME: Final = re.compile(
    r"[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]\.?m\.?)?(?:z|[+-]\d\d:?\d\d)?$", re.IGNORECASE
)
_LONGEST: Final = 60
_EMPTY_DATES: Final = frozenset(["0/0/00", "00/00/00", "0000-00-00", "0", "00000000", "00/00/0000"])
_SERIAL_DAYS: Final = range(10000, 60000)  # 18 May 1927 to 7 April 2064
_SERIAL_EPOCH: Final = date(1899, 12, 30)
_FIRST_YEAR: Final = 1850


def clean_date(raw: str, order: DateOrder = "mdy") -> tuple[str, str]:
    """`(date, "")`, `("", "")` for nothing, or `("", code)` with `date_invalid` or `date_future`.

    The date is ISO 8601, with parts left out where they are unknown: `1976-02-03`, `--02-03`, `1976-02`,
    `1976`. Understood are ISO dates, `2/3/1976` (month first unless `order` is `dmy` or the first number
    is above 12), `3.2.1976` (with dots always day first), month names in English and Spanish, dates with
    a time, and Excel's day numbers of five digits. A year of two digits is the latest one that does not
    lie in the future: in 2026, `76` is 1976 and `25` is 2025.
    """
    return _clean(raw.strip(), order, _today())


def whole_day(raw: str, order: DateOrder = "mdy") -> date | None:
    """A day of the calendar in any of the ways of `clean_date`, in the future too; None for everything else,
    and for dates of which only a part is known."""
    value = squash(_TIME.sub("", raw.strip()))
    parts = _numeric(value, order, _today()) or _worded(value, _today()) if len(value) <= _LONGEST else None
    if parts is None or 0 in parts:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None


def _today() -> date:
    return date.today()  # noqa: DTZ011 - a day, not a moment: only tells the past from the future


@lru_cache(maxsize=4096)
def _clean(value: str, order: DateOrder, today: date) -> tuple[str, str]:
    if value.lower() in NOTHING or value in _EMPTY_DATES:
        return "", ""
    if len(value) > _LONGEST:
        return "", "date_invalid"
    value = squash(_TIME.sub("", value)).removesuffix(".0")
    parts = _numeric(value, order, today) or _partial(value) or _worded(value, today)
    if parts is None:
        return "", "date_invalid"
    return join_date(*parts, today=today)


def join_date(year: int, month: int, day: int, *, today: date | None = None) -> tuple[str, str]:
    """The ISO date of numbers, 0 standing for what is unknown; the same answers as `clean_date`."""
    today = today or _today()
    if not _possible(year, month, day):
        return "", "date_invalid"
    if (year, month, day) > (today.year, today.month, today.day):
        return "", "date_future"
    if not year:
        return f"--{month:02}-{day:02}", ""
    if not month:
        return f"{year:04}", ""
    return (f"{year:04}-{month:02}-{day:02}" if day else f"{year:04}-{month:02}"), ""


def clean_birth_parts(year: str, month: str, day: str) -> tuple[str, str]:
    """A birth date whose parts stand in three columns; any of them may be empty, the month a name."""
    return _clean_parts(year.strip(), month.strip(), day.strip(), _today())


@lru_cache(maxsize=4096)
def _clean_parts(year: str, month: str, day: str, today: date) -> tuple[str, str]:
    numbers = [_whole(year), _month(month), _whole(day)]
    if None in numbers:
        return "", "date_invalid"
    y, m, d = (number or 0 for number in numbers)
    if not (y or m or d):
        return "", ""
    return join_date(_full_year(y, today) if y and len(year) <= 2 else y, m, d, today=today)


def _possible(year: int, month: int, day: int) -> bool:
    if (day and not month) or not (year or day) or (year and year < _FIRST_YEAR):
        return False
    try:
        date(year or 2000, month or 1, day or 1)
    except ValueError:
        return False
    return True


def _numeric(value: str, order: DateOrder, today: date) -> tuple[int, int, int] | None:
    """A complete date of numbers as year, month, day."""
    if found := _ISO.fullmatch(value) or _COMPACT.fullmatch(value):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _NUMBERS.fullmatch(value):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        day_first = found[2] == "." or (order == "dmy" and second <= 12) or first > 12
        month, day = (second, first) if day_first else (first, second)
        return _full_year(year, today) if len(found[4]) == 2 else year, month, day
    if value.isascii() and value.isdigit() and int(value) in _SERIAL_DAYS:
        serial = _SERIAL_EPOCH + timedelta(days=int(value))
        return serial.year, serial.month, serial.day
    return None


def _partial(value: str) -> tuple[int, int, int] | None:
    if found := _PARTIAL.fullmatch(value) or _MONTH_DAY.fullmatch(value):
        return 0, int(found[1]), int(found[2])
    if found := _YEAR_MONTH.fullmatch(value):
        return int(found[1]), int(found[2]), 0
    if len(value) == 4 and value.isascii() and value.isdigit():
        return int(value), 0, 0
    return None


def _worded(value: str, today: date) -> tuple[int, int, int] | None:
    found = _WORDS.fullmatch(fold(value))
    if found is None or not (month := _MONTH_NUMBERS.get(found["m"][:3], 0)):
        return None
    if found["d1"] and found["d2"]:
        # "3 Feb 76": the second number is the year.
        return (_full_year(int(found["d2"]), today), month, int(found["d1"])) if not found["y"] else None
    day = int(found["d1"] or found["d2"] or 0)
    year = int(found["y"] or 0)
    return (_full_year(year, today) if len(found["y"] or "") == 2 else year), month, day


def _full_year(year: int, today: date) -> int:
    this_century = today.year // 100 * 100 + year
    return this_century if this_century <= today.year else this_century - 100


def _whole(value: str) -> int | None:
    value = value.removesuffix(".0")
    if not value or value.lower() in NOTHING:
        return 0
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 4 else None


def _month(value: str) -> int | None:
    return _MONTH_NUMBERS.get(fold(value)[:3]) or _whole(value)
