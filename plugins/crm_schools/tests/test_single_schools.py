"""What each of several schools counts of a student by its own rules, on the page that explains the sum."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools import settings
from crm_schools.marks import pack
from crm_schools.models import Attendance, Code, District, Enrolment, Rating, Student
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite
DAYS = school_days()


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=2)


def _of_both(app: Flask, made: MadeUp) -> int:
    """Fifty days at each school, ten half days missed at the first, none at the second; the first counts a
    half day as a whole one."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        district = db.session().get_one(District, made.district_id)
        half = Code(district_id=district.id, code="H", code_key="h", kind="excused", halves=1)
        of = {"school_id": made.schools[1], "grade": "1", "district_id": district.id}
        student = Student(local_id="two", given_name="A", family_name="B", sort_name="b", **of)
        db.session().add_all([half, student])
        settings.decide(
            district,
            "half_day",
            "absent",
            source="The board of Dune",
            dated_on=None,
            school_id=made.schools[0],
        )
        db.session().flush()
        for school, begins, ends, missed in ((0, 0, 49, 10), (1, 50, None, 0)):
            where = {"student_id": student.id, "school_id": made.schools[school], "school_year": 2026}
            last = None if ends is None else DAYS[ends]
            db.session().add(Enrolment(**where, grade="1", begins_on=DAYS[begins], ends_on=last))
            marks = pack([(day, half.id, None) for day in DAYS[5 : 5 + missed]])
            db.session().add(Attendance(**where, marks=marks))
        return student.id


def test_each_school_is_explained_with_its_own_rule(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    student = _of_both(app, made)
    page = sign_in(role="administrator").get(f"/schools/student/{student}/why?year=2026").text
    assert "Missed 10 of 100 days enrolled" in page
    own = page.partition('id="schools-title"')[2].partition("</section>")[0]
    rows = dict(re.findall(r'<th scope="row">(Dune Elementary|Pier Middle)(.*?)</tr>', own, re.DOTALL))
    assert "10 of 50" in rows["Dune Elementary"]
    assert (
        "Exactly half a day missed: counts as a whole day absent (The board of Dune)"
        in rows["Dune Elementary"]
    )
    assert "10 × 20 = 200 ≥ 100" in rows["Dune Elementary"]
    assert "0 of 50" in rows["Pier Middle"]
    assert "Exactly half" not in rows["Pier Middle"]
    assert "Exactly half a day missed: counts as half a day" in page.partition('id="rules-title"')[2]


def test_who_went_to_one_school_reads_nothing_of_single_ones(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    page = sign_in(role="administrator").get(f"/schools/student/{made.absent}/why?year=2026").text
    assert "At each school by itself" not in page


def test_few_days_are_judged_by_the_rule_that_counts(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    """How many days are too few is the district's for all of its schools."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        district = db.session().get_one(District, made.district_id)
        for value, school in (("150", None), ("20", made.schools[0])):
            settings.decide(
                district, "minimum_days", value, source="The board", dated_on=None, school_id=school
            )
    with app.app_context(), system("test"):
        band = db.session().scalars(select(Rating.band).where(Rating.student_id == made.absent)).one()
    page = sign_in(role="administrator").get(f"/schools/student/{made.absent}/why?year=2026").text
    assert band == "short"
    assert "fewer than the 150 days" in page
