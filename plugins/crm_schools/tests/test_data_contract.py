"""What the plugin owes for the contacts that its districts, schools and guardians are."""

from datetime import date

from flask import Flask
from sqlalchemy import func, select

from crm.plugin_api import Actor, Person, db, system
from crm_schools import demo
from crm_schools.models import District, Guardian, Rating, Student


def test_the_demo_is_a_believable_year_and_the_same_each_time(app: Flask) -> None:
    with app.app_context():
        with db.transaction(Actor.system(), "demo.people"):
            for number in range(3):
                name = f"Guardian {number}"
                db.session().add(Person(name=name, sort_name=name, name_key=name, custom={}))
        demo.load(Actor.system())
        with system("a test looks"):
            students = db.session().execute(select(func.count()).select_from(Student)).scalar_one()
            chronic = (
                db.session()
                .execute(
                    select(func.count()).where(
                        Rating.is_chronic, Rating.part != "school", Rating.school_year == _last_year()
                    )
                )
                .scalar_one()
            )
            assert db.session().execute(select(func.count()).select_from(Guardian)).scalar_one() == 3
            assert db.session().execute(select(func.count()).select_from(District)).scalar_one() == 2
    assert 550 <= students <= 700
    assert students // 10 < chronic < students // 2


def _last_year() -> int:
    today = date.today()  # noqa: DTZ011  # As the demo does: the year before this one is over.
    return today.year if today.month >= 7 else today.year - 1
