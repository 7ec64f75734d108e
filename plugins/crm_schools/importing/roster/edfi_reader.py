"""What an Ed-Fi file holds, gathered: districts, schools, years, terms, calendars, students.

Source: Ed-Fi Data Standard 5. Days enrolled are enrolment spans × calendar dates marked `Instructional day`
or `Make-up day`; where the calendar is a fragment, terms state how many there are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import select

from crm.plugin_api import day_here, db, system
from crm.plugin_api.transfer import Notice, Problem
from crm_schools.importing import xml
from crm_schools.importing.dates import day_of, is_never, is_unknown, school_year_of, yes_or_no
from crm_schools.importing.places import Places
from crm_schools.importing.roster import never_came, records
from crm_schools.importing.roster.districts import by_schools
from crm_schools.importing.roster.elements import DAY_KINDS, RACES, last, spoken
from crm_schools.importing.roster.schools import settle
from crm_schools.importing.roster.structure import Structure
from crm_schools.importing.roster.years import SchoolYears, running
from crm_schools.models import District
from crm_schools.words import fold, grade_of, grade_order, year_of

Found = tuple[records.Record | None, list[Problem], Sequence[str]]


class Reader:
    """Takes all records, then gives districts, schools, years, terms, calendars, students."""

    def __init__(self, places: Places, district: int | None) -> None:
        """`district` is the one whose file somebody said it is."""
        self.places, self._structure, self._said = places, Structure(), district
        self.notices: list[Notice] = []
        self._districts: list[records.Record] = []
        self._schools: list[tuple[records.Record, str]] = []
        self._ids: dict[str, str] = {}
        self._of_school: dict[str, str] = {}
        """By school of the file its district, as the file calls it."""
        self._sessions: dict[str, list[records.Record]] = defaultdict(list)
        self._days: dict[tuple[str, int], dict[date, str]] = defaultdict(dict)
        self._students: dict[str, dict[str, Any]] = {}
        self._spans: dict[str, list[list[Any]]] = defaultdict(list)
        self._of_student: dict[str, str] = {}
        """By student what their association names: a district, or a school of one."""
        self._years_of: dict[int | str, SchoolYears] = {}
        self._at = ""
        self._unread: list[Found] = []
        """What cannot be used, each with its line."""

    def take(self, kind: str, line: str, record: xml.Record) -> None:
        self._at, found = line, spoken(last(record))
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

    def _refuse(self, code: str, *values: str) -> None:
        value = " – ".join(value or "?" for value in values)
        self._unread.append((None, [Problem(code, self._at, value, fatal=True)], [self._at, *values]))

    def _district(self, one: Mapping[str, str], _all: Mapping[str, list[str]]) -> None:
        key = one.get("LocalEducationAgencyId", "")
        self._ids[one.get("@id", "")] = key
        state = xml.word(one.get("StateAbbreviation", ""))
        state = state if len(state) == 2 else ""  # Some write the whole name, which says no law of truancy.
        self._districts.append(records.district(key, one.get("NameOfInstitution", key), state=state))

    def _school(self, one: Mapping[str, str], found: Mapping[str, list[str]]) -> None:
        key = one.get("SchoolId", "")
        of = one.get("LocalEducationAgencyId") or one.get("LocalEducationAgencyReference@ref", "")
        grades = {grade_of(xml.word(text)) or "" for text in found.get("GradeLevel", ())} - {""}
        listed = ",".join(sorted(grades, key=grade_order))
        self._schools.append((records.school(key, one.get("NameOfInstitution", key), "", grades=listed), of))

    def _session(self, one: Mapping[str, str], _all: Mapping[str, list[str]]) -> None:
        said = one.get("BeginDate", ""), one.get("EndDate", "")
        begins, ends = map(day_of, said)
        year = school_year_of(one.get("SchoolYear", ""))
        stated, name = one.get("TotalInstructionalDays", ""), one.get("SessionName", "")
        if not (begins and ends and year and begins <= ends):
            self._refuse("schools_term_unread", name, one.get("SchoolYear", ""), *said)
            return
        days = int(stated) if stated.isdecimal() and len(stated) <= 3 else None
        session = records.session(one.get("SchoolId", ""), year, name, begins, ends, days)
        self._sessions[session["school"]].append(session)

    def _day(self, one: Mapping[str, str], found: Mapping[str, list[str]]) -> None:
        day = day_of(one.get("Date", ""))
        if day is None:
            self._refuse("schools_day_unread", one.get("Date", ""))
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
        said = one.get("EntryDate", ""), one.get("ExitWithdrawDate", "")
        begins, ends = map(day_of, said)
        key = one.get("StudentUniqueId", "")
        is_open = not said[1] or is_never(said[1]) or is_unknown(said[1])
        if begins is None or (ends is None and not is_open) or _is_mistaken(begins, ends):
            self._refuse("schools_stay_unread", *said, key)
            return
        grade = grade_of(xml.word(one.get("EntryGradeLevel", ""))) or ""
        year = school_year_of(one.get("SchoolYear", ""))
        # The day of exit is the first on which the student was not there any more.
        until = (ends - timedelta(1)).isoformat() if ends else None
        self._spans[key].append([one.get("SchoolId", ""), year, begins.isoformat(), until, grade])

    def _subgroups(self, one: Mapping[str, str], found: Mapping[str, list[str]]) -> None:
        told = self._students.setdefault(one.get("StudentUniqueId", ""), {})
        for name in ("LocalEducationAgencyId", "EducationOrganizationId"):
            if one.get(name):
                self._of_student.setdefault(one.get("StudentUniqueId", ""), one[name])
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
        self._names = {district["key"]: district["name"] for district in self._districts}
        only = self._districts[0]["key"] if len(self._districts) == 1 else ""
        for school, of in self._schools:
            school["district"] = self._ids.get(of, of) or only
            self._of_school[school["key"]] = school["district"]
            self._in_district(school)
        self._refuse_doubtful()
        settle(self._structure, [school for school, _of in self._schools])
        for record, problems, cells in self._found(only):
            if record is not None:
                self._in_district(record)
            yield record, problems, cells

    def _refuse_doubtful(self) -> None:
        """BadFile where a district that nobody knows may be one that is here, by its schools."""
        known = [self._structure.district(each["key"], each["name"]) for each in self._districts]
        for district, found in zip(self._districts, known, strict=True):
            if found is None and self._said is None:
                schools = [school for school, _of in self._schools if school["district"] == district["key"]]
                by_schools(self._structure, district, schools, known)

    def _in_district(self, record: records.Record) -> None:
        """Write the name of its district into a record, or the id of the one whose file it is."""
        if self._said is not None:
            record["district_id"] = str(self._said)
        if record.get("district") in self._names:
            record["district_name"] = self._names[record["district"]]

    def _found(self, only: str) -> Iterator[Found]:
        for district in self._districts:
            yield district, [], ["", district["key"], district["name"]]
        of_school = self._of_school
        for school, _of in self._schools:
            yield school, [], ["", school["key"], school["name"]]
        yield from self._calendars(of_school)
        yield from self._unread
        if self._spans or self._students:
            yield from self._people(of_school, only)

    def note_coming(self, record: records.Record | None) -> None:
        """Note of a student which schools of their district come with the file and are not known yet."""
        if record is None or record["kind"] != "student":
            return
        of = record["district"]
        if not of and self.places.only_district is None:
            return
        coming = [
            key
            for key in dict.fromkeys(span[0] for span in record["spans"])
            if self._of_school.get(key) == of and self._structure.school_of(record, key) is None
        ]
        if coming:
            record["coming"] = coming

    def _knows(self, key: str, of_school: Mapping[str, str]) -> bool:
        return key in of_school or self.places.school(key) is not None

    def _calendars(self, of_school: Mapping[str, str]) -> Iterator[Found]:
        years = self._years(of_school)
        for key in dict.fromkeys([*self._sessions, *(school for school, _year in self._days)]):
            sessions, of = self._sessions.get(key, []), of_school.get(key, "")
            if not self._knows(key, of_school):
                yield None, [Problem("schools_no_such_school", "", key, fatal=True)], ["", key]
                continue
            for year in sorted({each["year"] for each in sessions}):
                if (found := years.pop((self._district_key(key, of_school), year), None)) is not None:
                    whole = records.year("", year, *found)
                    yield {**whole, "school": key, "district": of}, [], ["", key, str(year)]
            for session in sessions:
                yield {**session, "district": of}, [], ["", key, session["key"]]
            for (school, year), days in self._days.items():
                if school == key:
                    yield {**self._calendar(key, year, days), "district": of}, [], ["", key, str(year)]

    def _calendar(self, school: str, year: int, days: Mapping[date, str]) -> records.Record:
        """A calendar; noted where it names less than half of the days that terms state."""
        sessions = self._sessions.get(school, [])
        stated = sum(each["stated"] or 0 for each in sessions if each["year"] == year)
        count = sum(1 for kind in days.values() if kind in {"instruction", "makeup"})
        if 2 * count < stated:
            values = {"name": school, "count": count, "stated": stated}
            self.notices.append(Notice("schools_short_calendar", values))
        return records.days(school, year, "", days)

    def _district_of(self, student: str, of_school: Mapping[str, str]) -> str:
        """The district that a student's association names, by itself or by a school."""
        named = self._of_student.get(student, "")
        if not named or named in {each["key"] for each in self._districts}:
            return named
        if named in of_school:
            return of_school[named]
        known = self.places.school(named)
        if known is not None:
            return self._numbers[self.places.district_of[known]]
        return named if self._structure.district(named) is not None else ""

    @cached_property
    def _numbers(self) -> Mapping[int, str]:
        """What files call the districts that are known."""
        with system("files name districts"):
            rows = db.session().execute(select(District.id, District.local_id, District.name)).all()
        return {row[0]: row[1] or row[2] for row in rows}

    def _district_key(self, school: str, of_school: Mapping[str, str]) -> int | str:
        """The district of a school by its id, or, while it is still to be made, as the file calls it."""
        of = of_school.get(school, "")
        name = next((each["name"] for each in self._districts if each["key"] == of), "")
        if of and (district := self._structure.district(of, name)) is not None:
            return district
        known = self.places.school(school) if not of else None
        return self.places.district_of[known] if known is not None else of

    @cached_property
    def _terms(self) -> Mapping[tuple[int | str, int], tuple[date, date]]:
        return self._years(self._of_school)

    def _years(self, of_school: Mapping[str, str]) -> dict[tuple[int | str, int], tuple[date, date]]:
        """By district and school year, from the first day of any of its schools to the last. A file may be of
        some of the schools, so a year that is known is not made shorter."""
        found: dict[tuple[int | str, int], tuple[date, date]] = {}
        for school, sessions in self._sessions.items():
            district = self._district_key(school, of_school)
            for each in sessions:
                begins, ends = date.fromisoformat(each["begins"]), date.fromisoformat(each["ends"])
                known = self.places.years.get((district, each["year"])) if isinstance(district, int) else None
                if known is not None:
                    begins, ends = min(begins, known.begins_on), max(ends, known.ends_on)
                first, last = found.get((district, each["year"]), (begins, ends))
                found[district, each["year"]] = min(first, begins), max(last, ends)
        return found

    def _people(self, of_school: Mapping[str, str], only: str) -> Iterator[Found]:
        for key in dict.fromkeys([*self._students, *self._spans]):
            told, problems = dict(self._students.get(key, {})), []
            born = day_of(told.get("birth_date", ""))
            if told.get("birth_date") and born is None:
                problems.append(Problem("schools_birth_date", "", told["birth_date"]))
            told["birth_date"] = born.isoformat() if born else ""
            named = []
            for span in self._spans.get(key, []):
                if self._knows(span[0], of_school):
                    named.append(self._in_year(span, of_school))
                else:
                    problems.append(Problem("schools_school_left_out", "", span[0]))
            of = of_school.get(named[0][0], "") if named else self._district_of(key, of_school) or only
            # Who left on the first day or before was never there: such a stay has no day.
            spans = [span for span in named if span[3] is None or span[3] >= span[2]]
            record = records.student(key, of, told, spans, delta=not spans)
            if never := [[span[0], span[1], span[3]] for span in named if span not in spans]:
                record["never"] = never
            if said := _before_entry(named):
                problems.append(Problem(never_came.NEVER, *said))
                record["never_said"] = True
            yield record | {"may_be_part": True}, problems, ["", key]
            # Each is a row of its own that is left out, whether the student is here already or new.
            unknown = [each.value for each in problems if each.code == "schools_school_left_out"]
            yield from (_nowhere(key, school) for school in dict.fromkeys(unknown))

    def _in_year(self, span: Sequence[Any], of_school: Mapping[str, str]) -> list[Any]:
        """A stay in the school year that its association names, else in the one in which it counts."""
        school, year, begins, ends, grade = span
        if year is None:
            years = self._school_years(self._district_key(school, of_school))
            first = date.fromisoformat(begins)
            year = years.of(first, date.fromisoformat(ends) if ends else None)
            begins = years.first_day(year, first).isoformat()
        return [school, year, begins, ends, grade]

    def _school_years(self, district: int | str) -> SchoolYears:
        """The years of a district, by its id or as the file calls it: those of its terms, and those that are
        set up."""
        if district not in self._years_of:
            said = {year: days for (of, year), days in self._terms.items() if of == district}
            known = {
                year: (row.begins_on, row.ends_on)
                for (of, year), row in self.places.years.items()
                if of == district
            }
            self._years_of[district] = SchoolYears(known | said, said, running(known | said, day_here()))
        return self._years_of[district]


def _nowhere(student: str, school: str) -> Found:
    """A stay in a school that nobody knows."""
    return None, [Problem("schools_class_nowhere", student, school, fatal=True)], ["", student]


def _is_mistaken(begins: date, ends: date | None) -> bool:
    return ends is not None and ends < begins and not never_came.is_said(begins, ends)


def _before_entry(spans: Iterable[Sequence[Any]]) -> tuple[str, str] | None:
    """The day of entry and that of an exit before it, of the first stay that says so."""
    for _school, _year, begins, until, _grade in spans:
        if until is not None and date.fromisoformat(until) + timedelta(1) < date.fromisoformat(begins):
            return begins, (date.fromisoformat(until) + timedelta(1)).isoformat()
    return None
