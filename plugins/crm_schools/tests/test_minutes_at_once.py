"""Two of a team keep the minutes of one meeting at the same moment."""

import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import delete, select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.application import PageClient
from crm_schools.acting import doing
from crm_schools.models import AgendaItem, Meeting
from crm_schools.tests.made_up import MadeUp, make, school_days

SOMEBODY_ELSE = "Somebody else wrote in these minutes"


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
