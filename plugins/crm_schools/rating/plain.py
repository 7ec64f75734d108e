"""The rating of most students, much faster: of whoever was enrolled once, in one school, of whom only daily
attendance is known and whom no early help was given.

It follows from the same stays, meanings and rules as that of everybody else, and is the same row. What is the
same for all who were enrolled alike is made out once, and the days of a student are added up as one number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from crm_schools import truancy
from crm_schools.bands import APART, LETTERS, band_of, shown_band
from crm_schools.rating.shapes import Known, Meaning, Part, Span, digits
from crm_schools.terms import month_index
from crm_schools.tiers import tier_of

if TYPE_CHECKING:
    from crm_schools.rating.rater import Rater

_COUNTS: Final = Struct(">26H")
"""How a number falls apart into counts: twelve months and seven weekdays in half days, half days by KINDS,
then days late, days late for long, and days that do not count. None comes near 65,536."""
_BITS: Final = 16
_MONTHS, _WEEKDAYS = slice(0, 12), slice(12, 19)
KINDS: Final = ("excused", "unexcused", "suspension", "unstated")
_TARDIES, _LONG, _UNCOUNTED = 23, 24, 25
_MOST: Final = 2 * 366 + 1
"""More half days than these nobody misses in a year."""


def _count(place: int, times: int = 1) -> int:
    """A number that is one of the counts and nothing else."""
    return times << _BITS * (25 - place)


class Worth(dict[str, int]):
    """By packed mark what it adds to the counts of whoever was enrolled at these parts of a year.
    `unexcused` are the days and half days of those that count as unexcused."""

    def __init__(self, meanings: Mapping[str, Meaning], parts: Sequence[Part]) -> None:
        super().__init__()
        self._meanings, self._parts = meanings, parts
        self.unexcused: dict[str, tuple[date, int]] = {}

    def __missing__(self, token: str) -> int:
        day, _code, kind, halves, month, weekday = self._meanings[token]
        counts = kind != "" and any(
            begins <= day <= ends and day in days for begins, ends, days in self._parts
        )
        if kind == "present":
            worth = 0
        elif not counts:
            worth = _count(_UNCOUNTED)
        elif kind in KINDS:
            worth = (
                _count(month, halves) + _count(12 + weekday, halves) + _count(19 + KINDS.index(kind), halves)
            )
            if kind == "unexcused":
                self.unexcused[token] = day, halves
        else:
            worth = _count(_TARDIES) + (_count(_LONG) if kind == "tardy_long" else 0)
        self[token] = worth
        return worth


@dataclass(slots=True)
class Alike:
    """What is the same for all who were enrolled alike. `letters` are those of the band at the end of each
    month, by how many half days were missed until then."""

    grade: str
    basis: str
    through: date | None
    enrolled: int
    months_enrolled: str
    begun: int
    letters: Sequence[str]
    law: str
    school_days: Sequence[date]
    worth: Worth


class Plain:
    """Rates whom it can by what a `Rater` knows."""

    def __init__(self, rater: "Rater") -> None:
        self._rater = rater
        self._alike: dict[tuple[int, str, date, date | None], Alike] = {}
        self._worth: dict[Any, Worth] = {}

    def row(self, known: Known) -> tuple[Any, ...] | None:
        """The row of `Rating` of a student; None of whom more is to be asked."""
        if len(known.spans) != 1 or known.summaries or known.helped_on or self._rater.through is None:
            return None
        span = known.spans[0]
        if known.marks and (len(known.marks) > 1 or span.school_id not in known.marks):
            return None
        key = span.school_id, span.grade, span.begins, span.ends
        alike = self._alike.get(key)
        if alike is None:
            alike = self._alike[key] = self._made(span)
        return self._row(known, span.school_id, alike, known.marks.get(span.school_id, "").split())

    def _made(self, span: Span) -> Alike:
        rater, school_id = self._rater, span.school_id
        stay, law = rater.stay([span], school_id), rater.rules_of(school_id)[1]
        through, grade = rater.through_at(school_id), stay.grade or span.grade
        meanings = rater.meanings_at(school_id)
        same = id(meanings), *((begins, ends, id(days)) for begins, ends, days in stay.parts)
        if same not in self._worth:
            self._worth[same] = Worth(meanings, stay.parts)
        return Alike(
            grade, stay.basis, through, sum(stay.months), digits(stay.months), len(stay.begun),
            self._letters(stay.months, through, grade), law if law in truancy.LAWS else "",
            rater.terms.of(school_id, grade).open_sorted if law == "sc" else (),
            self._worth[same],
        )  # fmt: skip

    def _letters(self, months: Sequence[int], through: date | None, grade: str) -> list[str]:
        last = month_index(min(through, self._rater.ends)) if through is not None else -1
        is_apart = shown_band("", grade, apart=self._rater.apart) == APART

        def letters_of(halves: int) -> str:
            return LETTERS[APART] * _MOST if is_apart else _letters_of(halves, self._rater.minimum)

        return [
            letters_of(enrolled) if month <= last and enrolled > 0 else "-" * _MOST
            for month, enrolled in enumerate(accumulate(months))
        ]

    def _row(self, known: Known, school_id: int, alike: Alike, tokens: Sequence[str]) -> tuple[Any, ...]:
        counts = _COUNTS.unpack(sum(map(alike.worth.__getitem__, tokens)).to_bytes(_COUNTS.size, "big"))
        months, enrolled = counts[_MONTHS], alike.enrolled
        excused, unexcused, suspended, unstated, tardies, long_tardies, uncounted = counts[19:]
        absent = sum(months)
        band = band_of(absent, enrolled, self._rater.minimum)
        tier, why = tier_of(band, known.last_band, absent, alike.begun)
        band = shown_band(band, alike.grade, apart=self._rater.apart)
        may_be = alike.law and unexcused + truancy.FULL_DAY * long_tardies >= truancy.FEWEST
        truant = self._truant(known, alike, tokens, long_tardies) if may_be else ""
        reached = map(str.__getitem__, alike.letters, accumulate(months))
        return (
            known.student_id, self._rater.district_id, school_id, self._rater.school_year, "only",
            alike.grade, enrolled, absent, excused, unexcused, suspended, unstated, tardies, uncounted,
            band, band in {"moderate", "severe"}, tier, why, bool(truant), truant,
            alike.basis, alike.through, alike.months_enrolled, digits(months),
            "".join(reached), digits(counts[_WEEKDAYS]),
        )  # fmt: skip

    def _truant(self, known: Known, alike: Alike, tokens: Sequence[str], long_tardies: int) -> str:
        days = sorted(filter(None, map(alike.worth.unexcused.get, tokens)))
        if alike.law in truancy.AGES:
            days = truancy.of_age(alike.law, days, known.born_on, alike.grade)
        return truancy.reason(alike.law, days, long_tardies, alike.school_days)


@lru_cache(maxsize=4096)
def _letters_of(enrolled: int, minimum: int) -> str:
    """The letters of bands by half days missed; who missed more than all of those enrolled is like them."""
    letters = "".join(LETTERS[band_of(absent, enrolled, minimum)] for absent in range(enrolled + 1))
    return letters.ljust(_MOST, letters[-1])
