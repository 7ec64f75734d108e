"""Two made-up districts with a believable year: nobody in them is real. The same students each time."""

import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import Actor, DemoAccount, Person, bulk, day_here, db, system
from crm_schools import demo_acting
from crm_schools.importing.roster.people import COLUMNS, EMPTY
from crm_schools.importing.roster.records import FIELDS, folded
from crm_schools.importing.roster.structure import organization
from crm_schools.marks import pack
from crm_schools.models import (
    Attendance,
    Calendar,
    Code,
    Day,
    District,
    Enrolment,
    Guardian,
    School,
    Setting,
    Student,
    Year,
)
from crm_schools.terms import weekdays
from crm_schools.words import GRADES, year_of

DISTRICTS: Final = (
    ("Alder Valley Schools", "CT", "0900001", (("Alder Elementary", "K,1,2,3,4,5", 1.0),
    ("Ridge Elementary", "K,1,2,3,4,5", 1.8),
     ("Alder Middle School", "6,7,8", 0.9), ("Alder High School", "9,10,11,12", 1.5))),
    ("Harbor Unified", "CA", "0600002", (("Harbor Elementary", "K,1,2,3,4,5", 1.2), ("Harbor High School",
    "9,10,11,12", 1.7))),
)  # fmt: skip
CODES: Final = (
    ("AE", "Absent, excused", "excused", 2), ("AU", "Absent, unexcused", "unexcused", 2),
    ("OS", "Suspended from school", "suspension", 2), ("HE", "Half a day, excused", "excused", 1),
    ("T", "Tardy", "tardy", 0), ("P", "Present", "present", 0),
)  # fmt: skip
GIVEN: Final = (
    "Avelin", "Bento", "Calix", "Dorotea", "Eldin", "Fenna", "Gael", "Hollis", "Ilario", "Juna", "Kestrel",
    "Liora",
    "Marlo", "Nerys", "Orlin", "Pilar", "Quill", "Roan", "Sabela", "Tavi", "Ulani", "Vesper", "Wren",
    "Ximo", "Yara", "Zev",
)  # fmt: skip
FAMILY: Final = (
    "Ashgrove", "Brightwater", "Calloway-Reed", "Dunmarrow", "Elderfield", "Fernhollow", "Greymoor",
    "Hartwillow",
    "Ivylane", "Juniperhill", "Kettlebrook", "Larkmeadow", "Mossbank", "Nightingall", "Oakenshaw",
    "Pebblewick",
    "Quarrystone", "Rosefen", "Stillwater-Paz", "Thornapple", "Underbrook", "Valebridge", "Windrow",
    "Yarrowdale",
)  # fmt: skip
PER_GRADE: Final = 21
GRADE_FACTOR: Final = {"K": 1.5, "1": 1.1, "5": 0.8, "6": 0.9, "9": 1.4, "12": 1.8}
"""Kindergarten and the ends of high school miss more (Connecticut 2015-16: K 9.8 %, 4th 5.7, 9th 12.9, 12th
17.8)."""
RACES: Final = (
    ("white", 42),
    ("hispanic", 28),
    ("black", 15),
    ("asian", 8),
    ("several", 6),
    ("american_indian", 1),
)


def load(actor: Actor) -> list[DemoAccount]:
    """Write them, as of yesterday; who works for the first of them may be signed in as."""
    districts = []
    source = random.Random(20251)  # noqa: S311  # Made-up students need no cryptography.
    today = day_here()
    school_year = year_of(today.month, today.year)
    for number, (name, state, nces, schools) in enumerate(DISTRICTS):
        with db.transaction(actor, "demo.load", f"Roster and attendance of {name}") as change:
            district = _district(name, state, nces)
            districts.append(district.contact_id)
            codes = {
                code: Code(district_id=district.id, code=code, code_key=code.casefold(), label=label,
                           kind=kind,
                           halves=halves, source="Handbook of the district")
                for code, label, kind, halves in CODES
            }  # fmt: skip
            db.session().add_all(codes.values())
            places = [_school(district, *each[:2], number) for number, each in enumerate(schools, 1)]
            years = [_year(district, each, today) for each in (school_year - 1, school_year)]
            db.session().flush()
            ids = {code: row.id for code, row in codes.items()}
            made = _Maker(source, district.id, ids, years, number)
            for place, (_name, grades, factor) in zip(places, schools, strict=True):
                made.schools.append((place.id, grades.split(","), factor))
            made.fill()
            made.write(change)
            _guardians(made, source)
        if number == 0:
            demo_acting.load(actor, district.id, school_year, years[-1][1])
    seen = f"sees {DISTRICTS[0][0]} and its students, and acts early"
    return [DemoAccount("grace", "Grace Tamm", "school", districts[0], seen)]


def _district(name: str, state: str, nces: str) -> District:
    contact = organization(name, "district", None)
    row = District(contact_id=contact, name=name, state=state, nces_id=nces, local_id=nces[-3:])
    db.session().add(row)
    db.session().flush()
    source = "Decision of the board of education"
    db.session().add(
        Setting(district_id=row.id, name="half_day", value="half", source=source, dated_on=date(2024, 7, 1))
    )
    return row


def _school(district: District, name: str, grades: str, number: int) -> School:
    contact = organization(name, "school", district.contact_id)
    row = School(
        district_id=district.id,
        contact_id=contact,
        name=name,
        local_id=f"{number:03d}",
        nces_id=f"{district.nces_id}{number:05d}",
        grades=grades,
    )
    db.session().add(row)
    db.session().flush()
    return row


def _year(district: District, school_year: int, today: date) -> tuple[Year, list[date]]:
    """A year with its calendar: weekdays from the end of August to the middle of June, without holidays."""
    first, last = date(school_year - 1, 8, 28), date(school_year, 6, 12)
    closed = {
        *weekdays(date(school_year - 1, 11, 26), date(school_year - 1, 11, 28)),
        *weekdays(date(school_year - 1, 12, 22), date(school_year, 1, 2)),
        *weekdays(date(school_year, 4, 13), date(school_year, 4, 17)),
    }
    days = [day for day in weekdays(first, last) if day not in closed]
    year = Year(district_id=district.id, school_year=school_year, begins_on=days[0], ends_on=days[-1])
    passed = [day for day in days if day < today]
    year.through_on = passed[-1] if passed else None
    calendar = Calendar(district_id=district.id, school_year=school_year, name="Calendar of the district")
    db.session().add_all([year, calendar])
    db.session().flush()
    db.session().add_all(Day(calendar_id=calendar.id, on_date=day) for day in days)
    return year, passed


class _Maker:
    """Makes the students of one district, and writes them in sets."""

    def __init__(
        self,
        source: random.Random,
        district_id: int,
        codes: dict[str, int],
        years: Sequence[tuple[Year, list[date]]],
        number: int,
    ) -> None:
        self.source, self.district_id, self.codes, self.years, self.number = (
            source,
            district_id,
            codes,
            years,
            number,
        )
        self.schools: list[tuple[int, Sequence[str], float]] = []
        """Id, grades, and how much is missed there."""
        self.students: list[dict[str, Any]] = []
        self.stays: list[tuple[int, int, Year, str]] = []
        """Place of the student, school, year, grade."""
        self.attendance: list[tuple[int, int, int, str]] = []
        """Place of the student, school, year, marks."""

    def fill(self) -> None:
        """Everybody of this year, and after them those of the year before who went on to no school here."""
        before, now = (year for year, _days in self.years)
        went_on = set[tuple[int, str]]()
        for school_id, grades, factor in self.schools:
            for grade in grades:
                was = self._before(school_id, grade)
                went_on |= {was} if was else set()
                stays = {before.school_year: was} if was else {}
                for _each in range(PER_GRADE):
                    self._student({**stays, now.school_year: (school_id, grade)}, factor)
        for school_id, grades, factor in self.schools:
            for grade in grades:
                if (school_id, grade) not in went_on:
                    for _each in range(PER_GRADE):
                        self._student({before.school_year: (school_id, grade)}, factor)

    def _before(self, school_id: int, grade: str) -> tuple[int, str] | None:
        """School and grade of the year before: the same school, else the first one that has the grade."""
        below = GRADES[GRADES.index(grade) - 1]
        own_first = sorted(self.schools, key=lambda each: each[0] != school_id)
        return next(((each, below) for each, grades, _factor in own_first if below in grades), None)

    def _student(self, stays: Mapping[int, tuple[int, str]], factor: float) -> None:
        """A student by school and grade in each school year."""
        school_id, grade = stays[max(stays)]
        factor *= GRADE_FACTOR.get(grade, 1.0)
        source = self.source
        race = source.choices([name for name, _w in RACES], [weight for _n, weight in RACES])[0]
        poor, disabled = source.random() < 0.45, source.random() < 0.14
        learner = race in {"hispanic", "asian"} and source.random() < 0.35
        homeless = source.random() < 0.025
        age = {"PK": 4, "K": 5}.get(grade) or int(grade) + 5
        born = date(self.years[-1][0].school_year - 1 - age, source.randint(1, 12), source.randint(1, 28))
        place = len(self.students)
        self.students.append(
            dict(EMPTY)
            | {
                "given_name": source.choice(GIVEN), "family_name": source.choice(FAMILY), "birth_date": born,
                "gender": source.choices(("female", "male", "nonbinary"), (49, 49, 2))[0], "race": race,
                "english_learner": learner, "disability": disabled, "disadvantaged": poor,
                "housing": "homeless" if homeless else "housed", "school_id": school_id, "grade": grade,
                "local_id": f"{self.number + 1}{place + 1:05d}", "state_id": f"99{self.number}{place:07d}",
            }
        )  # fmt: skip
        risk = source.gammavariate(1.4, 0.019) * factor
        risk *= 1 + 0.5 * poor + 0.25 * disabled + 1.2 * homeless
        for year, days in self.years:
            if year.school_year in stays:
                where, its_grade = stays[year.school_year]
                self.stays.append((place, where, year, its_grade))
                if marks := self._marks(days, min(risk, 0.45)):
                    self.attendance.append((place, where, year.school_year, marks))
            risk *= source.uniform(0.8, 1.2)

    def _marks(self, days: Sequence[date], risk: float) -> str:
        """More on Mondays and Fridays and in winter; a stay away goes on for some days."""
        source, found = self.source, []
        away = 0
        for day in days:
            chance = risk * (1.5 if day.weekday() in {0, 4} else 0.8) * (1.3 if day.month in {1, 2} else 1.0)
            if away or source.random() < chance:
                away = away - 1 if away else source.choices((0, 1, 2), (75, 17, 8))[0]
                code = source.choices(("AE", "AU", "HE", "OS"), (48, 42, 8, 2))[0]
                found.append((day, self.codes[code], None))
            elif source.random() < risk / 2:
                found.append((day, self.codes["T"], None))
        return pack(found)

    def write(self, change: Any) -> None:
        table, moment = db.table(Student), db.now()
        self.ids = bulk.reserve(table, len(self.students))
        rows = []
        for student_id, each in zip(self.ids, self.students, strict=True):
            values = each | {"sort_name": folded(each["family_name"], each["given_name"])}
            named = [values[name] for name in (*FIELDS, "sort_name", "school_id", "grade")]
            rows.append((student_id, self.district_id, each["local_id"], *named, None, 1, moment, moment))
        bulk.insert(table, COLUMNS, rows)
        change.created(table, self.ids)
        spans = [
            (self.ids[place], school_id, year.school_year, grade, year.begins_on, "roster")
            for place, school_id, year, grade in self.stays
        ]
        self._insert(
            change,
            Enrolment,
            ("student_id", "school_id", "school_year", "grade", "begins_on", "source"),
            spans,
        )
        days = [(self.ids[place], school, year, marks) for place, school, year, marks in self.attendance]
        self._insert(change, Attendance, ("student_id", "school_id", "school_year", "marks"), days)

    def _insert(
        self, change: Any, model: Any, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
    ) -> None:
        table = db.table(model)
        ids = bulk.reserve(table, len(rows))
        bulk.insert(table, ("id", *columns), ((row_id, *row) for row_id, row in zip(ids, rows, strict=True)))
        change.created(table, ids)


def _guardians(made: _Maker, source: random.Random) -> None:
    """Some of the made-up people of the coalition care for some of the students."""
    with system("the demo looks for people"):
        people = db.session().execute(select(Person.id).order_by(Person.id).limit(80)).scalars().all()
    half = people[made.number * 40 : made.number * 40 + 40]
    now = [made.ids[place] for place, _school, year, _grade in made.stays if year is made.years[-1][0]]
    for person, student in zip(half, source.sample(now, len(half)), strict=True):
        relation = source.choice(("Mother", "Father", "Grandmother", "Aunt", "Foster parent"))
        db.session().add(
            Guardian(
                student_id=student, contact_id=person, relation=relation, is_primary=True, lives_with=True
            )
        )
    db.session().flush()
