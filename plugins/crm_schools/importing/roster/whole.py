"""Stays of a whole archive of OneRoster over those that are known.

What an archive has of stays follows from classes, and most systems export those of today: nothing in it
speaks of the days before the first of them, in which a student went to the school that is known, or to
another one. So those days stay as they are known, and with them what was missed there; from the first class
on the archive alone counts. Of a student without any class it says at most to which school they belong, which
tells nothing of stays that somebody knew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from crm_schools.importing.roster import by_hand, records
from crm_schools.importing.roster.classes import span_of
from crm_schools.words import year_of

if TYPE_CHECKING:
    from crm_schools.importing.roster.people import Span

DAY: Final = timedelta(1)
ENDED: Final = "schools_ended_before"
"""A stay elsewhere ends on the day before the one in the file begins."""
DROPPED: Final = "schools_classes_dropped"
"""A stay beside another one, of which the archive has no class any more, has ended."""
BEFORE: Final = "schools_days_before"
"""Only counted: a stay in the same school keeps its first day."""


@dataclass(slots=True)
class Whole:
    """The stays as they are to be in the school years of the archive, and what is to be said."""

    spans: list["Span"]
    reasons: list[list[str]] = field(default_factory=list)


def is_whole(record: Mapping[str, Any]) -> bool:
    """Whether a line is of an archive that says it is whole, and so of classes."""
    return not record["delta"] and not record.get("may_be_part")


def without_guesses(said: Sequence["Span"], stored: Sequence[Any]) -> list["Span"]:
    """What a roster says of stays, but for those that are only guessed in a school year of which anything is
    known: a schedule is made anew, and who left stays among the users of a system."""
    known = {
        row.school_year for row in stored if row.source != "inferred" and not records.is_guessed(row.classes)
    }
    return [span for span in said if span[1] not in known or not records.is_guessed(span[5])]


def settled(
    said: Sequence["Span"], stored: Sequence[Any], today: date, made: date, old: by_hand.Corrections
) -> Whole:
    """What an archive that was `made` on a day says, and what had begun and is known of the days before."""
    found = Whole(list(said))
    for row in sorted(stored, key=lambda each: each.begins_on):
        of_year = [span for span in said if span[1] == row.school_year]
        if row.begins_on <= today and (stays := _stays(row, of_year, stored, made, old)) is not None:
            if stays != span_of(row):
                found.reasons.append([DROPPED, "", str(stays[3])])
            found.spans.append(stays)
            continue
        last = _last(row, of_year, today)
        if last is None or row.source == "inferred" or _is_dated_anew(row, of_year):
            continue
        before = _until(row, last, of_year)
        if row.ends_on is None or row.ends_on > last:
            joins = next((span for span in found.spans if _goes_on(before, span)), None)
            found.reasons.append([BEFORE, "", "1"] if joins else [ENDED, "", last.isoformat()])
            if joins is not None:
                found.spans.remove(joins)
                before = _as_one(before, joins)
        found.spans.append(before)
    return found


def _stays(
    row: Any, said: Sequence["Span"], stored: Sequence[Any], made: date, old: by_hand.Corrections
) -> "Span | None":
    """A stored stay in whose place the archive says nothing: people wrote its days, or it was known beside
    all that the archive has of these days, as at a career center. Such a one has ended on the day before the
    archive was `made`, unless its year was over then, people added it and no roster named it, or wrote that
    it goes on."""
    if by_hand.stands_alone(row, said):
        return span_of(row)
    if not _was_beside(row, said, stored):
        return None
    is_over = year_of(made.month, made.year) > row.school_year
    if is_over or not by_hand.is_of_a_roster(row) or by_hand.wrote_last(row, old):
        return span_of(row)
    return _until(row, made - DAY, said) if row.begins_on < made else None


def _was_beside(row: Any, said: Sequence["Span"], stored: Sequence[Any]) -> bool:
    """Whether all that the archive has of the days of a stored stay was known as well, in other schools."""
    days = row.begins_on, row.ends_on
    over = [span for span in said if _meet(span[2:4], days)]
    beside = [
        each
        for each in stored
        if each.source != "inferred" and each.school_id != row.school_id
        if each.school_year == row.school_year and _meet((each.begins_on, each.ends_on), days)
    ]
    is_known = row.source != "inferred" and not records.is_guessed(row.classes)
    is_beside = all(any(_goes_with(span, each) for each in beside) for span in over)
    return is_known and bool(over) and is_beside


def _goes_with(span: "Span", row: Any) -> bool:
    return bool(row.school_id == span[0]) and _meet((row.begins_on, row.ends_on), span[2:4])


def _meet(some: tuple[date, date | None], others: tuple[date, date | None]) -> bool:
    """Whether two stays have days in common."""
    return some[0] <= (others[1] or date.max) and others[0] <= (some[1] or date.max)


def _is_dated_anew(row: Any, said: Sequence["Span"]) -> bool:
    """Whether classes say since when somebody is in a school of whom that was only guessed: who comes in the
    middle of a year stands in an archive before they have any."""
    is_open = row.ends_on is None and records.is_guessed(row.classes)
    return is_open and any(span[0] == row.school_id for span in said)


def _last(row: Any, said: Sequence["Span"], today: date) -> date | None:
    """Up to when a stored stay can stand: up to the first class in the same school, else in any; None where
    the archive says other things of all of it, and where it had not begun yet. Who went to another school
    and came back within the archive was there meanwhile."""
    here = min((span[2] for span in said if span[0] == row.school_id), default=None)
    others = [span for span in said if span[0] != row.school_id]
    if here is not None:
        others = [span for span in others if span[3] is not None and span[3] < here]
    first = min([span[2] for span in others] + ([here] if here is not None else []), default=None)
    if first is None or row.begins_on >= first or row.begins_on > today:
        return None
    return first - DAY


def _until(row: Any, last: date, said: Sequence["Span"]) -> "Span":
    """A stored stay up to a day, with the classes in it. The days of one that the archive dates anew count
    without its id, by which a delta means the class of the archive."""
    again = {source for span in said for source, *_days in records.unpacked(span[5])} | {records.GUESSED}
    parts = [
        ("" if source in again else source, first, last if ends is None else min(ends, last))
        for source, first, ends in records.parts_of(row.classes, row.begins_on, row.ends_on)
        if first <= last
    ]
    ends = last if row.ends_on is None else min(row.ends_on, last)
    return row.school_id, row.school_year, row.begins_on, ends, row.grade, records.packed(parts)


def _goes_on(before: "Span", span: "Span") -> bool:
    """Whether a stay of the archive begins on the day after a stored one in the same school."""
    return before[:2] == span[:2] and before[3] is not None and before[3] + DAY == span[2]


def _as_one(before: "Span", span: "Span") -> "Span":
    school, year, begins, *_more = before
    _school, _year, first, ends, grade, classes = span
    parts = [
        *records.parts_of(before[5], begins, before[3]),
        *records.parts_of(classes, first, ends),
    ]
    return school, year, begins, ends, grade or before[4], records.packed(sorted(parts, key=_order))


def _order(part: records.InClass) -> tuple[date, str]:
    """As `records.unions` lists them."""
    return part[1], part[0]
