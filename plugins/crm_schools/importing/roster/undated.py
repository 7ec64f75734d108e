"""Rows of a table that name a school: what becomes of stays elsewhere, and when a stay begins of which nobody
says it.

A list of students names each once, where they are today. Who is known in another school and stands at a new
one has moved, and where the table is of several schools the old stay ends on the day before the new one; who
is at the new one from the old one's first day on, as after a move in summer, never came to the old one.

Without a first day a student who is known there keeps the first day that is known. One who is known elsewhere
has moved, nobody knows when: the new stay begins behind the last day missed at the old school, so that no day
missed at either is lost, and in a table of several schools the old one ends on the day before it came. The
same holds where the first day is none of a move: many systems keep the day of entry into the district, or
write the first one of the year for everybody, and where days were missed at the old school since then, or a
last day there was said, the student went there.

A first day that is later than the known one in the same school puts it right, unless it is more than a month
later and days were missed before it: then somebody came back, and the days before stay with what was missed
in them. One of a term (see `first_days`) counts as none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_schools.importing.roster import by_hand, records
from crm_schools.importing.roster.removed import REPLACED, Absent
from crm_schools.importing.roster.whole import DAY, ENDED
from crm_schools.marks import unpack
from crm_schools.models import Attendance

if TYPE_CHECKING:
    from crm_schools.importing.roster.by_hand import Written
    from crm_schools.importing.roster.people import Span
    from crm_schools.importing.roster.structure import Structure

ENDS: Final = "ends"
"""The stay elsewhere ends on the day before the table came."""
BESIDE: Final = "beside"
"""Nobody knows whether it ends: the table is of one school."""
OVER: Final = "over"
"""The year was over when the table came, which does not name it."""
MOVED: Final = "schools_moved"
LATER: Final = "schools_moved_later"
"""The same, where the table says a first day that was none of the move."""
FROM_BEFORE: Final = "schools_days_from_before"
"""A stay in the same school keeps a first day that is long before the one that the table says."""
ALSO: Final = "schools_also_there"
Missed = Mapping[by_hand.Place, tuple[date, date]]
"""The first and last day that the school reported of a student in a year."""


@dataclass(frozen=True, slots=True)
class Undated:
    """The stays as a row means them, those that stay beside them, and what is to be said."""

    said: list["Span"]
    kept: list["Span"]
    reasons: list[list[str]]


def settled(
    record: Mapping[str, Any],
    written: "Written",
    stored: Sequence[Any],
    structure: "Structure",
    missed: Missed,
    absent: Absent,
) -> Undated:
    """What the row says of stays, where some of them have no first day; those whose days people wrote do."""
    said = written.spans
    undated, dated = (_as_of(record, name, structure) for name in ("undated", "dated"))
    several = bool(record.get("several"))
    found = Undated([], [], [])
    rows = [row for row in stored if row.source != "inferred"]
    ended: dict[int, date | None] = {}
    for span in said:
        there = [row for row in rows if (row.school_id, row.school_year) == span[:2]]
        alone = sum(1 for each in said if each[1] == span[1]) == 1
        day, how = undated.get(span[:2]) or dated.get(span[:2]) or (span[2], BESIDE)
        # The first day of a term is that of whoever is back there by then.
        may_be = span[:2] not in undated or _have_ended(there, span[2])
        is_dated = may_be and not (alone and _came_back(span, there, rows))
        went = _went(span, rows, day, absent) if is_dated and alone and several else []
        if span in written.held or (is_dated and not went):
            is_held = span in written.held
            found.said.append(span if is_held else _from_before(span, record, said, there, missed, found))
            if alone:
                ended |= _came(span, rows, found, several=several)
            continue
        others = [row for row in rows if _goes_on(row, span, day)]
        if how == OVER and others and not (is_dated or there):
            continue  # Between two years a list names the schools of the next one.
        if not alone or not others or (there and not _have_ended(there, day)):
            # Of a first day that is none of a move, behind the stays elsewhere, which have ended.
            begun = _begun(span, went, there, (day, ENDS), missed) if is_dated and not there else None
            found.said.append(begun or _as_known(span, there, found.kept))
            continue
        found.kept.extend(_plain(row) for row in there)
        found.said.append(_begun(span, others, there, (day, how), missed))
        ended |= _moved(others, (day, how), LATER if is_dated else MOVED, found)
    found.kept.extend(_beside(said, stored, ended))
    return found


def _as_of(
    record: Mapping[str, Any], name: str, structure: "Structure"
) -> dict[tuple[int | None, int], tuple[date, str]]:
    """By school and year, the day of the table and what it means for a stay elsewhere."""
    return {
        (structure.school_of(record, word), year): (date.fromisoformat(day), how)
        for word, year, day, how in record.get(name, ())
    }


def _have_ended(rows: Sequence[Any], day: date) -> bool:
    return bool(rows) and all(row.ends_on is not None and row.ends_on < day for row in rows)


def _beside(
    said: Sequence["Span"], stored: Sequence[Any], ended: Mapping[int, date | None]
) -> Iterator["Span"]:
    """The stored stays of which the row does not speak, and those that it ends."""
    for row in stored:
        if row.id not in ended and _is_spoken_of(row, said) and not by_hand.stands_alone(row, said):
            continue
        last = ended.get(row.id, row.ends_on)
        if row.id not in ended or last is not None:
            yield _until(row, last)


def _came(span: "Span", rows: Sequence[Any], found: Undated, *, several: bool) -> dict[int, date | None]:
    """The last days of stays elsewhere, of somebody who came to a school on a day that the table says.
    Whoever had been there before, and left, keeps those days. Two stays that were known side by side stay."""
    there = [row for row in rows if (row.school_id, row.school_year) == span[:2]]
    left = [row for row in there if row.ends_on is not None and row.ends_on < span[2]]
    found.kept.extend(map(_plain, left))
    others = [row for row in rows if _goes_on(row, span, span[2])]
    if not others or any(row not in left and _has_begun_by(row, span[3]) for row in there):
        return {}
    last = span[2] - DAY
    before = [row for row in others if row.begins_on < span[2]] if several else []
    never = [row for row in others if _is_within(row, span)] if several else []
    if len(before) + len(never) < len(others):
        found.reasons.append([ALSO, "", ""])
    if before:
        found.reasons.append([ENDED, "", last.isoformat()])
    if never:
        found.reasons.append([REPLACED, "", str(len(never))])
    return dict.fromkeys((row.id for row in before), last) | dict.fromkeys(row.id for row in never)


def _moved(others: Sequence[Any], of: tuple[date, str], code: str, found: Undated) -> dict[int, date | None]:
    """The last days of the stays elsewhere of somebody who has moved by the `day` of a table."""
    day, how = of
    if how != ENDS:
        found.reasons.append([ALSO, "", ""])
        return {}
    found.reasons.append([code, "", (day - DAY).isoformat()])
    return {row.id: None if row.begins_on >= day else day - DAY for row in others}


def _went(span: "Span", rows: Sequence[Any], day: date, absent: Absent) -> list[Any]:
    """The stays elsewhere for which a row that says a first day says none of a move: those since that day in
    which days were missed, or of which people wrote the last one; and, of somebody who is back, those that go
    on, where that day is the one on which they came at first."""
    others = [row for row in rows if _goes_on(row, span, span[2])]
    there = [row for row in rows if (row.school_id, row.school_year) == span[:2]]
    is_news = span[3] is not None or all(row.begins_on < span[2] for row in there)
    if _have_ended(there, day) and not is_news:
        return others
    if any(row.begins_on <= span[2] and (row.ends_on is None or row.ends_on >= span[2]) for row in there):
        return []
    been = [
        row
        for row in others
        if (row.student_id, row.school_id, row.school_year) in absent
        or by_hand.stands_alone(row, [span])
        or (row.ends_on is not None and row.ends_on < day)
    ]
    return [row for row in been if _is_within(row, span)]


def _came_back(span: "Span", there: Sequence[Any], rows: Sequence[Any]) -> bool:
    """Whether a row says the first day of an earlier stay of somebody who is known to be back from another
    school: many systems keep that day."""
    latest = max(there, key=lambda row: row.begins_on, default=None)
    if span[3] is not None or latest is None or latest.begins_on <= span[2] or latest.ends_on is not None:
        return False
    was_elsewhere = any(
        span[2] <= row.begins_on <= latest.begins_on and row.school_id != span[0] for row in rows
    )
    return was_elsewhere and any(row is not latest and row.begins_on <= span[2] for row in there)


def _from_before(
    span: "Span",
    record: Mapping[str, Any],
    said: Sequence["Span"],
    there: Sequence[Any],
    missed: Missed,
    found: Undated,
) -> "Span":
    """A stay with the first day that is known in the same school, where the row says one that is too late to
    put that right. Whoever never came in September and came later was not there before."""
    known = [row for row in there if row.ends_on is None or row.ends_on >= span[2]]
    first = min(known, key=lambda row: row.begins_on, default=None)
    is_second = any(each[:2] == span[:2] and each[2] < span[2] for each in said)
    if first is None or is_second or record.get("never"):
        return span
    place = first.student_id, first.school_id, first.school_year
    was_there = place in missed and missed[place][0] < span[2]
    if not was_there or span[2] - first.begins_on <= by_hand.PUT_RIGHT_WITHIN:
        return span
    found.reasons.append([FROM_BEFORE, span[2].isoformat(), first.begins_on.isoformat()])
    school, year, _begins, ends, grade, named = span
    return school, year, first.begins_on, ends, grade, named


def _is_within(row: Any, span: "Span") -> bool:
    """Whether a stay of the row holds all days of a stored one."""
    ends = span[3] is None or (row.ends_on is not None and row.ends_on <= span[3])
    return ends and bool(row.begins_on >= span[2])


def _has_begun_by(row: Any, day: date | None) -> bool:
    return day is None or bool(row.begins_on <= day)


def days_missed(
    rows_of: Iterable[tuple[Mapping[str, Any], Any]],
    stored: Mapping[int, Sequence[Any]],
    structure: "Structure",
    absent: Absent,
) -> dict[by_hand.Place, tuple[date, date]]:
    """The first and last days that schools reported of students who may have moved or come back, nobody says
    when; of each, the record and their stored row, if there is one."""
    schools: dict[int, set[int]] = defaultdict(set)
    for student_id, school_id, _year in absent:
        schools[student_id].add(school_id)
    ids = set()
    for record, row in rows_of:
        if row is None or row.id not in schools or record["delta"] != records.BY_SCHOOL:
            continue
        named = {structure.school_of(record, span[0]) for span in record["spans"]}
        is_later = any(
            each.school_year == span[1]
            and each.begins_on + by_hand.PUT_RIGHT_WITHIN < date.fromisoformat(span[2])
            for each in stored.get(row.id, ())
            for span in record["spans"]
        )
        if record.get("undated") or is_later or schools[row.id] - named:
            ids.add(row.id)
    statement = select(
        Attendance.student_id, Attendance.school_id, Attendance.school_year, Attendance.marks
    ).where(db.among(Attendance.student_id, ids), Attendance.marks != "")
    with system("when a student may have left a school"):
        rows = db.session().execute(statement).all() if ids else []
    found = {}
    for *place, marks in rows:
        days = [day for day, *_code in unpack(marks, place[2])]
        found[place[0], place[1], place[2]] = min(days), max(days)
    return found


def _goes_on(row: Any, span: "Span", day: date) -> bool:
    """Whether a stored stay is at another school in the same year, and has not ended."""
    elsewhere = row.school_id != span[0] and row.school_year == span[1]
    return elsewhere and (row.ends_on is None or row.ends_on >= day)


def _as_known(span: "Span", there: Sequence[Any], kept: list["Span"]) -> "Span":
    """A stay with the first day that is known of the latest one there; those before it stay."""
    if not there:
        return span
    latest = max(there, key=lambda row: row.begins_on)
    kept.extend(_plain(row) for row in there if row is not latest)
    school, year, _begins, ends, grade, classes = span
    return school, year, min(latest.begins_on, ends or latest.begins_on), ends, grade, classes


def _begun(
    span: "Span", others: Sequence[Any], there: Sequence[Any], of: tuple[date, str], missed: Missed
) -> "Span":
    """The new stay: behind the last day that another school reported, or on the `day` where that does not
    count."""
    school, year, begins, ends, grade, classes = span
    day, how = of
    first = max(
        begins,
        *(_last_there(row, day, missed) + DAY for row in others),
        *(row.ends_on + DAY for row in there),
    )
    if how == OVER:
        first = max(first, day)
    return school, year, min(first, max(day, begins), ends or first), ends, grade, classes


def _last_there(row: Any, day: date, missed: Missed) -> date:
    """The last day of which it is known that a student was in the other school."""
    ends: date | None = row.ends_on
    if ends is not None and ends < day:
        return ends
    of_school = missed.get((row.student_id, row.school_id, row.school_year))
    return row.begins_on if of_school is None else of_school[1]


def _is_spoken_of(row: Any, said: Sequence["Span"]) -> bool:
    inferred = row.source == "inferred" and any(span[1] == row.school_year for span in said)
    return inferred or any(span[:2] == (row.school_id, row.school_year) for span in said)


def _plain(row: Any) -> "Span":
    return row.school_id, row.school_year, row.begins_on, row.ends_on, row.grade, row.classes


def _until(row: Any, last: date | None) -> "Span":
    """A stored stay with another last day, and the classes in it."""
    school, year, begins, ends, grade, classes = _plain(row)
    if last is None or last == ends:
        return school, year, begins, ends, grade, classes
    parts = [
        (source, first, last if end is None else min(end, last))
        for source, first, end in records.unpacked(classes)
        if first <= last
    ]
    return school, year, begins, last, grade, records.packed(parts)
