"""Which of two schools sees a student who leaves one of them."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools import permissions
from crm_schools.keeping.services import stand_last
from crm_schools.models import Enrolment, Student
from crm_schools.tests.made_up import BEGINS, MadeUp, make

pytestmark = on_sqlite

EARLY, AUTUMN = date(2025, 9, 30), date(2025, 9, 15)
MOVED, END = date(2025, 11, 17), date(2026, 6, 12)
"""The last is the last day of the school year."""
Stay = tuple[date, date | None]


@pytest.mark.parametrize(
    "first, second, day, seen",
    [
        # Whoever leaves the second school is at the first, also in summer, once the month is over.
        ((BEGINS, END), (date(2025, 10, 1), date(2026, 3, 1)), date(2026, 7, 10), (True, False)),
        ((BEGINS, None), (AUTUMN, date(2025, 10, 1)), date(2025, 10, 20), (True, True)),
        ((BEGINS, None), (AUTUMN, date(2025, 10, 1)), date(2026, 6, 20), (True, False)),
        ((BEGINS, None), (AUTUMN, date(2025, 10, 1)), date(2026, 7, 10), (True, False)),
        # Whoever then leaves the first one, too, went there last.
        (
            (BEGINS, date(2026, 3, 3)),
            (AUTUMN, date(2025, 10, 1)),
            date(2026, 3, 10),
            (True, False),
        ),
        # Whoever moves is at the second from then on, though systems let days overlap.
        ((BEGINS, date(2025, 11, 14)), (MOVED, None), date(2025, 11, 18), (False, True)),
        ((BEGINS, date(2025, 11, 17)), (MOVED, None), date(2025, 11, 18), (False, True)),
        ((BEGINS, date(2025, 11, 20)), (MOVED, None), date(2025, 11, 24), (False, True)),
        (
            (BEGINS, date(2025, 11, 14)),
            (date(2025, 11, 17), date(2026, 3, 1)),
            date(2026, 4, 1),
            (False, True),
        ),
        ((BEGINS, date(2025, 10, 1)), (EARLY, date(2025, 10, 20)), date(2025, 10, 25), (False, True)),
        ((BEGINS, date(2026, 5, 20)), (date(2026, 5, 19), None), date(2026, 6, 30), (False, True)),
        # Schools close on different days, and both have their students through the summer.
        ((BEGINS, END), (date(2025, 10, 1), date(2026, 6, 16)), date(2026, 6, 15), (True, True)),
        ((BEGINS, END), (date(2025, 10, 1), date(2026, 6, 16)), date(2026, 8, 1), (True, True)),
        ((BEGINS, END), (date(2025, 10, 1), date(2026, 6, 16)), date(2026, 10, 1), (False, True)),
    ],
)
def test_the_school_that_a_student_left_gives_them_to_the_other(
    app: Flask,
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    first: Stay,
    second: Stay,
    day: date,
    seen: tuple[bool, bool],
) -> None:
    made = make(app, students=4)
    _stay(app, made, first, second)
    monkeypatch.setattr(permissions, "day_here", lambda: day)
    found = [
        sign_in(role="school", scope=contact).get(f"/schools/student/{made.absent}").status_code == 200
        for contact in made.school_contacts
    ]
    assert tuple(found) == seen
    with app.app_context(), system("test"):
        stands = db.session().get_one(Student, made.absent).school_id
    assert found[stands == made.schools[1]], "where a student stands they are seen"


def test_a_stay_to_the_last_day_of_the_year_ends_before_no_other(app: Flask) -> None:
    made = make(app, students=4)
    _stay(app, made, (BEGINS, None), (date(2025, 10, 1), END))
    with app.app_context(), system("test"):
        assert db.session().get_one(Student, made.absent).school_id == made.schools[1]


def _stay(app: Flask, made: MadeUp, *stays: Stay) -> None:
    """Let the first student be in both schools on these days."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)):
            db.session().delete(row)
        db.session().flush()
        of = {"student_id": made.absent, "school_year": 2026, "grade": "1"}
        for school_id, (begins, ends) in zip(made.schools, stays, strict=True):
            db.session().add(Enrolment(**of, school_id=school_id, begins_on=begins, ends_on=ends))
        db.session().flush()
        stand_last(db.session().get_one(Student, made.absent))
