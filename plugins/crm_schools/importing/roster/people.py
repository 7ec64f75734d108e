"""Students of a roster and their enrolments, compared with what is there and written in sets."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update

from crm.plugin_api import bulk, db, system
from crm.plugin_api.transfer import Line
from crm_schools.importing.places import by_source, students
from crm_schools.importing.roster import records, removed, undated
from crm_schools.importing.roster.records import FIELDS, folded
from crm_schools.models import Enrolment, Student

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
_ENROLMENT: Final = (
    "id",
    "student_id",
    "school_id",
    "school_year",
    "grade",
    "begins_on",
    "ends_on",
    "classes",
    "source",
)


class People:
    """Students of the lines given."""

    def __init__(self, structure: "Structure") -> None:
        self.structure = structure
        self._missed: undated.Missed = {}
        self._coming: dict[str, int] | None = None

    # Planning.

    def plan(self, lines: Sequence[Line]) -> None:
        self._coming = {}
        known = self._known(lines)
        seen: dict[Any, int] = {}
        spans = self._stored(lines, known)
        for line in lines:
            row = known.get(line.number)
            if row is None and "student" in line.record:
                line.reject("schools_gone")
                continue
            if row is None and not line.record["key"]:
                line.reject("schools_no_such_student", "", line.record["fields"].get("source_id", ""))
                continue
            if any(reason[0] == GONE for reason in line.reasons) and not line.record.get("classes"):
                line.action = "unchanged"
                line.record_id = row.id if row is not None else None
                continue
            if row is None and self.structure.is_nowhere(line.record):
                line.reject("schools_which_district_then")
                continue
            key = row.id if row is not None else (line.record["district"], line.record["key"])
            if key in seen:
                line.reject("schools_same_student", "", str(seen[key]))
                continue
            seen[key] = line.number
            self._say_left_out(line)
            self._compare(line, row, spans)

    def _compare(self, line: Line, row: Any, spans: Mapping[int, Sequence[Any]]) -> None:
        if row is None:
            line.action = "create"
            return
        line.record_id, line.version = row.id, row.version
        told = _told(line.record)
        # What the file says, never what is stored: whoever imports may not see the students' records.
        line.changes = [[name, "", str(value)] for name, value in told.items() if getattr(row, name) != value]
        old = spans.get(row.id, ())
        wanted = self._spans(line.record, old)
        line.reasons += _of_classes(line.record, old)
        if line.record.get("undated"):
            said = self._said(line.record, old)
            line.reasons += undated.settled(line.record, said, old, self.structure, self._missed).reasons
        line.reasons += [
            ["schools_left", row.local_id, last] for *_place, last in line.record.get("left", ())
        ]
        if line.record.get("may_be_part"):
            line.reasons += removed.reasons_of(line.record, self._said(line.record, old), old, wanted)
        if {_span(each) for each in old} != set(wanted):
            named = max(len(line.record.get(name, ())) for name in ("spans", "classes", "left"))
            line.changes.append(["enrolments", "", str(named)])
        line.action = "update" if line.changes else "unchanged"
        if not line.changes and not line.record["spans"] and not line.record.get("classes"):
            left_out = next((each for each in line.reasons if each[0] == LEFT_OUT), None)
            if left_out is not None:
                line.reject(*left_out)

    def _stored(self, lines: Sequence[Line], known: Mapping[int, Any]) -> dict[int, list[Any]]:
        """The enrolments of students that are known; and up to when they can have been there, is noted."""
        self._missed = undated.last_missed([(line.record, known.get(line.number)) for line in lines])
        return _enrolments([row.id for row in known.values()])

    def _known(self, lines: Sequence[Line]) -> dict[int, Any]:
        """The stored student of each line, by the line's number."""
        by_district: dict[int | None, list[Line]] = defaultdict(list)
        ids = {line.number: line.record["student"] for line in lines if "student" in line.record}
        for line in lines:
            if line.number in ids:
                continue
            by_district[self.structure.district_of_student(line.record)].append(line)
        for district, some in by_district.items():
            if district is None:
                continue
            found, _zeros = students(district, [line.record["key"] for line in some if line.record["key"]])
            named = by_source([line.record["fields"].get("source_id", "") for line in some], district)
            for line in some:
                key = line.record["key"]
                student_id = found.get(key) or named.get(line.record["fields"].get("source_id", ""))
                if student_id is not None:
                    ids[line.number] = student_id
        with system("a roster compares with what is there"):
            statement = select(*db.table(Student).c).where(db.among(Student.id, set(ids.values())))
            rows = {row.id: row for row in db.session().execute(statement)}
        return {number: rows[student_id] for number, student_id in ids.items() if student_id in rows}

    def _spans(self, record: Mapping[str, Any], stored: Sequence[Any]) -> list[Span]:
        """The enrolments as they are to be: those of the file for its years, and the others as they are."""
        if "classes" in record:
            return self._after_delta(record, stored)
        if "left" in record:
            return sorted((_left(row, record["left"]) for row in stored), key=lambda span: (span[2], span[0]))
        said = self._said(record, stored)
        if record.get("undated"):
            found = undated.settled(record, said, stored, self.structure, self._missed)
            return sorted({*found.kept, *found.said}, key=lambda span: (span[2], span[0]))
        kept = [_span(row) for row in stored if not _replaces(record, said, row)]
        return sorted({*kept, *said}, key=lambda span: (span[2], span[0]))

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
        for key, year, begins, ends, grade, *classes in record["spans"]:
            school = self._school_of(record, key)
            if school is not None:
                last = date.fromisoformat(ends) if ends else None
                known = grade or grades.get((school, year), "")
                said.append((school, year, date.fromisoformat(begins), last, known, "".join(classes)))
        return said

    def _after_delta(self, record: Mapping[str, Any], stored: Sequence[Any]) -> list[Span]:
        """The enrolments when classes came, changed or were taken back: those of their school years follow
        anew from all classes that are known, and one of which nobody named classes stays as it is."""
        known, loose = _known_classes(stored)
        years: set[int] = set()
        for source, key, year, begins, ends, gone in record["classes"]:
            school = None if gone else self._school_of(record, key)
            before = known.get(source)
            if school is None and (not gone or before is None):
                continue  # Nobody knows where or what that is, so all stays as it is known.
            if before is not None:
                years.add(before[1])
                del known[source]
            if school is not None:
                last = date.fromisoformat(ends) if ends else None
                known[source] = school, year, date.fromisoformat(begins), last
                years.add(year)
            elif before is not None and (day := date.fromisoformat(gone)) > before[2]:
                known[source] = (*before[:3], _earlier(before[3], day))
        groups: dict[tuple[int, int], list[records.InClass]] = defaultdict(list)
        for source, (school, year, first, last) in known.items():
            groups[school, year].append((source, first, last))
        for school, year, first, last in loose:
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
        kept = [_span(row) for row in stored if row.school_year not in years]
        return sorted({*kept, *made}, key=lambda span: (span[2], span[0]))

    # Writing.

    def as_planned(self, lines: Sequence[Line]) -> list[Line]:
        """Those of lines, planned before others wrote, that remove no more stays than their plan said."""
        known = self._known(lines)
        stored = self._stored(lines, known)
        return [line for line in lines if not self._leaves_out(line, known.get(line.number), stored)]

    def write(self, lines: Sequence[Line], change: Any) -> None:
        known = self._known(lines)
        stored = self._stored(lines, known)
        creates: list[tuple[Any, ...]] = []
        updates: list[dict[str, Any]] = []
        wanted: dict[int, list[Span]] = {}
        made: dict[tuple[int | None, str], int] = {}
        new = iter(bulk.reserve(db.table(Student), sum(1 for line in lines if line.number not in known)))
        for line in lines:
            row = known.get(line.number)
            district = self.structure.district_of_student(line.record)
            if row is None and _cannot_be_made(line, district, made):
                continue
            before = stored.get(row.id, ()) if row is not None else ()
            spans = self._spans(line.record, before)
            values = _values(row, line.record, before, spans)
            if row is None:
                line.record_id = next(new)
                named = [values[name] for name in (*FIELDS, "sort_name", "school_id", "grade")]
                moment = db.now()
                creates.append(
                    (line.record_id, district, line.record["key"], *named, None, 1, moment, moment)
                )
            else:
                line.record_id = row.id
                updates.append({"of_id": row.id, **{f"new_{name}": value for name, value in values.items()}})
            wanted[line.record_id] = spans
            self._say_left_out(line)
        self._write_students(creates, updates, change)
        _write_enrolments(wanted, stored, change)

    def _leaves_out(self, line: Line, row: Any, stored: Mapping[int, Sequence[Any]]) -> bool:
        """Whether a line would remove more stays than its plan said; then it is left out."""
        if row is None or not line.record.get("may_be_part"):
            return False
        before = stored.get(row.id, ())
        spans = self._spans(line.record, before)
        now = removed.reasons_of(line.record, self._said(line.record, before), before, spans)
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


def _cannot_be_made(line: Line, district: int | None, made: dict[tuple[int | None, str], int]) -> bool:
    """Whether a student who is not there cannot be made of a line; it is left out then. `made` are the lines
    of those that were."""
    if district is None or "student" in line.record:
        line.skip("schools_gone" if "student" in line.record else "schools_which_district")
        return True
    first = made.setdefault((district, line.record["key"]), line.number)
    if first != line.number:
        line.skip("schools_same_student", "", str(first))
    return first != line.number


def _values(
    row: Any, record: Mapping[str, Any], before: Sequence[Any], spans: Sequence[Span]
) -> dict[str, Any]:
    """The columns of a student as they are to be; `row` is None for a new one, `before` their stays."""
    values = dict(EMPTY) if row is None else {name: getattr(row, name) for name in FIELDS}
    values |= _told(record)
    values["sort_name"] = folded(values["family_name"], values["given_name"])
    last = spans[-1] if spans else None
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


def _place(word: "Word") -> str | int | tuple[str, ...]:
    """How a line names a school, as something that can be counted once."""
    return word if isinstance(word, (str, int)) else tuple(word)


def _span(row: Any) -> Span:
    return row.school_id, row.school_year, row.begins_on, row.ends_on, row.grade, row.classes


def _left(row: Any, left: Sequence[tuple[int, int, str]]) -> Span:
    """A stored stay, ended where it is one of those that somebody has left, with the classes in it."""
    school, year, begins, ends, grade, classes = _span(row)
    last = next((date.fromisoformat(day) for *place, day in left if place == [school, year]), None)
    if last is None or row.source != "roster" or begins > last or (ends is not None and ends <= last):
        return school, year, begins, ends, grade, classes
    parts = [(source, first, _earlier(end, last)) for source, first, end in records.unpacked(classes)]
    return school, year, begins, last, grade, records.packed(part for part in parts if part[1] <= last)


KnownClass = tuple[int, int, date, date | None]
"""School, school year, first and last day."""


def _known_classes(stored: Sequence[Any]) -> tuple[dict[str, KnownClass], list[KnownClass]]:
    """The classes of stays by their ids, and stays or parts of them that nobody named so. What was inferred
    ends where a roster speaks."""
    known: dict[str, KnownClass] = {}
    loose: list[KnownClass] = []
    for row in stored:
        place = row.school_id, row.school_year
        if not row.classes and row.source != "inferred":
            loose.append((*place, row.begins_on, row.ends_on))
        for source, begins, ends in records.unpacked(row.classes):
            if source:
                known[source] = (*place, begins, ends)
            else:
                loose.append((*place, begins, ends))
    return known, loose


def _earlier(ends: date | None, day: date) -> date:
    return day if ends is None else min(ends, day)


def _of_classes(record: Mapping[str, Any], stored: Sequence[Any]) -> list[list[str]]:
    """What is to be said of classes that a delta takes back."""
    known = _known_classes(stored)[0] if record.get("classes") else {}
    found = []
    for source, _key, _year, _begins, _ends, gone in record.get("classes", ()):
        if gone and source not in known:
            found.append(["schools_class_unknown", "", source])
        elif gone:
            had_begun = date.fromisoformat(gone) > known[source][2]
            found.append(["schools_class_ended" if had_begun else "schools_class_whole", source, gone])
    return found


def _replaces(record: Mapping[str, Any], said: Sequence[Span], row: Any) -> bool:
    """Whether what the file says of enrolments takes the place of a stored one."""
    years = {span[1] for span in said}
    inferred = row.source == "inferred" and row.school_year in years
    if record["delta"] == "schools":
        return inferred or (row.school_id, row.school_year) in {(span[0], span[1]) for span in said}
    if record["delta"]:
        key = row.school_id, row.school_year, row.begins_on
        return inferred or key in {(span[0], span[1], span[2]) for span in said}
    return row.school_year in years


def _enrolments(ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    with system("a roster compares with what is there"):
        table = db.table(Enrolment)
        for row in db.session().execute(select(*table.c).where(db.among(table.c.student_id, ids))):
            found[row.student_id].append(row)
    return found


def _write_enrolments(
    wanted: Mapping[int, Sequence[Span]], stored: Mapping[int, Sequence[Any]], change: Any
) -> None:
    """Delete what is not wanted any more, and add what is new: an enrolment has no other life than its
    days."""
    table = db.table(Enrolment)
    gone: list[int] = []
    new: list[tuple[Any, ...]] = []
    for student_id, spans in wanted.items():
        old = {_span(row): row.id for row in stored.get(student_id, ())}
        gone += [row_id for span, row_id in old.items() if span not in spans]
        new += [
            (student_id, school, year, grade, begins, ends, classes)
            for school, year, begins, ends, grade, classes in spans
            if (school, year, begins, ends, grade, classes) not in old
        ]
    with system("a roster writes what it planned"):
        change.delete(table, gone)
    ids = bulk.reserve(table, len(new))
    bulk.insert(table, _ENROLMENT, ((row_id, *row, "roster") for row_id, row in zip(ids, new, strict=True)))
    change.created(table, ids)
