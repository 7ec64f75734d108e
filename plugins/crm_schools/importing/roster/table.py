"""A roster in a table: a row for each student, or one for each school where a student went.

Nothing tells a school or a year anew: those stand on the pages of the district. Rows of one student are put
together, since somebody who moved between schools is one student of the district."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final

from crm.plugin_api import current_actor, day_here
from crm.plugin_api.transfer import UNSAID, BadFile, Limits, Line, Notice, Problem, open_table
from crm.plugin_api.words import split_full_name
from crm_schools.importing import families, orders
from crm_schools.importing.base import words_of
from crm_schools.importing.columns import IGNORE, LABELS, Columns, district_of, whose
from crm_schools.importing.dates import day_of, school_year_of
from crm_schools.importing.day_orders import DayOrders, in_years
from crm_schools.importing.places import Places
from crm_schools.importing.roster import guardians, never_came, records, undated, values
from crm_schools.importing.roster.cells import DATES, order, said, says_nothing
from crm_schools.importing.roster.first_days import FirstDays
from crm_schools.importing.roster.lines import line_of
from crm_schools.importing.roster.not_named import NotNamed
from crm_schools.importing.roster.shared_numbers import SharedNumbers
from crm_schools.importing.roster.table_rows import Row, joined
from crm_schools.importing.roster.table_years import TableYears
from crm_schools.permissions import STUDENTS
from crm_schools.words import fold, grade_of, year_of, year_words

CHUNK: Final = 4000
NAMES: Final = {
    "given": "given_name",
    "middle": "middle_name",
    "family": "family_name",
    "suffix": "suffix",
    "preferred": "preferred_name",
}
WHO: Final = ("name", "given", "family", "birth_date")
"""What says which child a row is about."""
SUBGROUPS: Final = ("race", "gender", "english_learner", "disability", "disadvantaged", "housing")


class RosterTable:
    """See `OwnSource`."""

    def __init__(self, path: Path, name: str, options: Mapping[str, Any]) -> None:
        self._table = open_table(path, name=name, limits=Limits())
        self.headers = self._table.headers
        self.name = name
        self.fraction = 0.0
        self._columns = Columns("roster", name, self.headers, options)
        self._found, self.mapping = self._columns.found, self._columns.mapping
        self._orders = self._columns.orders
        days = {name: self.headers[index] for name, index in self._found.items() if name in DATES}
        self._day_orders = DayOrders(days, options)
        self.lacks: Sequence[str] = self._columns.lacks(
            [("student", "state_id"), ("family", "name"), ("school",)]
        )
        if not self.lacks:
            self.lacks = whose({self._cell(cells, "school") for cells in self._table.sample()}, name, options)
        columns = {which: families.naming_column(self._found, which) for which in orders.OF_ONE}
        self._relations = {
            which: families.relation(self.headers[index]) if index is not None else ""
            for which, index in columns.items()
        }
        self._places = Places(district_of(options))
        self._years = TableYears()
        self._first_days = FirstDays(self._places)
        self._shared = SharedNumbers()
        self._many = False
        self._not_named = 0

    def sample(self, count: int) -> Sequence[Sequence[str]]:
        return self._table.sample(count)

    def preview(self, cells: Sequence[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
        facts = [
            (str(LABELS[name]), said(name, cells[index]))
            for index, name in self.mapping.items()
            if name not in {IGNORE, UNSAID}
        ]
        self._day_orders.look_at(self._table.sample(), self._found)
        odd = [] if self.lacks else words_of(self._read(0, cells).problems)
        return self._key(cells), [each for each in facts if each[1]], odd

    @property
    def notices(self) -> list[Notice]:
        can_be = in_years(self._places.years.values(), date.max)
        said = [*self._day_orders.notices(can_be), *self._years.notices()]
        if self._first_days and current_actor().can_everywhere(STUDENTS):
            said.append(Notice("schools_terms_in_table", {}))
        if self._not_named:
            said.append(Notice("schools_not_in_table", {"count": self._not_named}))
        return [*self._table.notices, *self._columns.notices, *said]

    def lines(self, after: int) -> Iterator[list[Line]]:
        """Students as they stand in the file, whoever has several rows at the last of them; then those who
        care for them, numbered behind the last row."""
        if self.lacks:
            raise BadFile(" ".join(self.lacks))
        self._day_orders.look_at((cells for _number, cells in self._table.rows()), self._found)
        rows_of = self._repeated()
        yield []
        waiting: dict[str, list[Row]] = {}
        named = NotNamed(self._places, day_here())
        last = 0
        for chunk in self._table.chunks(CHUNK):
            lines = []
            for number, cells in chunk:
                last = number
                row = self._read(number, cells)
                named.take(row.record)
                key = row.record["key"]
                row.problems += (of_two := self._shared.problem(key))
                if key in rows_of and not of_two:
                    rows_of[key] -= 1
                    waiting.setdefault(key, []).append(row)
                    if rows_of[key]:
                        continue
                    row = joined(waiting.pop(key))
                if number > after:
                    lines.append(line_of(number, row.record, row.problems, row.cells))
            self.fraction = self._table.fraction * 0.7
            yield lines
        # A number would answer guesses: half of a school has to be known, and then one more name.
        if current_actor().can_everywhere(STUDENTS):
            self._not_named = named.count()
        yield from self._guardians(last, after)
        self.fraction = 1.0

    def _repeated(self) -> dict[str, int]:
        """How many rows those students have who have more than one; and whether the table is of several
        schools, and which of its days are those of terms."""
        seen, schools = set[str](), set[str]()
        found: dict[str, int] = {}
        for _number, cells in self._table.rows():
            schools.add(fold(self._cell(cells, "school")))
            self._first_days.take(*(self._cell(cells, name) for name in ("school", "grade", "entry", "exit")))
            key = self._key(cells)
            self._shared.take(key, *(self._cell(cells, name) for name in WHO))
            if key in seen:
                found[key] = found.get(key, 1) + 1
            elif key:
                seen.add(key)
        self._many = len(schools) > 1
        self._first_days.settle()
        self._shared.settle(self._table.rows(), self._key, self._child)
        return found

    # One row.

    def _cell(self, cells: Sequence[str], *names: str) -> str:
        found = (
            said(name, self._day_orders.plainly(name, cells[self._found[name]]))
            for name in names
            if name in self._found
        )
        return next((each for each in found if each), "")

    def _key(self, cells: Sequence[str]) -> str:
        return self._cell(cells, "student", "state_id")

    def _header(self, name: str) -> str:
        return self.headers[self._found[name]] if name in self._found else ""

    def _read(self, number: int, cells: Sequence[str]) -> Row:
        problems: list[Problem] = []
        key = self._key(cells)
        if not key:
            header = self._header("student") or self._header("state_id")
            problems.append(Problem("schools_no_student", header, "", fatal=True))
        fields = self._named(cells, problems) | self._subgroups(cells, problems)
        self._judge_orders(cells, problems)
        fields["state_id"] = self._cell(cells, "state_id")
        fields["birth_date"] = values.birth_date(self._cell(cells, "birth_date"), problems)
        school_id, span = self._span(cells, problems)
        of = str(self._places.district_of.get(school_id or -1, ""))
        came = span if span is None or not _is_never(span) else None
        record = records.student(key, "", fields, [came] if came else [], delta=False)
        record |= {"delta": records.BY_SCHOOL, "district_id": of, "several": self._many}
        if span and not came:
            record |= {"never": [[*span[:2], span[3]]]}
            is_said = any(problem.code == never_came.NEVER for problem in problems)
            record |= {"never_said": True} if is_said else {"left_before_term": True}
        if came:
            entry = self._cell(cells, "entry")
            is_exact = entry and not self._first_days.is_of_term(school_id, day_of(entry))
            named = "dated" if is_exact else "undated"
            record[named] = [self._as_of(school_id, came[:3], cells)]
            if in_summer := self._left_in_summer(school_id, came, cells):
                record["in_summer"] = in_summer
        return Row(number, cells, record, problems)

    def _named(self, cells: Sequence[str], problems: list[Problem]) -> dict[str, Any]:
        parts = split_full_name(self._cell(cells, "name"))
        told = {
            "given_name": parts.given_name,
            "middle_name": parts.middle_name,
            "family_name": parts.family_name,
            "suffix": parts.suffix,
        }
        told |= {ours: text for column, ours in NAMES.items() if (text := self._cell(cells, column))}
        if says_nothing(told["given_name"]) and says_nothing(told["family_name"]):
            problems.append(Problem("schools_no_name", "", "", fatal=True))
        return told

    def _subgroups(self, cells: Sequence[str], problems: list[Problem]) -> dict[str, Any]:
        return {
            name: values.subgroup(name, self._cell(cells, name), self._header(name), problems)
            for name in SUBGROUPS
            if name in self._found
        }

    def _span(self, cells: Sequence[str], problems: list[Problem]) -> tuple[int | None, list[Any] | None]:
        """The school, and the stay there; a row without one that can be is left out. Of who never came the
        last day is before the first."""
        word = self._cell(cells, "school")
        school_id = self._places.school(word) if word else None
        if school_id is None:
            code = "schools_no_such_school_named" if word else "schools_no_school_named"
            problems.append(Problem(code, "", word, fatal=True))
            return None, None
        grade = grade_of(self._cell(cells, "grade"))
        if grade is None:
            problems.append(Problem("schools_no_grade", self._header("grade"), self._cell(cells, "grade")))
        begins, ends = self._day(cells, "entry", problems), self._day(cells, "exit", problems)
        year = self._year(cells, school_id, (begins, ends), problems)
        if year is None:
            return school_id, None
        came, begins = begins or year.begins_on, max(begins or year.begins_on, year.begins_on)
        if ends is not None and ends < begins:
            # With a day of entry in an earlier year it is a stay that was, of a year that nobody set up.
            is_of_year = year_of(came.month, came.year) == year.school_year
            never = never_came.is_said(begins if is_of_year else came, ends)
            is_of_term = self._first_days.is_of_term(school_id, begins)
            if is_of_term and ends >= year.begins_on - never_came.MOST_BEFORE:
                return school_id, [word, year.school_year, begins.isoformat(), ends.isoformat(), grade or ""]
            code = never_came.NEVER if never else "schools_ends_before"
            problems.append(Problem(code, begins.isoformat(), ends.isoformat(), fatal=not never))
            if not never:
                return school_id, None
        last = None if ends is None or ends >= year.ends_on else ends.isoformat()
        return school_id, [word, year.school_year, begins.isoformat(), last, grade or ""]

    def _as_of(self, school_id: int | None, place: Sequence[Any], cells: Sequence[str]) -> list[Any]:
        """Of a stay: the school, the year, the first day, the day of the table in the year, and what that
        means for a stay elsewhere; see `undated`. A table of one school says nothing of the others, and one
        that comes after the year, and does not name it, nothing of who went elsewhere in it."""
        school_year = place[1]
        year = self._places.years.get((self._places.district_of.get(school_id or -1, 0), school_year))
        last = year.ends_on if year is not None else None
        today = day_here()
        is_over = last is not None and today > last
        if last is None or not is_over:
            return [*place, today.isoformat(), undated.ENDS if self._many else undated.BESIDE]
        how = undated.BESIDE if self._cell(cells, "school_year") else undated.OVER
        return [*place, last.isoformat(), undated.ENDS if how == "beside" and self._many else how]

    def _left_in_summer(
        self, school_id: int | None, place: Sequence[Any], cells: Sequence[str]
    ) -> list[list[Any]]:
        """The last day of a stay in the summer behind its year, of the year that has begun since: whoever is
        enrolled in that one had left by then."""
        of, (word, school_year, *_days) = self._places.district_of.get(school_id or -1, 0), place
        ends, year, following = (
            day_of(self._cell(cells, "exit")),
            self._places.years.get((of, school_year)),
            self._places.years.get((of, school_year + 1)),
        )
        if ends is None or year is None or following is None or following.begins_on > day_here():
            return []
        is_in_summer = year.ends_on < ends < following.begins_on
        return [[word, following.school_year, ends.isoformat()]] if is_in_summer else []

    def _day(self, cells: Sequence[str], name: str, problems: list[Problem]) -> date | None:
        text = self._cell(cells, name)
        day = day_of(text) if text else None
        if text and day is None:
            problems.append(Problem("schools_no_date", self._header(name), text, fatal=True))
        return day

    def _year(
        self,
        cells: Sequence[str],
        school_id: int,
        days: tuple[date | None, date | None],
        problems: list[Problem],
    ) -> Any:
        """The school year that the row names, or its first and last `days`, or else the one that runs."""
        begins, ends = days
        district, text = self._places.district_of[school_id], self._cell(cells, "school_year")
        known = {year: row for (of, year), row in self._places.years.items() if of == district}
        if text:
            wanted = school_year_of(text)
            if wanted is None:
                problems.append(Problem("schools_no_year", self._header("school_year"), text, fatal=True))
                return None
        else:
            wanted = self._years.of(begins, ends, known, self._key(cells))
        if wanted is None or wanted not in known:
            code = "schools_unknown_year" if wanted else "schools_no_year_then"
            problems.append(Problem(code, "", year_words(wanted) if wanted else "", fatal=True))
            return None
        return known[wanted]

    # Guardians.

    def _guardians(self, last: int, after: int) -> Iterator[list[Line]]:
        """Those who care for the students, in the order of the file. Two rows mean one person where name, and
        phone or email, are the same."""
        number = last
        for chunk in self._guardian_chunks():
            found: dict[tuple[str, int], dict[str, Any]] = {}
            for cells in chunk:
                self._note_guardians(cells, found)
            lines = []
            for record in found.values():
                number += 1
                if number > after:
                    lines.append(line_of(number, record, guardians.orders(record), []))
            yield lines

    def _note_guardians(self, cells: Sequence[str], found: dict[tuple[str, int], dict[str, Any]]) -> None:
        """Those of one row. What they are to a student, and whether they must not be contacted about them, is
        said of that student alone."""
        student = self._key(cells)
        district = self._places.district_of.get(self._places.school(self._cell(cells, "school")) or -1)
        if not student or district is None or self._shared.problem(student):
            return
        every = self._orders.get(orders.EVERYBODY, ())
        named, child = self._named_guardians(cells), self._child(cells)
        names = {records.folded(told["given_name"], told["family_name"]) for told in named.values()}
        for which, told in named.items():
            key = guardians.key_of(told, student)
            record = found.setdefault((key, district), guardians.listed(key, told, district))
            if len(names) < len(named):
                record["apart"].append(student)
            own = self._orders.get(orders.OF_ONE[which], ())
            record["named"].setdefault(student, child)
            guardians.add(record, student, told, [cells[index] for index in (*own, *every)])

    def _child(self, cells: Sequence[str]) -> dict[str, str]:
        """What the student of a row is called, and when they were born."""
        told = self._named(cells, [])
        born = values.birth_date(self._cell(cells, "birth_date"), [])
        return {**{name: told[name] for name in ("given_name", "family_name")}, "birth_date": born}

    def _judge_orders(self, cells: Sequence[str], problems: list[Problem]) -> None:
        """Say where an order names no guardian and the row two of them, and where the row does not name the
        one that it is about."""
        if not self._orders:
            return
        named = self._named_guardians(cells)
        codes = {
            orders.EVERYBODY: {0: "schools_order_for_nobody", 1: ""}.get(len(named), "schools_order_for_all"),
            **{
                of: "" if which in named else "schools_order_for_nobody"
                for which, of in orders.OF_ONE.items()
            },
        }
        problems += [
            Problem(codes[target], self.headers[index], cells[index].strip()[: guardians.MOST_OF_AN_ORDER])
            for target, columns in self._orders.items()
            for index in columns
            if codes[target] and order(cells[index]) is not None
        ]

    def _guardian_chunks(self) -> Iterator[list[Sequence[str]]]:
        if not any(name.startswith("guardian") for name in self._found):
            return
        rows: Iterator[Sequence[str]] = (cells for _number, cells in self._table.rows())
        while chunk := list(islice(rows, CHUNK)):
            yield chunk

    def _named_guardians(self, cells: Sequence[str]) -> dict[int, dict[str, str]]:
        """What a row says of its first and its second guardian, of whichever it names."""
        told = {which: self._guardian(cells, which) for which in orders.OF_ONE}
        return {which: each for which, each in told.items() if each is not None}

    def _guardian(self, cells: Sequence[str], which: int) -> dict[str, str] | None:
        told = {part: self._cell(cells, f"guardian{which}_{part}") for part in guardians.TOLD}
        parts = split_full_name(told["name"])
        told["given_name"] = told.pop("given") or parts.given_name
        told["family_name"] = told.pop("family") or parts.family_name
        if says_nothing(told["given_name"]) and says_nothing(told["family_name"]):
            return None
        told["name"] = told["name"] or f"{told['given_name']} {told['family_name']}".strip()
        told["relation"] = told["relation"] or self._relations[which]
        return told


def _is_never(span: Sequence[Any]) -> bool:
    return span[3] is not None and span[3] < span[2]
