"""Stays of a student of whom a whole archive has an enrolment that cannot be used.

The others are not all there are, so nothing that is known ends by them: they add days and classes, and what
is stored is neither shortened nor removed until an archive comes that can be read."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from crm_schools.importing.roster import records
from crm_schools.importing.roster.classes import span_of

if TYPE_CHECKING:
    from crm_schools.importing.roster.people import Span


def added(said: Sequence["Span"], stored: Sequence[Any]) -> list["Span"]:
    """Those that are stored, and what an archive says beside them."""
    new = [span for span in said if not any(_is_guess(row) and _holds(row, span) for row in stored)]
    found: list[Span] = []
    for place in dict.fromkeys(span[:2] for span in [*map(span_of, stored), *new]):
        rows = [span_of(row) for row in stored if (row.school_id, row.school_year) == place]
        those = [span for span in new if span[:2] == place]
        for begins, ends in records.joined(span[2:4] for span in [*rows, *those]):
            known = [span for span in rows if _is_in(span, begins, ends)]
            more = [span for span in those if _is_in(span, begins, ends)]
            if not known or not more:
                found += known + more
                continue
            grade = more[-1][4] or known[-1][4]
            found.append((*place, begins, ends, grade, _classes([*known, *more])))
    return found


def _is_guess(row: Any) -> bool:
    """A guess stays one, so that the next archive that can be read says otherwise."""
    return row.source == "inferred" or records.is_guessed(row.classes)


def _holds(row: Any, span: "Span") -> bool:
    is_there = (row.school_id, row.school_year) == span[:2]
    return is_there and row.begins_on <= span[2] and (span[3] or date.max) <= (row.ends_on or date.max)


def _is_in(span: "Span", begins: date, ends: date | None) -> bool:
    return begins <= span[2] and (ends is None or span[2] <= ends)


def _classes(spans: Iterable["Span"]) -> str:
    """The classes of all of them; one that they date differently has the days of both."""
    named: dict[str, records.InClass] = {}
    loose: set[records.InClass] = set()
    for span in spans:
        for source, first, last in records.parts_of(span[5], span[2], span[3]):
            if source in {"", records.GUESSED}:
                loose.add(("", first, last))
                continue
            _source, begins, ends = named.get(source, (source, first, last))
            open_end = None if ends is None or last is None else max(ends, last)
            named[source] = source, min(begins, first), open_end
    return records.packed(
        sorted([*loose, *named.values()], key=lambda each: (each[1], each[0], str(each[2])))
    )
