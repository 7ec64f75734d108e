"""Students of a roster and their enrolments, compared with what is there and written in sets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, update

from crm.plugin_api import bulk, day_here, db, system
from crm.plugin_api.transfer import Line
from crm_schools.importing.roster import (
    added,
    by_hand,
    classes,
    days_missed,
    enrolments,
    guessed,
    never_came,
    removed,
    twice,
    undated,
    whole,
)
from crm_schools.importing.roster.classes import span_of
from crm_schools.importing.roster.matching import Matched, forget_ids, match
from crm_schools.importing.roster.nobody import cannot_be_made, why_again, why_nobody
from crm_schools.importing.roster.records import BY_SCHOOL, FIELDS, folded
from crm_schools.models import Student
from crm_schools.stays import ended

if TYPE_CHECKING:
    from crm_schools.importing.roster.structure import Structure, Word

Span = tuple[int, int, date, date | None, str, str]
"""School, school year, first and last day, grade, and the classes as `records.packed` gives them."""

GONE: Final = "schools_gone_there"
LEFT_OUT: Final = "schools_school_left_out"
DATES: Final = ("birth_date",)
EMPTY: Final[Mapping[str, Any]] = {
    name: None if name in {"birth_date", "english_learner", "disability", "disadvantaged"} else ""
    for name in FIELDS
}
COLUMNS: Final = (
    "id", "district_id", "local_id", *FIELDS, "sort_name", "school_id", "grade", "point_user_id", "version",
    "created_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stays:
    """The stays of a student as they are to be, and what is to be said of that."""

    spans: list[Span]
    reasons: list[list[str]] = field(default_factory=list)
    written: by_hand.Written = field(default_factory=by_hand.Written)


class People:
    """Students of the lines given."""

    def __init__(self, structure: "Structure", *, hidden: bool = False) -> None:
        """`hidden` is for whoever may not see students, whose guesses a question or a refusal would answer: a
        stay that had begun and has none in its place stays, where others are asked about it, and a row that
        changes nothing is taken."""
        self.structure = structure
        self._hidden = hidden
        self._missed = days_missed.Missed()
        self._old = by_hand.Corrections()
        self._coming: dict[str, int] | None = None

    # Planning.

    def plan(self, lines: Sequence[Line]) -> None:
        self._coming = {}
        matched = match(lines, self.structure)
        known = matched.rows
        seen: dict[Any, Line] = {}
        spans = self._stored(lines, known)
        for line in lines:
            row = known.get(line.number)
            if other := matched.why_another(line, hidden=self._hidden):
                line.reject(*other)
                continue
            if row is None and (why := why_nobody(line.record)):
                line.reject(*why)
                continue
            if any(reason[0] == GONE for reason in line.reasons) and not line.record.get("classes"):
                line.action = "unchanged"
                line.record_id = row.id if row is not None else None
                continue
            if row is None and self.structure.is_nowhere(line.record):
                line.reject("schools_which_district_then")
                continue
            keys = {row.id} if row is not None else set()
            if row is None or line.number in matched.renumbered:
                keys.add((line.record["district"], line.record["key"]))
            if first := next((seen[key] for key in keys if key in seen), None):
                line.reject(*why_again(line, first))
                continue
            seen |= dict.fromkeys(keys, line)
            self._say_left_out(line)
            line.reasons += matched.reasons(line)
            self._compare(line, row, spans, is_renumbered=line.number in matched.renumbered)
        twice.say(lines, known, self.structure)

    def _compare(
        self, line: Line, row: Any, spans: Mapping[int, Sequence[Any]], *, is_renumbered: bool
    ) -> None:
        if row is None:
            line.action = "create"
            guessed.count(line, [], is_new=True)
            return
        line.record_id, line.version = row.id, row.version
        told = _told(line.record)
        # What the file says, never what is stored: whoever imports may not see the students' records.
        line.changes = [[name, "", str(value)] for name, value in told.items() if getattr(row, name) != value]
        if is_renumbered:
            line.changes.append(["local_id", "", line.record["key"]])
        old = spans.get(row.id, ())
        stays = self._stays(line.record, old, row.id)
        line.reasons += stays.reasons
        line.reasons += [
            ["schools_left", row.local_id, last] for *_place, last in line.record.get("left", ())
        ]
        before = set(map(span_of, old))
        new = [span for span in stays.spans if span not in before]
        guessed.count(line, new, is_new=self._hidden)
        line.changes += [["stay", "", _told_stay(span)] for span in new]
        if new or not all(enrolments.is_kept(each, stays) for each in old):
            named = max(len(line.record.get(name, ())) for name in ("spans", "classes", "left"))
            line.changes.append(["enrolments", "", str(named)])
        line.action = "update" if line.changes else "unchanged"
        is_empty = not line.changes and not line.record["spans"] and not line.record.get("classes")
        # What was known as it was read is a row of its own that is left out.
        if is_empty and not self._hidden and all(each.code != LEFT_OUT for each in line.problems):
            left_out = next((each for each in line.reasons if each[0] == LEFT_OUT), None)
            if left_out is not None:
                line.reject(*left_out)

    def _stored(self, lines: Sequence[Line], known: Mapping[int, Any]) -> dict[int, list[Any]]:
        """The enrolments of students that are known; and up to when they can have been there, is noted."""
        of_lines = [(line.record, known.get(line.number)) for line in lines]
        ids = [row.id for row in known.values()]
        stored = enrolments.of(ids)
        self._missed = days_missed.missed_of(of_lines, stored, self.structure, removed.absent(ids))
        self._old = by_hand.corrections(stored, ids)
        return stored

    def _stays(self, record: Mapping[str, Any], stored: Sequence[Any], student_id: int) -> Stays:
        """The enrolments as they are to be; `student_id` is 0 of a student who is new."""
        gone = never_came.rows_of(record, stored, partial(self._school_of, record))
        found = self._said_stays(record, [row for row in stored if row not in gone], student_id)
        summer = never_came.in_summer(record, stored, partial(self._school_of, record))
        return replace(found, reasons=never_came.reasons_of(record, gone) + summer + found.reasons)

    def _said_stays(self, record: Mapping[str, Any], stored: Sequence[Any], student_id: int) -> Stays:
        """Those that a line says, and what is said where they are not as people wrote them."""
        if "left" in record:
            held = [row for row in stored if by_hand.wrote_last(row, self._old)]
            ended = [classes.left(row, record["left"]) for row in stored if row not in held]
            spans = _in_order([*map(span_of, held), *ended])
            return Stays(spans, written=by_hand.Written(old=self._old))
        is_delta = "classes" in record
        said = (
            classes.after_delta(record, stored, partial(self._school_of, record))
            if is_delta
            else whole.without_guesses(self._said(record, stored), stored)
        )
        written = by_hand.written(said, stored, self._old, is_delta=is_delta)
        if is_delta:
            made = Stays(_in_order(written.spans), classes.of_classes(record, stored))
        else:
            made = self._of_file(record, written, stored)
        held = [each for each in written.reasons if each[0] != by_hand.HELD or not record.get("undated")]
        back = by_hand.again(said, stored, student_id, self._old)
        reasons = [*back, *made.reasons, *held, *by_hand.taken(stored, made.spans)]
        return Stays(made.spans, reasons, written)

    def _of_file(self, record: Mapping[str, Any], written: by_hand.Written, stored: Sequence[Any]) -> Stays:
        """Those of the file for its years, and the others as they are."""
        said = written.spans
        if whole.is_whole(record):
            return self._whole(record, said, stored)
        if record["delta"] == BY_SCHOOL:
            found = undated.settled(record, written, stored, self.structure, self._missed)
            named = [classes.fitted(span, stored) for span in found.said]
            return self._asked(Stays(_in_order([*found.kept, *named]), found.reasons), stored)
        said = [classes.fitted(span, stored) for span in said]
        kept = [row for row in stored if not _replaces(record, said, row) or by_hand.stands_alone(row, said)]
        made = _in_order([*map(span_of, kept), *said])
        reasons = (
            removed.reasons_of(said, stored, made, self._missed.absent) if record.get("may_be_part") else []
        )
        return Stays(made, reasons)

    def _asked(self, made: Stays, stored: Sequence[Any]) -> Stays:
        """The stays that a table makes; its plan asks where one that had begun goes with days missed in it,
        and says where one goes that no other takes the place of."""
        gone = removed.gone([row for row in stored if row.begins_on <= day_here()], made.spans)
        lost = [row for row in gone if self._missed.in_place_of(row, made.spans)]
        if lost and self._hidden:
            return replace(made, spans=_in_order([*made.spans, *map(span_of, lost)]))
        off = [row for row in removed.uncovered(gone, made.spans) if row not in lost]
        is_said = any(code == removed.REPLACED for code, *_value in made.reasons)
        others = 0 if is_said else len(gone) - len(lost) - len(off)
        counts = ((removed.LOST, len(lost)), (removed.OFF, len(off)), (removed.REPLACED, others))
        said = [[code, "", str(count)] for code, count in counts if count]
        if behind := sum(self._missed.behind(row, made.spans) for row in stored if row not in gone):
            said.append([removed.BEHIND, "", str(behind)])
        return replace(made, reasons=made.reasons + said)

    def _whole(self, record: Mapping[str, Any], said: Sequence[Span], stored: Sequence[Any]) -> Stays:
        """The same of an archive that is whole. Nobody needs to be asked about a stay that had not begun."""
        today, years = day_here(), {span[1] for span in said}
        made = date.fromisoformat(record.get("made") or today.isoformat())
        of_years = [row for row in stored if row.school_year in years]
        kept = [span_of(row) for row in stored if row.school_year not in years]
        if record.get("is_short"):
            return Stays(_in_order([*kept, *added.added(said, of_years)]))
        found = whole.settled(said, of_years, today, made, self._old)
        begun = [row for row in of_years if row.begins_on <= today]
        if self._hidden:
            kept += map(span_of, removed.asked(found.spans, begun, found.spans, self._missed.absent))
        reasons = removed.reasons_of(found.spans, begun, [*kept, *found.spans], self._missed.absent)
        return Stays(_in_order([*kept, *found.spans]), found.reasons + reasons)

    def _school_of(self, record: Mapping[str, Any], word: "Word") -> int | None:
        """A school that a line names. While a plan is made, one that comes with the file and is not known yet
        has a number below zero."""
        known = self.structure.school_of(record, word)
        if known is not None or self._coming is None:
            return known
        if _place(word) not in map(_place, record.get("coming", ())):
            return None
        return self._coming.setdefault(str(word), -1 - len(self._coming))

    def _say_left_out(self, line: Line) -> None:
        """Say which stays the line names in a school that is not there."""
        named = [span[0] for span in line.record["spans"]]
        named += [each[1] for each in line.record.get("classes", ()) if not each[5]]
        for word in dict.fromkeys(map(_place, named)):
            reason = [LEFT_OUT, "", str(word[-1] if isinstance(word, tuple) else word)]
            if self._school_of(line.record, word) is None and reason not in line.reasons:
                line.reasons.append(reason)
                line.noted = True

    def _said(self, record: Mapping[str, Any], stored: Sequence[Any]) -> list[Span]:
        """The enrolments that the file names, in schools that are known."""
        grades = {(row.school_id, row.school_year): row.grade for row in stored}
        said: list[Span] = []
        for key, year, begins, ends, grade, *of in record["spans"]:
            school = self._school_of(record, key)
            if school is not None:
                last = date.fromisoformat(ends) if ends else None
                known = grade or grades.get((school, year), "")
                said.append((school, year, date.fromisoformat(begins), last, known, "".join(of)))
        return said

    # Writing.

    def as_planned(self, lines: Sequence[Line]) -> list[Line]:
        """Those of lines, planned before others wrote, that remove no more stays than their plan said."""
        known = match(lines, self.structure).rows
        stored = self._stored(lines, known)
        return [line for line in lines if not self._leaves_out(line, known.get(line.number), stored)]

    def write(self, lines: Sequence[Line], change: Any) -> None:
        matched = match(lines, self.structure)
        known = matched.rows
        stored = self._stored(lines, known)
        creates: list[tuple[Any, ...]] = []
        updates: list[dict[str, Any]] = []
        wanted: dict[int, Stays] = {}
        new = iter(bulk.reserve(db.table(Student), sum(1 for line in lines if line.number not in known)))
        for line in self._writable(lines, matched):
            row = known.get(line.number)
            district = self.structure.district_of_student(line.record)
            is_renumbered = line.number in matched.renumbered
            before = stored.get(row.id, ()) if row is not None else ()
            stays = self._stays(line.record, before, row.id if row is not None else 0)
            values = _values(row, line.record, before, stays.spans)
            if row is None:
                line.record_id = next(new)
                named = [values[name] for name in (*FIELDS, "sort_name", "school_id", "grade")]
                moment = db.now()
                creates.append(
                    (line.record_id, district, line.record["key"], *named, None, 1, moment, moment)
                )
            else:
                line.record_id = row.id
                values["local_id"] = line.record["key"] if is_renumbered else row.local_id
                updates.append({"of_id": row.id, **{f"new_{name}": value for name, value in values.items()}})
            wanted[line.record_id] = stays
            self._say_left_out(line)
        self._write_students(creates, updates, change)
        forget_ids(matched.given(lines, self.structure), change)
        enrolments.write(wanted, stored, change)

    def _writable(self, lines: Sequence[Line], matched: Matched) -> Iterator[Line]:
        """Those that can be written: somebody who fits may have come since the plan was made, or gone."""
        made: dict[tuple[int | None, str], Line] = {}
        for line in lines:
            district = self.structure.district_of_student(line.record)
            is_new = line.number not in matched.rows or line.number in matched.renumbered
            if other := matched.why_another(line, hidden=self._hidden):
                line.skip(*other)
            elif not (is_new and cannot_be_made(line, district, made)):
                yield line

    def _leaves_out(self, line: Line, row: Any, stored: Mapping[int, Sequence[Any]]) -> bool:
        """Whether a line would remove more stays than its plan said; then it is left out."""
        if row is None or line.record["delta"]:
            return False
        now = self._stays(line.record, stored.get(row.id, ()), row.id).reasons
        if not removed.is_more_than_planned(line.reasons, now):
            return False
        line.skip(removed.SINCE)
        return True

    def _write_students(self, creates: Sequence[Any], updates: Sequence[dict[str, Any]], change: Any) -> None:
        table = db.table(Student)
        bulk.insert(table, COLUMNS, creates)
        change.created(table, [row[0] for row in creates])
        if not updates:
            return
        before = change.watch(table, [row["of_id"] for row in updates])
        names = [name.removeprefix("new_") for name in updates[0] if name != "of_id"]
        statement = (
            update(table)
            .where(table.c.id == bindparam("of_id"))
            .values({name: bindparam(f"new_{name}") for name in names} | {"version": table.c.version + 1})
        )
        with system("a roster writes what it planned"):
            db.session().connection().execute(statement, list(updates))
        change.changed(table, before)


def _values(
    row: Any, record: Mapping[str, Any], before: Sequence[Any], spans: Sequence[Span]
) -> dict[str, Any]:
    """The columns of a student as they are to be; `row` is None for a new one, `before` their stays."""
    values = dict(EMPTY) if row is None else {name: getattr(row, name) for name in FIELDS}
    values |= _told(record)
    values["sort_name"] = folded(values["family_name"], values["given_name"])
    last = max(spans, key=lambda span: (*ended(span[2], span[3], span[1]), span[0]), default=None)
    values["school_id"] = last[0] if last else (row.school_id if row is not None else None)
    values["grade"] = (last[4] if last else "") or _grade_still(row, before, last)
    return values


def _grade_still(row: Any, before: Sequence[Any], last: Span | None) -> str:
    """The grade that a student keeps where a roster says none: that of the same school year."""
    if row is None:
        return ""
    newest = max((each.school_year for each in before), default=None)
    return str(row.grade) if last is None or newest in {None, last[1]} else ""


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the line says, as the columns hold it."""
    return {
        name: date.fromisoformat(value) if name in DATES else value
        for name, value in record["fields"].items()
    }


def _told_stay(span: Span) -> str:
    """School, grade, first and last day of a stay, as `change_words` reads them."""
    school_id, _year, begins, ends, grade, _classes = span
    return " ".join((str(school_id), grade or "-", begins.isoformat(), ends.isoformat() if ends else "-"))


def _in_order(spans: Iterable[Span]) -> list[Span]:
    return sorted(set(spans), key=lambda span: (span[2], span[0]))


def _place(word: "Word") -> str | int | tuple[str, ...]:
    """How a line names a school, as something that can be counted once."""
    return word if isinstance(word, (str, int)) else tuple(word)


def _replaces(record: Mapping[str, Any], said: Sequence[Span], row: Any) -> bool:
    """Whether what the file says of enrolments takes the place of a stored one."""
    years = {span[1] for span in said}
    inferred = row.source == "inferred" and row.school_year in years
    if record["delta"]:
        key = row.school_id, row.school_year, row.begins_on
        return inferred or key in {(span[0], span[1], span[2]) for span in said}
    return row.school_year in years
