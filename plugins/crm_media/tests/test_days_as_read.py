"""Days, months and plans as people read them, in their own language and in the order in which things come."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm_media import offers
from crm_media.models import Clip, Plan, PlanStep
from crm_media.services import reports


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def in_days(days: int) -> date:
    return datetime.now(ZoneInfo("America/New_York")).date() + timedelta(days=days)


def test_the_plan_that_comes_next_stands_first_and_steps_say_how_long_before(staff: Any) -> None:
    for name, days in (("Next year", 300), ("Over", -40), ("Next month", 30), ("Long over", -200)):
        about = {"name": name, "on_day": in_days(days).isoformat(), "steps": "hearing"}
        assert staff.post("/media/plans/new", data=about).status_code == 303
    page = staff.get("/media/plans").text
    heads = [page.index(f">{name} <") for name in ("Next month", "Next year", "Over", "Long over")]
    assert heads == sorted(heads)
    for said in ("21 days before", "1 day after", "on the day itself"):
        assert said in page


@pytest.mark.parametrize(
    "language, named, foot", [("en", "September 2026", ">Sep<"), ("es", "septiembre de 2026", ">sept<")]
)
def test_months_stand_as_the_reader_names_them(
    app: Flask, staff: Any, language: str, named: str, foot: str
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        db.session().add(Clip(title="Two days", url_key="a", published_on=date(2026, 9, 3)))
    asked = "/media/report?by=month&begins=2026-09-01&ends=2026-10-31"
    page = staff.get(asked, headers={"Accept-Language": language}).text
    assert named in page
    assert foot in page
    assert "2026-09<" not in page
    with app.app_context(), system("the test looks"):
        told = reports.as_dict(reports.make(Actor.system(), date(2026, 9, 1), date(2026, 10, 31), 0, "month"))
    assert "2026-09" in str(told)  # Programs read it as ever.


def test_the_morning_mail_says_days_as_people_do(app: Flask, staff: Any) -> None:
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        plan = Plan(name="Hearing", on_day=date(2026, 12, 10))
        db.session().add(plan)
        db.session().flush()
        db.session().add(PlanStep(plan_id=plan.id, title="Prepare", due_on=date(2026, 12, 3)))
        db.session().flush()
        (line,) = offers.digest(Actor.system(), date(2026, 12, 1))
        assert line.detail == "Dec 3, 2026"


def test_the_way_back_from_an_op_ed_says_where_it_leads(staff: Any) -> None:
    assert "Op-eds and letters" in staff.get("/media/opinions/new").text
