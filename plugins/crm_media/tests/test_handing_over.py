"""Whoever leaves hands over what they answer for in media, and gets no answers to what leaves after them."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.accounts.services import users
from crm.plugin_api import Actor, Contact, Heirs, UserError, contacts, day_here, db, system
from crm.plugin_api.records import User
from crm.plugin_api.testing import MakeUser, SignIn
from crm_media import handing_over
from crm_media.models import Booking, Plan, PlanStep, Release, Spokesperson
from crm_media.tests.test_last_moment import SENT, busy
from crm_media.tests.test_mail_server import box, later
from crm_media.tests.test_outreach import begin, reporters, rows, work
from tests.accounts.smtp_server import Mailbox

__all__ = ["box", "busy", "reporters"]
ME = Actor.system()


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media", name="Robin Vale", email="robin@northside.example")


@pytest.fixture
def heir(make_user: MakeUser) -> int:
    return make_user(role="media", name="Toni Gray", email="toni@northside.example").id


def robin(app: Flask) -> int:
    with app.app_context(), system("the test looks"):
        return int(db.session().scalars(select(User.id).where(User.name == "Robin Vale")).one())


def person(name: str, *, speaks: bool) -> int:
    row = contacts.create({"kind": "person", "given_name": name}, ME)
    if speaks:
        db.session().add(Spokesperson(contact_id=row.id))
        db.session().flush()
    return row.id


def owned(app: Flask, contact_id: int, user_id: int | None) -> list[Any]:
    with app.test_request_context(), system("the test looks"):
        contact = db.session().get_one(Contact, contact_id)
        return list(handing_over.responsibilities(contact, user_id, None, ME))


def give(app: Flask, items: list[Any], heirs: Heirs) -> None:
    with app.test_request_context(), db.transaction(ME, "test.leave"):
        handing_over.hand_over(items, heirs)


def leave(app: Flask, user_id: int) -> None:
    with app.test_request_context(), db.transaction(ME, "test.leave"), system("they leave"):
        users.disable(ME, db.session().get_one(User, user_id))


def answers(box: Mailbox) -> set[str]:
    return {str(each["Reply-To"]) for each in box.messages}


@pytest.mark.parametrize("chosen", [True, False])
def test_answers_to_what_waits_in_the_outbox_go_to_the_heir(
    app: Flask, busy: Mailbox, staff: Any, reporters: list[int], heir: int, *, chosen: bool
) -> None:
    user_id = robin(app)
    begin(staff, reporters)
    if chosen:
        staff.post("/media/releases/1/answers", data={"answers_to": f"user:{user_id}"})
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    [item] = owned(app, 1, user_id)
    assert (item.title, item.url) == ("September", "/media/releases/1")
    give(app, [item], Heirs(None, heir))
    assert owned(app, 1, user_id) == []
    assert [each.title for each in owned(app, 1, heir)] == ["September"]
    leave(app, user_id)
    busy.answers = {}
    later(app)
    assert answers(busy) == {"toni@northside.example"}
    assert owned(app, 1, heir) == []  # All of it has left.


def test_who_is_gone_gets_no_answers_to_what_leaves_after_them(
    app: Flask, busy: Mailbox, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    leave(app, robin(app))
    busy.answers = {}
    later(app)
    assert len(busy.messages) == 3
    assert answers(busy) == {"rollcall@localhost"}


def test_steps_of_plans_that_are_not_done_go_to_the_heir(app: Flask, staff: Any, heir: int) -> None:
    user_id = robin(app)
    with app.app_context(), db.transaction(ME, "test"), system("the test writes"):
        contact_id = person("Robin", speaks=False)
        plan = Plan(name="September", on_day=day_here())
        db.session().add(plan)
        db.session().flush()
        for title, done in (("Write the op-ed", False), ("Ask the mayor", True)):
            db.session().add(
                PlanStep(plan_id=plan.id, title=title, due_on=day_here(), user_id=user_id, done=done)
            )
    [item] = owned(app, contact_id, user_id)
    assert item.title == "Write the op-ed"
    give(app, [item], Heirs(None, heir))
    assert rows(app, PlanStep.title, PlanStep.user_id) == [
        ("Ask the mayor", user_id),
        ("Write the op-ed", heir),
    ]


def test_interviews_to_come_go_to_somebody_who_speaks_for_us(app: Flask) -> None:
    with app.app_context(), db.transaction(ME, "test"), system("the test writes"):
        ana, ben, cleo = person("Ana", speaks=True), person("Ben", speaks=True), person("Cleo", speaks=False)
        for title, days, status in (("Radio", 3, "agreed"), ("Old", -3, "agreed"), ("No", 3, "declined")):
            row = Booking(spokesperson_id=1, title=title, on_day=day_here() + timedelta(days=days))
            row.status = status
            db.session().add(row)
    items = owned(app, ana, None)
    assert [each.title for each in items] == ["Radio"]
    with pytest.raises(UserError, match="Make them a spokesperson first"):
        give(app, items, Heirs(cleo, None))
    give(app, items, Heirs(ben, None))
    assert rows(app, Booking.title, Booking.spokesperson_id) == [("No", 1), ("Old", 1), ("Radio", 2)]


def test_releases_that_a_spokesperson_answers_are_handed_over(
    app: Flask, staff: Any, reporters: list[int], heir: int
) -> None:
    begin(staff, reporters)
    with app.app_context(), db.transaction(ME, "test"), system("the test writes"):
        ana = person("Ana", speaks=True)
        db.session().get_one(Release, 1).answers_to = "speaker:1"
    give(app, owned(app, ana, None), Heirs(None, heir))
    assert rows(app, Release.answers_to) == [(f"user:{heir}",)]


def test_answers_are_handed_to_nobody_who_may_not_see_the_release(
    app: Flask, busy: Mailbox, staff: Any, reporters: list[int], make_user: MakeUser
) -> None:
    robin_id, guest = robin(app), make_user(role="viewer", name="Guest", email="guest@partner.example").id
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data=SENT)
    work(app)
    items = owned(app, 1, robin_id)
    assert items
    with pytest.raises(UserError, match="Choose another heir"):
        give(app, items, Heirs(None, guest))
    assert guest not in {*rows(app, Release.sender_id)[0]}
