"""Days and moments as pages and feeds write them."""

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

EARLIEST: Final = 1990
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril",
            "may mayo", "jun june junio", "jul july julio", "aug august ago agosto",
            "sep sept september septiembre setiembre", "oct october octubre", "nov november noviembre",
            "dec december dic diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_NAMED: Final = re.compile(r"\b([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.IGNORECASE)
_DAY_FIRST: Final = re.compile(
    r"\b(\d{1,2})(?:\s+de)?\s+([a-z]{3,10})\.?,?(?:\s+de)?\s+(\d{4})\b", re.IGNORECASE
)
_SLASHES: Final = re.compile(r"\b(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})\b")
_DASHES: Final = re.compile(r"\b(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?!\d)")
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?")
_DAY_ONLY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_SERIAL: Final = date(1899, 12, 30)


def moment(text: str, now: datetime) -> datetime | None:
    """A moment in UTC; None for what is none, lies before 1990 or after tomorrow."""
    text = text.strip()[:80]
    found = None if _DAY_ONLY.fullmatch(text) else _iso(text) or _mail(text)
    if found is None:
        on = _day(text)
        found = datetime(on.year, on.month, on.day, 12, tzinfo=UTC) if on else None
    if found is None:
        return None
    try:
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
    return found if found.year >= EARLIEST and found <= now + timedelta(days=1) else None


def day(text: str) -> date | None:
    """A day as a tracker writes it: 2026-09-01, 9/1/2026, 9-1-2026, 1.9.2026, Sept. 1, 2026, 1 de septiembre
    de 2026, or 46266 as Excel counts. Where the first number can be no month, it is the day."""
    text = text.strip()
    if _SERIAL.fullmatch(text):
        found_on = _FIRST_SERIAL + timedelta(days=int(text[:5]))
        return found_on if found_on.year >= EARLIEST else None
    found = _iso(text)
    return found.date() if found else _day(text)


def written_day(text: str) -> date | None:
    """The day that somebody wrote with a moment, in their own time zone; None where they wrote it in UTC, as
    programs do, so that the reader's zone must tell, or wrote no moment."""
    text = text.strip()[:80]
    found = _iso(text) or _mail(text)
    if found is None or (found.tzinfo is not None and not found.utcoffset()):
        return None
    return found.date()


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _day(text: str) -> date | None:
    if found := _DASHES.search(text):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := _NAMED.search(text):
        return _made(int(found[3]), _MONTHS.get(found[1].lower(), 0), int(found[2]))
    if found := _DAY_FIRST.search(text):
        return _made(int(found[3]), _MONTHS.get(found[2].lower(), 0), int(found[1]))
    if found := _SLASHES.search(text):
        year, one, other = int(found[4]), int(found[1]), int(found[3])
        month, on = (other, one) if found[2] == "." or one > 12 else (one, other)
        return _made(year + 2000 if year < 100 else year, month, on)
    return None


def _made(year: int, month: int, on: int) -> date | None:
    try:
        return date(year, month, on)
    except ValueError:
        return None
