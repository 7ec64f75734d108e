"""What was approved with the words of a release is not taken away by an undo, which asks nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.journal.undo import inverse, planning
from crm.plugin_api import Actor, db, jobs, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Recipient, Release, ReleaseFile, Reporter
from crm_media.services import sending
from crm_media.tests.test_approval import EDIT, file
from crm_media.tests.test_outreach import begin, outbox, reporters, rows, soon, staff, work

__all__ = ["reporters", "staff"]


def last_change(app: Flask) -> int:
    change = db.Base.metadata.tables["change_set"]
    with app.app_context(), system("the test looks"):
        return int(max(db.session().scalars(select(change.c.id))))


def undo(app: Flask, staff: Any, number: int) -> Any:
    return staff.post(f"/changes/{number}/undo", follow_redirects=True)


def test_undo_takes_no_embargo_off_a_release_that_is_on_its_way(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/edit", data={**EDIT, "embargo_until": soon(days=3)})
    edit = last_change(app)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    assert "Change them on its page" in undo(app, staff, edit).text
    with app.app_context(), db.transaction(Actor.system(), "test"):
        jobs.enqueue(sending.DUE, {}, "due", Actor.system())
    work(app)
    assert outbox(app) == []
    (embargo, status, on_its_way) = rows(app, Release.embargo_until, Release.status, Release.sending)[0]
    assert embargo is not None
    assert (status, on_its_way) == ("approved", True)


def test_undo_changes_neither_files_nor_early_readers_of_what_is_approved(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters, embargo_until=soon(days=3))
    changes: tuple[Callable[[], Any], ...] = (
        lambda: staff.post("/media/releases/1/files", **file("figures.csv")),
        lambda: staff.post("/media/releases/1/recipients/1/early"),
        lambda: staff.post("/media/releases/1/recipients/1/early"),
    )
    for how in changes:
        assert how().status_code == 303
        assert "Change them on its page" in undo(app, staff, last_change(app)).text
    assert rows(app, ReleaseFile.file_name) == [("figures.csv",)]
    assert {each[0] for each in rows(app, Recipient.early)} == {False}


def test_before_it_is_approved_and_for_other_things_undo_works(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/move", data={"to": "draft"})
    staff.post("/media/releases/1/edit", data={**EDIT, "embargo_until": soon(days=3)})
    assert undo(app, staff, last_change(app)).status_code == 200
    assert rows(app, Release.embargo_until) == [(None,)]
    staff.post("/media/releases/1/move", data={"to": "approved", "number": "1"})
    staff.post("/media/releases/1/edit", data={**EDIT, "name": "October"})
    assert undo(app, staff, last_change(app)).status_code == 200
    assert rows(app, Release.name, Release.status) == [("September", "approved")]


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_contact_that_was_deleted_comes_back_with_its_early_look_at_a_release(
    app: Flask,
    staff: Any,
    reporters: list[int],
    sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    in_pieces: bool,
) -> None:
    begin(staff, reporters, embargo_until=soon(days=3))
    staff.post("/media/releases/1/recipients/1/early")
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    boss = sign_in(role="administrator")
    with app.app_context(), system("the test looks"):
        ada = db.session().scalar(select(Reporter.contact_id).where(Reporter.id == reporters[0]))
    gone = boss.post(f"/contacts/{ada}/delete", data={"sure": "1", "confirm": "1"})
    assert gone.status_code in {302, 303}
    deletion = last_change(app)
    assert len(rows(app, Recipient.id)) == 2
    if in_pieces:  # As an undo of many thousands is done; a piece can hold nothing but releases.
        monkeypatch.setattr(inverse, "CHUNK", 1)
        monkeypatch.setattr(planning, "SMALL", 0)
    assert "Change them on its page" not in undo(app, boss, deletion).text
    work(app)
    assert len(rows(app, Recipient.id)) == 3


def test_undo_takes_no_embargo_off_a_release_of_which_nobody_noted_what_was_approved(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/edit", data={**EDIT, "embargo_until": soon(days=3)})
    edit = last_change(app)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("as before the mark was kept"):
        db.session().execute(update(Release).values(approved_terms=""))
    assert "Change them on its page" in undo(app, staff, edit).text
    assert rows(app, Release.embargo_until) != [(None,)]
