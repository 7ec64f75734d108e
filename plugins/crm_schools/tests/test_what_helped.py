"""Whether help helped: beside students who were alike when it began, whatever became of them."""

from datetime import date

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm_schools.acting import results
from crm_schools.marks import pack
from crm_schools.models import Attendance, Code, Enrolment, Intervention, Student
from crm_schools.tests.made_up import make, school_days


def add(district: int, school: int, number: int, missed: list[date], code: int) -> int:
    """A student of the second grade who missed these days."""
    named = {"given_name": "a", "family_name": "b", "sort_name": "b", "local_id": f"x{number}"}
    student = Student(district_id=district, school_id=school, grade="2", **named)
    db.session().add(student)
    db.session().flush()
    of = {"student_id": student.id, "school_id": school, "school_year": 2026}
    db.session().add(Enrolment(**of, grade="2", begins_on=school_days()[0]))
    db.session().add(Attendance(**of, marks=pack([(day, code, None) for day in missed])))
    db.session().flush()
    return student.id


def test_whoever_got_better_alone_is_in_the_comparison(app: Flask) -> None:
    """Of twelve who were like the one who got help, six got better as well; a thirteenth got help later."""
    made, days = make(app, students=2), school_days()
    before, after = days[20:40:2][:8], days[41:57:2]
    with app.app_context():
        with db.transaction(Actor.system(), "test"), system("a test"):
            code = db.session().scalars(select(Code).where(Code.code == "E")).one().id
            ids = [
                add(made.district_id, made.schools[0], number, before + (after if number > 6 else []), code)
                for number in range(14)
            ]
            of = {"school_id": made.schools[0], "school_year": 2026, "tier": 2, "kind": "mentoring"}
            db.session().add(Intervention(student_id=ids[0], begins_on=days[40], **of))
            db.session().add(Intervention(student_id=ids[13], begins_on=days[45], **of))
        with system("a test looks"):
            one = db.session().scalars(select(Intervention).where(Intervention.student_id == ids[0])).all()
            [found] = results.measured(Actor.system(), one, days[-1])
    assert found.treated.change == -2 * 8 / found.treated.days
    assert found.similar.students == 12
    assert found.similar.change == found.treated.change / 2
