"""Ed-Fi rosters: interchange XML, resources of its API as JSON, or an archive of such files.

Source: Ed-Fi Data Standard 5. Days enrolled are enrolment spans × calendar dates marked `Instructional day`
or `Make-up day`; where the calendar is a fragment, terms state how many there are."""

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile, Line, Notice, Problem
from crm_schools.importing import jsonlines, xml
from crm_schools.importing.dates import day_of, school_year_of, yes_or_no
from crm_schools.importing.places import Places
from crm_schools.importing.roster import records
from crm_schools.importing.roster.lines import line_of
from crm_schools.words import fold, grade_of, grade_order, year_of

CHUNK: Final = 4000
WANTED: Final = {
    "LocalEducationAgency": "localEducationAgencies",
    "School": "schools",
    "Session": "sessions",
    "CalendarDate": "calendarDates",
    "Student": "students",
    "StudentSchoolAssociation": "studentSchoolAssociations",
    "StudentEducationOrganizationAssociation": "studentEducationOrganizationAssociations",
}
"""Elements of the interchanges, and the resources of the API that hold the same."""
DAY_KINDS: Final = {
    "instructional day": "instruction", "make-up day": "makeup", "holiday": "holiday",
    "teacher only day": "staff", "weather day": "weather",
}  # fmt: skip
RACES: Final = {
    "american indian - alaska native": "american_indian",
    "american indian - alaskan native": "american_indian",
    "asian": "asian",
    "black - african american": "black",
    "native hawaiian - pacific islander": "pacific",
    "white": "white",
}
Found = tuple[records.Record | None, list[Problem], Sequence[str]]


def is_edfi(head: bytes) -> bool:
    """Whether a file begins as XML or JSON does."""
    return head.startswith(b"<") or head[:1] in {b"{", b"["}


class EdFi:
    """See `OwnSource`. Students are put together in memory with their associations: one district each."""

    def __init__(self, path: Path, name: str) -> None:
        self.name, self._path = name, path
        self.headers: list[str] = []
        self.fraction = 0.0
        self.notices: list[Notice] = []
        if not zipfile.is_zipfile(path) and not is_edfi(
            path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
        ):
            raise BadFile(_("“%(name)s” is neither Ed-Fi XML nor JSON.", name=name))

    def lines(self, after: int) -> Iterator[list[Line]]:
        reader = _Reader(Places())
        for kind, line, element in self._records():
            reader.take(kind, line, element)
        chunk: list[Line] = []
        for number, (record, problems, cells) in enumerate(reader.found(), 1):
            if number > after:
                chunk.append(line_of(number, record, problems, cells))
            if len(chunk) >= CHUNK:
                yield chunk
                chunk = []
        yield chunk
        self.notices += reader.notices
        self.fraction = 1.0

    def _records(self) -> Iterator[tuple[str, int, xml.Record]]:
        if not zipfile.is_zipfile(self._path):
            yield from self._of_file(self._path, self.name)
            return
        with zipfile.ZipFile(self._path) as archive:
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                if info.filename.casefold().endswith(".xml"):
                    with archive.open(info) as stream:
                        yield from xml.records(stream, info.filename, WANTED)

    def _of_file(self, path: Path, name: str) -> Iterator[tuple[str, int, xml.Record]]:
        with path.open("rb") as stream:
            if _is_json(stream):
                for number, found in jsonlines.objects(path, name):
                    yield _json_kind(found, name), number, _as_xml(found)
                return
            stream.seek(0)
            yield from xml.records(stream, name, WANTED)


def _is_json(stream: IO[bytes]) -> bool:
    return stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def _json_kind(found: Mapping[str, Any], name: str) -> str:
    """Which resource an object is: by what it alone has."""
    for key, kind in (
        ("entryDate", "StudentSchoolAssociation"), ("studentUniqueId", "Student"), ("schoolId", "School"),
        ("localEducationAgencyId", "LocalEducationAgency"), ("totalInstructionalDays", "Session"),
        ("calendarEvents", "CalendarDate"), ("studentReference", "StudentEducationOrganizationAssociation"),
    ):  # fmt: skip
        if key in found:
            return kind
    raise BadFile(_("“%(name)s” holds objects of no Ed-Fi resource that a roster needs.", name=name))


def _as_xml(found: Mapping[str, Any]) -> xml.Record:
    """An object of the API as the element of the interchange would be: last names of paths, capitalized."""
    record: xml.Record = defaultdict(list)

    def walk(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, name)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, key)
        elif value is not None:
            text = ("true" if value else "false") if isinstance(value, bool) else str(value)
            record[key[:1].upper() + key[1:].removesuffix("Descriptor")].append(text)

    walk(dict(found), "")
    return record


def _last(record: xml.Record) -> dict[str, list[str]]:
    """Texts by the last name of their path."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, texts in record.items():
        found[path.rpartition("/")[2]] += texts
    return found


class _Reader:
    """Takes all records, then gives districts, schools, years, terms, calendars, students."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.notices: list[Notice] = []
        self._districts: list[records.Record] = []
        self._schools: list[tuple[records.Record, str]] = []
        self._ids: dict[str, str] = {}
        self._sessions: dict[str, list[records.Record]] = defaultdict(list)
        self._days: dict[tuple[str, int], dict[date, str]] = defaultdict(dict)
        self._students: dict[str, dict[str, Any]] = {}
        self._spans: dict[str, list[list[Any]]] = defaultdict(list)
        self._bad: list[Found] = []

    def take(self, kind: str, line: int, record: xml.Record) -> None:
        found = _last(record)
        take = {
            "LocalEducationAgency": self._district,
            "School": self._school,
            "Session": self._session,
            "CalendarDate": self._day,
            "Student": self._student,
            "StudentSchoolAssociation": self._enrolment,
            "StudentEducationOrganizationAssociation": self._subgroups,
        }[kind]
        take({name: texts[0] for name, texts in found.items()}, found)

    def _district(self, one: Mapping[str, str], _all: Mapping[str, list[str]]) -> None:
        key = one.get("LocalEducationAgencyId", "")
        self._ids[one.get("@id", "")] = key
        state = xml.word(one.get("StateAbbreviation", ""))
        self._districts.append(records.district(key, one.get("NameOfInstitution", key), state=state))

    def _school(self, one: Mapping[str, str], found: Mapping[str, list[str]]) -> None:
        key = one.get("SchoolId", "")
        of = one.get("LocalEducationAgencyId") or one.get("LocalEducationAgencyReference@ref", "")
        grades = {grade_of(xml.word(text)) or "" for text in found.get("GradeLevel", ())} - {""}
        listed = ",".join(sorted(grades, key=grade_order))
        self._schools.append((records.school(key, one.get("NameOfInstitution", key), "", grades=listed), of))

    def _session(self, one: Mapping[str, str], _all: Mapping[str, list[str]]) -> None:
        begins, ends = day_of(one.get("BeginDate", "")), day_of(one.get("EndDate", ""))
        year = school_year_of(one.get("SchoolYear", ""))
        stated = one.get("TotalInstructionalDays", "")
        if begins and ends and year and begins <= ends:
            name = one.get("SessionName", "")
            days = int(stated) if stated.isdecimal() else None
            session = records.session(one.get("SchoolId", ""), year, name, begins, ends, days)
            self._sessions[session["school"]].append(session)

    def _day(self, one: Mapping[str, str], found: Mapping[str, list[str]]) -> None:
        day = day_of(one.get("Date", ""))
        if day is None:
            return
        year = school_year_of(one.get("SchoolYear", "")) or year_of(day.month, day.year)
        kinds = [DAY_KINDS.get(fold(xml.word(text)), "other") for text in found.get("CalendarEvent", ())]
        school_days = [kind for kind in kinds if kind in {"instruction", "makeup"}]
        self._days[one.get("SchoolId", ""), year][day] = (school_days or kinds or ["other"])[0]

    def _student(self, one: Mapping[str, str], _all: Mapping[str, list[str]]) -> None:
        key = one.get("StudentUniqueId", "")
        sex = fold(xml.word(one.get("BirthSex", "")))
        self._students.setdefault(key, {}).update(
            state_id=key,
            given_name=one.get("FirstName", ""),
            middle_name=one.get("MiddleName", ""),
            family_name=one.get("LastSurname", ""),
            suffix=one.get("GenerationCodeSuffix", ""),
            preferred_name=one.get("PreferredFirstName", ""),
            birth_date=one.get("BirthDate", ""),
            gender=sex if sex in {"male", "female"} else "",
        )

    def _enrolment(self, one: Mapping[str, str], _all: Mapping[str, list[str]]) -> None:
        begins, ends = day_of(one.get("EntryDate", "")), day_of(one.get("ExitWithdrawDate", ""))
        if begins is None:
            return
        grade = grade_of(xml.word(one.get("EntryGradeLevel", ""))) or ""
        year = school_year_of(one.get("SchoolYear", "")) or year_of(begins.month, begins.year)
        # The day of exit is the first on which the student was not there any more.
        last = (ends - timedelta(1)).isoformat() if ends else None
        key = one.get("StudentUniqueId", "")
        self._spans[key].append([one.get("SchoolId", ""), year, begins.isoformat(), last, grade])

    def _subgroups(self, one: Mapping[str, str], found: Mapping[str, list[str]]) -> None:
        told = self._students.setdefault(one.get("StudentUniqueId", ""), {})
        flags = {
            RACES[fold(xml.word(text))]: True
            for text in found.get("Race", ())
            if fold(xml.word(text)) in RACES
        }
        told["race"] = records.race_of(flags, yes_or_no(one.get("HispanicLatinoEthnicity", "")))
        sex = fold(xml.word(one.get("Sex", "")))
        if sex in {"male", "female"}:
            told["gender"] = sex
        traits = {fold(xml.word(text)) for text in found.get("StudentCharacteristic", ())}
        if traits:
            told["disadvantaged"] = "economic disadvantaged" in traits
            told["housing"] = "homeless" if "homeless" in traits else ""
        proficiency = fold(xml.word(one.get("LimitedEnglishProficiency", "")))
        if proficiency:
            told["english_learner"] = proficiency in {"limited", "limited monitored 1", "limited monitored 2"}

    # What came of it.

    def found(self) -> Iterator[Found]:
        names = {district["key"]: district["name"] for district in self._districts}
        for record, problems, cells in self._found():
            if record is not None and record.get("district") in names:
                record["district_name"] = names[record["district"]]
            yield record, problems, cells

    def _found(self) -> Iterator[Found]:
        for district in self._districts:
            yield district, [], [district["key"], district["name"]]
        only = self._districts[0]["key"] if len(self._districts) == 1 else ""
        of_school: dict[str, str] = {}
        for school, of in self._schools:
            school["district"] = self._ids.get(of, of) or only
            of_school[school["key"]] = school["district"]
            yield school, [], [school["key"], school["name"]]
        yield from self._calendars(of_school)
        if self._spans or self._students:
            yield from self._people(of_school, only)

    def _knows(self, key: str, of_school: Mapping[str, str]) -> bool:
        return key in of_school or self.places.school(key) is not None

    def _calendars(self, of_school: Mapping[str, str]) -> Iterator[Found]:
        for key in dict.fromkeys([*self._sessions, *(school for school, _year in self._days)]):
            sessions, of = self._sessions.get(key, []), of_school.get(key, "")
            if not self._knows(key, of_school):
                yield None, [Problem("schools_no_such_school", "", key, fatal=True)], [key]
                continue
            for year in sorted({each["year"] for each in sessions}):
                some = [each for each in sessions if each["year"] == year]
                begins, ends = min(each["begins"] for each in some), max(each["ends"] for each in some)
                whole = records.year("", year, date.fromisoformat(begins), date.fromisoformat(ends))
                yield {**whole, "school": key, "district": of}, [], [key, str(year)]
            for session in sessions:
                yield {**session, "district": of}, [], [key, session["key"]]
            for (school, year), days in self._days.items():
                if school == key:
                    stated = sum(each["stated"] or 0 for each in sessions if each["year"] == year)
                    count = sum(1 for kind in days.values() if kind in {"instruction", "makeup"})
                    if 2 * count < stated:
                        values = {"name": key, "count": count, "stated": stated}
                        self.notices.append(Notice("schools_short_calendar", values))
                    found = records.days(key, year, "", days)
                    yield {**found, "district": of}, [], [key, str(year)]

    def _people(self, of_school: Mapping[str, str], only: str) -> Iterator[Found]:
        for key in dict.fromkeys([*self._students, *self._spans]):
            told, problems = dict(self._students.get(key, {})), []
            born = day_of(told.get("birth_date", ""))
            if told.get("birth_date") and born is None:
                problems.append(Problem("schools_birth_date", "", told["birth_date"]))
            told["birth_date"] = born.isoformat() if born else ""
            spans = []
            for span in self._spans.get(key, []):
                if self._knows(span[0], of_school):
                    spans.append(span)
                else:
                    problems.append(Problem("schools_school_left_out", "", span[0]))
            of = of_school.get(spans[0][0], "") if spans else only
            yield records.student(key, of, told, spans, delta=not spans), problems, [key]
