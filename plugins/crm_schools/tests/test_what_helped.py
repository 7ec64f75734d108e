"""Whether help helped: beside students who were alike when it began, whatever became of them."""

from datetime import date

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm_schools.acting import results
from crm_schools.marks import pack
from crm_schools.models import Attendance, Code, Enrolment, Intervention, Student
from crm_schools.tests.made_up import make, school_days


def add(district: int, school: int, number: int, missed: list[date], code: int, grade: str = "2") -> int:
    """A student who missed these days."""
    named = {"given_name": "a", "family_name": "b", "sort_name": "b", "local_id": f"x{number}"}
    student = Student(district_id=district, school_id=school, grade=grade, **named)
    db.session().add(student)
    db.session().flush()
    of = {"student_id": student.id, "school_id": school, "school_year": 2026}
    db.session().add(Enrolment(**of, grade=grade, begins_on=school_days()[0]))
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
            [found] = results.measured(Actor.system(), one)
    assert found.treated.change == -2 * 8 / found.treated.days
    assert found.similar.students == 12
    assert found.similar.change == found.treated.change / 2


def test_each_student_is_set_against_those_who_had_missed_as_much(app: Flask) -> None:
    """Many are like the one who had missed little, two like the one who had missed much, and nobody like the
    one of another grade: both sides begin alike."""
    made, days = make(app, students=2), school_days()
    missed = [2] * 12 + [16] * 3
    with app.app_context():
        with db.transaction(Actor.system(), "test"), system("a test"):
            code = db.session().scalars(select(Code).where(Code.code == "E")).one().id
            ids = [
                add(made.district_id, made.schools[0], number, days[20 : 20 + before], code)
                for number, before in enumerate(missed)
            ]
            of = {"school_id": made.schools[0], "school_year": 2026, "tier": 2, "kind": "mentoring"}
            ids.append(add(made.district_id, made.schools[0], 99, days[20:30], code, "5"))
            helped = ids[0], ids[12], ids[-1]
            db.session().add_all(Intervention(student_id=id_, begins_on=days[40], **of) for id_ in helped)
        with system("a test looks"):
            those = db.session().scalars(select(Intervention)).all()
            [found] = results.measured(Actor.system(), those)
    assert found.treated.students == 2
    assert found.alone == 1
    assert found.treated.rate_before == (2 + 16) / (found.treated.days / 2)
    assert found.similar.students == 11 + 2
    assert found.similar.rate_before == found.treated.rate_before
