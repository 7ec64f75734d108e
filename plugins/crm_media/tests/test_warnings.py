"""A warning before sending means something: none of what nobody knows, none of what was looked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Reporter
from crm_media.services.comparing import alike, differ
from crm_media.tests.test_outreach import TEXT, begin, reporters

__all__ = ["reporters"]


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


@pytest.mark.parametrize(
    "ours, theirs",
    [
        ("education", "K-12 education"), ("education", "schools"), ("attendance", "education"),
        ("Harbor County", "Harbor"), ("families", "family"), ("Kent County", "statewide"),
        ("escuelas", "educación"), ("reading", "general assignment"), ("transport", "local news"),
        ("Reading, health", "health"),
    ],
)  # fmt: skip
def test_the_same_in_other_words_is_alike(ours: str, theirs: str) -> None:
    assert alike(ours, theirs)
    assert not differ(ours, theirs)


@pytest.mark.parametrize(
    "ours, theirs",
    [("AL", "Alaska"), ("Kent", "Kentucky"), ("Kent County", "Wayne County"), ("education", "sports"),
     ("art", "state party politics")],
)  # fmt: skip
def test_a_part_of_a_word_is_not_the_word(ours: str, theirs: str) -> None:
    assert differ(ours, theirs)


@pytest.mark.parametrize("ours, theirs", [("", "sports"), ("education", ""), (" , ", "sports"), ("", "")])
def test_where_nothing_is_known_nothing_differs(ours: str, theirs: str) -> None:
    assert not differ(ours, theirs)


def change(app: Flask, reporter_id: int, **values: Any) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("the test writes"):
        row = db.session().get_one(Reporter, reporter_id)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_list_that_was_chosen_by_a_beat_brings_no_warning_of_it(
    app: Flask,
    staff: Any,
    reporters: list[int],
) -> None:
    change(app, reporters[1], areas="Wayne County")
    about = {"name": "Buses", "kind": "pitch", "topics": "transport", "areas": "Kent County"}
    staff.post("/media/releases/new", data=about)
    staff.post("/media/releases/1/text", data=TEXT)
    staff.post("/media/releases/1/move", data={"to": "approved", "number": "1"})
    query = "f=beats:contains:sports"
    chosen = staff.post("/media/releases/add", data={"ids": [str(reporters[1])], "query": query}).text
    assert f'name="query" value="{query}"' in chosen
    added = {"ids": [str(each) for each in reporters], "release_id": "1", "query": query}
    staff.post("/media/releases/add", data=added)
    page = staff.get("/media/releases/1/send").text
    assert "Their beats: sports" not in page  # Whoever chose them asked for it.
    assert "Their beats: education" in page
    assert "Their area: Wayne County" in page


def test_a_new_record_is_not_doubted_an_old_one_is(
    app: Flask,
    staff: Any,
    reporters: list[int],
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=400)
    change(app, reporters[0], verified_on=None)
    change(app, reporters[1], verified_on=None, created_at=long_ago)
    change(app, reporters[2], verified_on=datetime.now(UTC).date(), created_at=long_ago)
    begin(staff, reporters, topics="")
    page = staff.get("/media/releases/1/send").text
    assert page.count("Nobody has verified them") == 1
    assert "I looked at the warning" in page


def test_the_day_that_somebody_is_back_stands_as_people_write_it(
    app: Flask,
    staff: Any,
    reporters: list[int],
) -> None:
    with app.app_context():
        day = day_here() + timedelta(days=9)
    change(app, reporters[0], away_until=day)
    begin(staff, reporters, topics="")
    page = staff.get("/media/releases/1/send").text
    assert day.isoformat() not in page
    assert f"Away until {day:%b} {day.day}, {day.year}." in page
