"""Several people change the attendance of a district at the same moment, which only PostgreSQL lets them."""

import html
import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_postgresql
from crm.plugin_api.transfer import Outcome, bring_in
from crm_schools import codes, figures
from crm_schools.acting import agenda
from crm_schools.keeping import services
from crm_schools.marks import pack
from crm_schools.models import (
    Attendance,
    Cause,
    Code,
    District,
    Enrolment,
    Meeting,
    Rating,
    School,
    Student,
    Year,
)
from crm_schools.rating import settling
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.tests.test_agendas import plan
from crm_schools.views import keeping_students

pytestmark = on_postgresql
PATIENCE = 60


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


def _miss_everything(app: Flask, student_id: int) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        code = db.session().scalars(select(Code).where(Code.code == "U")).one()
        row = db.session().scalars(select(Attendance).where(Attendance.student_id == student_id)).one()
        row.marks = pack([(day, code.id, None) for day in school_days()])


def _shown(app: Flask, made: MadeUp) -> int:
    """How many students a page calls severe."""
    with app.app_context(), system("test"):
        district = db.session().get_one(District, made.district_id)
        total = figures.total(figures.place_of(Actor.system(), district, None, 2026))
        assert total is not None
        return total.bands["severe"]


def test_a_page_between_two_who_change_attendance_is_counted_anew(
    app: Flask, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has rated a student and not ended yet when another, who began later, has; a page counts, and only
    then the first one ends."""
    rated, counted = threading.Event(), threading.Event()
    settle = settling.settle

    def slowly(student_ids: Sequence[int]) -> None:
        settle(student_ids)
        if threading.current_thread() is first:
            rated.set()
            counted.wait(PATIENCE)

    monkeypatch.setattr(settling, "settle", slowly)
    first = threading.Thread(target=_miss_everything, args=(app, made.students[1]))
    first.start()
    assert rated.wait(PATIENCE)
    _miss_everything(app, made.students[2])
    before = _shown(app, made)
    counted.set()
    first.join()
    with app.app_context(), system("test"):
        rows = select(func.count()).where(Rating.band == "severe", Rating.part != "school")
        stored = db.session().scalar(rows)
    assert _shown(app, made) == stored == before + 1


def test_two_files_with_the_same_new_code_are_both_planned(
    app: Flask, made: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two schools of one district bring in their mornings at once, with a code that nobody has met."""
    outcomes: list[Outcome] = []
    looked = threading.Barrier(2)
    of_district = codes.of_district

    def both_look(district_id: int) -> dict[str, Code]:
        found = of_district(district_id)
        with suppress(threading.BrokenBarrierError):  # The other waits for its turn.
            looked.wait(1)
        return found

    def plan(number: int) -> None:
        path = tmp_path / f"school{number}.csv"
        path.write_text(f"student_id,school_id,date,code\n0000{number},{number + 1},2025-10-06,N\n")
        with app.app_context():
            outcomes.append(bring_in("attendance", path, {"codes": "N,excused\n"}))

    monkeypatch.setattr(codes, "of_district", both_look)
    both = [threading.Thread(target=plan, args=(number,)) for number in (0, 1)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [outcome.counts["rejected"] for outcome in outcomes] == [0, 0]


def test_a_day_is_corrected_while_somebody_writes_why_the_student_misses_school(
    app: Flask, made: MadeUp
) -> None:
    with app.app_context(), app.extensions["crm"].engine.connect() as other, system("test"):
        cause = {
            "student_id": made.absent,
            "school_year": 2026,
            "kind": "barriers",
            "noted_on": school_days()[0],
        }
        other.execute(insert(db.table(Cause)).values(detail="", is_confirmed=False, **cause))
        with db.transaction(Actor.system(), "test"):
            db.session().execute(text("SET LOCAL lock_timeout = '5s'"))
            student = db.session().get_one(Student, made.absent)
            year = db.session().scalars(select(Year)).one()
            code = db.session().scalars(select(Code).where(Code.code == "E")).one()
            day = school_days()[0]
            school = db.session().get_one(School, made.schools[0])
            services.correct_day(student, year, school.id, day, code.id, "A note from a doctor", None)
        other.rollback()
        assert day in {each.on_date for each in settling.absences([made.absent])}


def test_of_two_who_change_a_stay_at_once_the_second_is_told(
    app: Flask, sign_in: SignIn, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = [sign_in(role="school", scope=made.district_contact) for _each in range(2)]
    page = team[0].get(f"/schools/student/{made.absent}").text
    stay = re.findall(r"/schools/enrolment/(\d+)", page)[0]
    shown = html.unescape(re.findall(r'name="as_shown" value="([^"]+)"', page)[0])
    said = {"school_id": str(made.schools[0]), "grade": "K", "begins_on": str(school_days()[0])}
    really, other, answers = keeping_students._require_as_shown, list[threading.Thread](), list[str]()

    def send(who: int, ends: str) -> None:
        data = {**said, "ends_on": ends, "as_shown": shown}
        answers.append(team[who].post(f"/schools/enrolment/{stay}", data=data).text)

    def slowly(row: Any, as_shown: str | None) -> None:
        really(row, as_shown)
        if not other:
            other.append(threading.Thread(target=send, args=(1, "2026-01-15")))
            other[0].start()
            other[0].join(1)

    monkeypatch.setattr(keeping_students, "_require_as_shown", slowly)
    send(0, "2026-03-03")
    other[0].join()
    assert "was changed meanwhile" in answers[1]
    with app.app_context(), system("test"):
        ends = db.session().scalars(select(Enrolment.ends_on).where(Enrolment.id == int(stay))).one()
    assert str(ends) == "2026-03-03"


def test_a_meeting_that_is_held_meanwhile_keeps_what_it_compared_with(
    app: Flask, sign_in: SignIn, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = [sign_in(role="school", scope=made.school_contacts[0]) for _each in range(2)]
    days = school_days()
    plan(team[0], made, days[39])
    page = plan(team[0], made, days[79])
    meeting_id, other = int(page.rsplit("/", 1)[1]), list[threading.Thread]()
    really = agenda.since_of

    def slowly(actor: Actor, meeting: Meeting) -> Any:
        if not other:  # Of the one that is being planned.
            say = {"held": "on", "was-held": ""}
            other.append(threading.Thread(target=team[1].post, args=(f"{page}/save",), kwargs={"data": say}))
            other[0].start()
            other[0].join()
        return really(actor, meeting)

    monkeypatch.setattr(agenda, "since_of", slowly)
    plan(team[0], made, days[59])
    with app.app_context(), system("test"):
        meeting = db.session().get_one(Meeting, meeting_id)
        assert (meeting.status, meeting.since_on) == ("held", days[39])
