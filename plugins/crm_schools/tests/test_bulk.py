"""Acting for many students at once: what is planned is what happens, in one step that can be taken back."""

import html
import re
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from crm.accounts.models import Role, RoleGrant
from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_schools.models import (
    Attempt,
    District,
    Intervention,
    Letter,
    Look,
    Student,
)
from crm_schools.tests.bulk import (
    CALL,
    EVERY,
    MENTOR,
    NUDGE,
    address,
    applied,
    district_of,
    families,
    hidden,
    left_out,
    planned,
    post,
    the,
)
from crm_schools.tests.made_up import MadeUp
from crm_schools.tests.support import roster_zip
from crm_schools.views import student_lists
from crm_schools.views.bulk import choosing, offering


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return district_of(app)


@pytest.fixture
def staff(sign_in: SignIn, made: MadeUp) -> PageClient:
    return sign_in(role="school", scope=made.school_contacts[0])


def test_many_get_a_point_person_and_lose_them(
    app: Flask, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    reed = make_user(role="school", scope=made.school_contacts[0], name="Ana Reed")
    staff, ids = sign_in(reed), made.students[0:8:2]
    asked = post(staff, made, "point-person", ids).text
    assert "Ana Reed</option>" in asked
    assert "4 students chosen" in asked
    assert post(staff, made, "point-person", ids, step="plan", user_id="").status_code == 422
    applied(staff, made, "point-person", ids[:1], user_id=str(reed.id))
    plan = planned(staff, made, "point-person", ids, user_id=str(reed.id)).text
    assert "<dd>3</dd>" in plan
    assert "Like that already: Given0 Family0" in plan
    done = applied(staff, made, "point-person", ids, user_id=str(reed.id))
    assert done.location == f"/schools/students?school_id={made.schools[0]}&year=2026"
    assert "Undo" in staff.get(done.location).text
    points = select(Student.id).where(Student.point_user_id == reed.id).order_by(Student.id)
    assert the(app, points) == ids
    applied(staff, made, "point-person", ids, user_id="nobody")
    assert the(app, points) == []
    last = max(the(app, select(ChangeSet.id).where(ChangeSet.action == "schools.bulk")))
    staff.post(f"/changes/{last}/undo", data={"seen": "yes"})
    assert the(app, points) == ids


def test_whoever_may_not_see_some_of_the_students_is_not_given_these(
    app: Flask, sign_in: SignIn, make_user: MakeUser, made: MadeUp
) -> None:
    first = make_user(role="school", scope=made.school_contacts[0], name="Ana Reed")
    stranger = make_user(role="organizer", name="Olsen the organizer")
    district = sign_in(role="school", scope=made.district_contact)
    ids = made.students[:4]
    asked = post(district, made, "point-person", ids).text
    assert "Ana Reed – sees 2 of 4" in asked
    assert "Olsen" not in asked
    for action, more in (("point-person", {}), ("intervention", MENTOR)):
        plan = planned(district, made, action, ids, **more, user_id=str(first.id)).text
        assert left_out(plan) == {"Ana Reed may not see this student.": ["Given1", "Given3"]}
        applied(district, made, action, ids, **more, user_id=str(first.id))
        refused = post(district, made, action, ids, step="plan", **more, user_id=str(stranger.id))
        assert refused.status_code == 422
    assert the(app, select(Student.id).where(Student.point_user_id == first.id).order_by(Student.id)) == [
        ids[0], ids[2],
    ]  # fmt: skip
    assert the(app, select(Intervention.student_id).order_by(Intervention.student_id)) == [ids[0], ids[2]]


def test_the_same_intervention_begins_for_a_group(app: Flask, staff: PageClient, made: MadeUp) -> None:
    ids = made.students[0:8:2]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        going = {"student_id": ids[0], "school_id": made.schools[0], "school_year": 2026, "tier": 2}
        db.session().add(Intervention(**going, kind="mentor", begins_on=date(2025, 10, 1)))
        db.session().add(
            Intervention(**going | {"student_id": ids[1]}, kind="asthma", begins_on=date(2025, 10, 1))
        )
    wrong = post(staff, made, "intervention", ids, step="plan", **MENTOR | {"begins_on": ""})
    assert wrong.status_code == 422
    assert "Choose the day." in wrong.text
    assert hidden(wrong.text)["ids"] == ",".join(map(str, ids)), "whoever mends a mistake keeps the students"
    plan = planned(staff, made, "intervention", ids, **MENTOR).text
    assert "Like that already: Given0 Family0" in plan
    assert "Asthma and chronic illness" in plan
    applied(staff, made, "intervention", ids, **MENTOR)
    rows = the(app, select(Intervention).where(Intervention.begins_on == date(2026, 1, 5)))
    assert sorted(row.student_id for row in rows) == ids[1:]
    assert {(row.kind, row.tier, row.each_week, row.school_id) for row in rows} == {
        ("mentor", 2, 2, made.schools[0])
    }
    assert "Mentor who checks in" in staff.get(f"/schools/student/{ids[1]}").text


def test_a_message_to_many_families_is_written_down_for_each(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    ids = made.students[0:6:2]
    families(app, {ids[0]: {"name": "Luz Piedra", "language": "es"}})
    families(app, {ids[1]: {"name": "Tom Ash", "contact_prohibited": True}})
    plan = planned(staff, made, "contact", ids, **CALL).text
    assert left_out(plan) == {"Nobody who cares for this student may be contacted.": ["Given2"]}
    applied(staff, made, "contact", ids, **CALL)
    rows = the(app, select(Attempt).order_by(Attempt.student_id))
    assert [(row.student_id, row.language, row.guardian_id is None) for row in rows] == [
        (ids[0], "es", False), (ids[2], "", True),
    ]  # fmt: skip
    assert {(row.way, row.outcome, row.school_year) for row in rows} == {("text", "message", 2026)}


@pytest.mark.parametrize("action", EVERY)
def test_students_who_are_not_ones_own_are_never_touched(
    app: Flask, sign_in: SignIn, made: MadeUp, staff: PageClient, action: str
) -> None:
    """Whatever numbers a form is made to send: nobody learns of them, and nothing becomes of them."""
    theirs, own = made.students[1:12:2], made.students[0:4:2]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for student in db.session().scalars(select(Student)):
            student.point_user_id = 1 if action == "point-person" else None
    seen = hidden(planned(staff, made, action, own, **EVERY[action]).text)["seen"]
    for ids in (theirs, [*theirs, 10**17, 10**30]):
        for step in ("", "plan", "apply"):
            answer = post(staff, made, action, ids, step=step, seen=seen, **EVERY[action])
            assert answer.status_code == 422
            assert "Choose at least one of the list first" in answer.text
    mixed = planned(staff, made, action, [*own, *theirs], **EVERY[action]).text
    assert not any(f"Given{number} " in mixed for number in range(1, 12, 2))
    applied(staff, made, action, [*own, *theirs], **EVERY[action])
    acts = select(ChangeSet.id).where(ChangeSet.action == "schools.bulk")
    touched = select(JournalEntry.subject_id).where(JournalEntry.change_set_id.in_(acts))
    assert set(the(app, touched)) == set(own)
    assert the(app, select(Look.id).where(Look.student_id.in_(theirs))) == []
    for client in (sign_in(role="viewer"), sign_in(role="organizer"), sign_in()):
        assert post(client, made, action, own, step="plan", **EVERY[action]).status_code == 403


@pytest.fixture
def reading(app: Flask, make_user: MakeUser, made: MadeUp) -> list[Any]:
    """Somebody who reads the students of the whole district and works with those of the first school, and
    somebody who reads them alone."""
    users = [make_user(role="school", scope=made.school_contacts[0]), make_user()]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        role = Role(name="reading", label="Reading", permissions=["schools.view", "schools.students"])
        db.session().add(role)
        db.session().flush()
        of_district = {"role_id": role.id, "scope_kind": "organization", "scope_id": made.district_contact}
        db.session().add_all([RoleGrant(user_id=each.id, **of_district) for each in users])
    return users


def test_whom_one_sees_and_may_not_act_for_is_left_out(
    app: Flask, sign_in: SignIn, reading: list[Any], made: MadeUp
) -> None:
    page = f"/schools/students?district_id={made.district_id}&year=2026"
    client = sign_in(reading[0])
    offered = re.findall(r'name="ids" value="(\d+)"', client.get(page).text)
    assert sorted(map(int, offered)) == made.students[::2]
    listed = sign_in(reading[1]).get(page).text
    assert "Family1, Given1" in listed
    assert "data-row-choice" not in listed
    assert "data-bulk-bar" not in listed
    plan = planned(client, made, "letters", made.students[:4], **NUDGE).text
    assert left_out(plan) == {"Your role does not let you act for this student.": ["Given1", "Given3"]}
    applied(client, made, "letters", made.students[:4], **NUDGE)
    written = the(app, select(Letter.student_id).order_by(Letter.student_id))
    assert written == [made.students[0], made.students[2]]


def test_sheets_are_for_those_who_may_act_for_the_student(
    app: Flask, sign_in: SignIn, reading: list[Any], made: MadeUp
) -> None:
    district = sign_in(role="school", scope=made.district_contact)
    sheets = applied(district, made, "letters", made.students[:4], **NUDGE).location
    reader, other = sign_in(reading[0]), sign_in(role="school", scope=made.school_contacts[1])
    shown = [re.findall("Dear family of (Given.) ", each.get(sheets).text) for each in (reader, other)]
    assert shown == [["Given0", "Given2"], ["Given1", "Given3"]]
    reader.post(f"{sheets}/sent")
    sent = select(Letter.student_id).where(Letter.status == "sent").order_by(Letter.student_id)
    assert the(app, sent) == [made.students[0], made.students[2]]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        for letter in db.session().scalars(select(Letter).where(Letter.status == "sent")):
            db.session().delete(letter)
    gone = reader.get(sheets)
    assert gone.status_code == 404
    assert "Given" not in gone.text
    assert reader.post(f"{sheets}/sent").status_code == 422
    assert sign_in(role="viewer").get(sheets).status_code == 403


def test_numbers_of_students_stand_in_no_address_and_names_in_no_history(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    ids = made.students[0:12:2]
    asked = post(staff, made, "letters", ids).text
    plan = planned(staff, made, "letters", ids, **NUDGE).text
    for page in (asked, plan):
        assert f'action="{html.escape(address(made, "letters"))}"' in page
        assert "Family" not in page.partition("</title>")[0]
    for action, form in EVERY.items():
        answer = applied(staff, made, action, ids, **form)
        if answer.status_code == 303:
            assert "ids" not in answer.location
    told = " ".join(the(app, select(ChangeSet.summary).where(ChangeSet.action == "schools.bulk")))
    assert "6 families" in told
    assert not re.search("Given|Family|0000", told)


def test_what_changed_meanwhile_is_shown_before_anything_is_done(
    app: Flask, sign_in: SignIn, made: MadeUp, staff: PageClient
) -> None:
    ids = made.students[0:6:2]
    sent = hidden(planned(staff, made, "letters", ids, **NUDGE).text)
    colleague = sign_in(role="school", scope=made.school_contacts[0])
    applied(colleague, made, "letters", ids[:1], **NUDGE)
    late = staff.post(address(made, "letters"), data={**sent, "step": "apply"})
    assert late.status_code == 409
    assert "Something has changed meanwhile, so nothing is done yet." in late.text
    assert len(the(app, select(Letter.id))) == 1
    again = staff.post(address(made, "letters"), data={**hidden(late.text), "step": "apply"})
    assert again.status_code == 303
    assert sorted(the(app, select(Letter.student_id))) == ids


def test_a_plan_that_is_sent_twice_is_done_once(app: Flask, staff: PageClient, made: MadeUp) -> None:
    first = hidden(post(staff, made, "contact", made.students[0:4:2]).text)
    plan = hidden(staff.post(address(made, "contact"), data={**first, **CALL, "step": "plan"}).text)
    answers = [
        staff.post(address(made, "contact"), data={**plan, "step": "apply"}).status_code for _each in range(2)
    ]
    assert answers == [303, 303]
    assert len(the(app, select(Attempt.id))) == 2


def test_two_who_write_to_the_same_families_at_once_write_one_letter_each(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    ids = made.students[0:12:2]
    clients = [sign_in(role="school", scope=made.school_contacts[0]) for _each in range(2)]
    plans = [hidden(planned(client, made, "letters", ids, **NUDGE).text) for client in clients]
    answers: list[int] = []
    ready = threading.Barrier(2)

    def write(number: int) -> None:
        ready.wait(60)
        data = {**plans[number], "step": "apply"}
        answers.append(clients[number].post(address(made, "letters"), data=data).status_code)

    both = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(answers) == [303, 409]
    assert sorted(the(app, select(Letter.student_id))) == ids


@on_sqlite
def test_the_whole_list_is_chosen_with_those_of_its_other_pages(
    app: Flask, staff: PageClient, made: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(student_lists, "PAGE", 4)
    page = f"/schools/students?school_id={made.schools[0]}&year=2026"
    assert "All 6 students of this list" in staff.get(page).text
    whole = {"whole_list": "1", "ids": str(made.students[0])}
    asked = staff.post(address(made, "letters"), data=whole).text
    assert hidden(asked)["ids"] == ",".join(map(str, made.students[::2]))
    kindergarten = staff.post(f"{address(made, 'letters')}&grade=K", data=whole).text
    assert hidden(kindergarten)["ids"] == ",".join(map(str, made.students[0:12:6]))
    assert "grade=K" in re.findall(r'<a class="rc-back" href="([^"]+)"', kindergarten)[0]
    for module in (student_lists, choosing, offering):
        monkeypatch.setattr(module, "MOST", 5)
    refused = staff.post(address(made, "letters"), data=whole)
    assert refused.status_code == 422
    assert "At most 5 students can be chosen at once" in refused.text
    assert post(staff, made, "letters", made.students).status_code == 422


@on_sqlite
def test_a_list_of_one_page_offers_its_students_and_no_more(
    app: Flask, staff: PageClient, made: MadeUp
) -> None:
    page = staff.get(f"/schools/students?school_id={made.schools[0]}&year=2026").text
    assert page.count("data-row-choice") == 6
    assert 'aria-label="Choose Given0 Family0"' in page
    assert "whole_list" not in page
    assert page.count('formaction="/schools/students/bulk/') == 8
    paper = staff.get(f"/schools/students?school_id={made.schools[0]}&year=2026&report=1").text
    assert "data-row-choice" not in paper
    assert staff.get(address(made, "letters")).status_code == 303
    assert staff.post(address(made, "everything")).status_code == 404


@on_sqlite
def test_students_of_whom_nothing_is_counted_are_chosen_like_the_others(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    with app.app_context():
        bring_in("roster", roster_zip(tmp_path / "roster.zip"), {})
    [district] = the(app, select(District.id))
    staff, place = sign_in(role="administrator"), f"district_id={district}"
    page = staff.get(f"/schools/students?{place}").text
    assert "Nothing counted yet" in page
    ids = the(app, select(Student.id).order_by(Student.id))
    assert sorted(map(int, re.findall(r'name="ids" value="(\d+)"', page))) == ids
    to_all = {"whole_list": "1"}
    asked = staff.post(f"/schools/students/bulk/intervention?{place}", data=to_all).text
    assert hidden(asked)["ids"] == ",".join(map(str, ids))
    one = staff.post(f"/schools/students/bulk/letters?{place}", data={"ids": ids[0], "step": "plan", **NUDGE})
    assert '<td class="sch-text" data-label="Days missed">–</td>' in one.text


@on_sqlite
def test_many_students_take_as_many_statements_as_few(app: Flask, staff: PageClient, made: MadeUp) -> None:
    engine, seen = app.extensions["crm"].engine, []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    counts = []
    for ids in (made.students[0:2:2], made.students[0:12:2]):
        for action, form in EVERY.items():
            planned(staff, made, action, ids, **form)
        counts.append(len(seen))
        seen.clear()
    event.remove(engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]
