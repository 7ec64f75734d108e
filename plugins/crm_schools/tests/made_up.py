"""A made-up district: two schools, a calendar of a hundred days, students who miss more or less of it."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import Flask

from crm.plugin_api import Actor, Organization, db
from crm_schools.models import Attendance, Calendar, Code, Day, District, Enrolment, School, Student, Year

BEGINS = date(2025, 9, 2)


@dataclass
class MadeUp:
    """Ids of what was made."""

    district_id: int = 0
    district_contact: int = 0
    schools: list[int] = field(default_factory=list)
    school_contacts: list[int] = field(default_factory=list)
    students: list[int] = field(default_factory=list)
    absent: int = 0
    """A student who misses exactly ten of a hundred days: the first one."""


def school_days(count: int = 100) -> list[date]:
    days = (BEGINS + timedelta(number) for number in range(400))
    return [day for day in days if day.weekday() < 5][:count]


def _organization(name: str, parent_id: int | None = None) -> Organization:
    row = Organization(
        name=name, sort_name=name.lower(), name_key=name.lower(), parent_id=parent_id, custom={}
    )
    db.session().add(row)
    db.session().flush()
    return row


def make(app: Flask, students: int = 60, seed: int = 7) -> MadeUp:
    """Write it; ratings follow by themselves."""
    made = MadeUp()
    with app.app_context(), db.transaction(Actor.system(), "schools.made_up"):
        _places(made)
        code_ids = _codes(made.district_id)
        _students(made, students, random.Random(seed), code_ids)
    return made


def _places(made: MadeUp) -> None:
    district = _organization("Harbor Public Schools")
    row = District(contact_id=district.id, name=district.name, state="CT", nces_id="0900001", local_id="HPS")
    db.session().add(row)
    db.session().flush()
    made.district_id, made.district_contact = row.id, district.id
    for number, name in enumerate(("Dune Elementary", "Pier Middle"), start=1):
        contact = _organization(name, district.id)
        school = School(
            district_id=row.id, contact_id=contact.id, name=name, local_id=str(number), grades="K,1,2"
        )
        db.session().add(school)
        db.session().flush()
        made.schools.append(school.id)
        made.school_contacts.append(contact.id)
    days = school_days()
    db.session().add(
        Year(
            district_id=row.id,
            school_year=2026,
            begins_on=BEGINS,
            ends_on=date(2026, 6, 12),
            through_on=days[-1],
        )
    )
    calendar = Calendar(district_id=row.id, school_year=2026)
    db.session().add(calendar)
    db.session().flush()
    db.session().add_all([Day(calendar_id=calendar.id, on_date=day) for day in days])
    db.session().flush()


def _codes(district_id: int) -> tuple[int, int, int]:
    rows = [
        Code(district_id=district_id, code="E", code_key="e", label="Ill", kind="excused", halves=2),
        Code(district_id=district_id, code="U", code_key="u", label="No excuse", kind="unexcused", halves=2),
        Code(district_id=district_id, code="T", code_key="t", label="Late", kind="tardy", halves=0),
    ]
    db.session().add_all(rows)
    db.session().flush()
    return rows[0].id, rows[1].id, rows[2].id


def _students(made: MadeUp, count: int, dice: random.Random, codes: tuple[int, int, int]) -> None:
    days = school_days()
    for number in range(count):
        school_id = made.schools[number % 2]
        grade = ("K", "1", "2")[number % 3]
        student = Student(
            district_id=made.district_id,
            local_id=f"{number:05}",
            given_name=f"Given{number}",
            family_name=f"Family{number}",
            sort_name=f"family{number} given{number}",
            school_id=school_id,
            grade=grade,
            race=dice.choice(["black", "white", "hispanic"]),
            gender=dice.choice(["female", "male"]),
            english_learner=dice.random() < 0.3,
            disability=dice.random() < 0.2,
            disadvantaged=dice.random() < 0.5,
        )
        db.session().add(student)
        db.session().flush()
        made.students.append(student.id)
        missed = 10 if number == 0 else dice.choice([0, 2, 3, 6, 12, 14, 25])
        marks = sorted(dice.sample(days, missed + 1))
        db.session().add_all(
            [
                Enrolment(
                    student_id=student.id,
                    school_id=school_id,
                    school_year=2026,
                    grade=grade,
                    begins_on=BEGINS,
                ),
                Attendance(
                    student_id=student.id,
                    school_id=school_id,
                    school_year=2026,
                    marks=_marks(marks, dice, codes),
                ),
            ]
        )
    db.session().flush()
    made.absent = made.students[0]


def _marks(days: list[date], dice: random.Random, codes: tuple[int, int, int]) -> str:
    from crm_schools.marks import pack

    late = days[-1]
    return pack([(day, codes[2] if day == late else dice.choice(codes[:2]), None) for day in days])
