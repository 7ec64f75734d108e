"""Single class enrolments, of which stays are made: what a delta changes in them, and what ends with them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from crm_schools.importing.roster import by_hand, records

if TYPE_CHECKING:
    from crm_schools.importing.roster.people import Span
    from crm_schools.importing.roster.structure import Word

UNKNOWN: Final = "schools_class_unknown"
ENDED: Final = "schools_class_ended"
NEVER: Final = "schools_class_whole"
"""What a delta takes back: a class that nobody knows, one that had begun, and one that had not."""
KnownClass = tuple[int, int, date, date | None]
"""School, school year, first and last day."""


def after_delta(
    record: Mapping[str, Any], stored: Sequence[Any], school_of: Callable[["Word"], int | None]
) -> list["Span"]:
    """The enrolments when classes came, changed or were taken back: those of their school years follow
    anew from all classes that are known, and one of which nobody named classes stays as it is."""
    known, loose = known_classes(stored)
    years = _change(record, known, loose, school_of)
    groups: dict[tuple[int, int], list[records.InClass]] = defaultdict(list)
    for source, (school, year, first, last) in known.items():
        groups[school, year].append((source, first, last))
    for school, year, first, last in _up_to_classes(loose, known.values(), stored):
        groups[school, year].append(("", first, last))
    grades = {row.school_year: row.grade for row in stored if row.grade}
    grades |= {(row.school_id, row.school_year): row.grade for row in stored}
    made = [
        (
            school,
            year,
            first,
            last,
            record.get("grade") or grades.get((school, year)) or grades.get(year, ""),
            records.packed(parts),
        )
        for (school, year), classes in groups.items()
        if year in years
        for first, last, parts in records.unions(classes)
    ]
    kept = [span_of(row) for row in stored if row.school_year not in years]
    return sorted({*kept, *made}, key=lambda span: (span[2], span[0]))


def _up_to_classes(
    loose: Iterable[KnownClass], known: Collection[KnownClass], stored: Sequence[Any]
) -> Iterator[KnownClass]:
    """Stays that people added and left open, up to the first class that the roster has there: from then on
    its classes say until when, or nothing would ever end them."""
    added = [row for row in stored if row.source == by_hand.ADDED and row.ends_on is None]
    for school, year, first, last in loose:
        is_added = any((row.school_id, row.school_year) == (school, year) for row in added)
        named = [each[2] for each in known if each[:2] == (school, year) and (each[3] or date.max) >= first]
        if last is not None or not is_added or not named:
            yield school, year, first, last
        elif min(named) > first:
            yield school, year, first, min(named) - timedelta(1)


def _change(
    record: Mapping[str, Any],
    known: dict[str, KnownClass],
    loose: list[KnownClass],
    school_of: Callable[["Word"], int | None],
) -> set[int]:
    """Write into the classes that are known what came, changed or was taken back; gives the school years that
    this is about."""
    years: set[int] = set()
    for source, key, year, begins, ends, gone in record["classes"]:
        school = None if gone else school_of(key)
        before = known.get(source)
        if school is None and (not gone or before is None):
            continue  # Nobody knows where or what that is, so all stays as it is known.
        if before is not None:
            del known[source]
            if before[1] < year and source in record.get("going_on", ()):
                loose.append(before)  # It goes on in another year, and was there in that one.
            else:
                years.add(before[1])
        if school is not None:
            last = date.fromisoformat(ends) if ends else None
            known[source] = school, year, date.fromisoformat(begins), last
            years.add(year)
        elif before is not None and (day := date.fromisoformat(gone)) > before[2]:
            known[source] = (*before[:3], earlier(before[3], day))
    return years


def span_of(row: Any) -> "Span":
    return row.school_id, row.school_year, row.begins_on, row.ends_on, row.grade, row.classes


def left(row: Any, left: Sequence[tuple[int, int, str]]) -> "Span":
    """A stored stay, ended where it is one of those that somebody has left, with the classes in it."""
    school, year, begins, ends, grade, classes = span_of(row)
    last = next((date.fromisoformat(day) for *place, day in left if place == [school, year]), None)
    if (
        last is None
        or not by_hand.is_of_a_roster(row)
        or begins > last
        or (ends is not None and ends <= last)
    ):
        return school, year, begins, ends, grade, classes
    parts = [(source, first, earlier(end, last)) for source, first, end in records.unpacked(classes)]
    return school, year, begins, last, grade, records.packed(part for part in parts if part[1] <= last)


def fitted(span: "Span", stored: Sequence[Any]) -> "Span":
    """A stay of a table or of Ed-Fi, which name no classes, with those that are known of its days, so that a
    delta still finds what it takes back. Days of none of them count as of a class without an id."""
    school, year, begins, ends, grade, named = span
    parts = [
        (source, max(first, begins), last if ends is None else earlier(last, ends))
        for row in stored
        if (row.school_id, row.school_year) == (school, year)
        for source, first, last in records.unpacked(row.classes)
        if source != records.GUESSED
        if (ends is None or first <= ends) and (last is None or last >= begins)
    ]
    if (named and not records.is_guessed(named)) or not parts:
        return span
    parts += [("", *gap) for gap in _gaps(parts, begins, ends)]
    return (
        school,
        year,
        begins,
        ends,
        grade,
        records.packed(sorted(parts, key=lambda part: (part[1], part[0]))),
    )


def _gaps(
    parts: Iterable[records.InClass], begins: date, ends: date | None
) -> Iterator[tuple[date, date | None]]:
    """The days of a stay that none of its parts holds."""
    since: date | None = begins
    for first, last in records.joined((part[1], part[2]) for part in parts):
        if since is not None and first > since:
            yield since, first - timedelta(1)
        since = last + timedelta(1) if last is not None else None
    if since is not None and (ends is None or since <= ends):
        yield since, ends


def known_classes(stored: Sequence[Any]) -> tuple[dict[str, KnownClass], list[KnownClass]]:
    """The classes of stays by their ids, and stays or parts of them that nobody named so. What was inferred
    ends where a roster speaks. A class that goes on for years is named so in the last of them."""
    known: dict[str, KnownClass] = {}
    loose: list[KnownClass] = []
    for row in sorted(stored, key=lambda each: each.school_year):
        place = row.school_id, row.school_year
        if not row.classes and row.source != "inferred":
            loose.append((*place, row.begins_on, row.ends_on))
        for source, begins, ends in records.unpacked(row.classes):
            if source and source != records.GUESSED:
                if source in known and known[source][1] < row.school_year:
                    loose.append(known[source])
                known[source] = (*place, begins, ends)
            else:
                loose.append((*place, begins, ends))
    return known, loose


def earlier(ends: date | None, day: date) -> date:
    return day if ends is None else min(ends, day)


def of_classes(record: Mapping[str, Any], stored: Sequence[Any]) -> list[list[str]]:
    """What is to be said of classes that a delta takes back."""
    known = known_classes(stored)[0] if record.get("classes") else {}
    found = []
    for source, _key, _year, _begins, _ends, gone in record.get("classes", ()):
        if gone and source not in known:
            found.append([UNKNOWN, "", source])
        elif gone:
            had_begun = date.fromisoformat(gone) > known[source][2]
            found.append([ENDED if had_begun else NEVER, source, gone])
    return found


def with_last(row: Any, last: date | None) -> Any:
    """A stored stay, with another last day where there is one."""
    return row if last is None else SimpleNamespace(**{**row._mapping, "ends_on": last})


def until(row: Any, last: date | None) -> "Span":
    """A stored stay with another last day, and the classes in it."""
    school, year, begins, ends, grade, classes = span_of(row)
    if last is None or last == ends:
        return school, year, begins, ends, grade, classes
    parts = [
        (source, first, last if end is None else min(end, last))
        for source, first, end in records.unpacked(classes)
        if first <= last
    ]
    return school, year, begins, last, grade, records.packed(parts)
