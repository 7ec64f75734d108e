"""The mail of the morning: once a day, at seven on each reader's clock, in their language, if wanted."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail, User
from crm.activities import digest
from crm.activities.models import MorningMail
from crm.jobs.inline import run_waiting
from crm.jobs.services import enqueue
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.activities.conftest import Add, MakeTask, Rows

DAY = date(2026, 3, 4)
AT_SEVEN = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
"""Seven in New York."""
Morning = Callable[[datetime], None]


@pytest.fixture
def morning(app: Flask) -> Morning:
    """What the hourly job does at a moment."""

    def look(moment: datetime) -> None:
        with app.app_context():
            while digest.write_next(moment, Actor.system()):
                pass

    return look


def settle(app: Flask, user: User, **values: str) -> None:
    users = db.table(User)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        db.session().execute(update(users).where(users.c.id == user.id).values(**values))


def test_it_says_what_is_late_and_what_is_due(
    make_user: MakeUser, make_task: MakeTask, add: Add, morning: Morning, rows: Rows
) -> None:
    user = make_user(role="organizer", name="Patrick O'Brien")
    ana = add("Ana", "Ruiz")
    make_task(user, "Overslept <b>", due_date=DAY - timedelta(days=1), contact_id=ana)
    make_task(user, "Nowadays", due_date=DAY)
    make_task(user, "Tomorrow", due_date=DAY + timedelta(days=1))
    morning(AT_SEVEN)
    ((recipient, subject, body, html, purpose),) = rows(
        select(
            OutgoingMail.recipient,
            OutgoingMail.subject,
            OutgoingMail.body,
            OutgoingMail.html,
            OutgoingMail.purpose,
        )
    )
    assert (recipient, subject, purpose) == (user.email, "Your day: 2 things", "morning")
    assert body.startswith("Good morning Patrick O'Brien,")
    assert body.index("LATE") < body.index("Overslept <b> (Ana Ruiz, due Mar 3, 2026)") < body.index("TODAY")
    assert "Nowadays" in body
    assert "Tomorrow" not in body
    assert "http://127.0.0.1:5000/activities/tasks/1" in body
    assert "Overslept &lt;b&gt;" in html
    assert "<b>" not in html


def test_nobody_gets_two_on_one_day(
    make_user: MakeUser, make_task: MakeTask, morning: Morning, rows: Rows
) -> None:
    make_task(make_user(role="organizer"), "Nowadays", due_date=DAY)
    for hour in range(4):
        morning(AT_SEVEN + timedelta(hours=hour))
    assert len(rows(select(OutgoingMail.id))) == 1
    morning(AT_SEVEN + timedelta(days=1))
    assert len(rows(select(OutgoingMail.id))) == 2


def test_it_comes_at_seven_where_they_are(
    app: Flask, make_user: MakeUser, make_task: MakeTask, morning: Morning, rows: Rows
) -> None:
    for zone in ("Europe/Madrid", "America/Los_Angeles", "Asia/Kolkata"):
        user = make_user(role="organizer", email=f"{zone.split('/')[1].lower()}@example.org")
        settle(app, user, time_zone=zone)
        make_task(user, "Nowadays", due_date=DAY)

    def sent(moment: datetime) -> list[str]:
        morning(moment)
        return sorted(name.split("@")[0] for name in rows(select(OutgoingMail.recipient)))

    assert sent(datetime(2026, 3, 4, 1, tzinfo=UTC)) == []
    assert sent(datetime(2026, 3, 4, 2, tzinfo=UTC)) == ["kolkata"]
    assert sent(datetime(2026, 3, 4, 6, tzinfo=UTC)) == ["kolkata", "madrid"]
    assert sent(datetime(2026, 3, 4, 14, 59, tzinfo=UTC)) == ["kolkata", "madrid"]
    assert sent(datetime(2026, 3, 4, 15, tzinfo=UTC)) == ["kolkata", "los_angeles", "madrid"]


@pytest.mark.parametrize(
    "day, hour",
    [(date(2026, 3, 7), 12), (date(2026, 3, 8), 11), (date(2026, 10, 31), 11), (date(2026, 11, 1), 12)],
)
def test_changes_of_the_clocks_do_not_move_it(
    day: date, hour: int, make_user: MakeUser, make_task: MakeTask, morning: Morning, rows: Rows
) -> None:
    make_task(make_user(role="organizer"), "Nowadays", due_date=day)
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    morning(at - timedelta(minutes=1))
    assert rows(select(OutgoingMail.id)) == []
    morning(at)
    assert len(rows(select(OutgoingMail.id))) == 1


def test_nothing_to_say_no_mail_and_too_late_is_too_late(
    make_user: MakeUser, make_task: MakeTask, morning: Morning, rows: Rows
) -> None:
    user = make_user(role="organizer")
    morning(AT_SEVEN)
    assert rows(select(OutgoingMail.id)) == []
    make_task(user, "Nowadays", due_date=DAY)
    morning(AT_SEVEN + timedelta(hours=1))
    assert rows(select(OutgoingMail.id)) == []
    morning(AT_SEVEN + timedelta(days=1, hours=6))
    assert rows(select(OutgoingMail.id)) == []


def test_it_is_written_in_their_language(
    app: Flask, make_user: MakeUser, make_task: MakeTask, morning: Morning, rows: Rows
) -> None:
    user = make_user(role="organizer")
    settle(app, user, language="es")
    make_task(user, "Llamar", due_date=DAY - timedelta(days=1))
    morning(AT_SEVEN)
    ((body, html),) = rows(select(OutgoingMail.body, OutgoingMail.html))
    assert "3 mar 2026" in body
    assert '<html lang="es">' in html


def test_it_is_switched_off_under_my_account(
    sign_in: SignIn, make_user: MakeUser, make_task: MakeTask, morning: Morning, rows: Rows
) -> None:
    user = make_user(role="organizer")
    make_task(user, "Nowadays", due_date=DAY)
    client = sign_in(user)
    assert "/activities/morning-mail" in client.get("/account").text
    assert "Switch off" in client.get("/activities/morning-mail").text
    client.post("/activities/morning-mail", data={"wanted": "0"})
    assert "Switch on" in client.get("/activities/morning-mail").text
    morning(AT_SEVEN)
    assert rows(select(OutgoingMail.id)) == []
    client.post("/activities/morning-mail", data={"wanted": "1"})
    morning(AT_SEVEN)
    assert len(rows(select(OutgoingMail.id))) == 1


def test_disabled_accounts_and_those_without_roles_get_none(
    app: Flask, make_user: MakeUser, make_task: MakeTask, morning: Morning, rows: Rows
) -> None:
    gone, nobody = make_user(role="organizer"), make_user()
    for user in (gone, nobody):
        make_task(user, "Nowadays", due_date=DAY)
    settle(app, gone, active=False)  # type: ignore[arg-type]  # A column of another type.
    morning(AT_SEVEN)
    assert [name for name in rows(select(OutgoingMail.recipient)) if name == gone.email] == []


def test_a_crash_between_loses_none_and_sends_none_twice(
    app: Flask,
    make_user: MakeUser,
    make_task: MakeTask,
    morning: Morning,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_task(make_user(role="organizer"), "Nowadays", due_date=DAY)
    with monkeypatch.context() as broken:
        broken.setattr("crm.accounts.mail.queue", lambda row: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            morning(AT_SEVEN)
    assert rows(select(OutgoingMail.id)) == [] == rows(select(MorningMail.day))
    morning(AT_SEVEN)
    assert len(rows(select(OutgoingMail.id))) == 1


def test_the_job_looks_at_everybody_and_ends(app: Flask, make_user: MakeUser) -> None:
    for _number in range(3):
        make_user(role="organizer")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        enqueue(digest.JOB, {}, "Mail of the morning", Actor.system())
    assert run_waiting(app)[0].status == "done"


def test_after_a_restore_nobody_gets_a_second_one(
    app: Flask, make_user: MakeUser, make_task: MakeTask, rows: Rows
) -> None:
    make_task(make_user(role="organizer"), "Nowadays", due_date=datetime.now(UTC).date())
    with app.app_context(), db.transaction(Actor.system(), "restore"), system("test"):
        digest.quieten()
    with app.app_context():
        for hour in range(24):
            moment = datetime.now(UTC).replace(hour=hour)
            assert not digest.write_next(moment, Actor.system())
    assert rows(select(OutgoingMail.id)) == []
