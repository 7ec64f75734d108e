"""Truants of a public report: what follows is told, and the same numbers can be published again."""

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm_schools import figures, publishing
from crm_schools.models import District, PublicReport, Rating, Student
from crm_schools.suppression import Release, attack
from crm_schools.tests.test_what_pages_tell import YEARS, Town, build

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def town(app: Flask) -> Town:
    return build(app)


def _none_truant_of_one_group(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        ratings, students = db.table(Rating), db.table(Student)
        db.session().execute(ratings.update().values(is_truant=ratings.c.student_id % 2 == 0))
        others = select(students.c.id).where(students.c.disability)
        of_race = ratings.update().where(ratings.c.student_id.in_(others))
        db.session().execute(of_race.values(is_truant=False))


def test_no_truants_of_a_place_that_is_hidden_follow_from_those_shown(
    app: Flask,
    sign_in: SignIn,
    town: Town,
) -> None:
    _none_truant_of_one_group(app)
    with app.app_context():
        with system("test"):
            district = db.session().get_one(District, town.district)
        place = figures.place_of(Actor.system(), district, None, YEARS[1])
        made = publishing.prepared(place)
        cells = publishing.table(publishing.content_of(place, made))
        unread = {cell for cell in made.truancy.numbers.groups if cells[cell][1][1] is None}
        assert unread == set(made.truancy.hidden)
        assert attack([Release(made.truancy.numbers, frozenset(unread))], publishing.rule_of(place)) == []
        follows = [cell for cell, (students, counts) in cells.items() if students is None and counts[1] == 0]
        assert follows, "there is one of which only the truants are told"
        with db.transaction(Actor.system(), "test"):
            number = publishing.publish(place, Actor.system()).id
        again = publishing.prepared(place)
        assert again.found == []
        with system("test"):
            assert db.session().get_one(PublicReport, number).status == "published"
    page = sign_in(role="viewer").get(f"/schools/public/{number}")
    assert page.status_code == 200
    rows = sign_in(role="viewer").get(f"/schools/public/{number}/report.csv").text.splitlines()
    assert [row for row in rows if row.endswith(",*,*,*,0")]
