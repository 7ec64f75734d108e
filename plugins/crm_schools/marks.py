"""The days of one student in one school and year, packed into one text.

`0904:12 0911:12:1` means the code with id 12 on 4 September, and on 11 September for one half day though the
code stands for another number of half days. Days stand in the order of the school year, July first."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache

Mark = tuple[date, int, int | None]
"""A day, the id of its code, and its half days where they differ from the code's."""


def begin_of(school_year: int) -> date:
    """The first day that belongs to a school year."""
    return date(school_year - 1, 7, 1)


@lru_cache(maxsize=64)
def days_of(school_year: int) -> dict[str, date]:
    """Each day of a school year by its `MMDD`."""
    first = begin_of(school_year)
    days = (first + timedelta(number) for number in range((begin_of(school_year + 1) - first).days))
    return {f"{day:%m%d}": day for day in days}


@lru_cache(maxsize=64)
def _marks_of(school_year: int) -> dict[str, Mark]:
    """What tokens of a year were found to mean: as many as there are days and codes."""
    return {}


def unpack(marks: str, school_year: int) -> Iterator[Mark]:
    """The marks of a text, in order."""
    known = _marks_of(school_year)
    for token in marks.split():
        mark = known.get(token)
        if mark is None:
            code, _colon, halves = token[5:].partition(":")
            mark = days_of(school_year)[token[:4]], int(code), int(halves) if halves else None
            known[token] = mark
        yield mark


@lru_cache(maxsize=4096)
def _text_of(day: date) -> str:
    return f"{day:%m%d}"


@lru_cache(maxsize=8192)
def _token(mark: Mark) -> str:
    day, code, halves = mark
    return f"{_text_of(day)}:{code}" if halves is None else f"{_text_of(day)}:{code}:{halves}"


def pack(marks: Iterable[Mark]) -> str:
    """The text of marks, whatever their order; at most one for each day."""
    return " ".join(map(_token, sorted(marks)))
