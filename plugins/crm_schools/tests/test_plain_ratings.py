"""Most students are rated by a shorter way, and it leads to the very same row as the long one."""

import random
from datetime import date, timedelta

import pytest
from flask import Flask

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.marks import pack
from crm_schools.models import Code, District, Reached, Setting, Year
from crm_schools.rating.rater import Rater
from crm_schools.rating.shapes import Known, Span
from crm_schools.tests.made_up import BEGINS, MadeUp, make

pytestmark = on_sqlite
KINDS = ("excused", "unexcused", "suspension", "unstated", "tardy", "tardy_long", "present", "")
TODAY = date(2026, 3, 2)


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=2)


def settle_rules(made: MadeUp, law: str, half_day: str, minimum: str, reached: date | None) -> list[int]:
    """Decide the rules, and add a code of every kind; returns the ids of the codes."""
    values = {"truancy": law, "half_day": half_day, "minimum_days": minimum}
    db.session().add_all(
        Setting(district_id=made.district_id, name=name, value=value) for name, value in values.items()
    )
    if reached is not None:
        db.session().add(Reached(school_id=made.schools[0], school_year=2026, through_on=reached))
    codes = [
        Code(
            district_id=made.district_id, code=f"c{place}", code_key=f"c{place}", kind=kind, halves=place % 3
        )
        for place, kind in enumerate(KINDS)
    ]
    db.session().add_all(codes)
    db.session().flush()
    return [code.id for code in codes]


def somebody(dice: random.Random, made: MadeUp, codes: list[int]) -> Known:
    """A student with one enrolment at most times, and marks on any days of the year, Sundays among them."""
    first = BEGINS + timedelta(dice.choice((0, 0, 0, 40, 260)))
    last = dice.choice((None, None, first + timedelta(dice.randrange(80))))
    known = Known(dice.randrange(1, 10**6), [Span(made.schools[0], dice.choice(("K", "PK")), first, last)])
    days = dice.sample(range(280), dice.choice((0, 1, 5, 20, 90)))
    marks = [
        (BEGINS + timedelta(day), dice.choice([*codes, 10**6]), dice.choice((None, 0, 1, 2))) for day in days
    ]
    if marks:
        known.marks[made.schools[dice.random() < 0.1]] = pack(marks)
    known.last_band = dice.choice(("", "moderate", "severe"))
    known.born_on = dice.choice((None, date(2018, 5, 5), date(2021, 1, 10)))
    known.helped_on = dice.choice((None, None, None, date(2025, 11, 3)))
    if dice.random() < 0.1:
        known.summaries[made.schools[0]] = (100, 12, 6, 6, None)
    return known


@pytest.mark.parametrize("law", ["ct", "ca", "sc", "none"])
@pytest.mark.parametrize("half_day", ["half", "absent", "present"])
@pytest.mark.parametrize("reached", [None, date(2025, 12, 19)])
def test_the_short_way_leads_to_the_same_rating(
    app: Flask, made: MadeUp, law: str, half_day: str, reached: date | None
) -> None:
    dice = random.Random(f"{law} {half_day} {reached}")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        codes = settle_rules(made, law, half_day, dice.choice(("1", "10", "90")), reached)
        district = db.session().get_one(District, made.district_id)
        rater = Rater(district, db.session().query(Year).one(), TODAY)
        everybody = [somebody(dice, made, codes) for _number in range(400)]
        short = [known for known in everybody if rater.plain.row(known) is not None]
        assert len(short) > 200
        for known in everybody:
            assert rater.rows(known) == rater.judge(known)[1]
