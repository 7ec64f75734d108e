"""Summary attendance as a kind of import: how many days each student was enrolled, and how many they
missed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from crm.plugin_api import bulk, day_here, db, ngettext, system
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import (
    BadFile,
    Limits,
    Line,
    Notice,
    OwnSource,
    Problem,
    Settings,
    TableSource,
    open_table,
)
from crm_schools.importing.base import OwnFiles, keep_problems, keep_to_those_who_may_see, words_of
from crm_schools.importing.columns import LABELS, Columns, district_of, whose
from crm_schools.importing.dates import day_of, half_days_of, school_year_of
from crm_schools.importing.day_orders import CONFIRMS, DayOrders, in_years
from crm_schools.importing.places import Places, students
from crm_schools.importing.roster.lines import line_of
from crm_schools.models import Attendance, Enrolment, Student, Year
from crm_schools.rating import settling
from crm_schools.terms import Terms
from crm_schools.words import grade_of, year_of, year_words

CHUNK: Final = 4000
NUMBERS: Final = ("enrolled", "absent", "excused", "unexcused")
_COLUMN: Final = {"excused": "absent_excused", "unexcused": "absent_unexcused"}


class SummarySource:
    """See `OwnSource`."""

    def __init__(self, path: Path, name: str, options: Mapping[str, Any]) -> None:
        self._table: TableSource = open_table(path, name=name, limits=Limits())
        self.headers = self._table.headers
        self.name = name
        self.fraction = 0.0
        self._columns = Columns("attendance-summary", name, self.headers, options)
        self._district = district_of(options)
        self._seen: dict[tuple[int, int, int], int] = {}
        self._own: list[Notice] = []
        self._taken: set[int] = set()
        self._terms: dict[tuple[int, int], Terms] = {}
        self._found, self.mapping = self._columns.found, self._columns.mapping
        days = {"through": self.headers[self._found["through"]]} if "through" in self._found else {}
        self._orders = DayOrders(days, options)
        self.lacks: Sequence[str] = self._columns.lacks([("student", "state_id"), ("enrolled",), ("absent",)])
        if not self.lacks:
            rows = self._table.sample()
            schools = {self._cell(cells, "school") for cells in rows} if "school" in self._found else None
            self.lacks = whose(schools, name, options)

    def sample(self, count: int) -> Sequence[Sequence[str]]:
        return self._table.sample(count)

    def preview(self, cells: Sequence[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
        facts = [(str(LABELS[name]), cells[index].strip()) for name, index in self._found.items()]
        self._orders.look_at(self._table.sample(), self._found)
        odd = [] if self.lacks else words_of(self._read(cells, Places(self._district))[1])
        who = self._cell(cells, "student") or self._cell(cells, "state_id")
        return who, [(label, value) for label, value in facts if value], odd

    @property
    def notices(self) -> list[Notice]:
        return [*self._table.notices, *self._columns.notices, *self._own]

    def lines(self, after: int) -> Iterator[list[Line]]:
        if self.lacks:
            raise BadFile(" ".join(self.lacks))
        places = Places(self._district)
        places.require_district()
        self._orders.look_at((cells for _number, cells in self._table.rows()), self._found)
        yield []
        for chunk in self._table.chunks(CHUNK, after):
            found = [(number, cells, *self._read(cells, places)) for number, cells in chunk]
            yield list(self._placed(found))
            self.fraction = self._table.fraction
        self._own = self._orders.notices(in_years(places.years.values(), day_here()))
        self._own += _daily({(school, year) for _student, school, year in self._seen})
        self._own += [
            Notice("schools_year_taken", {"year": year_words(year)}) for year in sorted(self._taken)
        ]
        self.fraction = 1.0

    def _cell(self, cells: Sequence[str], name: str) -> str:
        return self._orders.plainly(name, cells[self._found[name]].strip()) if name in self._found else ""

    def _read(self, cells: Sequence[str], places: Places) -> tuple[dict[str, Any], list[Problem]]:
        problems: list[Problem] = []
        key = self._cell(cells, "student") or self._cell(cells, "state_id")
        if not key:
            problems.append(Problem("schools_no_student", self.headers[0], "", fatal=True))
        record: dict[str, Any] = {"key": key, "grade": grade_of(self._cell(cells, "grade")) or ""}
        for name in NUMBERS:
            record[name] = self._number(cells, name, problems)
        record["school"] = self._school(cells, places, problems)
        text = self._cell(cells, "through")
        through = day_of(text)
        if text and through is None:
            header = self.headers[self._found["through"]]
            problems.append(Problem("schools_no_date", header, text, fatal=True))
        if through is not None and through > day_here():
            problems.append(Problem("schools_future", "", through.isoformat(), fatal=True))
        record["through"] = through.isoformat() if through else None
        record["year"] = self._year(cells, places, (record["school"], through), problems)
        _refuse_impossible(record, problems)
        return record, problems

    def _number(self, cells: Sequence[str], name: str, problems: list[Problem]) -> int | None:
        column = _COLUMN.get(name, name)
        text = self._cell(cells, column)
        if not text and name in {"excused", "unexcused"}:
            return None
        halves = half_days_of(text)
        header = self.headers[self._found[column]]
        if halves is None:
            problems.append(Problem("schools_no_number", header, text, fatal=True))
        elif halves < 0:
            problems.append(Problem("schools_negative", header, text, fatal=True))
        return halves

    def _school(self, cells: Sequence[str], places: Places, problems: list[Problem]) -> int | None:
        word = self._cell(cells, "school")
        found = places.school(word) if word else None
        if word and found is None:
            problems.append(Problem("schools_no_such_school", "", word, fatal=True))
        return found

    def _year(
        self,
        cells: Sequence[str],
        places: Places,
        known: tuple[int | None, date | None],
        problems: list[Problem],
    ) -> int | None:
        """The school year that the row says, else that of its last day, else the latest of the district that
        has begun, which the plan says; `known` are its school and that day."""
        text, (school, through) = self._cell(cells, "school_year"), known
        if text:
            year = school_year_of(text)
            if year is None:
                header = self.headers[self._found["school_year"]]
                problems.append(Problem("schools_no_year", header, text, fatal=True))
            return year
        if through is not None:
            return year_of(through.month, through.year)
        district = places.district_of.get(school or -1)
        years = {year for of, year in places.years if district in {None, of}}
        if len(years) == 1:
            return next(iter(years))
        begun: list[int] = [
            year
            for (of, year), row in places.years.items()
            if district in {None, of} and row.begins_on <= day_here()
        ]
        if not begun:
            problems.append(Problem("schools_which_year", fatal=True))
            return None
        self._taken.add(max(begun))
        return max(begun)

    def _placed(  # noqa: C901  # One question after another about each row, in the order they are asked.
        self, found: Sequence[tuple[int, Sequence[str], dict[str, Any], list[Problem]]]
    ) -> Iterator[Line]:
        """Lines with their students; a district is that of the school, or the only one."""
        places = Places(self._district)
        by_district: dict[int, list[str]] = {}
        for _number, _cells, record, _problems in found:
            district = places.district_of.get(record["school"] or -1, places.only_district)
            if district is not None:
                by_district.setdefault(district, []).append(record["key"])
        known = {district: students(district, keys) for district, keys in by_district.items()}
        schools = _schools_of([each for of_district in known.values() for each in of_district.ids.values()])
        for number, cells, record, problems in found:
            district = places.district_of.get(record["school"] or -1, places.only_district)
            ids, zeros, _states = known.get(district or -1, ({}, set(), set()))
            record["student"] = ids.get(record["key"])
            if district is None:
                # A school that nobody knows was said already.
                if not self._cell(cells, "school"):
                    problems.append(Problem("schools_which_district", fatal=True))
            elif record["student"] is None:
                problems.append(Problem("schools_no_such_student", "", record["key"], fatal=True))
            elif record["key"] in zeros:
                problems.append(Problem("schools_zeros", "", record["key"]))
            if record["school"] is None and record["student"] is not None:
                record["school"] = schools.get((record["student"], record["year"]))
                if record["school"] is None:
                    problems.append(Problem("schools_no_school_then", "", str(record["year"]), fatal=True))
            if district is not None and record["year"] and (district, record["year"]) not in places.years:
                problems.append(Problem("schools_unknown_year", "", year_words(record["year"]), fatal=True))
            self._look_again(places, district, number, record, problems)
            yield line_of(number, record, problems, cells)

    def _look_again(
        self,
        places: Places,
        district: int | None,
        number: int,
        record: Mapping[str, Any],
        problems: list[Problem],
    ) -> None:
        """Reject a second row about the same, and flag more days enrolled than there have been days of
        school: mostly that is a slip."""
        if district is None or any(problem.fatal for problem in problems):
            return
        year, said = places.years[district, record["year"]], record["through"]
        if (district, year.school_year) not in self._terms:
            self._terms[district, year.school_year] = Terms(district, year)
        term = self._terms[district, year.school_year].of(record["school"], record["grade"])
        last = min(date.fromisoformat(said) if said else day_here(), year.ends_on)
        days = term.between(year.begins_on, last)
        if record["enrolled"] > 2 * days:
            problems.append(Problem("schools_many_days", str(days), _days(record["enrolled"])))
        first = self._seen.setdefault(_key(record), number)
        if first != number:
            problems.append(Problem("schools_same_student", "", str(first), fatal=True))


def _daily(placed: AbstractSet[tuple[int, int]]) -> list[Notice]:
    """That daily attendance of some of these schools and years is known, and what that means."""
    statement = (
        select(Attendance.school_id, Attendance.school_year)
        .where(db.among(Attendance.school_id, {school for school, _year in placed}), Attendance.marks != "")
        .distinct()
    )
    with system("an import looks for daily attendance"):
        count = len(placed & {(row[0], row[1]) for row in db.session().execute(statement)})
    return [Notice("schools_daily_wins", {"count": count})] if count else []


def _refuse_impossible(record: Mapping[str, Any], problems: list[Problem]) -> None:
    enrolled, absent = record["enrolled"], record["absent"]
    if enrolled is None or absent is None or min(enrolled, absent) < 0:
        return
    if absent > enrolled:
        problems.append(Problem("schools_more_absent", _days(enrolled), _days(absent), fatal=True))
    parts = (record["excused"] or 0) + (record["unexcused"] or 0)
    if parts > absent:
        problems.append(Problem("schools_more_parts", _days(absent), _days(parts), fatal=True))


def _days(halves: int) -> str:
    return f"{halves // 2}.5" if halves % 2 else str(halves // 2)


def _schools_of(ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """By student and year the one school where they were enrolled."""
    statement = select(Enrolment.student_id, Enrolment.school_year, Enrolment.school_id).where(
        db.among(Enrolment.student_id, ids)
    )
    found: dict[tuple[int, int], set[int]] = {}
    with system("an import looks at who was enrolled where"):
        for student_id, year, school_id in db.session().execute(statement):
            found.setdefault((student_id, year), set()).add(school_id)
    return {key: next(iter(schools)) for key, schools in found.items() if len(schools) == 1}


class SummaryImport(OwnFiles):
    """Days enrolled and absent by student. Daily attendance, where it is known, wins over a summary."""

    asks_as = "attendance-summary"
    totals: Mapping[str, str] = {}
    confirms: Collection[str] = CONFIRMS

    def open(self, path: Path, name: str, options: Mapping[str, Any], work: Path | None) -> OwnSource:
        return SummarySource(path, name, options)

    def label(self, record: Mapping[str, Any]) -> str:
        return _("Student %(number)s", number=record["key"])

    def describe(self, record: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [
            (_("Days enrolled"), _days(record["enrolled"])),
            (_("Days absent"), _days(record["absent"])),
        ]

    def change_words(self, name: str, old: str, new: str) -> tuple[str, str, str]:
        label = LABELS["through"] if name == "through_on" else LABELS[_COLUMN.get(name, name)]
        known = new not in {"", "None"}
        return str(label), old, "" if not known else new if name == "through_on" else _days(int(new))

    def plan(self, lines: Sequence[Line], settings: Settings) -> None:
        stored = _stored(lines)
        for line in lines:
            keep_problems(line)
            row = stored.get(_key(line.record))
            if row is None:
                line.action = "create"
                continue
            line.record_id = row.id
            wanted = _values(line.record)
            # What the file says, never what is stored: whoever imports may not see the students' records.
            line.changes = [
                [name, "", str(value)] for name, value in wanted.items() if getattr(row, name) != value
            ]
            line.action = "update" if line.changes else "unchanged"
        keep_to_those_who_may_see(lines, settings)

    def apply(self, lines: Sequence[Line], settings: Settings, change: Any) -> Sequence[int]:
        settling.hold_back()
        wanted = [line for line in lines if line.action in {"create", "update"}]
        unique = {_key(line.record): line for line in wanted}
        for line in wanted:
            if unique[_key(line.record)] is not line:
                line.skip("schools_same_student", "", str(unique[_key(line.record)].number))
        stored = _stored(list(unique.values()))
        table = db.table(Attendance)
        new = [line for key, line in unique.items() if key not in stored]
        ids = bulk.reserve(table, len(new))
        columns_ = ("id", "student_id", "school_id", "school_year", *NUMBERS, "through_on", "marks")
        rows = []
        for row_id, line in zip(ids, new, strict=True):
            line.record_id = row_id
            rows.append((row_id, *_key(line.record), *_values(line.record).values(), ""))
        bulk.insert(table, columns_, rows)
        change.created(table, ids)
        old = [(stored[key].id, line) for key, line in unique.items() if key in stored]
        if old:
            before = change.watch(table, [row_id for row_id, _line in old])
            names = (*NUMBERS, "through_on")
            statement = (
                update(table)
                .where(table.c.id == bindparam("of_id"))
                .values({name: bindparam(f"new_{name}") for name in names})
            )
            values = []
            for row_id, line in old:
                line.record_id = row_id
                values.append(
                    {"of_id": row_id, **{f"new_{name}": v for name, v in _values(line.record).items()}}
                )
            with system("an import writes what it planned"):
                db.session().connection().execute(statement, values)
            change.changed(table, before)
        _enrol(list(unique.values()), change)
        return ()

    def summary(self, file_name: str, counts: Mapping[str, int]) -> str:
        number = counts.get("create", 0) + counts.get("update", 0)
        return ngettext(
            "Days of %(num)s student from “%(file)s”",
            "Days of %(num)s students from “%(file)s”",
            number,
            file=file_name,
        )


def _enrol(lines: Sequence[Line], change: Any) -> None:
    """Whom the file alone places in a school is enrolled there for the year, since numbers need a place."""
    ids = [line.record["student"] for line in lines]
    with system("an import looks at who was enrolled where"):
        statement = select(Enrolment.student_id, Enrolment.school_id, Enrolment.school_year)
        there = {
            tuple(row) for row in db.session().execute(statement.where(db.among(Enrolment.student_id, ids)))
        }
        begins = {
            (row[0], row[1]): row[2]
            for row in db.session().execute(
                select(Student.id, Year.school_year, Year.begins_on)
                .join(Year, Year.district_id == Student.district_id)
                .where(db.among(Student.id, ids))
                .where(Year.school_year.in_({line.record["year"] for line in lines}))
            )
        }
    new = [line.record for line in lines if _key(line.record) not in there]
    table = db.table(Enrolment)
    row_ids = bulk.reserve(table, len(new))
    rows = [
        (row_id, *_key(record), record["grade"], begins[record["student"], record["year"]], None, "file")
        for row_id, record in zip(row_ids, new, strict=True)
    ]
    names = ("id", "student_id", "school_id", "school_year", "grade", "begins_on", "ends_on", "source")
    bulk.insert(table, names, rows)
    change.created(table, row_ids)


def _key(record: Mapping[str, Any]) -> tuple[int, int, int]:
    return record["student"], record["school"], record["year"]


def _values(record: Mapping[str, Any]) -> dict[str, Any]:
    through = record["through"]
    return {name: record[name] for name in NUMBERS} | {
        "through_on": date.fromisoformat(through) if through else None
    }


def _stored(lines: Sequence[Line]) -> dict[tuple[int, int, int], Any]:
    table = db.table(Attendance)
    statement = select(*table.c).where(
        db.among(table.c.student_id, [line.record["student"] for line in lines])
    )
    with system("an import compares with what is stored"):
        rows = db.session().execute(statement).all()
    return {(row.student_id, row.school_id, row.school_year): row for row in rows}
