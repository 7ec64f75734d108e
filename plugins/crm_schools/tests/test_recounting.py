"""Whoever may see numbers alone cannot turn rules to and fro and read single students from what changes."""

import re
from collections.abc import Mapping
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from crm.accounts.models import Role
from crm.jobs.inline import run_waiting
from crm.jobs.models import Job
from crm.journal.models import ChangeSet
from crm.journal.permissions import UNDO_ANY
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.models import Calendar, Code, Day, District, Rating, Setting, Year
from crm_schools.rating import settling
from crm_schools.tests.made_up import MadeUp, make
from crm_schools.tests.support import scalars

pytestmark = on_sqlite
TURNED = "This would turn back how attendance"
REFUSED = "what numbers change by can tell of single students. Ask"


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=12)


def _rule(client: FlaskClient, made: MadeUp, name: str, value: str) -> str:
    data = {"value": value, "source": "The board", "dated_on": "2025-07-01"}
    return client.post(f"/schools/district/{made.district_id}/rule/{name}", data=data).text


def _code(app: Flask, text: str, **new: int) -> int:
    with app.app_context(), system("test"):
        if new:
            with db.transaction(Actor.system(), "test"):
                db.session().add(Code(code=text, code_key=text.casefold(), **new))
        return db.session().scalars(select(Code.id).where(Code.code == text)).one()


def test_an_organizer_changes_nothing_that_is_counted(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    organizer, district = sign_in(role="organizer"), f"/schools/district/{made.district_id}"
    assert REFUSED in _rule(organizer, made, "minimum_days", "11")
    used, fresh = _code(app, "E"), _code(app, "N", district_id=made.district_id)
    said = organizer.post(f"{district}/codes", data={f"code-{used}": "present"})
    assert REFUSED in said.text
    days: Mapping[str, str] = {
        "off": "2025-10-13",
        "extra": "",
        "grade": "",
        "school_id": str(made.schools[0]),
    }
    assert REFUSED in organizer.post(f"{district}/years/2026/calendars/new", data=days).text
    with app.app_context(), system("test"):
        calendar, count = scalars(select(Calendar.id))[0], len(scalars(select(Day.id)))
    assert (
        REFUSED
        in organizer.post(f"/schools/calendar/{calendar}", data={"off": "2025-10-13", "extra": ""}).text
    )
    assert REFUSED in organizer.post(f"/schools/calendar/{calendar}/remove").text
    year = {"begins_on": "2025-09-02", "ends_on": "2026-06-12", "through_on": "2025-10-01"}
    assert REFUSED in organizer.post(f"{district}/years/2026", data=year).text
    about = {"name": "Harbor Public Schools", "state": "SC", "local_id": "HPS", "nces_id": "0900001"}
    assert REFUSED in organizer.post(f"{district}/change", data=about).text
    assert organizer.post(f"{district}/codes", data={f"code-{fresh}": "excused"}).status_code == 303
    with app.app_context(), system("test"):
        assert scalars(select(Setting.id)) == []
        assert scalars(select(Code.kind).order_by(Code.id)) == ["excused", "unexcused", "tardy", "excused"]
        assert len(scalars(select(Day.id))) == count
        assert scalars(select(District.state)) == ["CT"]


def test_the_smallest_group_grows_and_does_not_shrink(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    organizer = sign_in(role="organizer")
    assert "smallest group smaller" in _rule(organizer, made, "suppression", "3")
    _rule(organizer, made, "suppression", "20")
    with app.app_context(), system("test"):
        assert scalars(select(Setting.value)) == ["20"]
    assert "smallest group smaller" in _rule(organizer, made, "suppression", "10")


def test_whoever_sees_the_students_of_the_district_changes_its_rules(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    _rule(sign_in(role="administrator"), made, "minimum_days", "11")
    with app.app_context(), system("test"):
        assert scalars(select(Setting.value)) == ["11"]


def _newest(app: Flask) -> int:
    with app.app_context(), system("test"):
        return int(scalars(select(func.max(ChangeSet.id)))[0])


def test_nobody_who_sees_numbers_alone_turns_a_rule_by_undoing(
    app: Flask, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    """Neither what an administrator decided, nor what they decided themselves before anything was counted."""
    district = f"/schools/district/{made.district_id}"
    with app.app_context(), db.transaction(Actor.system(), "test"):
        role = Role(
            name="undoer",
            label="Undoer",
            permissions=["schools.view", "schools.edit", "journal.view", UNDO_ANY],
        )
        db.session().add(role)
    administrator = sign_in(role="administrator")
    _rule(administrator, made, "minimum_days", "11")
    rule = _newest(app)
    year = {"begins_on": "2025-09-02", "ends_on": "2026-06-12", "through_on": "2025-10-01"}
    administrator.post(f"{district}/years/2026", data=year)
    dates = _newest(app)
    administrator.post(f"{district}/codes", data={f"code-{_code(app, 'E')}": "present"})
    meaning = _newest(app)
    undoer = sign_in(make_user(role="undoer"))
    for each in (rule, dates, meaning):
        assert TURNED in undoer.post(f"/changes/{each}/undo", follow_redirects=True).text
    with app.app_context(), system("test"):
        assert scalars(select(Setting.value)) == ["11"]
        assert scalars(select(Year.through_on)) == [date(2025, 10, 1)]
        assert scalars(select(Code.kind).where(Code.code == "E")) == ["present"]
    administrator.post(f"/changes/{rule}/undo")
    with app.app_context(), system("test"):
        assert scalars(select(Setting.value)) == []
    assert TURNED in undoer.post(f"/changes/{_newest(app)}/undo", follow_redirects=True).text


def test_what_counts_nothing_is_undone_by_whoever_did_it(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    organizer, district = sign_in(role="organizer"), f"/schools/district/{made.district_id}"
    about = {"name": "Harbour Schools", "state": "CT", "local_id": "HPS", "nces_id": "0900001"}
    organizer.post(f"{district}/change", data=about)
    organizer.post(f"/changes/{_newest(app)}/undo")
    fresh = _code(app, "N", district_id=made.district_id)
    organizer.post(f"{district}/codes", data={f"code-{fresh}": "excused"})
    organizer.post(f"/changes/{_newest(app)}/undo")
    organizer.post(f"{district}/years/new", data={"begins_on": "2026-09-01", "ends_on": "2027-06-11"})
    organizer.post(f"/changes/{_newest(app)}/undo")
    with app.app_context(), system("test"):
        assert scalars(select(District.name)) == ["Harbor Public Schools"]
        assert scalars(select(Code.kind).where(Code.code == "N")) == [""]
        assert scalars(select(Year.school_year)) == [2026]


def test_whoever_changes_a_rule_is_told_which_years_it_counts_anew(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    head = sign_in(role="administrator")
    page = head.get(f"/schools/district/{made.district_id}/settings").text
    assert "counted anew by this rule; here are 2025–26." in page
    said = {"value": "120", "was": "10", "source": "Rhode Island", "dated_on": ""}
    done = head.post(
        f"/schools/district/{made.district_id}/rule/minimum_days", data=said, follow_redirects=True
    )
    told = re.search(r"Chronically absent now: 2025–26: (\d+) → (\d+)\.", done.text)
    assert told is not None
    with app.app_context(), system("test"):
        chronic = select(func.count(Rating.id)).where(Rating.is_chronic, Rating.part != "school")
        assert int(told[2]) == db.session().scalar(chronic) != int(told[1])


def test_a_large_district_is_counted_in_the_background_and_the_work_says_what_changed(
    app: Flask, sign_in: SignIn, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "AT_ONCE", 5)
    head = sign_in(role="administrator")
    data = {"value": "120", "source": "Rhode Island", "dated_on": ""}
    address = f"/schools/district/{made.district_id}/rule/minimum_days"
    said = head.post(address, data=data, follow_redirects=True).text
    assert "is counted by it in the background" in said
    assert "Chronically absent now" not in said
    run_waiting(app)
    with app.app_context(), system("test"):
        (result,) = scalars(select(Job.result).where(Job.kind == "schools.rate"))
    assert re.search(r"Chronically absent now: 2025–26: \d+ → 0\.", result["summary"])


def test_who_raises_the_smallest_group_is_told_no_number(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        stale = update(Rating).where(Rating.student_id == made.absent)
        db.session().execute(stale.values(is_chronic=False, band="at_risk"))
    organizer, data = sign_in(role="organizer"), {"value": "20", "source": "The board", "dated_on": ""}
    address = f"/schools/district/{made.district_id}/rule/suppression"
    said = organizer.post(address, data=data, follow_redirects=True).text
    assert "The rule is kept." in said
    assert "Chronically absent now" not in said
