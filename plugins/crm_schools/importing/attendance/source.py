"""A file of daily attendance as one line for each student: what they missed in which school."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import select

from crm.plugin_api import current_actor, day_here, db, ngettext, system
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile, Line, Notice, Problem
from crm_schools import codes as code_table
from crm_schools import sources
from crm_schools.importing import day_orders, messages
from crm_schools.importing.attendance import judging
from crm_schools.importing.attendance.filling import Filling
from crm_schools.importing.attendance.rows import Rows, Table, open_rows
from crm_schools.importing.attendance.stage import Bad, Group, Stage
from crm_schools.importing.columns import district_of, shared_words, whose
from crm_schools.importing.places import Places, several_ways
from crm_schools.marks import unpack
from crm_schools.models import Attendance, Code
from crm_schools.permissions import STUDENTS
from crm_schools.words import fold, year_of

STUDENTS_AT_ONCE: Final = 4000
FEW_GONE: Final = 5
MOST_GONE: Final = 5
"""From so many students on whom a whole file does not name, and more than one of so many of whom any day is
known, somebody must agree that their days are taken back."""
LAST_OF_YEAR: Final = (6, 30)
"""Month and day with which a school year ends, as in `year_of`."""
BEFORE_END: Final = timedelta(7)
"""A school of which a whole file names no day so long before its end is asked about where days are known."""
ENDS_BEFORE: Final = "schools_ends_before"
MANY_BEHIND: Final = 5
SCHOOLS_NAMED: Final = 8


class AttendanceSource:
    """See `OwnSource`. The whole file is looked through before the first line is given, since a code that
    nobody has mapped stops all of it."""

    def __init__(
        self, path: Path, name: str, options: Mapping[str, Any], work: Path | None, *, whole: bool = False
    ) -> None:
        self.name = name
        self._is_whole = whole
        self._whole: dict[int, tuple[int, int]] = {}
        self._ordinary: list[int] = []
        self.rows: Rows = open_rows(path, name, str(options.get("format", "")), options)
        self.headers = self.rows.headers
        self._district = district_of(options)
        self._filling = Filling(self.rows, name, options)
        self._asked = (
            whose(self.rows.schools(), name, options)
            if isinstance(self.rows, Table) and not self.rows.lacks
            else []
        )
        self.fraction = 0.0
        self._own: list[Notice] = []
        self._work = work
        self._meanings = dict(self.rows.meanings)
        if text := options.get("codes"):
            self._meanings |= code_table.read(str(text), "--codes")

    # Columns, where it is a table.

    @property
    def mapping(self) -> dict[int, str]:
        return self.rows.mapping if isinstance(self.rows, Table) else {}

    @property
    def lacks(self) -> Sequence[str]:
        return [*self.rows.lacks, *self._asked] if isinstance(self.rows, Table) else ()

    def sample(self, count: int) -> Sequence[Sequence[str]]:
        return self.rows.sample(count) if isinstance(self.rows, Table) else []

    def preview(self, cells: Sequence[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
        return self.rows.preview(cells) if isinstance(self.rows, Table) else ("", [], [])

    @property
    def notices(self) -> list[Notice]:
        return [*self.rows.notices, *self._own]

    def lines(self, after: int) -> Iterator[list[Line]]:
        assert self._work is not None
        if self.lacks:
            raise BadFile(" ".join(self.lacks))
        self._refuse_whole()
        stage = Stage(self._work, anew=after == 0)
        if stage.is_new:
            stage = yield from self._read(stage)
        places = Places(self._district)
        can_be = day_orders.in_years(places.years.values(), day_here())
        self._own += self._filling.orders(stage).notices(can_be)
        schools = [self._school(places, word) for word in stage.words("school")]
        codes = self._codes(stage, places, schools)
        _join(stage, places, schools)
        stage.put_in_order()
        judge = judging.Judge(places, schools, codes)
        judge.through = yield from judge.ends(stage.newest())
        judge.aliases = stage.aliases()
        if self._is_whole:
            self._whole = yield from self._whole_of(stage, schools, judge)
        begins = stage.begins_of(after) if after else 0
        if begins is not None:
            yield from self._students(stage, judge, begins)
        yield from self._rejected(stage, 0 if begins is not None else after)
        yield from self._not_named(stage, after)
        self._own += judge.notices()
        self.fraction = 1.0

    def _refuse_whole(self) -> None:
        """What a whole file takes back tells who was absent, of a single student who is left out of it."""
        if self._is_whole and not current_actor().can_everywhere(STUDENTS):
            raise BadFile(
                _(
                    "Attendance that is whole is imported by somebody who may see the students, for what it "
                    "takes back tells who was absent. Import it as daily attendance, or ask an administrator."
                )
            )

    def _read(self, stage: Stage) -> Generator[list[Line], None, Stage]:
        """Put the rows into the stage; gives no lines now and then, so that others get their turn."""
        filling = self._filling.fill(stage)
        while True:
            try:
                next(filling)
            except StopIteration as ended:
                filled: Stage = ended.value
                return filled
            self.fraction = self.rows.fraction / 2
            yield []

    def _school(self, places: Places, word: str) -> int | None:
        """The school of a word; None where nobody knows it, 0 where the file names none."""
        return places.school(word) if word else 0

    # What is not in a file that is whole.

    def _whole_of(
        self, stage: Stage, schools: Sequence[int | None], judge: judging.Judge
    ) -> Generator[list[Line], None, dict[int, tuple[int, int]]]:
        """By the id of a school, the days between which the file says all that there is of it, as ordinals:
        from the first that it names there to the last that it names at all, in the school years of which it
        names days there. A school may have taken back its last days; one mistyped day at the beginning must
        not empty others."""
        if 0 in schools:
            raise BadFile(
                _(
                    "“%(name)s” does not name the school in every row, so nobody knows for which schools "
                    "it is whole. Add a column “school_id”, or import it as daily attendance.",
                    name=self.name,
                )
            )
        first = yield from judge.ends(stage.oldest(), by_school=True)
        last = yield from judge.ends(stage.newest(), by_school=True)
        ends: dict[int, date] = {}
        for school, day in last.items():
            district = judge.places.district_of[school]
            ends[district] = max(ends.get(district, day), day)
        whole: dict[int, tuple[int, int]] = {}
        for school in first.keys() & last.keys():
            end_of_year = date(year_of(last[school].month, last[school].year), *LAST_OF_YEAR)
            to = min(ends[judge.places.district_of[school]], end_of_year)
            whole[school] = first[school].toordinal(), to.toordinal()
        self._tell_of_early_ends(whole, last, judge)
        return whole

    def _tell_of_early_ends(
        self, whole: Mapping[int, tuple[int, int]], last: Mapping[int, date], judge: judging.Judge
    ) -> None:
        """Files of different dates put together would empty the last weeks of a school."""
        early = []
        for school_id, (_first, to) in whole.items():
            day, end = last[school_id], date.fromordinal(to)
            year = year_of(day.month, day.year)
            known = marks_of_school(school_id, year) if end - day > BEFORE_END else ()
            gone = sum(day < mark[0] <= end for _student, marks in known for mark in unpack(marks, year))
            if gone >= MANY_BEHIND:  # Single days are corrected.
                early.append(judge.places.name_of[school_id])
        if early:
            self._own.append(Notice(ENDS_BEFORE, {"schools": listed(early)}))

    def _not_named(self, stage: Stage, after: int) -> Iterator[list[Line]]:
        """Students whom the file does not name, though days of theirs lie between its first and last."""
        number = stage.last_line()
        for school_id, (first, last) in self._whole.items():
            begins, ends = date.fromordinal(first), date.fromordinal(last)
            for year in range(year_of(begins.month, begins.year), year_of(ends.month, ends.year) + 1):
                seen, marked = stage.seen(school_id, year), marks_of_school(school_id, year)
                gone = [
                    student_id
                    for student_id, marks in marked
                    if student_id not in seen
                    and any(begins <= mark[0] <= ends for mark in unpack(marks, year))
                ]
                # Some students are found to have missed nothing after all; many are left out by mistake.
                are_many = len(gone) >= FEW_GONE and MOST_GONE * len(gone) > len(marked)
                problem = Problem("schools_many_not_named" if are_many else "schools_not_named", "", "1")
                lines: list[Line] = []
                for student_id in gone:
                    number += 1
                    if number > after:
                        lines.append(self._taken_back(number, student_id, school_id, year, problem))
                yield lines

    def _taken_back(self, number: int, student_id: int, school_id: int, year: int, problem: Problem) -> Line:
        # Without their number: who was absent on a day is not for everybody to know who imports.
        record = {
            "key": "", "student": student_id, "school": school_id, "year": year, "marks": "", "days": 0,
            "through": day_words(min(self._whole[school_id][1], day_here().toordinal())), "infer": False,
            "whole": list(self._whole[school_id]),
        }  # fmt: skip
        return Line(number, record, [problem], None, orjson.dumps(record).decode())

    # Codes.

    def _codes(
        self, stage: Stage, places: Places, schools: Sequence[int | None]
    ) -> dict[tuple[int, int], tuple[int, str, int]]:
        """By district and place of a code: its id, kind and half days. BadFile where one is not mapped."""
        words = stage.words("code")
        wanted: dict[int, dict[int, int]] = {}
        for school, code, count in stage.pairs():
            found = schools[school]
            district = places.only_district if found == 0 else places.district_of.get(found or -1)
            if district is not None:
                counts = wanted.setdefault(district, {})
                counts[code] = counts.get(code, 0) + count
        if not wanted:
            self._refuse_unknown(stage, places)
        found_codes: dict[tuple[int, int], tuple[int, str, int]] = {}
        unmapped: list[tuple[str, str, int]] = []
        for district, counts in wanted.items():
            source = sources.in_file(self.name)
            with db.transaction(current_actor(), "schools.codes", _("Attendance codes of a file")):
                left = code_table.learn(district, [words[code] for code in counts], self._meanings, source)
            known = code_table.of_district(district)
            met: dict[int, tuple[Code, int]] = {}
            for code, count in counts.items():
                row = known[fold(words[code])]
                met[row.id] = row, count + met.get(row.id, (row, 0))[1]
                found_codes[district, code] = row.id, row.kind, row.halves
                if words[code] in left:
                    unmapped.append((places.districts[district], words[code], count))
            self._ordinary += code_table.ordinary(met)
            db.session().rollback()
        if unmapped:
            raise BadFile(_unmapped(unmapped))
        return found_codes

    def _refuse_unread(self, stage: Stage) -> None:
        """Where no row at all could be read, say why by the first of the commonest reason."""
        if stage.pairs() or (example := stage.commonest_bad()) is None:
            return
        line, code, column, value = example
        raise BadFile(
            _(
                "None of the rows of “%(name)s” can be read. Row %(row)s: %(why)s",
                name=self.name,
                row=line,
                why=messages.sentence(code, column, value),
            )
        )

    def _refuse_unknown(self, stage: Stage, places: Places) -> None:
        """Nothing of the file is about a school that we know."""
        self._refuse_unread(stage)
        places.require_district()
        words = [word for word in stage.words("school") if word]
        if shared := [word for word in words if places.is_shared(word)]:
            raise BadFile(shared_words(shared))
        if not words:
            raise BadFile(
                _(
                    "“%(name)s” names no school, and there are several districts. Add a column “school_id”.",
                    name=self.name,
                )
            )
        raise BadFile(
            _(
                "None of the schools in “%(name)s” is known: %(schools)s. Import the roster first, or "
                "correct the "
                "numbers of the schools.",
                name=self.name,
                schools=", ".join(words[:10]),
            )
        )

    # Lines.

    def _students(self, stage: Stage, judge: judging.Judge, after: int) -> Iterator[list[Line]]:
        groups = stage.students(after)
        while batch := list(islice(groups, STUDENTS_AT_ONCE)):
            yield self._judged(stage, judge, batch)

    def _judged(self, stage: Stage, judge: judging.Judge, batch: Sequence[Group]) -> list[Line]:
        bad: list[Bad] = []
        lines: list[Line] = []
        for part in judge.judge(batch, stage.rows_of, bad):
            record = {
                "key": part.key,
                "student": part.student_id,
                "school": part.school_id,
                "year": part.school_year,
                "marks": part.text,
                "days": part.days,
                "through": part.through.isoformat() if part.through else "",
                "infer": part.infer,
            }
            if self._ordinary:
                record["ordinary"] = self._ordinary
            if part.school_id in self._whole:
                record["whole"] = list(self._whole[part.school_id])
            problems = [Problem(code, column, value) for code, column, value in part.flags]
            lines.append(Line(part.line, record, problems, None, orjson.dumps(record).decode()))
        stage.reject(bad)
        # Of several districts, too, in the order of the file: planning goes on behind the last of them.
        begins = {group[0]: group[3] for group in batch}
        lines.sort(key=lambda line: begins[line.record["key"]])
        if self._whole:
            stage.see((line.record["school"], line.record["year"], line.record["student"]) for line in lines)
        return lines

    def _rejected(self, stage: Stage, after: int) -> Iterator[list[Line]]:
        """The rows that are not imported, as they stand in the file: it is read once more beside the list."""
        bad = stage.bad(after)
        wanted = next(bad, None)
        if wanted is None:
            return
        for chunk in self.rows.chunks():
            lines: list[Line] = []
            for number, cells in chunk:
                if wanted is not None and number == wanted[0]:
                    problem = Problem(*wanted[1:], fatal=True)
                    lines.append(Line(number, None, [problem], list(cells)))
                    wanted = next(bad, None)
            yield lines
            if wanted is None:
                return


def _join(stage: Stage, places: Places, schools: Sequence[int | None]) -> None:
    """Let one student whom a file writes in several ways (`0042` and `42`) be one."""
    by_district: dict[int, list[int]] = {}
    for place, school in enumerate(schools):
        district = places.only_district if school == 0 else places.district_of.get(school or -1)
        if district is not None:
            by_district.setdefault(district, []).append(place)
    for district, those in by_district.items():
        joined, bare = several_ways(district, partial(stage.written, those))
        stage.write_as(those, joined, bare)


def listed(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - SCHOOLS_NAMED
    return "; ".join([*names[:SCHOOLS_NAMED], *([f"+ {more}"] if more > 0 else [])])


def marks_of_school(school_id: int, year: int) -> Sequence[Any]:
    """(student, marks) of all of a school and year of whom any day is known."""
    statement = (
        select(Attendance.student_id, Attendance.marks)
        .where(Attendance.school_id == school_id, Attendance.school_year == year, Attendance.marks != "")
        .order_by(Attendance.id)
    )
    with system("an import takes back what a whole file does not name"):
        return db.session().execute(statement).all()


def _unmapped(found: Sequence[tuple[str, str, int]]) -> str:
    """What is to be mapped, with how often each stands in the file."""
    codes = ", ".join(
        ngettext(
            "“%(code)s” (%(num)s row, %(district)s)",
            "“%(code)s” (%(num)s rows, %(district)s)",
            count,
            code=code,
            district=district,
        )
        for district, code, count in sorted(found, key=lambda each: -each[2])[:40]
    )
    return ngettext(
        "Nothing was imported, since nobody has said what %(num)s code means: %(codes)s. Say it on the "
        "page of the "
        "district, “Attendance codes”, then look through the file again.",
        "Nothing was imported, since nobody has said what %(num)s codes mean: %(codes)s. Say it on the "
        "page of the "
        "district, “Attendance codes”, then look through the file again.",
        len(found),
        codes=codes,
    )


def day_words(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
