"""Daily attendance as a kind of import; see `ImportHandler`."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from flask import has_request_context
from flask_babel import format_date
from sqlalchemy import bindparam, select, update

from crm.plugin_api import bulk, current_actor, db, ngettext, system
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import Line, Notice, OwnSource, Settings
from crm_schools import codes
from crm_schools.importing import day_orders
from crm_schools.importing.attendance import parts
from crm_schools.importing.attendance.source import ENDS_BEFORE, AttendanceSource, listed, marks_of_school
from crm_schools.importing.base import OwnFiles, keep_problems, keep_to_those_who_may_see
from crm_schools.lookups import looked
from crm_schools.marks import Mark, pack, unpack
from crm_schools.models import Attendance, Code, Enrolment, Reached, School, Student, Year
from crm_schools.permissions import STUDENTS
from crm_schools.rating import settling
from crm_schools.words import year_words

DAYS_SHOWN: Final = 8
MANY_TAKEN: Final = 10
"""A whole file that takes so many days back of one student whom it names is asked about."""
PART_TAKEN: Final = 20
"""So is one that takes back more than one of so many days that are known of a school in a year: files of
different dates put together, a month left out, days that are wrong throughout."""
SOME_TAKEN: Final = 3
SMALL_PART: Final = 5
"""Of a school of which little is known that is asked of so many days already, if more than one of five."""
TAKEN: Final = "schools_taken"
Key = tuple[int, int, int]
"""Student, school, school year."""


class AttendanceImport(OwnFiles):
    """Days that students missed. A row of the file wins over what was known of that day; days that the file
    does not name stay as they are, since exports are often increments (PowerSchool)."""

    options: Sequence[str] = (*OwnFiles.options, "codes")
    asks_as = "attendance"
    written_at_once = 10_000
    totals: Mapping[str, str] = {
        "schools_many_not_named": "schools_many_not_named_in_all",
        "schools_many_taken": "schools_many_taken_in_all",
    }
    confirms: Collection[str] = (
        *day_orders.CONFIRMS,
        *parts.CONFIRMS,
        "schools_many_not_named_in_all",
        "schools_many_taken_in_all",
        "schools_much_taken",
        ENDS_BEFORE,
    )

    def __init__(self, *, whole: bool = False) -> None:
        """`whole`: between its first and last day the file says all that there is of each school in it, so a
        stored day that it does not name is taken back."""
        self.whole = whole

    def open(self, path: Path, name: str, options: Mapping[str, Any], work: Path | None) -> OwnSource:
        return AttendanceSource(path, name, options, work, whole=self.whole)

    def label(self, record: Mapping[str, Any]) -> str:
        if not record["key"]:
            return _not_named(record["student"])
        return _("Student %(number)s", number=record["key"])

    def describe(self, record: Mapping[str, Any]) -> list[tuple[str, str]]:
        marks = unpack(record["marks"], record["year"])
        return [
            (_("School"), _school_names().get(record["school"], "")),
            (_("School year"), year_words(record["year"])),
            (_("Days in the file"), _days_words(list(marks))),
        ]

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        words = {"through": _("Attendance up to"), "taken": _("Days taken back")}
        if " " in new:
            year, _space, marks = new.partition(" ")
            new = _days_words(list(unpack(marks, int(year))))
        return words.get(name, _("Days that change")), old, new

    def plan(self, lines: Sequence[Line], settings: Settings) -> None:
        stored, ordinary, later = _stored(lines), _ordinary(lines), _later(lines)
        for line in lines:
            keep_problems(line)
            row = stored.get(_key(line.record))
            old = row.marks if row is not None else ""
            new = _laid_over(old, line.record, ordinary)
            line.version = _version(old)
            if new == old and not (line.record["infer"] and row is None):
                line.action = "unchanged"
                line.record_id = row.id if row is not None else None
                # Where nobody missed anything new, a file still says up to when that is known.
                if day := later.pop((line.record["school"], line.record["year"]), ""):
                    line.action, line.changes = "update", [["through", "", day]]
                continue
            line.action = "create" if row is None else "update"
            line.record_id = row.id if row is not None else None
            line.changes = _changes(old, new, line.record)
            _note_taken(line, len(_gone(old, new, line.record)))
        # Of whom a whole file does not name, the plan says the days all the same.
        not_named = [line.record["student"] for line in lines if not line.record["key"]]
        looked(settings.actor, not_named, "import")
        keep_to_those_who_may_see(lines, settings)

    def conclude(self, said: Callable[[str], Sequence[Sequence[str]]]) -> Sequence[Notice]:
        """Schools of which a whole file takes a large part of their days back."""
        taken: Counter[tuple[int, int]] = Counter()
        for _code, place, count in said(TAKEN):
            of_school, of_year = place.split(" ")
            taken[int(of_school), int(of_year)] += int(count)
        names, told = _school_names(), []
        for (school_id, year), days in taken.items():
            known = sum(len(marks.split()) for _student, marks in marks_of_school(school_id, year))
            are_many = days >= MANY_TAKEN and PART_TAKEN * days > known
            if are_many or (days >= SOME_TAKEN and SMALL_PART * days > known):
                told.append(f"{names.get(school_id, '')} ({days} / {known})")
        return [Notice("schools_much_taken", {"schools": listed(told)})] if told else []

    def apply(self, lines: Sequence[Line], settings: Settings, change: Any) -> Sequence[int]:
        _reach(lines)
        wanted, ordinary = [line for line in lines if line.action in {"create", "update"}], _ordinary(lines)
        left_out = {each for line in lines for each in _among(ordinary, line.record["marks"])}
        # A file that comes again and changes nothing leaves nothing out that was not left out before.
        if left_out and (wanted or left_out - set(codes.left_out_in(left_out))):
            codes.leave_out(left_out, change.require_id())
        stored = _stored(wanted)
        with system("an import checks that its students are still there"):
            ids = [line.record["student"] for line in wanted]
            there = set(db.session().execute(select(Student.id).where(db.among(Student.id, ids))).scalars())
        creates: list[tuple[Line, str]] = []
        updates: list[tuple[int, str]] = []
        for line in wanted:
            row = stored.get(_key(line.record))
            old = row.marks if row is not None else ""
            if line.record["student"] not in there:
                line.skip("schools_gone")
            elif settings.recheck and _version(old) != line.version:
                line.skip("schools_changed_since")
            elif row is None:
                marks = _laid_over(old, line.record, ordinary)
                if marks or line.action == "create":
                    creates.append((line, marks))
            else:
                line.record_id = row.id
                updates.append((row.id, _laid_over(old, line.record, ordinary)))
        _create(creates, change)
        _update(updates, change)
        _infer([line for line, _marks in creates if line.record["infer"]], change)
        return ()

    def finish(self, settings: Settings, change: Any) -> None:
        """Everybody whose days enrolled grew, though the file does not name them: whoever missed nothing."""
        settling.settle_after_import(settings.actor)

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        changed = counts.get("create", 0) + counts.get("update", 0)
        return ngettext(
            "Attendance of %(num)s student from “%(file)s”",
            "Attendance of %(num)s students from “%(file)s”",
            changed,
            file=file_name,
        )


def _not_named(student_id: int) -> str:
    """What a student is called whom a whole file does not name: by number for whoever may see students."""
    with system("the number of a student for whoever may see students"):
        may_see = has_request_context() and current_actor().can_everywhere(STUDENTS)
        row = db.session().get(Student, student_id) if may_see else None
    if row is None:
        return _("A student whom the file does not name")
    return _("Student %(number)s, whom the file does not name", number=row.local_id)


def _later(lines: Sequence[Line]) -> dict[tuple[int, int], str]:
    """By school and year, up to which day the file says that attendance is known, where that is new."""
    said: dict[tuple[int, int], str] = {}
    for line in lines:
        key = line.record["school"], line.record["year"]
        said[key] = max(said.get(key, ""), line.record["through"])
    statement = select(Reached.school_id, Reached.school_year, Reached.through_on).where(
        db.among(Reached.school_id, {school for school, _year in said})
    )
    with system("how far attendance has come"):
        known = {(row[0], row[1]): row[2].isoformat() for row in db.session().execute(statement)}
    return {key: day for key, day in said.items() if day > known.get(key, "")}


def _ordinary(lines: Sequence[Line]) -> set[int]:
    """The codes that stand for an ordinary day present in the file, as far as they still mean present."""
    said = {code_id for line in lines for code_id in line.record.get("ordinary", ())}
    statement = select(Code.id).where(db.among(Code.id, said), Code.kind == "present")
    with system("codes mean the same for everybody"):
        return set(db.session().scalars(statement)) if said else set()


def _among(ordinary: Collection[int], marks: str) -> list[int]:
    """Which of these codes may be among the marks of a line; sometimes one that is not."""
    if not ordinary:
        return []
    marks += " "
    return [code_id for code_id in ordinary if f":{code_id} " in marks or f":{code_id}:" in marks]


def _key(record: Mapping[str, Any]) -> Key:
    return record["student"], record["school"], record["year"]


def _stored(lines: Sequence[Line]) -> dict[Key, Any]:
    ids = [line.record["student"] for line in lines]
    statement = select(
        Attendance.id, Attendance.student_id, Attendance.school_id, Attendance.school_year, Attendance.marks
    ).where(db.among(Attendance.student_id, ids))
    with system("an import compares with what is stored"):
        rows = db.session().execute(statement).all()
    return {(row.student_id, row.school_id, row.school_year): row for row in rows}


def _laid_over(old: str, record: Mapping[str, Any], ordinary: Collection[int]) -> str:
    """The stored marks with those of the file laid over them; an ordinary day present takes a mark away."""
    year = record["year"]
    if "whole" in record and old:
        first, last = record["whole"]
        old = pack(mark for mark in unpack(old, year) if not first <= mark[0].toordinal() <= last)
    if not old and not _among(ordinary, record["marks"]):
        return str(record["marks"])
    marks: dict[date, Mark] = {mark[0]: mark for mark in unpack(old, year)}
    for mark in unpack(record["marks"], year):
        if mark[1] in ordinary:
            marks.pop(mark[0], None)
        else:
            marks[mark[0]] = mark
    return pack(marks.values())


def _version(marks: str) -> int:
    """A number that tells one state of the marks from another; 31 bits, as the plan keeps it."""
    return crc32(marks.encode()) >> 1


def _changes(old: str, new: str, record: Mapping[str, Any]) -> list[Sequence[str]]:
    """Which days of the file differ from what is stored, as the file has them behind their year, and which a
    whole file takes back. For whoever may see the students alone, see `keep_to_those_who_may_see`."""
    if not old:
        return []
    year = record["year"]
    before = {day: (code, halves) for day, code, halves in unpack(old, year)}
    after = {day: (code, halves) for day, code, halves in unpack(new, year)}
    said = [mark for mark in unpack(record["marks"], year) if before.get(mark[0]) != after.get(mark[0])]
    gone = _gone(old, new, record)
    taken = [mark for mark in unpack(old, year) if mark[0] in gone]
    found = {"days": said if before else [], "taken": taken}
    return [[name, "", f"{year} {pack(marks)}"] for name, marks in found.items() if marks]


def _gone(old: str, new: str, record: Mapping[str, Any]) -> set[date]:
    """The days that a whole file takes back, for it does not name them."""
    if "whole" not in record or not old:
        return set()
    left = f"{new} {record['marks']}"
    return {mark[0] for mark in unpack(old, record["year"])} - {
        mark[0] for mark in unpack(left, record["year"])
    }


def _note_taken(line: Line, days: int) -> None:
    """Say of a row how many days it takes back, for what is said of the whole file."""
    if not days:
        return
    line.reasons.append([TAKEN, f"{line.record['school']} {line.record['year']}", str(days)])
    if days >= MANY_TAKEN and line.record["key"]:
        line.reasons.append(["schools_many_taken", "", str(days)])


def _create(creates: Sequence[tuple[Line, str]], change: Any) -> None:
    table = db.table(Attendance)
    ids = bulk.reserve(table, len(creates))
    rows = []
    for row_id, (line, marks) in zip(ids, creates, strict=True):
        line.record_id = row_id
        rows.append((row_id, *_key(line.record), marks))
    bulk.insert(table, ("id", "student_id", "school_id", "school_year", "marks"), rows)
    change.created(table, ids)


def _update(updates: Sequence[tuple[int, str]], change: Any) -> None:
    if not updates:
        return
    table = db.table(Attendance)
    before = change.watch(table, [row_id for row_id, _marks in updates])
    statement = update(table).where(table.c.id == bindparam("of_id")).values(marks=bindparam("new_marks"))
    with system("an import writes what it planned"):
        db.session().connection().execute(
            statement, [{"of_id": row_id, "new_marks": marks} for row_id, marks in updates]
        )
    change.changed(table, before)


def _reach(lines: Sequence[Line]) -> None:
    """Days enrolled count up to the last day of the file from now on."""
    settling.hold_back()
    last: dict[tuple[int, int], str] = {}
    for line in lines:
        key = line.record["school"], line.record["year"]
        if not line.record["through"]:
            continue
        last[key] = max(last.get(key, ""), line.record["through"])
    settling.reached({key: date.fromisoformat(day) for key, day in last.items()})


def _infer(lines: Sequence[Line], change: Any) -> None:
    """Enrol for the whole year whose attendance alone says where they go; see `Enrolment.source`."""
    if not lines:
        return
    students, enrolments = db.table(Student), db.table(Enrolment)
    ids = [line.record["student"] for line in lines]
    with system("an import infers enrolments"):
        grades = dict(
            db.session().execute(select(Student.id, Student.grade).where(db.among(Student.id, ids))).all()
        )
        begins = {
            (row[0], row[1]): row[2]
            for row in db.session().execute(
                select(School.id, Year.school_year, Year.begins_on).join(
                    Year, Year.district_id == School.district_id
                )
            )
        }
    rows, by_school = [], defaultdict(list)
    for row_id, line in zip(bulk.reserve(enrolments, len(lines)), lines, strict=True):
        student_id, school_id, year = _key(line.record)
        first = begins[school_id, year]
        rows.append(
            (row_id, student_id, school_id, year, grades.get(student_id, ""), first, None, "inferred")
        )
        by_school[school_id].append(student_id)
    columns = ("id", "student_id", "school_id", "school_year", "grade", "begins_on", "ends_on", "source")
    bulk.insert(enrolments, columns, rows)
    change.created(enrolments, [row[0] for row in rows])
    for school_id, found in by_school.items():
        with system("an import notes where students go"):
            without = db.session().execute(
                select(students.c.id).where(db.among(students.c.id, found), students.c.school_id.is_(None))
            )
            change.update(students, without.scalars().all(), {"school_id": school_id})


def _days_words(marks: Sequence[Mark]) -> str:
    """How many days a row of the plan has, and for whoever may see students the last of them with their
    codes: a plan is read by others than who has the file."""
    if not marks or not current_actor().can_everywhere(STUDENTS):
        return str(len(marks))
    shown = marks[-DAYS_SHOWN:]
    with system("whoever imports knows the codes of the file"):
        found = select(Code.id, Code.code).where(db.among(Code.id, {mark[1] for mark in shown}))
        names = dict(db.session().execute(found).all())
    said = ", ".join(f"{format_date(day, 'short')} {names.get(code, '')}" for day, code, _halves in shown)
    return f"{len(marks)}: {'… ' if len(shown) < len(marks) else ''}{said}"


def _school_names() -> dict[int, str]:
    with system("whoever imports knows the schools"):
        return dict(db.session().execute(select(School.id, School.name)).all())
