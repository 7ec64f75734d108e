"""A warning before sending means something: none of what nobody knows, none of what was looked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, day_here, db, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Reporter
from crm_media.services.comparing import areas_alike, areas_differ, beats_alike, beats_differ
from crm_media.tests.test_outreach import TEXT, begin, reporters

__all__ = ["reporters"]


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


@pytest.mark.parametrize(
    "ours, theirs",
    [
        ("education", "K-12 education"), ("education", "schools"), ("attendance", "education"),
        ("attendance", "kindergarten"), ("chronic absence", "K-12"), ("attendance", "youth"),
        ("attendance", "school board"), ("escuelas", "educación"), ("asistencia escolar", "educación"),
        ("families", "family"), ("Reading, health", "health"), ("health", "public health"),
        ("health", "business and health"), ("reading", "general assignment"), ("reading", "sports, general"),
        ("transport", "local news"),
    ],
)  # fmt: skip
def test_the_same_beat_in_other_words_is_alike(ours: str, theirs: str) -> None:
    assert beats_alike(ours, theirs)
    assert not beats_differ(ours, theirs)


@pytest.mark.parametrize(
    "ours, theirs",
    [
        ("education", "sports"), ("art", "state party politics"), ("attendance", "school sports"),
        ("education", "student loans"), ("education", "school lunch recipes"),
        ("education", "school board elections"), ("school attendance", "public safety, local"),
        ("reading", "state politics, local"),
    ],
)  # fmt: skip
def test_another_beat_differs_whatever_word_they_share(ours: str, theirs: str) -> None:
    assert beats_differ(ours, theirs)


@pytest.mark.parametrize(
    "ours, theirs",
    [
        ("Harbor County", "Harbor"), ("City of Kent", "Kent"), ("Kent County", "statewide"),
        ("MI", "Michigan"), ("State of Maine", "Maine"), ("Maine", "Portland"), ("Portland", "Maine"),
        ("Maine", "Portland, Maine"), ("Virginia", "Virginia Beach"), ("New York", "New York City"),
        ("Kent County, Lake County", "Lake"),
    ],
)  # fmt: skip
def test_the_same_area_or_a_town_of_the_state_is_alike(ours: str, theirs: str) -> None:
    assert areas_alike(ours, theirs)
    assert areas_alike(theirs, ours)
    assert not areas_differ(ours, theirs)


@pytest.mark.parametrize(
    "ours, theirs",
    [
        ("AL", "Alaska"), ("Kent", "Kentucky"), ("Kent County", "Wayne County"),
        ("Virginia", "West Virginia"),
        ("York County", "New York"), ("Mexico", "New Mexico"), ("Washington", "Washington DC"),
        ("Washington", "Washington, D.C."), ("Harbor County", "Harbor Springs"),
        ("Portland, Maine", "Portland, Oregon"),
    ],
)  # fmt: skip
def test_a_piece_of_a_name_is_not_the_place(ours: str, theirs: str) -> None:
    assert areas_differ(ours, theirs)
    assert areas_differ(theirs, ours)


@pytest.mark.parametrize("ours, theirs", [("", "sports"), ("education", ""), (" , ", "sports"), ("", "")])
def test_where_nothing_is_known_nothing_differs(ours: str, theirs: str) -> None:
    assert not beats_differ(ours, theirs)
    assert not areas_differ(ours, theirs)


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
