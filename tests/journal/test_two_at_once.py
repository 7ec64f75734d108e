"""What somebody else writes in the middle of our change is theirs, in the history and when ours is undone."""

from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from psycopg.errors import DeadlockDetected
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from crm import db
from crm.access.guard import system
from crm.contacts.models import Contact, Tag
from crm.journal.recorder import ENTRIES, Change
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_postgresql, on_sqlite
from tests.infrastructure.waiting import until_somebody_waits
from tests.journal.conftest import acting, add


def set_own(app: Flask, contact_id: int, name: str, found: dict[str, int]) -> None:
    """Fill one own field of a contact by a set update."""
    key = func.jsonb_build_object(name, "filled in")
    with app.app_context(), acting() as change, system("a test"):
        change.update(db.table(Contact), [contact_id], {"custom": Contact.custom.op("||")(key)})
        assert change.id is not None
        found[name] = change.id


@on_postgresql
def test_each_history_tells_its_own(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        contact_id, _ = add(given_name="Ana")
    remembered, go_on = Event(), Event()
    read = Change._read_images

    def slowly(change: Change, *args: Any, **kwargs: Any) -> dict[int, dict[str, Any]]:
        images = read(change, *args, **kwargs)
        if not remembered.is_set():
            remembered.set()
            assert go_on.wait(60)
        return images

    monkeypatch.setattr(Change, "_read_images", slowly)
    found: dict[str, int] = {}
    threads = [Thread(target=set_own, args=(app, contact_id, name, found)) for name in ("a", "b")]
    threads[0].start()
    assert remembered.wait(60)
    threads[1].start()
    until_somebody_waits(app)
    go_on.set()
    for thread in threads:
        thread.join()
    assert told(app, found["a"]) == ({}, {"a": "filled in"})
    assert told(app, found["b"]) == ({"a": "filled in"}, {"a": "filled in", "b": "filled in"})


def told(app: Flask, change_set_id: int) -> tuple[Any, Any]:
    """The own fields before and after a change, as the history has them."""
    with app.app_context(), system("a test"):
        statement = select(ENTRIES.c.before, ENTRIES.c.after).where(ENTRIES.c.change_set_id == change_set_id)
        before, after = db.session().execute(statement).one()
    return before["custom"], after["custom"]


@on_sqlite
def test_who_is_let_go_in_a_deadlock_is_told_to_send_it_once_more(
    app: Flask, organizer_client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadlock(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("UPDATE", {}, DeadlockDetected())

    monkeypatch.setattr(Change, "finish", deadlock)
    answer = organizer_client.post("/contacts/new", data={"kind": "person", "given_name": "Ana"})
    assert answer.status_code == 409
    assert "send it once more" in answer.text


def test_who_writes_second_what_there_is_once_is_told_to_send_it_once_more(
    app: Flask,
    organizer_client: PageClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Both look, neither finds it, both write: the database refuses the second."""

    def write(*_args: object, **_kwargs: object) -> None:
        for _time in range(2):
            db.session().add(Tag(name="Wilhelmina Quartz", name_key="wilhelmina quartz"))
            db.session().flush()

    monkeypatch.setattr(Change, "finish", write)
    answer = organizer_client.post("/contacts/new", data={"kind": "person", "given_name": "Ana"})
    assert (answer.status_code, "send it once more" in answer.text) == (409, True)
    assert "ilhelmina" not in caplog.text + answer.text
    assert any(name in caplog.text for name in ("tag.name_key", "uq_tag", "ix_tag")), "which rule refused it"
