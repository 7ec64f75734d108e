"""Two of a team keep the minutes of one meeting at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm_schools.acting import doing
from crm_schools.models import AgendaItem, Attempt, Dose, Guardian, Intervention, Meeting
from crm_schools.tests.made_up import MadeUp, make, school_days

SOMEBODY_ELSE = "Somebody else wrote in these minutes"
GONE = (404, 409)


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app, students=24)


@pytest.fixture
def team(sign_in: SignIn, made: MadeUp) -> list[PageClient]:
    return [sign_in(role="school", scope=made.school_contacts[0]) for _each in range(2)]


@pytest.fixture
def page(team: list[PageClient], made: MadeUp) -> str:
    """The address of a meeting."""
    address = f"/schools/meetings/new?school_id={made.schools[0]}&year=2026"
    return str(team[0].post(address, data={"held_on": school_days()[-1].isoformat()}).headers["Location"])


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has read a meeting waits for the other to have read it, too, as long as that may take."""
    read, still_open = threading.Barrier(2), doing.still_open

    def slowly(actor: Actor, meeting: Meeting) -> object:
        found = still_open(actor, meeting)
        with suppress(threading.BrokenBarrierError):  # The other waits for its turn.
            read.wait(1)
        return found

    monkeypatch.setattr(doing, "still_open", slowly)


def both(team: list[PageClient], address: str, *typed: Mapping[str, str]) -> list[str]:
    """Send forms at once; the pages that come back."""
    pages: list[str] = []

    def send(client: PageClient, form: Mapping[str, str]) -> None:
        pages.append(client.post(address, data=form, follow_redirects=True).text)

    threads = [threading.Thread(target=send, args=each) for each in zip(team, typed, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return pages


@pytest.mark.usefixtures("together")
def test_no_student_stands_twice_on_an_agenda_that_two_make_anew(
    app: Flask, team: list[PageClient], page: str
) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("a test begins anew"):
        planned = Counter(db.session().scalars(select(AgendaItem.student_id)))
        db.session().execute(delete(AgendaItem))
    both(team, f"{page}/agenda", {}, {})
    with app.app_context(), system("a test looks"):
        assert Counter(db.session().scalars(select(AgendaItem.student_id))) == planned


@pytest.mark.usefixtures("together")
def test_of_two_who_save_at_once_the_second_is_told(app: Flask, team: list[PageClient], page: str) -> None:
    typed = [{"was-notes": "", "notes": each} for each in ("The bus is late", "The bell is broken")]
    pages = both(team, f"{page}/save", *typed)
    assert sum(SOMEBODY_ELSE in each for each in pages) == 1
    with app.app_context(), system("a test looks"):
        notes = db.session().scalars(select(Meeting.notes)).one()
    assert notes in {each["notes"] for each in typed}


def meanwhile(monkeypatch: pytest.MonkeyPatch, where: str, act: Callable[[], object]) -> None:
    """Let somebody act once, while the function at `where` is under way for somebody else."""
    module, _dot, name = where.rpartition(".")
    function = getattr(import_module(module), name)
    acted: list[threading.Thread] = []

    def slowly(*arguments: Any) -> Any:
        found = function(*arguments)
        if not acted:
            acted.append(threading.Thread(target=act))
            acted[0].start()
            acted[0].join()
        return found

    monkeypatch.setattr(where, slowly)


def test_a_meeting_that_was_just_held_keeps_its_day(
    app: Flask, monkeypatch: pytest.MonkeyPatch, team: list[PageClient], page: str
) -> None:
    days = school_days()
    form = {"held": "on", "was-held": ""}
    where = "crm_schools.views.meetings._is_of_year"
    meanwhile(monkeypatch, where, lambda: team[1].post(f"{page}/save", data=form))
    moved = team[0].post(f"{page}/change", data={"held_on": days[-2].isoformat()})
    assert "meanwhile that this meeting was held" in moved.text
    with app.app_context(), system("a test looks"):
        meeting = db.session().scalars(select(Meeting)).one()
        assert (meeting.status, meeting.held_on) == ("held", days[-1])


def test_nothing_is_added_to_what_somebody_has_just_removed(
    app: Flask, monkeypatch: pytest.MonkeyPatch, team: list[PageClient], page: str, made: MadeUp
) -> None:
    days, student = school_days(), f"/schools/student/{made.absent}"
    team[0].post(f"{student}/add/intervention", data={"kind": "mentor", "begins_on": days[3].isoformat()})
    with app.app_context(), system("a test looks"):
        help_id = db.session().scalars(select(Intervention.id)).one()
    remove = f"/schools/remove/intervention/{help_id}"
    meanwhile(monkeypatch, "crm_schools.views.acting.known", lambda: team[1].post(remove))
    given = {"given_on": days[4].isoformat()}
    assert team[0].post(f"/schools/intervention/{help_id}/dose", data=given).status_code in GONE
    meanwhile(monkeypatch, "crm_schools.views.minutes.load", lambda: team[1].post(f"{page}/remove"))
    assert team[0].post(f"{page}/agenda", data={"topic": "Late buses"}).status_code in GONE
    with app.app_context(), system("a test looks"):
        for model in (Intervention, Dose, Meeting, AgendaItem):
            assert not db.session().scalars(select(model.id)).all(), model


def test_a_contact_in_any_language_is_written_down(app: Flask, team: list[PageClient], made: MadeUp) -> None:
    student, day = f"/schools/student/{made.absent}", school_days()[3].isoformat()
    about = {"given_name": "Mai", "family_name": "Vang", "relation": "mother", "language": "Hmong Daw"}
    team[0].post(f"{student}/guardian", data=about)
    with app.app_context(), system("a test looks"):
        guardian_id = db.session().scalars(select(Guardian.id).order_by(Guardian.id.desc())).first()
    said = {"on_date": day, "way": "call", "outcome": "message", "guardian_id": str(guardian_id)}
    assert team[0].post(f"{student}/add/contact", data=said).status_code == 303
    with app.app_context(), system("a test looks"):
        assert db.session().scalars(select(Attempt.language)).one() == "Hmong Daw"
