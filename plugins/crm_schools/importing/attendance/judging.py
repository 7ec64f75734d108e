"""Whether what a row says can be: is it a day of that year, was the student there, is there but one row
for it."""

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import day_here, db, system
from crm.plugin_api.transfer import Line, Notice
from crm_schools.importing.attendance.stage import (
    HALVES_BITS,
    LINE_BITS,
    NOT_SAID,
    SAID_BITS,
    Bad,
    Group,
    Row,
)
from crm_schools.importing.places import Places, students
from crm_schools.marks import Mark, pack
from crm_schools.models import Enrolment, School
from crm_schools.terms import Term, Terms
from crm_schools.words import year_of

Spans = list[tuple[date, date | None, str]]
LOOKED_AT: Final = 200
MOST_AT_ONCE: Final = 8000
Asked = tuple[str, Group | None, list[Row] | None]
"""A student, and their group or their rows."""


@dataclass(slots=True)
class Part:
    """What the file says of one student in one school and year. `days` is how many rows that took; `infer`
    whether the file alone shows that they went there. Where nothing needed a look, `packed` are the marks."""

    key: str
    line: int
    student_id: int
    school_id: int
    school_year: int
    marks: dict[int, Mark] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    halves: dict[int, int] = field(default_factory=dict)
    flags: list[tuple[str, str, str]] = field(default_factory=list)
    days: int = 0
    through: date | None = None
    infer: bool = False
    packed: str = ""

    @property
    def text(self) -> str:
        """The marks, packed."""
        return self.packed or pack(self.marks.values())


class Tokens(dict[int, str]):
    """By a mark without its line how it is packed, each made once: there are millions, and few different
    ones."""

    def __init__(self, made: Callable[[int], str]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, mark: int) -> str:
        token = self[mark] = self._made(mark)
        return token


class Judge:
    """Knows the places, codes and calendars that the rows of one file need."""

    def __init__(
        self,
        places: Places,
        schools: Sequence[int | None],
        codes: Mapping[tuple[int, int], tuple[int, str, int]],
    ) -> None:
        self.places, self.schools, self.codes = places, schools, codes
        self.today = day_here()
        self._terms: dict[tuple[int, int], Terms] = {}
        self.through: Mapping[int, date] = {}
        """By district, up to when the file says that attendance is known; see `ends`."""
        self.aliases: Mapping[tuple[str, int], Sequence[str]] = {}
        self._infers: dict[tuple[int, int], bool] = {}
        self._inferred = 0
        self._days: dict[int, tuple[date, int]] = {}
        self._tokens: dict[int, Tokens] = {}
        self._limits: dict[Any, tuple[int, int, frozenset[int]]] = {}

    def notices(self) -> list[Notice]:
        """What is to be said of the whole file."""
        return [Notice("schools_inferred", {"count": self._inferred})] if self._inferred else []

    def ends(
        self, rows: Iterator[Row], *, by_school: bool = False
    ) -> Generator[list[Line], None, dict[int, date]]:
        """By district, or by school, the day of the first of these rows that is right, on a day of school:
        what is mistyped or about somebody unknown must not say up to when attendance is known.

        Where many are not right it takes a while: it gives no lines now and then, so that it can be left."""
        found: dict[int, date] = {}
        wanted = {
            school if by_school else self._district_of(place) for place, school in enumerate(self.schools)
        } - {None, 0}
        at_once = LOOKED_AT
        while wanted - set(found) and (some := list(islice(rows, at_once))):
            by_district: dict[int, list[Row]] = defaultdict(list)
            for row in some:
                district = self._district_of(row[2])
                if district is not None and (by_school or district not in found):
                    by_district[district].append(row)
            for district, those in by_district.items():
                for school_id, day in self._right(district, those):
                    found.setdefault(school_id if by_school else district, day)
            at_once = min(2 * at_once, MOST_AT_ONCE)
            yield []
        return found

    def _right(self, district: int, rows: Sequence[Row]) -> Iterator[tuple[int, date]]:
        """The school and day of each of these rows that is right."""
        known = students(district, list({row[1] for row in rows})).ids
        spans = self._spans([*known.values()])
        for row in rows:
            day, year = self._day(row[3])
            stays = spans.get(known.get(row[1], 0), {})
            if row[1] not in known:
                continue
            school_id = self.schools[row[2]] or self._school_on(day, year, stays)
            problem, _infer, grade = self._problem(district, school_id, day, year, stays)
            if not problem and self._term(district, year, school_id, grade).is_school(day):
                yield school_id, day

    def judge(
        self, batch: Sequence[Group], rows_of: Callable[[str], list[Row]], bad: list[Bad]
    ) -> Iterator[Part]:
        """What the file says of some students; `rows_of` gives the rows of one. Rows that cannot be are put
        to `bad`."""
        for district, groups in self._asked(batch, rows_of, bad).items():
            found, without_zeros, _states = students(district, [key for key, _group, _rows in groups])
            spans = self._spans([*found.values()])
            for key, group, some in groups:
                student_id = found.get(key)
                stays = spans.get(student_id or 0, {})
                lost = [key] if key in without_zeros else []
                if group is not None:
                    lost += self.aliases.get((key, group[1]), ())
                if student_id is not None and group is not None and not lost:
                    part = self._plain(student_id, district, group, stays)
                    if part is not None:
                        yield part
                        continue
                rows = some if some is not None else rows_of(key)
                if student_id is None:
                    bad += [(row[0], "schools_no_such_student", "", key) for row in rows]
                    continue
                flags = [("schools_zeros", "", each) for each in lost]
                yield from self._student(key, student_id, district, rows, stays, flags, bad)

    def _asked(
        self, batch: Sequence[Group], rows_of: Callable[[str], list[Row]], bad: list[Bad]
    ) -> Mapping[int, list[Asked]]:
        """The students by district: a group where all rows name one school, else the rows."""
        by_district: dict[int, list[Asked]] = defaultdict(list)
        for group in batch:
            district = self._district_of(group[1]) if group[1] == group[2] else None
            if district is not None:
                by_district[district].append((group[0], group, None))
                continue
            for each, some in self._by_district(rows_of(group[0]), bad).items():
                by_district[each].append((group[0], None, some))
        return by_district

    def _district_of(self, place: int) -> int | None:
        school = self.schools[place]
        return self.places.only_district if school == 0 else self.places.district_of.get(school or -1)

    def _plain(
        self,
        student_id: int,
        district: int,
        group: Group,
        spans: Mapping[tuple[int, int], Spans],
    ) -> Part | None:
        """What the file says of a student about whom there is nothing to ask: one stay in one school, each
        day once and a day of school. None for everybody else; most are like that, and a file has millions of
        days."""
        key, place, _greatest, line, all_marks = group
        school_id = self.schools[place]
        marks = [mark >> LINE_BITS for mark in all_marks]
        first, last = marks[0] >> SAID_BITS, marks[-1] >> SAID_BITS
        year = self._day(first)[1]
        stays = spans.get((school_id or 0, year), ())
        if not school_id or self._day(last)[1] != year or len(stays) != 1:
            return None
        begins, ends, open_on = self._bounds(district, year, school_id, stays[0])
        days = {mark >> SAID_BITS for mark in marks}
        if len(days) != len(marks) or not begins <= first <= last <= ends or not open_on.issuperset(days):
            return None
        tokens = self._tokens.get(district)
        if tokens is None:
            tokens = self._tokens[district] = Tokens(partial(self._token, district))
        packed = " ".join(map(tokens.__getitem__, marks))
        through = self.through.get(district)
        return Part(key, line, student_id, school_id, year, days=len(marks), through=through, packed=packed)

    def _bounds(
        self, district: int, year: int, school_id: int, stay: tuple[date, date | None, str]
    ) -> tuple[int, int, frozenset[int]]:
        """Between which days of a stay attendance can be, and the days of school, as ordinals."""
        key = district, year, school_id, stay
        if key not in self._limits:
            self._limits[key] = self._made_bounds(*key)
        return self._limits[key]

    def _made_bounds(
        self, district: int, year: int, school_id: int, stay: tuple[date, date | None, str]
    ) -> tuple[int, int, frozenset[int]]:
        known = self.places.years.get((district, year))
        if known is None:
            return 1, 0, frozenset()
        begins, ends, grade = stay
        last = min(ends or known.ends_on, known.ends_on, self.today)
        open_on = self._term(district, year, school_id, grade).open_ordinals
        return max(begins, known.begins_on).toordinal(), last.toordinal(), open_on

    def _day(self, ordinal: int) -> tuple[date, int]:
        """A day and its school year."""
        known = self._days.get(ordinal)
        if known is None:
            day = date.fromordinal(ordinal)
            known = self._days[ordinal] = day, year_of(day.month, day.year)
        return known

    def _token(self, district: int, mark: int) -> str:
        """How a mark of a file without its line is packed, by the codes of a district."""
        said = mark & ((1 << SAID_BITS) - 1)
        row = self._mark(self._day(mark >> SAID_BITS)[0], self.codes[district, said >> HALVES_BITS], said)
        return pack([row[0]])

    def _mark(self, day: date, code: tuple[int, str, int], said: int) -> tuple[Mark, int]:
        """A mark, and how many half days were missed."""
        code_id, _kind, usual = code
        halves = said & NOT_SAID
        missed = usual if halves == NOT_SAID else halves
        return (day, code_id, None if missed == usual else missed), missed

    def _by_district(self, rows: Sequence[Row], bad: list[Bad]) -> Mapping[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for row in rows:
            district = self._district_of(row[2])
            if district is None:
                code = "schools_no_such_school" if self.schools[row[2]] is None else "schools_which_district"
                bad.append((row[0], code, "", ""))
            else:
                found.setdefault(district, []).append(row)
        return found

    def _spans(self, student_ids: Sequence[int]) -> dict[int, dict[tuple[int, int], Spans]]:
        """By student, and by school and year, when they were enrolled."""
        table = db.table(Enrolment).c
        statement = select(
            table.student_id,
            table.school_id,
            table.school_year,
            table.begins_on,
            table.ends_on,
            table.grade,
        ).where(db.among(table.student_id, student_ids))
        found: dict[int, dict[tuple[int, int], Spans]] = defaultdict(dict)
        with system("an import looks at who was enrolled when"):
            for student_id, school_id, year, *stay in db.session().connection().execute(statement).all():
                found[student_id].setdefault((school_id, year), []).append(tuple(stay))
        return found

    def _student(
        self,
        key: str,
        student_id: int,
        district: int,
        rows: Sequence[Row],
        spans: Mapping[tuple[int, int], Spans],
        flags: list[tuple[str, str, str]],
        bad: list[Bad],
    ) -> Iterator[Part]:
        parts: dict[tuple[int, int], Part] = {}
        for line, _key, place, ordinal, said in rows:
            day, year = self._day(ordinal)
            school_id = self.schools[place] or self._school_on(day, year, spans)
            problem, infer, grade = self._problem(district, school_id, day, year, spans)
            if problem:
                bad.append((line, problem, "", day.isoformat()))
                continue
            part = parts.get((school_id, year))
            if part is None:
                part = parts[school_id, year] = Part(key, line, student_id, school_id, year, infer=infer)
                part.through = self.through.get(district)
                part.flags += flags
                self._inferred += infer
            mark, missed = self._mark(day, self.codes[district, said >> HALVES_BITS], said)
            self._note(part, line, ordinal, mark, missed, bad)
            if part.lines[ordinal] == line:
                self._flag_closed(part, line, day, self._term(district, year, school_id, grade))
        for part in parts.values():
            if part.days:
                yield part

    def _problem(
        self,
        district: int,
        school_id: int,
        day: date,
        year: int,
        spans: Mapping[tuple[int, int], Spans],
    ) -> tuple[str, bool, str]:
        """Why a row cannot be (empty for none), whether its enrolment is inferred, and the student's grade
        then."""
        if not school_id:
            return "schools_no_school_then", False, ""
        known = self.places.years.get((district, year))
        if known is None or not known.begins_on <= day <= known.ends_on:
            return "schools_outside_year", False, ""
        if day > self.today:
            return "schools_future", False, ""
        enrolled = spans.get((school_id, year))
        if not enrolled:
            return ("", True, "") if self._may_infer(district, year) else ("schools_not_enrolled", False, "")
        for begins, ends, grade in enrolled:
            if begins <= day and (ends is None or day <= ends):
                return "", False, grade
        before = day < min(each[0] for each in enrolled)
        return "schools_before_enrolment" if before else "schools_after_exit", False, ""

    def _note(
        self,
        part: Part,
        line: int,
        ordinal: int,
        mark: Mark,
        missed: int,
        bad: list[Bad],
    ) -> None:
        """Add a row to what is said of its day. Of two for one day the longer absence counts, flagged; of
        two that differ and are as long, the later row is rejected."""
        day = mark[0]
        if ordinal not in part.lines:
            part.marks[ordinal], part.lines[ordinal], part.halves[ordinal] = mark, line, missed
            part.days += 1
            return
        if mark == part.marks[ordinal]:
            part.flags.append(("schools_twice", str(line), day.isoformat()))
        elif missed == part.halves[ordinal]:
            bad.append((line, "schools_two_records", str(part.lines[ordinal]), day.isoformat()))
        else:
            part.flags.append(("schools_longer", f"{part.lines[ordinal]},{line}", day.isoformat()))
            if missed > part.halves[ordinal]:
                part.marks[ordinal], part.lines[ordinal], part.halves[ordinal] = mark, line, missed

    def _flag_closed(self, part: Part, line: int, day: date, term: Term) -> None:
        """A day that no calendar knows as one of school is kept, flagged, and counts for nothing."""
        if not term.is_school(day):
            part.flags.append(("schools_closed", str(line), day.isoformat()))

    def _term(self, district: int, year: int, school_id: int, grade: str) -> Term:
        if (district, year) not in self._terms:
            self._terms[district, year] = Terms(district, self.places.years[district, year])
        return self._terms[district, year].of(school_id, grade)

    def _school_on(self, day: date, year: int, spans: Mapping[tuple[int, int], Spans]) -> int:
        """The one school where the student was enrolled on a day; 0 where there is none, or several."""
        found = {
            school_id
            for (school_id, of_year), enrolled in spans.items()
            if of_year == year
            for begins, ends, _grade in enrolled
            if begins <= day and (ends is None or day <= ends)
        }
        return found.pop() if len(found) == 1 else 0

    def _may_infer(self, district: int, year: int) -> bool:
        """Whether nobody said of any student of the district where they are enrolled that year."""
        if (district, year) not in self._infers:
            statement = (
                select(func.count())
                .select_from(Enrolment)
                .join(School, School.id == Enrolment.school_id)
                .where(
                    School.district_id == district,
                    Enrolment.school_year == year,
                    Enrolment.source != "inferred",
                )
            )
            with system("whether a roster came"):
                self._infers[district, year] = not db.session().execute(statement).scalar_one()
        return self._infers[district, year]
