"""The tables of an archive put together."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile, Problem
from crm_schools.importing.dates import day_of
from crm_schools.importing.places import Places, by_source
from crm_schools.importing.roster import records
from crm_schools.importing.roster.oneroster.numbers import given_to_another
from crm_schools.importing.roster.oneroster.people import demographics, is_gone, listed
from crm_schools.importing.roster.oneroster.stays import InClass, Years, by_school, in_classes, spans_of
from crm_schools.importing.roster.structure import Structure, Word
from crm_schools.models import School
from crm_schools.words import fold, grade_of, year_of

Found = tuple[records.Record | None, list[Problem], Sequence[str]]
"""What is brought in, None of what cannot be used, with its problems and cells."""
DISTRICTS: Final = frozenset({"district", "local"})
"""Kinds of organizations that are districts; OneRoster 1.1 and 1.2 call them so."""


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
        self.orgs = {row["sourcedId"]: row for row in self._table("orgs")}
        self.years: dict[int, tuple[date, date]] = {}
        self._stored = _stored_years(places)
        self._schools: dict[str, tuple[bool, int | None]] = {}
        self._coming: set[str] = set()

    def _table(self, name: str) -> Iterator[sqlite3.Row]:
        if name in self.kinds:
            yield from self.database.execute(f'SELECT * FROM "{name}"')  # noqa: S608  # A name of KNOWN.

    def structure(self) -> Iterator[Found]:
        districts = [row for row in self.orgs.values() if kind_of(row) in DISTRICTS]
        for row in districts:
            yield self.of(records.district(org_key(row), row["name"]), ""), [], list(row)
        for row in self.orgs.values():
            if kind_of(row) == "school":
                self._refuse_moved(row)
                yield self._named(row), [], list(row)
        yield from self._read_years()
        for source in [row["sourcedId"] for row in districts] or [""]:
            for school_year, (begins, ends) in sorted(self.years.items()):
                yield self.of(records.year("", school_year, begins, ends), source), [], []

    def _refuse_moved(self, org: sqlite3.Row) -> None:
        """BadFile where a school has the number of another one that is stored, which would be renamed and get
        the students of both: either of the two is known under another number, by its name, or its system
        calls it otherwise than that one. A new name alone is no other school, nor are the ids of a new
        system."""
        record = self._named(org)
        stored = self._structure.row_of(record)
        if stored is None or fold(stored.name) == fold(org["name"]) or stored.source_id == org["sourcedId"]:
            return
        of_that_name = self._structure.school_of(record, org["name"])
        is_elsewhere = any(
            kind_of(row) == "school" and fold(row["name"]) == fold(stored.name) for row in self.orgs.values()
        )
        is_other = bool(stored.source_id) and self._is_of_same_system
        if is_other or is_elsewhere or of_that_name not in {None, stored.id}:
            raise BadFile(
                _(
                    "Schools have other numbers in this archive than here: %(number)s is “%(school)s” there "
                    "and “%(other)s” here. Correct the numbers on the pages of the schools, then look "
                    "through the file again.",
                    number=org_key(org),
                    school=org["name"],
                    other=stored.name,
                )
            )

    def is_of_unknown_district(self) -> bool:
        """Whether the archive names districts and none of them is here."""
        named = [row for row in self.orgs.values() if kind_of(row) in DISTRICTS]
        if self._district is not None or not named:
            return False
        return all(self._structure.district(org_key(row), row["name"]) is None for row in named)

    def of(self, record: records.Record, district: str) -> records.Record:
        """The record with its district, which the archive calls so: its key and name, or the id of the one
        whose archive it is."""
        if self._district is not None:
            return {**record, "district_id": str(self._district)}
        org = self.orgs.get(district)
        if org is None:
            return record
        return {**record, "district": org_key(org), "district_name": org["name"]}

    def _district_of(self, row: sqlite3.Row) -> str:
        """What the archive calls the district of a school; the only one there is where it says none."""
        parent = self.orgs.get(row["parentSourcedId"])
        for _step in range(5):
            if parent is None or kind_of(parent) in DISTRICTS:
                break
            parent = self.orgs.get(parent["parentSourcedId"])
        return str(parent["sourcedId"]) if parent is not None else self.only_district()

    def _read_years(self) -> Iterator[Found]:
        """School years as the archive says them; of a year that it does not name, from its first term to its
        last. Terms that a delta names are not all there are, and so no year. Gives those that say no days."""
        sessions: list[sqlite3.Row] = []
        for line, row in enumerate(self._table("academicSessions"), 2):
            if is_gone(row):
                continue
            if _days_of(row) is None:
                value = " – ".join(
                    row[name] or "?" for name in ("title", "schoolYear", "startDate", "endDate")
                )
                at = f"academicSessions.csv:{line}"
                yield None, [Problem("schools_term_unread", at, value, fatal=True)], list(row)
                continue
            sessions.append(row)
        whole = _spans_of(row for row in sessions if _is_year(row))
        terms = _spans_of(row for row in sessions if not _is_year(row))
        self.years = (terms if self.kinds.get("academicSessions") == "bulk" else {}) | whole

    # Students.

    def students(self) -> Iterator[Found]:
        if "users" in self.kinds:
            columns = {row[1] for row in self.database.execute("PRAGMA table_info(users)")}
            for user in self.database.execute("SELECT * FROM users ORDER BY rowid"):
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
        grade = grade_of(user["grades"].split(",")[0])
        if grade is None:
            problems.append(Problem("schools_no_grade", "grades", user["grades"]))
        key = (user["identifier"].strip() if "identifier" in columns else "") or user["sourcedId"]
        record = self._placed(key, user, grade or "", problems)
        record["fields"] = records.said(told)
        if user["sourcedId"] in self._given_to_another:
            record["is_another"] = True
        if is_gone(user):
            problems.append(Problem("schools_gone_there", "", key))
        return record, problems, list(user)

    def _placed(self, key: str, user: sqlite3.Row, grade: str, problems: list[Problem]) -> records.Record:
        """The record with the stays of a student, in the district of the first of their schools."""
        years = self._of_stays()
        rows = self._enrollments(user["sourcedId"])
        found = list(in_classes(rows, years, running(years, self.made_on), problems))
        if self.kinds.get("enrollments") == "delta":
            return self._changed(key, grade, found, problems)
        # Nobody takes anything back in what is whole.
        groups = by_school(each for each in found if not each.gone) or self._belongs(user)
        of = self._first_district(school for school, _year in groups)
        spans: list[list[Any]] = []
        for (source, school_year), those in groups.items():
            school = self._school_word(source, of)
            if school is None:
                problems.append(Problem("schools_school_left_out", "", source))
                continue
            spans += spans_of(school, school_year, those, grade)
        whole = self.kinds.get("enrollments") == "bulk"
        record = self.of(records.student(key, "", {}, spans, delta=not whole), of)
        return self._with_coming(record, [span[0] for span in spans])

    def _changed(
        self, key: str, grade: str, found: Sequence[InClass], problems: list[Problem]
    ) -> records.Record:
        """The same of a delta, which names single classes."""
        classes: list[list[Any]] = []
        of = self._first_district(each.school for each in found)
        for each in found:
            if not each.source:
                problems.append(Problem("schools_class_unnamed", "", each.school))
                continue
            school = self._school_word(each.school, of)
            if school is None and not each.gone:
                problems.append(Problem("schools_school_left_out", "", each.school))
                continue
            ends = each.ends.isoformat() if each.ends else None
            begins = each.begins.isoformat()
            gone = (each.gone or self.made_on).isoformat() if each.is_gone else ""
            classes.append([each.source, school or "", each.school_year, begins, ends, gone])
        record = self.of(records.student(key, "", {}, [], delta=True), of)
        record |= {"classes": classes, "grade": grade}
        return self._with_coming(record, [each[1] for each in classes if each[1]])

    def _with_coming(self, record: records.Record, words: Iterable[Word]) -> records.Record:
        """The record, with those of its schools that are not known yet."""
        coming = [word for word in words if str(word) in self._coming]
        return {**record, "coming": coming} if coming else record

    def _first_district(self, schools: Iterable[str]) -> str:
        """What the archive calls the district of the first of these schools that it knows, else the only one
        in it; empty where it names none."""
        for source in schools:
            org = self.orgs.get(source)
            if org is not None:
                return self._district_of(org)
            if self.places.by_source(source) or self.places.school(source):
                return ""
        return self.only_district()

    def _school_word(self, source: str, of: str) -> Word | None:
        """What a school of the archive, or one that is known by its name in there, is found by, as
        `structure.Word` says, in a line of the district `of`; None where nobody knows it."""
        org = self.orgs.get(source)
        if org is None:
            return self.places.by_source(source) or self.places.school(source)
        if kind_of(org) != "school":  # A department, or the district itself.
            return None
        is_coming, known_by_source = self._found(org)
        if known_by_source is not None:
            return known_by_source
        district = self._district_of(org)
        parent = self.orgs.get(district)
        word: Word = org_key(org)
        if district != of and parent is not None and self._district is None:
            word = [org_key(parent), parent["name"], org_key(org)]
        if is_coming:
            self._coming.add(str(word))
        return word

    def _found(self, org: sqlite3.Row) -> tuple[bool, int | None]:
        """Whether a school of the archive is not known yet, and its id where it is under another number."""
        source = org["sourcedId"]
        if source not in self._schools:
            record = self._named(org)
            stored = self._structure.stored_school(record)
            is_by_number = stored == self._structure.school_of(record, record["key"])
            self._schools[source] = stored is None, None if is_by_number else stored
        return self._schools[source]

    def _named(self, org: sqlite3.Row) -> records.Record:
        """The line about a school of the archive."""
        named = records.school(org_key(org), org["name"], "", source_id=org["sourcedId"])
        return self.of(named, self._district_of(org))

    @cached_property
    def _is_of_same_system(self) -> bool:
        """Whether the archive calls any school as it is known to be called by its system."""
        with system("an archive names schools as its system does"):
            rows = db.session().execute(select(School.source_id, School.local_id, School.name)).all()
        return any(
            source in self.orgs
            and (org_key(self.orgs[source]) == number or fold(self.orgs[source]["name"]) == fold(name))
            for source, number, name in rows
        )

    @cached_property
    def _given_to_another(self) -> set[str]:
        return given_to_another(self.database, self._district)

    @cached_property
    def _structure(self) -> Structure:
        """What is known before anything of the archive is written."""
        return Structure()

    def _of_stays(self) -> Years:
        """The school years of the archive, else those that are set up."""
        return self.years or self._stored

    def schools_with_students(self) -> list[int]:
        """The schools that are known and of which the archive has an enrolment. The number of one means
        nothing in another district than that which the archive names."""
        found: set[int | None] = set()
        for row in self.database.execute("SELECT DISTINCT schoolSourcedId FROM enrollments"):
            org = self.orgs.get(row[0])
            of = self._district_of(org) if org is not None else ""
            word = self._school_word(row[0], of)
            found.add(self._structure.school_of(self.of({}, of), word) if word is not None else None)
        return sorted(school for school in found if school is not None)

    def _enrollments(self, source: str) -> list[sqlite3.Row]:
        if "enrollments" not in self.kinds:
            return []
        return self.database.execute(
            "SELECT * FROM enrollments WHERE userSourcedId = ?", (source,)
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
        schools = [each for each in sources if each in self.orgs and kind_of(self.orgs[each]) == "school"]
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
        if not told["given_name"] and not told["family_name"]:
            problems.append(Problem("schools_unnamed"))
        if "demographics" in self.kinds:
            row = self.database.execute(
                "SELECT * FROM demographics WHERE sourcedId = ?", (user["sourcedId"],)
            ).fetchone()
            told |= demographics(row, problems) if row is not None else {}
        return told

    def only_district(self) -> str:
        """What the archive calls the one district that it names; empty where it names none or several."""
        found = [row for row in self.orgs.values() if kind_of(row) in DISTRICTS]
        return str(found[0]["sourcedId"]) if len(found) == 1 else ""

    def _students_of_enrollments(self) -> Iterator[Found]:
        """Enrolments of students of whom nothing else changed, named by what their roster calls them. Those
        who teach the classes are in them, too."""
        if "enrollments" not in self.kinds:
            return
        others = " AND userSourcedId NOT IN (SELECT sourcedId FROM users)" if "users" in self.kinds else ""
        statement = (
            "SELECT DISTINCT userSourcedId AS sourcedId FROM enrollments "  # noqa: S608  # Nothing of a file.
            f"WHERE lower(trim(role)) = 'student'{others} ORDER BY 1"
        )
        for row in self.database.execute(statement):
            problems: list[Problem] = []
            record = self._placed("", row, "", problems)
            record["fields"] = {"source_id": row["sourcedId"]}
            yield record, problems, [row["sourcedId"]]


def _stored_years(places: Places) -> Years:
    """The school years that are set up; of several districts from the earliest day to the latest."""
    found: dict[int, tuple[date, date]] = {}
    for (_district, school_year), row in places.years.items():
        first, last = found.get(school_year, (row.begins_on, row.ends_on))
        found[school_year] = min(first, row.begins_on), max(last, row.ends_on)
    return found


def _days_of(row: sqlite3.Row) -> tuple[date, date] | None:
    """The first and last day of a year or term; None where it does not say them, in this order."""
    begins, ends = day_of(row["startDate"]), day_of(row["endDate"])
    return (begins, ends) if begins is not None and ends is not None and begins <= ends else None


def _spans_of(sessions: Iterable[sqlite3.Row]) -> dict[int, tuple[date, date]]:
    """By school year, from the first day of these to the last."""
    found: dict[int, tuple[date, date]] = {}
    for row in sessions:
        days = _days_of(row)
        assert days is not None
        said = row["schoolYear"].strip()
        school_year = int(said) if said.isdecimal() else year_of(days[0].month, days[0].year)
        first, last = found.get(school_year, days)
        found[school_year] = min(first, days[0]), max(last, days[1])
    return found


def _is_year(row: sqlite3.Row) -> bool:
    return str(row["type"]).strip().casefold() == "schoolyear"


def running(years: Years, day: date) -> int | None:
    """The school year that holds a day; between two the one to come, and behind the last that one."""
    held = [year for year, (begins, ends) in years.items() if begins <= day <= ends]
    to_come = [year for year, (begins, _ends) in years.items() if begins > day]
    return max(held) if held else min(to_come) if to_come else max(years, default=None)


def kind_of(row: sqlite3.Row) -> str:
    """What an organization is; systems write `School` and `school`."""
    return fold(str(row["type"]))


def org_key(row: sqlite3.Row) -> str:
    """What people and other files call an organization: its identifier, where it has one."""
    return str(row["identifier"]).strip() or str(row["sourcedId"])
