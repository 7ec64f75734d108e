"""Numbers of a large district are counted once for all processes, and anew as soon as anything changes."""

import re

import pytest
from flask import Flask
from sqlalchemy import event, select

from crm.jobs.inline import run_waiting
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.figures import stored
from crm_schools.figures.tally import EXTENSION
from crm_schools.models import Counted, Student
from crm_schools.tests.test_what_pages_tell import YEARS, Town, build

pytestmark = on_sqlite


@pytest.fixture
def town(app: Flask) -> Town:
    return build(app)


def grouped(app: Flask, look: object) -> int:
    """How many statements count ratings by groups meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "GROUP BY schools_rating" in statement:
            found.append(statement)

    engine = app.extensions["crm"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert callable(look)
        look()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(found)


def test_another_process_shows_what_was_kept_until_something_changes(
    app: Flask, sign_in: SignIn, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    organizer, address = sign_in(role="organizer"), f"/schools/district/{town.district}?year={YEARS[1]}"

    def page() -> str:
        """Without what signs its forms, which holds the second."""
        return re.sub(r"[\w-]+\.[\w-]{6}\.[\w-]{27}", "", organizer.get(address).text)

    counted_here = page()
    monkeypatch.setattr(stored, "LARGE", 100)
    with app.app_context():
        with db.transaction(Actor.system(), "test"):
            stored.ask(town.district)
        assert [job.status for job in run_waiting(app)] == ["done"]
        with system("test"):
            assert len(db.session().scalars(select(Counted)).all()) == 2 * len(YEARS)
    app.extensions.pop(EXTENSION)  # What a process has in memory.
    assert grouped(app, lambda: organizer.get(address)) == 0
    assert page() == counted_here
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        student = db.session().scalars(select(Student).order_by(Student.id)).first()
        assert student is not None
        student.gender = "nonbinary"
    assert grouped(app, lambda: organizer.get(address)) > 0
