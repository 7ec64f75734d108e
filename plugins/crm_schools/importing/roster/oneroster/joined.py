"""The tables of an archive put together."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any

from crm.plugin_api.transfer import Problem
from crm_schools.importing.places import Places, by_source
from crm_schools.importing.roster import never_came, records
from crm_schools.importing.roster.cells import says_nothing
from crm_schools.importing.roster.oneroster.leavers import set_aside
from crm_schools.importing.roster.oneroster.numbers import given_to_another
from crm_schools.importing.roster.oneroster.orgs import Orgs
from crm_schools.importing.roster.oneroster.people import demographics, is_gone, listed
from crm_schools.importing.roster.oneroster.sessions import (
    at_least,
    days_of,
    is_year,
    joined_years,
    spans_of_years,
    stored_years,
)
from crm_schools.importing.roster.oneroster.stays import (
    OTHER_ROLES,
    InClass,
    by_school,
    in_classes,
    is_of_student,
    spans_of,
)
from crm_schools.importing.roster.oneroster.told import NUMBERED, Found, Told, of_nobody, place_of, refused
from crm_schools.importing.roster.structure import Word
from crm_schools.importing.roster.years import SchoolYears, Years, running
from crm_schools.words import grade_of


class Joined:
    """The tables put together: first districts, schools and years, then student after student."""

    def __init__(
        self,
        database: sqlite3.Connection,
        kinds: Mapping[str, str],
        places: Places,
        made_on: date,
        district: int | None = None,
    ) -> None:
        """`made_on` is when the archive was made; `district` the one whose archive somebody said it is."""
        database.row_factory = sqlite3.Row
        self.database, self.kinds, self.places = database, kinds, places
        self.made_on, self._district = made_on, district
        set_aside(database, kinds)
        self.orgs = Orgs(self._table("orgs"), places, district, kinds.get("orgs", ""))
        self.years: Years = {}
        self._years_of: dict[str, Years] = {}
        """By what the archive calls their district."""
        self._stored = stored_years(places)
        self.without_number = 0
        """How many students have none but their id, as far as they were given."""
        self._left_out: list[Found] = []

    def _table(self, name: str) -> Iterator[sqlite3.Row]:
        if name in self.kinds:
            yield from self.database.execute(f'{NUMBERED} "{name}"')  # A name of KNOWN.

    def structure(self) -> Iterator[Found]:
        lines = self.orgs.schools
        for row, line in self.orgs.district_lines():
            yield line, [], [place_of("orgs", row)]
        for source, line in lines.items():
            yield line, [], [place_of("orgs", self.orgs.rows[source])]
        yield from self._read_years()
        for source, years in self._years_of.items():
            for school_year, (begins, ends) in sorted(years.items()):
                yield self.orgs.of(records.year("", school_year, begins, ends), source), [], []

    def _read_years(self) -> Iterator[Found]:
        """School years as the archive says them; of a year that it does not name, from its first term to its
        last, and no shorter than it is known: many systems export the terms of today alone. Terms that a
        delta names are not all there are, and so no year. Gives those that say no days."""
        sessions: list[sqlite3.Row] = []
        for row in self._table("academicSessions"):
            if is_gone(row):
                continue
            if days_of(row) is None:
                value = " – ".join(
                    row[name] or "?" for name in ("title", "schoolYear", "startDate", "endDate")
                )
                yield refused("academicSessions", row, "schools_term_unread", value)
                continue
            sessions.append(row)
        whole = spans_of_years(row for row in sessions if is_year(row))
        is_bulk = self.kinds.get("academicSessions") == "bulk"
        terms = spans_of_years(row for row in sessions if not is_year(row)) if is_bulk else {}
        for source in [row["sourcedId"] for row in self.orgs.districts] or [""]:
            known = self._known_years(source)
            self._years_of[source] = at_least(terms, known) | whole
        self.years = joined_years(chain.from_iterable(years.items() for years in self._years_of.values()))

    def _known_years(self, source: str) -> Years:
        """The school years that are set up for a district of the archive."""
        district = self.orgs.structure.named(self.orgs.of({}, source))
        rows = (row for (of, _year), row in self.places.years.items() if of == district)
        return {row.school_year: (row.begins_on, row.ends_on) for row in rows}

    # Students.

    def students(self) -> Iterator[Found]:
        if "users" in self.kinds:
            columns = {row[1] for row in self.database.execute("PRAGMA table_info(users)")}
            for user in self.database.execute(f"{NUMBERED} users ORDER BY _rowid_"):
                if self._is_student(user, columns):
                    yield self._student(user, columns)
        if self.kinds.get("users") != "bulk":
            yield from self._students_of_enrollments()

    def _is_student(self, user: sqlite3.Row, columns: set[str]) -> bool:
        """By the roles that the archive says; a delta, which may leave them out, means those whom it or
        somebody before enrolled as students."""
        said = self.roles(user, columns) - {""}
        if said:
            return "student" in said
        if self.kinds["users"] == "bulk":
            return "role" not in columns and "roles" not in self.kinds
        source = user["sourcedId"]
        rows = self._enrollments(source)
        return any(str(row["role"]).strip().casefold() == "student" for row in rows) or bool(
            by_source([source], self._district)
        )

    def roles(self, user: sqlite3.Row, columns: set[str]) -> set[str]:
        if "role" in columns:
            return {str(user["role"]).strip().casefold()}
        if "roles" not in self.kinds:
            return set()
        found = self.database.execute("SELECT role FROM roles WHERE userSourcedId = ?", (user["sourcedId"],))
        return {str(row["role"]).strip().casefold() for row in found}

    def _student(self, user: sqlite3.Row, columns: set[str]) -> Found:
        problems: list[Problem] = []
        told = self._told(user, columns, problems)
        grade = _grade(user["grades"], problems)
        number = user["identifier"].strip() if "identifier" in columns else ""
        self.without_number += not number
        key = number or user["sourcedId"]
        record = self._placed(key, user, grade, problems)
        record |= {"fields": records.said(told), "at": place_of("users", user)}
        if user["sourcedId"] in self._given_to_another:
            record["is_another"] = True
        if is_gone(user):
            problems.append(Problem("schools_gone_there", "", key))
        return record, problems, [place_of("users", user)]

    def _placed(self, key: str, user: sqlite3.Row, grade: str, problems: list[Problem]) -> records.Record:
        """The record with the stays of a student, in the district of the first of their schools."""
        rows, told = self._enrollments(user["sourcedId"]), Told(problems, self._left_out)
        found = list(in_classes(rows, self._of_stays, told))
        if self.kinds.get("enrollments") == "delta":
            return self._changed(key, grade, (rows, found), told)
        # Nobody takes anything back in what is whole.
        groups = by_school(each for each in found if not each.gone)
        never = [each for each in found if each.never_came]
        is_short = told.is_short  # Then whoever never came to one class may have come to another.
        guessed = {} if groups or never else self._without_class(user, rows, told)
        of = self.orgs.first_district(
            [school for school, _year in groups | guessed] or [each.school for each in never]
        )
        spans = self._spans(groups | guessed, (grade, of), rows, told)
        whole = self.kinds.get("enrollments") == "bulk"
        record = self.orgs.of(records.student(key, "", {}, spans, delta=not whole), of)
        if never and not is_short:
            record |= {"never": self._never(never, of), "never_in": [each.source for each in never]}
        if never and not groups and not is_short:  # New or not, the row says why they are enrolled nowhere.
            problems.append(Problem(never_came.NEVER, str(never[0].begins), str(never[0].gone)))
            record["never_said"] = True
        if is_short and spans and whole:
            problems.append(Problem("schools_none_ends"))
            record["is_short"] = True
        if guessed:
            record["guessed_of"] = self._count
        record["made"] = self.made_on.isoformat()
        return self._with_coming(record, [span[0] for span in spans])

    def _spans(
        self,
        groups: Mapping[tuple[str, int], Iterable[InClass]],
        whose: tuple[str, str],
        rows: Iterable[sqlite3.Row],
        told: Told,
    ) -> list[list[Any]]:
        """The stays in schools that are known; `whose` are the grade and what the archive calls the
        district."""
        (grade, of), spans = whose, list[list[Any]]()
        for (source, school_year), those in groups.items():
            school = self.orgs.word(source, of)
            if school is None:
                self._say_nowhere(source, rows, told)
            else:
                spans += spans_of(school, school_year, those, grade)
        return spans

    def _say_nowhere(self, school: str, rows: Iterable[sqlite3.Row], told: Told) -> None:
        """Nobody knows a school: said once at the student, and of each enrolment there."""
        said = Problem("schools_school_left_out", "", school)
        if said in told.problems:
            return  # Of another school year.
        told.problems.append(said)
        for row in rows:
            if row["schoolSourcedId"] == school and is_of_student(row):
                told.refuse(row, "schools_class_nowhere", school)

    def _without_class(
        self, user: sqlite3.Row, rows: Sequence[sqlite3.Row], told: Told
    ) -> dict[tuple[str, int], list[InClass]]:
        """Where the archive names no class of a student, they are taken to be in the school of their user,
        and that is told. What names classes, of which none can be used, is no ground to take anything."""
        for row in rows:
            if str(row["role"]).strip().casefold() in OTHER_ROLES:
                told.leave_out(row, "schools_class_of_role", row["role"])
        guessed = {} if rows else self._belongs(user)
        for school, _year in guessed:
            told.problems.append(Problem("schools_guessed", "", self.orgs.rows[school]["name"]))
        if not guessed and self.kinds.get("users") == "bulk":
            told.problems.append(Problem("schools_no_class" if rows else "schools_nowhere"))
        return guessed

    def _never(self, classes: Iterable[InClass], of: str) -> list[list[Any]]:
        """Where the student never came, as `never_came` takes it."""
        named = ((self.orgs.word(each.school, of), each) for each in classes)
        return [[word, each.school_year, str(each.gone)] for word, each in named if word is not None]

    def _changed(
        self, key: str, grade: str, named: tuple[Sequence[sqlite3.Row], Sequence[InClass]], told: Told
    ) -> records.Record:
        """The same of a delta, which names single classes: as their rows, and as they are understood."""
        rows, found = named
        classes: list[list[Any]] = []
        of = self.orgs.first_district(each.school for each in found)
        for each in found:
            if not each.source:
                told.problems.append(Problem("schools_class_unnamed", "", each.school))
                continue
            school = self.orgs.word(each.school, of)
            if school is None and not each.gone:
                self._say_nowhere(each.school, rows, told)
                continue
            ends = each.ends.isoformat() if each.ends else None
            begins = each.begins.isoformat()
            gone = (each.gone or self.made_on).isoformat() if each.is_gone else ""
            classes.append([each.source, school or "", each.school_year, begins, ends, gone])
        record = self.orgs.of(records.student(key, "", {}, [], delta=True), of)
        record |= {"classes": classes, "grade": grade}
        if going_on := [each.source for each in found if each.goes_on and not each.is_gone]:
            record["going_on"] = going_on
        return self._with_coming(record, [each[1] for each in classes if each[1]])

    def _with_coming(self, record: records.Record, words: Iterable[Word]) -> records.Record:
        """The record, with those of its schools that are not known yet."""
        coming = [word for word in words if str(word) in self.orgs.coming]
        return {**record, "coming": coming} if coming else record

    def left_out(self) -> Iterator[Found]:
        """Enrolments that cannot be used, each with its line, to be given after the students: theirs, and
        those of nobody whom the archive names."""
        yield from self._left_out
        if "enrollments" not in self.kinds:
            return
        yield from of_nobody(self.database, is_whole=self.kinds.get("users") == "bulk")

    @cached_property
    def _count(self) -> int:
        """How many students a whole archive names, whoever else is among its users."""
        columns = {row[1] for row in self.database.execute("PRAGMA table_info(users)")}
        users = self.database.execute("SELECT * FROM users")
        return sum(self._is_student(user, columns) for user in users)

    @cached_property
    def _given_to_another(self) -> set[str]:
        return given_to_another(self.database, self._district)

    @cached_property
    def _of_stays(self) -> SchoolYears:
        """The school years of the archive, else those that are set up."""
        years = self.years or self._stored
        return SchoolYears(years, self.years, running(years, self.made_on))

    def schools_with_students(self) -> list[int]:
        """The schools that are known and of which the archive has an enrolment. The number of one means
        nothing in another district than that which the archive names."""
        found: set[int | None] = set()
        for row in self.database.execute("SELECT DISTINCT schoolSourcedId FROM enrollments"):
            org = self.orgs.rows.get(row[0])
            of = self.orgs.district_of(org) if org is not None else ""
            word = self.orgs.word(row[0], of)
            found.add(self.orgs.structure.school_of(self.orgs.of({}, of), word) if word is not None else None)
        return sorted(school for school in found if school is not None)

    def _enrollments(self, source: str) -> list[sqlite3.Row]:
        if "enrollments" not in self.kinds:
            return []
        return self.database.execute(
            f"{NUMBERED} enrollments WHERE userSourcedId = ? ORDER BY _rowid_", (source,)
        ).fetchall()

    def _belongs(self, user: sqlite3.Row) -> dict[tuple[str, int], list[InClass]]:
        """Without any enrolment, the whole of the year that runs, in the school to which the user is said to
        belong."""
        newest = running(self.years, self.made_on)
        if newest is None or self.kinds.get("users") == "delta":
            return {}
        columns = user.keys()
        if "orgSourcedIds" in columns:
            sources = listed(user["orgSourcedIds"])
        elif "roles" in self.kinds:
            rows = self.database.execute(
                "SELECT orgSourcedId FROM roles WHERE userSourcedId = ?", (user["sourcedId"],)
            )
            sources = [row[0] for row in rows]
        else:
            sources = [user["primaryOrgSourcedId"]] if "primaryOrgSourcedId" in columns else []
        schools = [each for each in sources if each in self.orgs.schools]
        begins = self.years[newest][0]
        return {
            (each, newest): [InClass(records.GUESSED, each, newest, begins, None)] for each in schools[:1]
        }

    def _told(self, user: sqlite3.Row, columns: set[str], problems: list[Problem]) -> dict[str, Any]:
        def of(name: str) -> str:
            return str(user[name]).strip() if name in columns else ""

        told: dict[str, Any] = {
            "source_id": user["sourcedId"],
            "given_name": of("givenName"),
            "middle_name": of("middleName"),
            "family_name": of("familyName"),
            "preferred_name": of("preferredGivenName"),
        }
        if says_nothing(told["given_name"]) and says_nothing(told["family_name"]):
            told |= {"given_name": "", "family_name": ""}
            problems.append(Problem("schools_unnamed"))
        if "demographics" in self.kinds:
            row = self.database.execute(
                "SELECT * FROM demographics WHERE sourcedId = ?", (user["sourcedId"],)
            ).fetchone()
            told |= demographics(row, problems) if row is not None else {}
        return told

    def _students_of_enrollments(self) -> Iterator[Found]:
        """Enrolments of students of whom nothing else changed, named by what their roster calls them. Those
        who teach the classes are in them, too."""
        if "enrollments" not in self.kinds:
            return
        others = " AND userSourcedId NOT IN (SELECT sourcedId FROM users)" if "users" in self.kinds else ""
        statement = (
            "SELECT DISTINCT userSourcedId AS sourcedId FROM enrollments "  # noqa: S608  # Nothing of a file.
            f"WHERE lower(trim(role)) IN ('student', '') AND trim(userSourcedId) <> ''{others} ORDER BY 1"
        )
        for row in self.database.execute(statement):
            problems: list[Problem] = []
            record = self._placed("", row, "", problems)
            record["fields"] = {"source_id": row["sourcedId"]}
            yield record, problems, ["", row["sourcedId"]]


def _grade(text: str, problems: list[Problem]) -> str:
    """The first of the grades that a user has, and what is odd about them; empty for none."""
    said = list(dict.fromkeys(listed(text))) or [""]
    grade = grade_of(said[0])
    if grade is None:
        problems.append(Problem("schools_no_grade", "grades", text))
    elif len(said) > 1:
        problems.append(Problem("schools_several_grades", said[0], text))
    return grade or ""
