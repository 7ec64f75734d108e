"""A moment is shown on the day that it was where the coalition is, not on the day of UTC: at two in the
morning UTC it is still the evening before in Los Angeles."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities import choices, offers
from crm.campaigns import goals
from crm.config import Config
from crm.contacts.bulk import wishes
from crm.contacts.models import Contact, DoNotContact
from crm.events.models import Event
from crm.plugin_api.testing.people import SignIn
from crm.signons import pdf, services
from crm.signons.models import Letter, LetterText
from tests.activities.conftest import Log, log
from tests.contacts.conftest import Add, add
from tests.signons.conftest import letter

__all__ = ["add", "letter", "log"]  # Fixtures.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EVENING = datetime(2025, 11, 27, 2, 0, tzinfo=UTC)


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """A coalition in California."""
    return Config.for_testing(database_url, tmp_path / "data", time_zone="America/Los_Angeles")


def set_all(app: Flask, model: Any, **values: Any) -> None:
    with app.app_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        db.session().execute(update(db.table(model)).values(**values))


def test_who_merges_two_sees_the_days_on_which_they_were_added_and_changed(
    app: Flask, add: Add, sign_in: SignIn
) -> None:
    first, second = add("Amina", "Okafor"), add("Amina", "Okafor")
    set_all(app, Contact, created_at=EVENING, updated_at=EVENING + timedelta(days=1))
    page = sign_in(role="administrator").get(f"/contacts/merge?ids={first},{second}").text
    assert page.count("added Nov 26, 2025") == 2
    assert page.count("changed Nov 27, 2025") == 2


def test_the_file_of_a_letter_says_the_day_on_which_its_text_was_published(
    app: Flask, letter: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(app, LetterText, created_at=EVENING)
    written: list[str] = []
    monkeypatch.setattr(pdf._Paper, "write", lambda _paper, text, *_how, **_more: written.append(text))
    with app.test_request_context(), system("test"):
        found = db.session().get_one(Letter, letter[0])
        pdf.make(found, services.text_of(found.id), [])
    assert "Version 1 of Nov 26, 2025" in written


def test_activities_that_a_goal_counts_and_events_to_choose_stand_on_their_day(
    app: Flask, add: Add, log: Log
) -> None:
    met = log([add("Ana", "Ruiz")], at=EVENING)
    with app.test_request_context(), system("test"):
        (shown,) = offers._shown([met], Actor.system())
        assert shown.detail.startswith("Nov 26, 2025")
        assert goals._as_day(EVENING) == date(2025, 11, 26)
        event = Event(starts_at=EVENING, time_zone="America/Los_Angeles")
        assert choices._day_there(event) == "Nov 26, 2025"


def test_a_wish_that_many_have_is_noted_for_the_day_it_is_here(
    app: Flask, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = add("Ana", "Ruiz")
    monkeypatch.setattr(wishes, "day_here", lambda: date(2025, 11, 26))
    with app.test_request_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        wishes.write({"channel": "phone", "reason": ""}, [ana], Actor.system())
    with app.app_context(), system("test"):
        assert list(db.session().scalars(select(DoNotContact.since))) == [date(2025, 11, 26)]
