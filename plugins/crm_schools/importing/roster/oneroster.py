"""OneRoster 1.1 and 1.2 archives, whole (bulk) or as what changed (delta).

Source: 1EdTech OneRoster CSV binding. It has no attendance. Enrolments are those of classes, so when a
student came to a school and left it is the union of them, which is an inference."""

import csv
import io
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile, Line, Notice, Problem
from crm_schools.importing.dates import day_of, yes_or_no
from crm_schools.importing.places import Places
from crm_schools.importing.roster import guardians, records
from crm_schools.importing.roster.lines import line_of
from crm_schools.words import grade_of, year_of

CHUNK: Final = 4000
NEEDED: Final = ("orgs", "users")
KNOWN: Final = ("orgs", "academicSessions", "users", "roles", "enrollments", "demographics", "classes")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "orgs": ("sourcedId", "name", "type", "identifier", "parentSourcedId"),
    "academicSessions": (
        "sourcedId",
        "title",
        "type",
        "startDate",
        "endDate",
        "parentSourcedId",
        "schoolYear",
    ),
    "users": ("sourcedId", "givenName", "familyName", "grades"),
    "roles": ("userSourcedId", "role", "orgSourcedId"),
    "enrollments": ("userSourcedId", "schoolSourcedId", "role", "beginDate", "endDate"),
    "demographics": ("sourcedId",),
    "classes": ("sourcedId",),
}
"""Headers that a file cannot do without; they are compared letter by letter, as the binding asks."""
RACES: Final = {
    "americanIndianOrAlaskaNative": "american_indian",
    "asian": "asian",
    "blackOrAfricanAmerican": "black",
    "nativeHawaiianOrOtherPacificIslander": "pacific",
    "white": "white",
}
MOST_BYTES: Final = 4 << 30
GONE: Final = "tobedeleted"


def is_archive(path: Path) -> bool:
    """Whether this is a zip that calls itself OneRoster, or looks like one."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = {Path(name).name.casefold() for name in archive.namelist()}
    return bool(names & {"manifest.csv", "orgs.csv", "users.csv", "enrollments.csv"})


class OneRoster:
    """See `OwnSource`."""

    def __init__(self, path: Path, name: str, work: Path | None) -> None:
        self.name, self._path, self._work = name, path, work
        self.headers: list[str] = []
        self.fraction = 0.0
        self.notices: list[Notice] = []
        self._members, self.kinds = self._manifest()

    # The archive.

    def _manifest(self) -> tuple[dict[str, str], dict[str, str]]:
        """Where each file lies, and whether it is bulk or delta. BadFile where one is missing or misnamed."""
        with zipfile.ZipFile(self._path) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > MOST_BYTES or len(infos) > 1000:
                raise BadFile(_("“%(name)s” would unpack to far more than a roster needs.", name=self.name))
            by_name = {Path(info.filename).name: info.filename for info in infos if not info.is_dir()}
            self._refuse_misnamed(by_name)
            if "manifest.csv" not in by_name:
                raise BadFile(
                    _("“%(name)s” has no manifest.csv, which says what the other files are.", name=self.name)
                )
            rows = list(_rows(archive, by_name["manifest.csv"]))
        said = {row[0].strip(): row[1].strip().casefold() for row in rows if len(row) > 1}
        kinds = {
            name: said.get(f"file.{name}", "absent")
            for name in KNOWN
            if said.get(f"file.{name}", "absent") != "absent"
        }
        for name, kind in kinds.items():
            self._refuse_kind(name, kind, by_name)
        for name in NEEDED:
            if name not in kinds and "delta" not in kinds.values():
                raise BadFile(
                    _(
                        "The manifest of “%(name)s” says that there is no %(file)s.csv.",
                        name=self.name,
                        file=name,
                    )
                )
        unused = sorted(set(by_name) - {f"{name}.csv" for name in KNOWN} - {"manifest.csv"})
        if unused:
            self.notices.append(Notice("schools_ignored_files", {"files": ", ".join(unused[:20])}))
        if "delta" in kinds.values():
            self.notices.append(Notice("schools_delta"))
        return {name: by_name[f"{name}.csv"] for name in kinds}, kinds

    def _refuse_misnamed(self, by_name: Mapping[str, str]) -> None:
        right = {f"{name}.csv".casefold(): f"{name}.csv" for name in (*KNOWN, "manifest")}
        for name in by_name:
            if name.casefold() in right and name != right[name.casefold()]:
                raise BadFile(
                    _(
                        "In “%(archive)s” a file is called %(name)s; OneRoster calls it %(right)s.",
                        archive=self.name,
                        name=name,
                        right=right[name.casefold()],
                    )
                )

    def _refuse_kind(self, name: str, kind: str, by_name: Mapping[str, str]) -> None:
        if kind not in {"bulk", "delta"}:
            raise BadFile(
                _(
                    "The manifest of “%(archive)s” says “%(kind)s” of %(name)s.csv, where bulk, delta or "
                    "absent is meant.",
                    archive=self.name,
                    kind=kind,
                    name=name,
                )
            )
        if f"{name}.csv" not in by_name:
            raise BadFile(
                _(
                    "The manifest of “%(archive)s” promises %(name)s.csv, and it is not in there.",
                    archive=self.name,
                    name=name,
                )
            )

    @property
    def is_delta(self) -> bool:
        return "delta" in self.kinds.values()

    # Lines.

    def lines(self, after: int) -> Iterator[list[Line]]:
        assert self._work is not None
        places = Places()
        if self.is_delta and not places.districts:
            raise BadFile(
                _(
                    "“%(name)s” is a delta: it says what changed since a whole roster, and there is none "
                    "yet. Import a "
                    "bulk archive first.",
                    name=self.name,
                )
            )
        self._work.unlink(missing_ok=True)
        database = sqlite3.connect(self._work, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode=OFF")
        for name in self._members:
            self._stage(database, name)
            yield []
        joined = _Joined(database, self.kinds, places)
        number = 0
        for record, problems, cells in joined.structure():
            number += 1
            if number > after:
                yield [line_of(number, record, problems, cells)]
        chunk: list[Line] = []
        for record, problems, cells in chain(joined.students(), joined.guardians()):
            number += 1
            if number > after:
                chunk.append(line_of(number, record, problems, cells))
            if len(chunk) >= CHUNK:
                self.fraction = 0.5
                yield chunk
                chunk = []
        yield chunk
        database.close()
        self.fraction = 1.0

    def _stage(self, database: sqlite3.Connection, name: str) -> None:
        """One file as a table; a column that it lacks is not in it."""
        with zipfile.ZipFile(self._path) as archive:
            rows = _rows(archive, self._members[name])
            headers = [header.strip() for header in next(rows, [])]
            self._refuse_headers(name, headers)
            listed = ", ".join(f'"{header}"' for header in headers)
            marks = ", ".join("?" * len(headers))
            database.execute(f'CREATE TABLE "{name}" ({listed})')
            width = len(headers)
            fitted = ([*row[:width], *[""] * (width - len(row))] for row in rows if any(row))
            database.execute("BEGIN")
            database.executemany(f'INSERT INTO "{name}" VALUES ({marks})', fitted)  # noqa: S608  # Names checked.
            database.execute("COMMIT")
        key = "userSourcedId" if name in {"enrollments", "roles"} else "sourcedId"
        database.execute(f'CREATE INDEX "{name}_key" ON "{name}" ("{key}")')

    def _refuse_headers(self, name: str, headers: Sequence[str]) -> None:
        if '"' in "".join(headers) or len(set(headers)) != len(headers):
            raise BadFile(_("The headers of %(name)s.csv cannot be told apart.", name=name))
        missing = [wanted for wanted in COLUMNS[name] if wanted not in headers]
        if missing:
            near = {header.casefold(): header for header in headers}
            wrong = [near[each.casefold()] for each in missing if each.casefold() in near]
            said = _(" It has %(wrong)s: capitals count.", wrong=", ".join(wrong)) if wrong else ""
            raise BadFile(
                _("%(name)s.csv has no column %(missing)s.", name=name, missing=", ".join(missing)) + said
            )


def _rows(archive: zipfile.ZipFile, member: str) -> Iterator[list[str]]:
    with archive.open(member) as file:
        try:
            yield from csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""))
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadFile(_("%(member)s cannot be read as CSV in UTF-8.", member=member)) from error


Found = tuple[records.Record, list[Problem], Sequence[str]]


class _Joined:
    """The tables put together: first districts, schools and years, then student after student."""

    def __init__(self, database: sqlite3.Connection, kinds: Mapping[str, str], places: Places) -> None:
        database.row_factory = sqlite3.Row
        self.database, self.kinds, self.places = database, kinds, places
        self.orgs = {row["sourcedId"]: row for row in self._table("orgs")}
        self.years: dict[int, tuple[date, date]] = {}

    def _table(self, name: str) -> Iterator[sqlite3.Row]:
        if name in self.kinds:
            yield from self.database.execute(f'SELECT * FROM "{name}"')  # noqa: S608  # A name of KNOWN.

    def structure(self) -> Iterator[Found]:
        districts = [row for row in self.orgs.values() if row["type"] in {"district", "local"}]
        for row in districts:
            yield records.district(_org_key(row), row["name"]), [], list(row)
        for row in self.orgs.values():
            if row["type"] == "school":
                yield records.school(_org_key(row), row["name"], self._district_of(row)), [], list(row)
        self._read_years()
        for of in [_org_key(row) for row in districts] or [""]:
            for school_year, (begins, ends) in sorted(self.years.items()):
                yield records.year(of, school_year, begins, ends), [], []

    def _district_of(self, row: sqlite3.Row) -> str:
        parent = self.orgs.get(row["parentSourcedId"])
        for _step in range(5):
            if parent is None or parent["type"] in {"district", "local"}:
                break
            parent = self.orgs.get(parent["parentSourcedId"])
        return _org_key(parent) if parent is not None else ""

    def _read_years(self) -> None:
        for row in self._table("academicSessions"):
            begins, ends = day_of(row["startDate"]), day_of(row["endDate"])
            if begins is None or ends is None or ends < begins:
                continue
            said = row["schoolYear"].strip()
            school_year = int(said) if said.isdecimal() else year_of(begins.month, begins.year)
            first, last = self.years.get(school_year, (begins, ends))
            self.years[school_year] = min(first, begins), max(last, ends)

    # Students.

    def students(self) -> Iterator[Found]:
        if "users" not in self.kinds:
            yield from self._students_of_enrollments()
            return
        columns = {row[1] for row in self.database.execute("PRAGMA table_info(users)")}
        for user in self.database.execute("SELECT * FROM users ORDER BY rowid"):
            if self._is_student(user, columns):
                yield self._student(user, columns)

    def _is_student(self, user: sqlite3.Row, columns: set[str]) -> bool:
        if "role" not in columns and "roles" not in self.kinds:
            return True
        return "student" in self._roles(user, columns)

    def _roles(self, user: sqlite3.Row, columns: set[str]) -> set[str]:
        if "role" in columns:
            return {str(user["role"]).strip().casefold()}
        if "roles" not in self.kinds:
            return set()
        found = self.database.execute("SELECT role FROM roles WHERE userSourcedId = ?", (user["sourcedId"],))
        return {str(row["role"]).strip().casefold() for row in found}

    def guardians(self) -> Iterator[Found]:
        """Those who care for students, after the students. Either side may name the other as its agent."""
        columns = (
            {row[1] for row in self.database.execute("PRAGMA table_info(users)")}
            if "users" in self.kinds
            else set()
        )
        if "agentSourcedIds" not in columns:
            return
        self._note_agents()
        for user in self.database.execute("SELECT * FROM users ORDER BY rowid"):
            is_gone = "status" in columns and str(user["status"]).strip().casefold() == GONE
            if is_gone or not self._roles(user, columns) & guardians.ROLES:
                continue
            found = self.database.execute(
                "SELECT student FROM agent WHERE guardian = ?", (user["sourcedId"],)
            ).fetchall()
            students = [*(row[0] for row in found), *_listed(user["agentSourcedIds"])]
            if students:
                named = {
                    ours: str(user[theirs]).strip()
                    for ours, theirs in GUARDIAN_COLUMNS
                    if theirs in columns and str(user[theirs]).strip()
                }
                yield (
                    guardians.record(user["sourcedId"], self._only_district(), named, students),
                    [],
                    [user["sourcedId"]],
                )

    def _note_agents(self) -> None:
        """Which agents students name, by the agent."""
        self.database.execute("CREATE TABLE agent (guardian TEXT, student TEXT)")
        rows = self.database.execute(
            "SELECT sourcedId, agentSourcedIds FROM users WHERE agentSourcedIds <> ''"
        )
        self.database.executemany(
            "INSERT INTO agent VALUES (?, ?)",
            ((agent, row[0]) for row in rows.fetchall() for agent in _listed(row[1])),
        )
        self.database.execute("CREATE INDEX agent_key ON agent (guardian)")

    def _student(self, user: sqlite3.Row, columns: set[str]) -> Found:
        problems: list[Problem] = []
        told = self._told(user, columns, problems)
        grade = grade_of(user["grades"].split(",")[0])
        if grade is None:
            problems.append(Problem("schools_no_grade", "grades", user["grades"]))
        spans, districts = self._spans(user, grade or "", columns, problems)
        key = (user["identifier"].strip() if "identifier" in columns else "") or user["sourcedId"]
        of = districts[0] if districts else self._only_district()
        record = records.student(key, of, told, spans, delta=self.kinds.get("enrollments") != "bulk")
        if "status" in columns and str(user["status"]).strip().casefold() == GONE:
            problems.append(Problem("schools_gone_there", "", key))
        return record, problems, list(user)

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
            told |= _demographics(row, problems) if row is not None else {}
        return told

    def _spans(
        self, user: sqlite3.Row, grade: str, columns: set[str], problems: list[Problem]
    ) -> tuple[list[list[Any]], list[str]]:
        """The union of class enrolments by school and year; without any, the whole of the latest year in the
        school that the user is said to belong to."""
        by_school: dict[tuple[str, int], list[tuple[date, date | None]]] = {}
        for row in self._enrollments(user["sourcedId"]):
            begins, ends = day_of(row["beginDate"]), day_of(row["endDate"])
            school_year = year_of(begins.month, begins.year) if begins else self._newest()
            if school_year is None:
                continue
            first, last = self.years.get(school_year, (date(school_year - 1, 7, 1), date(school_year, 6, 30)))
            begins = begins or first
            if ends is not None and ends < begins:
                problems.append(Problem("schools_ends_before", begins.isoformat(), ends.isoformat()))
                continue
            open_end = None if ends is None or ends >= last else ends
            by_school.setdefault((row["schoolSourcedId"], school_year), []).append((begins, open_end))
        if not by_school:
            by_school = self._belongs(user, columns)
        spans, districts = [], []
        for (source, school_year), found in by_school.items():
            org = self.orgs.get(source)
            key = _org_key(org) if org is not None else source
            if org is None and self.places.school(key) is None:
                problems.append(Problem("schools_school_left_out", "", source))
                continue
            districts.append(self._district_of(org) if org is not None else "")
            spans += [
                [key, school_year, begins.isoformat(), ends.isoformat() if ends else None, grade]
                for begins, ends in records.joined(found)
            ]
        return spans, districts

    def _enrollments(self, source: str) -> list[sqlite3.Row]:
        if "enrollments" not in self.kinds:
            return []
        rows = self.database.execute("SELECT * FROM enrollments WHERE userSourcedId = ?", (source,))
        return [
            row
            for row in rows
            if str(row["role"]).strip().casefold() == "student"
            and not ("status" in row.keys() and str(row["status"]).strip().casefold() == GONE)  # noqa: SIM118
        ]

    def _belongs(
        self, user: sqlite3.Row, columns: set[str]
    ) -> dict[tuple[str, int], list[tuple[date, date | None]]]:
        newest = self._newest()
        if newest is None or self.kinds.get("users") == "delta":
            return {}
        if "orgSourcedIds" in columns:
            sources = [each.strip() for each in user["orgSourcedIds"].split(",") if each.strip()]
        elif "roles" in self.kinds:
            rows = self.database.execute(
                "SELECT orgSourcedId FROM roles WHERE userSourcedId = ?", (user["sourcedId"],)
            )
            sources = [row[0] for row in rows]
        else:
            sources = [user["primaryOrgSourcedId"]] if "primaryOrgSourcedId" in columns else []
        schools = [each for each in sources if each in self.orgs and self.orgs[each]["type"] == "school"]
        return {(each, newest): [(self.years[newest][0], None)] for each in schools[:1]}

    def _newest(self) -> int | None:
        return max(self.years) if self.years else None

    def _only_district(self) -> str:
        found = [row for row in self.orgs.values() if row["type"] in {"district", "local"}]
        return _org_key(found[0]) if len(found) == 1 else ""

    def _students_of_enrollments(self) -> Iterator[Found]:
        """A delta of enrolments alone: students are named by what their roster calls them."""
        statement = "SELECT DISTINCT userSourcedId AS sourcedId FROM enrollments ORDER BY 1"
        for row in self.database.execute(statement) if "enrollments" in self.kinds else ():
            problems: list[Problem] = []
            spans, _districts = self._spans(row, "", set(), problems)
            told = {"source_id": row["sourcedId"]}
            yield records.student("", "", told, spans, delta=True), problems, [row["sourcedId"]]


GUARDIAN_COLUMNS: Final = (
    ("phone", "sms"),
    ("phone", "phone"),
    ("email", "email"),
    ("given_name", "givenName"),
    ("family_name", "familyName"),
)
"""What is kept of a guardian; a phone that people answer comes before one for messages."""


def _listed(text: Any) -> list[str]:
    return [each.strip() for each in str(text or "").split(",") if each.strip()]


def _org_key(row: sqlite3.Row) -> str:
    """What people and other files call an organization: its identifier, where it has one."""
    return str(row["identifier"]).strip() or str(row["sourcedId"])


def _demographics(row: sqlite3.Row, problems: list[Problem]) -> dict[str, Any]:
    names = row.keys()

    def of(name: str) -> str:
        return str(row[name]).strip() if name in names else ""

    born = day_of(of("birthDate")) if of("birthDate") else None
    if of("birthDate") and (born is None or born.year < 1990):
        problems.append(Problem("schools_birth_date", "", of("birthDate")))
        born = None
    flags = {ours: bool(yes_or_no(of(theirs))) for theirs, ours in RACES.items()}
    race = records.race_of(flags, yes_or_no(of("hispanicOrLatinoEthnicity")))
    if not race and yes_or_no(of("demographicRaceTwoOrMoreRaces")):
        race = "several"
    gender = {"male": "male", "female": "female", "other": "nonbinary"}.get(of("sex").casefold(), "")
    return {"birth_date": born.isoformat() if born else "", "race": race, "gender": gender}
