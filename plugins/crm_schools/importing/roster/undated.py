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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from crm.plugin_api import day_here
from crm_schools.importing.roster import by_hand
from crm_schools.importing.roster.classes import span_of, until, with_last
from crm_schools.importing.roster.removed import REPLACED
from crm_schools.importing.roster.whole import DAY, ENDED

if TYPE_CHECKING:
    from crm_schools.importing.roster.by_hand import Written
    from crm_schools.importing.roster.days_missed import Missed
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
NO_MORE: Final = "schools_days_no_more"
"""Days that were missed before the first one, which the table puts right, count no more."""
ALSO: Final = "schools_also_there"
AsOf = tuple[date, str]
"""The day of a table, and what it means for a stay elsewhere."""


@dataclass(frozen=True, slots=True)
class Undated:
    """The stays as a row means them, those that stay beside them, and what is to be said."""

    said: list["Span"] = field(default_factory=list)
    kept: list["Span"] = field(default_factory=list)
    reasons: list[list[str]] = field(default_factory=list)


def settled(
    record: Mapping[str, Any],
    written: "Written",
    stored: Sequence[Any],
    structure: "Structure",
    missed: "Missed",
) -> Undated:
    """What the row says of stays, where some of them have no first day; those whose days people wrote do."""
    return _OfStudent(record, written, stored, structure, missed).settled()


class _OfStudent:
    """The stays that rows of a student say, one after the other, beside those that are stored."""

    def __init__(
        self,
        record: Mapping[str, Any],
        written: "Written",
        stored: Sequence[Any],
        structure: "Structure",
        missed: "Missed",
    ) -> None:
        self._record, self._written, self._missed, self._stored = record, written, missed, stored
        self._said = written.spans
        self._rows = [row for row in stored if row.source != "inferred"]
        self._undated, self._dated = (_as_of(record, name, structure) for name in ("undated", "dated"))
        self._school_of = partial(structure.school_of, record)
        self._several = bool(record.get("several"))
        self._ended: dict[int, date | None] = {}
        self._found = Undated()

    def settled(self) -> Undated:
        self._ended |= self._left_before_term()
        self._rows = [with_last(row, self._ended.get(row.id)) for row in self._rows]
        for span in self._said:
            self._settle(span)
        self._found.kept.extend(self._beside())
        return self._found

    def _settle(self, span: "Span") -> None:
        there = [row for row in self._rows if (row.school_id, row.school_year) == span[:2]]
        as_of = self._undated.get(span[:3])
        if as_of and as_of[1] == ENDS:
            as_of = max(as_of[0], span[2]), ENDS  # Of a term that is still to come.
        of = as_of or self._dated.get(span[:3]) or (span[2], BESIDE)
        if as_of and (ended := _ended_by_people(there, span, self._written.old)):
            self._found.kept.extend(map(span_of, there))
            self._found.reasons.append([by_hand.STILL, "", ended.isoformat()])
            return
        # The first day of a term is that of whoever is back there by then, and was nowhere else.
        may_be = not as_of or (_have_ended(there, span[2]) and not _elsewhere(self._rows, span, span[2]))
        is_dated = may_be and not (self._is_alone(span) and _came_back(span, there, self._rows))
        went = self._went(span, there, of) if is_dated and self._is_alone(span) else []
        if span in self._written.held:
            self._found.said.append(span)
            self._came(span, there)
        elif is_dated and not went:
            self._found.said.append(self._from_before(span, there))
            self._came(span, there)
            self._put_off(self._found.said[-1], there)
        else:
            self._guess(span, there, of, went if is_dated else None)

    def _is_alone(self, span: "Span") -> bool:
        """Whether the rows say no other stay in that year."""
        return sum(1 for each in self._said if each[1] == span[1]) == 1

    def _left_before_term(self) -> dict[int, date]:
        """The last days of stays of which a row says one, and as the first day that of a later term."""
        left = self._record.get("never", ()) if self._record.get("left_before_term") else ()
        days = {(self._school_of(word), year): date.fromisoformat(day) for word, year, day in left}
        found: dict[tuple[int | None, int], Any] = {}
        for row in sorted(self._rows, key=lambda row: row.begins_on):
            place = row.school_id, row.school_year
            if place in days and row.begins_on <= days[place] < (row.ends_on or date.max):
                found[place] = row
        return {
            row.id: days[place]
            for place, row in found.items()
            if row.source != by_hand.ADDED and not by_hand.wrote_last(row, self._written.old)
        }

    def _guess(self, span: "Span", there: Sequence[Any], of: AsOf, went: Sequence[Any] | None) -> None:
        """A stay of which nobody knows since when it is; `went` are the stays elsewhere for which a day that
        is said is none of a move, None where none is said."""
        day, how = of
        others = _elsewhere(self._rows, span, day)
        if how == OVER and others and not there:
            return  # Between two years a list names the schools of the next one.
        if not self._is_alone(span) or not others or (there and not _have_ended(there, day)):
            # Who had left elsewhere came behind that.
            gone = _elsewhere(self._rows, span, span[2]) if went is None else went
            if gone and self._is_alone(span) and not there:
                self._found.said.append(self._begun(span, gone, there, (day, ENDS)))
            else:
                self._found.said.append(self._as_known(span, there))
            return
        self._found.kept.extend(map(span_of, there))
        self._found.said.append(self._begun(span, others, there, of))
        self._moved(others, of, MOVED if went is None else LATER)

    def _beside(self) -> Iterator["Span"]:
        """The stored stays of which the rows do not speak, those that stay all the same, and those that they
        end."""
        for row in self._stored:
            if row.id not in self._ended and self._is_spoken_of(row) and not self._stays(row):
                continue
            last = self._ended.get(row.id, row.ends_on)
            if row.id not in self._ended or last is not None:
                yield until(row, last)

    def _is_spoken_of(self, row: Any) -> bool:
        inferred = row.source == "inferred" and any(span[1] == row.school_year for span in self._said)
        return inferred or any(span[:2] == (row.school_id, row.school_year) for span in self._said)

    def _stays(self, row: Any) -> bool:
        """Whether people wrote a stay of which the rows speak, or, where they say several schools, it had
        ended before all that they say of its own."""
        if by_hand.stands_alone(row, self._said):
            return True
        of_school = [span[2] for span in self._said if span[:2] == (row.school_id, row.school_year)]
        is_before = row.ends_on is not None and row.ends_on < min(of_school, default=date.min)
        several = len({span[0] for span in self._said if span[1] == row.school_year}) > 1
        return several and is_before and row.source != "inferred"

    # Of somebody who came on a day that the table says.

    def _came(self, span: "Span", there: Sequence[Any]) -> None:
        """The last days of stays elsewhere. Whoever had been there before, and left, keeps those days. Two
        stays that were known side by side stay, but for one that the table said to come and that is off."""
        if not self._is_alone(span):
            return
        left = [row for row in there if row.ends_on is not None and row.ends_on < span[2]]
        self._found.kept.extend(map(span_of, left))
        others = _elsewhere(self._rows, span, span[2])
        if any(row not in left and _has_begun_by(row, span[3]) for row in there):
            self._replace([row for row in others if _is_off(row, span, there)])
            return
        before = [row for row in others if row.begins_on < span[2]] if self._several else []
        never = [row for row in others if _is_within(row, span)] if self._several else []
        if len(before) + len(never) < len(others):
            self._found.reasons.append([ALSO, "", ""])
        if before:
            self._found.reasons.append([ENDED, "", (span[2] - DAY).isoformat()])
        self._ended |= dict.fromkeys((row.id for row in before), span[2] - DAY)
        self._replace(never)

    def _put_off(self, span: "Span", there: Sequence[Any]) -> None:
        """Move the last day of a stay elsewhere that ended for a move which, as the table says now, came
        later."""
        if not self._is_alone(span) or not self._several:
            return
        put_off = [
            row
            for row in there
            if row.begins_on
            < span[2]
            <= min(row.ends_on or date.max, row.begins_on + by_hand.PUT_RIGHT_WITHIN)
        ]
        days = [row.begins_on - DAY for row in put_off if _is_of_roster(row)]
        for row in self._rows:
            is_elsewhere = row.school_id != span[0] and row.school_year == span[1]
            if is_elsewhere and row.ends_on in days and _is_of_roster(row):
                self._ended[row.id] = span[2] - DAY
                self._found.reasons.append([ENDED, "", (span[2] - DAY).isoformat()])

    def _replace(self, rows: Sequence[Any]) -> None:
        """Take stays elsewhere away, as far as the table is of several schools."""
        if rows and self._several:
            self._ended |= dict.fromkeys(row.id for row in rows)
            self._found.reasons.append([REPLACED, "", str(len(rows))])

    def _went(self, span: "Span", there: Sequence[Any], of: AsOf) -> list[Any]:
        """The stays elsewhere for which a row that says a first day says none of a move: those since that day
        in which days were missed, or of which people wrote the last one, or all in a year that is over; and,
        of somebody who is back, those that go on, where that day is the one on which they came at first."""
        day, how = of
        if not self._several and how != OVER:
            return []
        others = _elsewhere(self._rows, span, span[2])
        is_news = _is_past(span[3]) or all(row.begins_on < span[2] for row in there)
        if _have_ended(there, day) and not is_news:
            return others
        if any(row.begins_on <= span[2] and (row.ends_on is None or row.ends_on >= span[2]) for row in there):
            return []
        return [
            row
            for row in others
            if _is_within(row, span)
            if (how == OVER and not there)
            or self._missed.anything(row)
            or by_hand.stands_alone(row, [span])
            or (row.ends_on is not None and row.ends_on < day)
        ]

    def _from_before(self, span: "Span", there: Sequence[Any]) -> "Span":
        """A stay with the first day that is known in the same school, where the row says one that is too late
        to put that right. Whoever never came in September and came later was not there before."""
        known = [row for row in there if row.ends_on is None or row.ends_on >= span[2]]
        first = min(known, key=lambda row: row.begins_on, default=None)
        is_second = any(each[:2] == span[:2] and each[2] < span[2] for each in self._said)
        if first is None or is_second or self._record.get("never") or not self._missed.before(first, span[2]):
            return span
        if span[2] - first.begins_on <= by_hand.PUT_RIGHT_WITHIN:
            if first.begins_on < span[2]:
                self._found.reasons.append([NO_MORE, "", span[2].isoformat()])
            return span
        self._found.reasons.append([FROM_BEFORE, span[2].isoformat(), first.begins_on.isoformat()])
        school, year, _begins, ends, grade, named = span
        return school, year, first.begins_on, ends, grade, named

    # Of somebody of whom nobody says when they came.

    def _moved(self, others: Sequence[Any], of: AsOf, code: str) -> None:
        """The last days of the stays elsewhere of somebody who has moved by the day of a table."""
        day, how = of
        if how != ENDS:
            self._found.reasons.append([ALSO, "", ""])
            return
        self._found.reasons.append([code, "", (day - DAY).isoformat()])
        self._ended |= {row.id: None if row.begins_on >= day else day - DAY for row in others}

    def _as_known(self, span: "Span", there: Sequence[Any]) -> "Span":
        """A stay with the first day that is known of the latest one there of which no other row speaks; those
        before it stay."""
        school, year, _begins, ends, grade, classes = span
        others = [each for each in self._said if each[:2] == span[:2] and each is not span]
        rows = [row for row in there if not any(by_hand.meet(each, row) for each in others)]
        begun = [row for row in rows if _has_begun_by(row, ends)] or rows
        if not begun:
            return span
        latest = max(begun, key=lambda row: row.begins_on)
        self._found.kept.extend(span_of(row) for row in rows if row is not latest)
        return school, year, min(latest.begins_on, ends or latest.begins_on), ends, grade, classes

    def _begun(self, span: "Span", others: Sequence[Any], there: Sequence[Any], of: AsOf) -> "Span":
        """The new stay: behind the last day that another school reported, or on the day of the table where
        that does not count."""
        school, year, begins, ends, grade, classes = span
        day, how = of
        first = max(
            begins,
            *(self._missed.last_there(row, day) + DAY for row in others),
            *(row.ends_on + DAY for row in there),
        )
        if how == OVER:
            first = max(first, day)
        return school, year, min(first, max(day, begins), ends or first), ends, grade, classes


def _as_of(
    record: Mapping[str, Any], name: str, structure: "Structure"
) -> dict[tuple[int | None, int, date], AsOf]:
    """By school, year and first day, the day of the table and what it means for a stay elsewhere."""
    return {
        (structure.school_of(record, word), year, date.fromisoformat(begins)): (date.fromisoformat(day), how)
        for word, year, begins, day, how in record.get(name, ())
    }


def _came_back(span: "Span", there: Sequence[Any], rows: Sequence[Any]) -> bool:
    """Whether a row says the first day of an earlier stay of somebody who is known to be back from another
    school, or to have been: many systems keep that day."""
    latest = max(there, key=lambda row: row.begins_on, default=None)
    if latest is None or latest.begins_on <= span[2] or (span[3] or date.max) < latest.begins_on:
        return False
    if _is_past(latest.ends_on) and not _is_past(span[3]):
        return False
    was_elsewhere = any(
        span[2] <= row.begins_on <= latest.begins_on and row.school_id != span[0] for row in rows
    )
    return was_elsewhere and any(row is not latest and row.begins_on <= span[2] for row in there)


def _ended_by_people(there: Sequence[Any], span: "Span", old: by_hand.Corrections) -> date | None:
    """Until when people wrote that a student was at a school, where that is before the stay that a row
    says."""
    latest = max(there, key=lambda row: row.begins_on, default=None)
    if latest is None or not (latest.source == by_hand.ADDED or by_hand.wrote_last(latest, old)):
        return None
    last: date | None = latest.ends_on
    return last if last is not None and last < span[2] else None


def _have_ended(rows: Sequence[Any], day: date) -> bool:
    return bool(rows) and all(row.ends_on is not None and row.ends_on < day for row in rows)


def _is_past(day: date | None) -> bool:
    """Whether a last day says that somebody left: many systems fill in that of the year for everybody."""
    return day is not None and day < day_here()


def _is_within(row: Any, span: "Span") -> bool:
    """Whether a stay of the row holds all days of a stored one."""
    ends = span[3] is None or (row.ends_on is not None and row.ends_on <= span[3])
    return ends and bool(row.begins_on >= span[2])


def _is_off(row: Any, span: "Span", there: Sequence[Any]) -> bool:
    """Whether a stay elsewhere that is to come is that of a move for which the latest one `there` was to end,
    and, as a row says now, does not."""
    last = max(there, key=lambda each: each.begins_on).ends_on
    was_to_end = last is not None and last < row.begins_on and (span[3] or date.max) >= row.begins_on
    return row.begins_on > day_here() and _is_of_roster(row) and was_to_end


def _is_of_roster(row: Any) -> bool:
    return bool(row.source == by_hand.ROSTER)


def _has_begun_by(row: Any, day: date | None) -> bool:
    return day is None or bool(row.begins_on <= day)


def _elsewhere(rows: Sequence[Any], span: "Span", day: date) -> list[Any]:
    """The stored stays at other schools in the same year that have not ended by a day."""
    return [
        row
        for row in rows
        if row.school_id != span[0] and row.school_year == span[1]
        if row.ends_on is None or row.ends_on >= day
    ]
