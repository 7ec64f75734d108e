"""An approval stands for the times and the files of a release, too, and sending for what the page showed."""

import io
import re
from collections.abc import Callable
from typing import Any

from flask import Flask

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Recipient, Release
from crm_media.tests.test_outreach import begin, outbox, reporters, rows, soon, staff, work

__all__ = ["reporters", "staff"]
EDIT = {"name": "September", "kind": "release", "topics": "education", "follow_ups": "1"}


def writer(app: Flask, sign_in: SignIn) -> Any:
    """Somebody who writes releases and approves none."""
    with app.app_context(), db.transaction(Actor.system(), "test.role"), system("the test writes"):
        role = next(each.class_ for each in db.Base.registry.mappers if each.class_.__name__ == "Role")
        allowed = ["media.view", "media.edit", "media.outreach", "contacts.view"]
        db.session().add(role(name="writer", label="Writer", permissions=allowed))
    return sign_in(role="writer")


def file(name: str) -> dict[str, Any]:
    return {"data": {"file": (io.BytesIO(b"a,b\n1,2\n"), name)}, "content_type": "multipart/form-data"}


def test_times_and_files_that_change_are_approved_anew(
    app: Flask, staff: Any, reporters: list[int], sign_in: SignIn
) -> None:
    begin(staff, reporters, embargo_until=soon(days=3))
    other = writer(app, sign_in)
    assert "Other times must be approved again" in other.get("/media/releases/1/edit").text
    changes: tuple[Callable[[], Any], ...] = (
        lambda: other.post("/media/releases/1/edit", data={**EDIT, "embargo_until": ""}),
        lambda: other.post("/media/releases/1/files", **file("figures.csv")),
        lambda: other.post("/media/releases/1/files/1/remove"),
    )
    for change in changes:
        assert change().status_code == 303
        assert rows(app, Release.status, Release.approved_number) == [("review", None)]
        sign_in(role="organizer").post("/media/releases/1/move", data={"to": "approved", "number": "1"})
        assert rows(app, Release.status, Release.approved_number) == [("approved", 1)]


def test_it_goes_as_the_page_before_showed_it(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters, embargo_until=soon(days=3))
    page = staff.get("/media/releases/1/send").text
    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    asked = {"looked": "1", "number": "1", "seen": seen}
    staff.post("/media/releases/1/edit", data={**EDIT, "embargo_until": ""})
    staff.post("/media/releases/1/files", **file("figures.csv"))
    assert rows(app, Release.status) == [("approved",)]  # Whoever may approve answers for the change.
    refused = staff.post("/media/releases/1/send", data=asked)
    assert (refused.status_code, "changed meanwhile" in refused.text) == (409, True)
    work(app)
    assert outbox(app) == []
    page = staff.get("/media/releases/1/send").text
    assert "figures.csv" in page
    asked["seen"] = re.findall(r'name="seen" value="(\w+)"', page)[0]
    assert staff.post("/media/releases/1/send", data=asked).status_code == 303
    work(app)
    assert {each[0] for each in rows(app, Recipient.status)} == {"sent"}
