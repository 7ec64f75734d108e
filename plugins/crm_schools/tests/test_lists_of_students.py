"""The list of students behind a number: how many they are, and of which school."""

import re

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.marks import pack
from crm_schools.models import Attendance
from crm_schools.tests.made_up import MadeUp, make, school_days

pytestmark = on_sqlite


def _absent(app: Flask, made: MadeUp, count: int) -> None:
    """So many students miss twelve days, and the others none."""
    missing = set(made.students[:count])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for row in db.session().scalars(select(Attendance)):
            missed = school_days()[:12] if row.student_id in missing else []
            row.marks = pack([(day, 2, None) for day in missed])


def test_each_page_of_a_list_says_how_many_there_are(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=140)
    _absent(app, made, 115)
    staff = sign_in(role="administrator")
    page: str | None = f"/schools/students?district_id={made.district_id}&year=2026&band=chronic"
    seen = []
    while page:
        text = staff.get(page).text
        assert "<b>115 students</b>" in text
        seen += re.findall(r"/schools/student/(\d+)\?", text)
        more = re.search(r'class="btn" href="([^"]+)">Next students', text)
        page = more[1].replace("&amp;", "&") if more else None
    assert sorted(map(int, seen)) == made.students[:115]
    few = f"/schools/students?district_id={made.district_id}&year=2026&grade=K&at_school={made.schools[0]}"
    assert "<b>20 students</b>" in staff.get(f"{few}&band=chronic").text
    own = sign_in(role="school", scope=made.school_contacts[1])
    mine = own.get(f"/schools/students?school_id={made.schools[1]}&year=2026&band=chronic").text
    assert "<b>57 students</b>" in mine


def test_what_is_often_needed_stays_at_the_school(app: Flask, sign_in: SignIn) -> None:
    made = make(app)
    _absent(app, made, 30)
    staff = sign_in(role="administrator")
    page = (
        f"/schools/students?district_id={made.district_id}&year=2026&band=rated&at_school={made.schools[0]}"
    )
    presets = re.findall(r'class="btn btn-sm" href="(/schools/students\?[^"]+)"', staff.get(page).text)
    assert len(presets) > 6
    assert all(f"at_school={made.schools[0]}" in each for each in presets)
    nothing_done = next(each for each in presets if "no_action" in each).replace("&amp;", "&")
    assert "<b>15 students</b>" in staff.get(nothing_done).text
