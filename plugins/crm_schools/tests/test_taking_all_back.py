"""A district that was brought in by mistake goes away again, by what the pages say is to be undone first."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.transfer import bring_in
from crm_schools import tiers
from crm_schools.models import Code, District, Enrolment, School, Student, Year
from crm_schools.tests.made_up import BEGINS, MadeUp, make
from crm_schools.tests.support import roster_zip, scalars
from crm_schools.tests.test_importing import attend

DAYS = "student,school,date,code\n1,E1,2024-09-03,A\n2,E1,2024-09-04,A\n"
FIRST = re.compile(r'undo first what came after it.*?href="/changes/(\d+)">([^<]+)<', re.DOTALL)


def undo_all(app: Flask, client: PageClient, change_set_id: int) -> list[str]:
    """Undo a change and whatever the pages name as to be undone before it; the titles of those, in order."""
    titles: list[str] = []
    while named := FIRST.search(client.get(f"/changes/{change_set_id}/undo").text):
        assert named[2] not in titles
        titles += [*undo_all(app, client, int(named[1])), named[2]]
    client.post(f"/changes/{change_set_id}/undo", data={"seen": "yes"})
    run_waiting(app)
    return titles


def test_an_undo_that_something_newer_stops_names_what_to_undo_first(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
        with system("a test looks"):
            roster = scalars(select(func.max(ChangeSet.id)))[0]
        attend(tmp_path, DAYS, {"codes": "A,unexcused\n"})
    titles = undo_all(app, sign_in(role="administrator"), roster)
    assert titles == ["Attendance of 2 students from “days.csv”", "Attendance codes of a file"]
    with app.app_context(), system("a test looks"):
        left = [scalars(select(func.count(each.id)))[0] for each in (District, School, Student, Year, Code)]
    assert left == [0, 0, 0, 0, 0]


def test_a_tier_without_days_is_no_sign_that_all_is_well() -> None:
    assert "No day of this year is counted yet" in str(tiers.reason("", 0))
    assert "No sign of trouble" in str(tiers.reason("", 60))
    assert "10 % or more of last year" in str(tiers.reason("last_10", 0))


def roster_of_one(app: Flask, made: MadeUp, tmp_path: Path, school: str, ends: str) -> int:
    """A roster that says until when the first student stays in a school; its change."""
    with app.app_context():
        with system("a test looks"):
            who = db.session().get_one(Student, made.absent)
            cells = (
                who.local_id,
                who.given_name,
                who.family_name,
                school,
                who.grade,
                f"{BEGINS:%m/%d/%Y}",
                ends,
            )
        path = tmp_path / "roster.csv"
        head = "Student Number,First Name,Last Name,School,Grade,Entry Date,Exit Date,School Year\n"
        path.write_text(f"{head}{','.join(cells)},2025-26\n")
        bring_in("roster", path, {}, confirmed=True)
        with system("a test looks"):
            return int(scalars(select(func.max(ChangeSet.id)))[0])


def stays(app: Flask, made: MadeUp) -> list[tuple[int, date, date | None]]:
    with app.app_context(), system("a test looks"):
        of_student = select(Enrolment).where(Enrolment.student_id == made.absent)
        return [(row.school_id, row.begins_on, row.ends_on) for row in db.session().scalars(of_student)]


def test_an_older_roster_is_not_undone_beneath_a_newer_one(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    made = make(app, students=4)
    client, before = sign_in(role="administrator"), stays(app, made)
    first, second = (roster_of_one(app, made, tmp_path, "1", ends) for ends in ("11/14/2025", "12/12/2025"))
    now = stays(app, made)
    assert (len(now), now[0][2]) == (1, date(2025, 12, 12))
    client.post(f"/changes/{first}/undo", data={"seen": "yes"})
    run_waiting(app)
    assert stays(app, made) == now
    named = FIRST.search(client.get(f"/changes/{first}/undo").text)
    assert named is not None
    assert int(named[1]) == second
    for change in (second, first):
        client.post(f"/changes/{change}/undo", data={"seen": "yes"})
        run_waiting(app)
    assert stays(app, made) == before


def test_no_undo_enrols_a_student_twice_over_the_same_days(
    app: Flask, sign_in: SignIn, made_twice: tuple[MadeUp, int]
) -> None:
    made, gone = made_twice
    now = stays(app, made)
    said = sign_in(role="administrator").post(
        f"/changes/{gone}/undo", data={"seen": "yes"}, follow_redirects=True
    )
    run_waiting(app)
    assert "twice in one school over the same days" in said.text
    assert stays(app, made) == now


@pytest.fixture
def made_twice(app: Flask) -> tuple[MadeUp, int]:
    """A stay that was removed, and another that was written since; the change that removed it."""
    made = make(app, students=4)
    changes: list[int] = []
    with app.app_context():
        for _step in range(2):
            with db.transaction(Actor.system(), "test", "For a test"), system("test"):
                of_student = select(Enrolment).where(Enrolment.student_id == made.absent)
                if not changes:
                    row = db.session().scalars(of_student).one()
                    kept = row.school_id, row.school_year, row.grade
                    db.session().delete(row)
                else:
                    new = dict(zip(("school_id", "school_year", "grade"), kept, strict=True))
                    db.session().add(Enrolment(student_id=made.absent, begins_on=BEGINS, **new))
            with system("a test looks"):
                changes.append(int(scalars(select(func.max(ChangeSet.id)))[0]))
    return made, changes[0]


def test_stays_that_touched_before_hinder_no_undo(app: Flask, sign_in: SignIn, tmp_path: Path) -> None:
    made = make(app, students=4)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        row = db.session().scalars(select(Enrolment).where(Enrolment.student_id == made.absent)).one()
        day = BEGINS + timedelta(60)
        also = {"school_id": row.school_id, "school_year": row.school_year, "grade": row.grade}
        row.ends_on = day
        db.session().add(Enrolment(student_id=made.absent, begins_on=day, **also))
    with app.app_context(), db.transaction(Actor.system(), "test", "For a test"), system("test"):
        of_student = select(Enrolment).where(Enrolment.student_id == made.absent)
        for row in db.session().scalars(of_student).all():
            row.grade = "2"
    with app.app_context(), system("a test looks"):
        newest = int(scalars(select(func.max(ChangeSet.id)))[0])
    sign_in(role="administrator").post(f"/changes/{newest}/undo", data={"seen": "yes"})
    with app.app_context(), system("a test looks"):
        assert set(scalars(select(Enrolment.grade).where(Enrolment.student_id == made.absent))) != {"2"}


def test_nobody_changes_or_removes_a_stay_that_is_another_by_now(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    made = make(app, students=4)
    staff = sign_in(role="school", scope=made.district_contact)
    page = staff.get(f"/schools/student/{made.absent}").text
    shown = html.unescape(re.findall(r'name="as_shown" value="([^"]+)"', page)[0])
    stay = re.findall(r"/schools/enrolment/(\d+)", page)[0]
    roster_of_one(app, made, tmp_path, "1", "11/14/2025")
    now = stays(app, made)
    said = {"school_id": str(made.schools[0]), "grade": "1", "begins_on": f"{BEGINS}", "ends_on": ""}
    for address in (f"/schools/enrolment/{stay}", f"/schools/enrolment/{stay}/remove"):
        assert "was changed meanwhile" in staff.post(address, data={**said, "as_shown": shown}).text
    assert stays(app, made) == now


def test_a_grade_that_a_roster_changed_is_not_overwritten_from_an_old_page(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    made = make(app, students=4)
    staff = sign_in(role="school", scope=made.district_contact)
    page = staff.get(f"/schools/student/{made.absent}").text
    shown = html.unescape(re.findall(r'name="as_shown" value="([^"]+)"', page)[0])
    stay = re.findall(r"/schools/enrolment/(\d+)", page)[0]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("a test looks"):
        db.session().get_one(Enrolment, int(stay)).grade = "2"
    said = {"school_id": str(made.schools[0]), "grade": "K", "begins_on": f"{BEGINS}", "ends_on": ""}
    told = staff.post(f"/schools/enrolment/{stay}", data={**said, "as_shown": shown}).text
    assert "was changed meanwhile" in told
    with app.app_context(), system("a test looks"):
        assert db.session().get_one(Enrolment, int(stay)).grade == "2"


def _changes(app: Flask, made: MadeUp, *acts: Callable[[Enrolment | None], Any]) -> list[int]:
    """Do something with the stay of the first student, once for each act; the changes."""
    changes = []
    for act in acts:
        with app.app_context():
            with db.transaction(Actor.system(), "test", "For a test"), system("test"):
                of_student = select(Enrolment).where(Enrolment.student_id == made.absent)
                act(db.session().scalars(of_student.order_by(Enrolment.begins_on)).first())
                db.session().flush()
            with system("a test looks"):
                changes.append(int(scalars(select(func.max(ChangeSet.id)))[0]))
    return changes


def _undo(app: Flask, client: PageClient, change: int) -> int:
    """Undo a change; the change that undid it."""
    client.post(f"/changes/{change}/undo", data={"seen": "yes"})
    run_waiting(app)
    with app.app_context(), system("a test looks"):
        return int(scalars(select(func.max(ChangeSet.id)))[0])


def test_no_undo_of_an_undo_enrols_anybody_twice(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=4)
    client, of = sign_in(role="administrator"), {"student_id": made.absent, "school_id": made.schools[0]}

    def remove(stay: Enrolment | None) -> None:
        db.session().delete(stay)

    def add(_stay: Enrolment | None) -> None:
        db.session().add(Enrolment(**of, school_year=2026, grade="1", begins_on=BEGINS))

    removed, _added, again = _changes(app, made, remove, add, remove)
    for each in (removed, again):
        _undo(app, client, each)
    assert len(stays(app, made)) == 1
    removed, added = _changes(app, made, remove, add)
    undone = _undo(app, client, added)
    _undo(app, client, removed)
    _undo(app, client, undone)
    assert len(stays(app, made)) == 1


def test_a_grade_is_undone_where_stays_touch_as_they_did_before(app: Flask, sign_in: SignIn) -> None:
    made, day = make(app, students=4), BEGINS + timedelta(60)
    of = {"student_id": made.absent, "school_id": made.schools[0], "school_year": 2026, "grade": "1"}

    def both(stay: Enrolment | None) -> None:
        assert stay
        stay.ends_on = day
        db.session().add(Enrolment(**of, begins_on=day))

    def first(stay: Enrolment | None) -> None:
        assert stay
        stay.grade = "2"

    def second(_stay: Enrolment | None) -> None:
        db.session().scalars(select(Enrolment).where(Enrolment.begins_on == day)).one().grade = "2"

    _both, changed, _second = _changes(app, made, both, first, second)
    _undo(app, sign_in(role="administrator"), changed)
    with app.app_context(), system("a test looks"):
        mine = select(Enrolment.grade).where(Enrolment.student_id == made.absent)
        assert scalars(mine.order_by(Enrolment.begins_on)) == ["K", "2"]


def test_a_large_undo_that_would_enrol_somebody_twice_begins_not_at_all(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, of = make(app, students=6), {"school_year": 2026, "grade": "1", "begins_on": BEGINS}
    ids = select(Enrolment.id).order_by(Enrolment.id)

    def remove_all(_stay: Enrolment | None) -> None:
        for row in db.session().scalars(select(Enrolment)).all():
            db.session().delete(row)

    def add(_stay: Enrolment | None) -> None:
        db.session().add(Enrolment(student_id=made.absent, school_id=made.schools[0], **of))

    removed, added = _changes(app, made, remove_all, add)
    monkeypatch.setattr("crm.journal.undo.planning.SMALL", 2)
    monkeypatch.setattr("crm.journal.undo.inverse.CHUNK", 2)
    client, data = sign_in(role="administrator"), {"seen": "yes"}
    said = client.post(f"/changes/{removed}/undo", data=data, follow_redirects=True)
    run_waiting(app)
    assert "would enrol 1 student twice" in said.text
    with app.app_context(), system("a test looks"):
        assert len(scalars(ids)) == 1
    for each in (added, removed):
        _undo(app, client, each)
    with app.app_context(), system("a test looks"):
        assert len(scalars(ids)) == 6


def test_what_was_done_again_can_be_undone_again(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=4)
    client, of = sign_in(role="administrator"), {"student_id": made.absent, "school_id": made.schools[0]}

    def replace(stay: Enrolment | None) -> None:
        db.session().delete(stay)
        db.session().flush()
        db.session().add(Enrolment(**of, school_year=2026, grade="1", begins_on=BEGINS + timedelta(8)))

    before = stays(app, made)
    (change,) = _changes(app, made, replace)
    undone = _undo(app, client, change)
    assert stays(app, made) == before
    _undo(app, client, undone)
    assert stays(app, made) != before
    _undo(app, client, change)
    assert stays(app, made) == before
