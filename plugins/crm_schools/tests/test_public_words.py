"""What everybody reads of hidden numbers: why they are hidden, and no column of stars alone."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools import figures, publishing
from crm_schools.models import District, Rating
from crm_schools.tests.reading import Sheet, sheets
from crm_schools.tests.test_what_pages_tell import YEARS, Town, build

pytestmark = on_sqlite


@pytest.fixture
def town(app: Flask) -> Town:
    return build(app)


def _truants(app: Flask, count: int) -> None:
    """So many of the students who are chronically absent are truant, too, and nobody else is."""
    ratings = db.table(Rating)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().execute(ratings.update().values(is_truant=False))
        some = select(Rating.student_id).where(Rating.school_year == YEARS[1], Rating.is_chronic)
        chosen = db.session().execute(some.order_by(Rating.id).limit(count)).scalars().all()
        db.session().execute(
            ratings.update().where(ratings.c.student_id.in_(list(chosen))).values(is_truant=True)
        )


def _published(app: Flask, town: Town) -> int:
    """The id of a new report."""
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        place = figures.place_of(
            Actor.system(), db.session().get_one(District, town.district), None, YEARS[1]
        )
        return publishing.publish(place, Actor.system()).id


def _columns_of_stars(page: str) -> list[tuple[str, str]]:
    """The caption and the head of each column that has nothing but stars, of tables that have numbers."""

    def cells(sheet: Sheet, at: int) -> set[str]:
        return {row[at] for row in sheet.rows if at < len(row)} - {""}

    return [
        (sheet.caption, head)
        for sheet in sheets(page)
        for at, head in enumerate(sheet.heads)
        if cells(sheet, at) == {"*"} and any(cells(sheet, other) - {"*"} for other in range(1, at))
    ]


def test_a_column_that_is_hidden_in_every_row_is_a_sentence(
    app: Flask, client: PageClient, town: Town
) -> None:
    _truants(app, 100)
    few = client.get(f"/schools/public/{_published(app, town)}").text
    assert ">Truant</th>" in few
    _truants(app, 1)
    page = client.get(f"/schools/public/{_published(app, town)}").text
    assert ">Truant</th>" not in page
    assert "How many are truant is hidden in each of these rows." in page
    assert _columns_of_stars(page) == []
    assert re.search(r"Hidden at every school: [\w ,()-]+\.", page)


def test_the_note_says_that_large_groups_are_hidden_too_and_why(
    app: Flask, client: PageClient, town: Town
) -> None:
    """Cedar has twelve students; a large school is hidden so that the total does not tell of them."""
    report_id = _published(app, town)
    embed = client.get(f"/schools/public/{report_id}/embed?lang=en").text
    rows = next(each for each in sheets(embed) if each.caption == "By school").rows
    assert sum(1 for row in rows if row[1] == "*") == 2
    assert "too few here, or the number would tell how few there are elsewhere" in embed
    for page in (embed, client.get(f"/schools/public/{report_id}?lang=en").text):
        assert "Hidden: too few students" not in page
    spanish = client.get(f"/schools/public/{report_id}/embed?lang=es").text
    assert "aquí hay muy pocos, o el número diría cuán pocos hay en otra parte" in spanish
