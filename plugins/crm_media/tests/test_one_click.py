"""What a release carries besides its words: a way out by one click, and links to its files."""

import io
import re
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import db, system
from crm.plugin_api.records import DoNotContact
from crm_media.models import Recipient, Reporter
from crm_media.tests.test_outreach import begin, mail_files, mail_to, reporters, rows, staff, work

__all__ = ["reporters", "staff"]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_a_mail_program_ends_our_mail_by_one_click_and_opening_the_link_does_not(
    app: Flask, staff: Any, reporters: list[int], client: Any
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    mail = mail_to(app, "ada@press.example")
    (raw,) = (each for each in mail_files(app) if b"To: ada@press.example" in each)
    assert re.search(rb"\r?\nList-Unsubscribe: <https?://\S+>\r?\n", raw)  # As mail programs read it.
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<https?://[^/]+(/media/no-mail/[^>]+)>", mail["List-Unsubscribe"])
    assert address
    assert address[1] in mail.get_content()  # The foot and the header lead to the same place.
    for method in (client.get, client.head):
        assert method(address[1]).status_code == 200
    assert rows(app, DoNotContact.id) == []
    app.config["WTF_CSRF_ENABLED"] = True  # As outside of tests: a mail program has no token of ours.
    done = app.test_client().post(address[1], data={"List-Unsubscribe": "One-Click"})
    app.config["WTF_CSRF_ENABLED"] = False
    assert done.status_code == 200
    assert len(rows(app, DoNotContact.id)) == 1
    assert app.test_client().post(address[1][:-2] + "xx").status_code == 404


def test_files_go_as_links_that_work_without_an_account(
    app: Flask, staff: Any, reporters: list[int], client: Any
) -> None:
    begin(staff, reporters)
    given = {"file": (io.BytesIO(PIXEL), "chart.png")}
    assert staff.post("/media/releases/1/files", data=given).status_code == 303
    assert "chart.png" in staff.get("/media/releases/1").text
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    text = mail_to(app, "ada@press.example").get_content()
    link = re.search(r"chart\.png: https?://[^/]+(/media/enclosed/\S+)", text)
    assert link
    with client.get(link[1]) as answer:
        assert (answer.status_code, answer.data) == (200, PIXEL)
        assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get(link[1][:-2] + "xx").status_code == 404
    assert client.get("/media/releases/1/files/1").status_code in {302, 303}
    kept = staff.post("/media/releases/1/files/1/remove")
    assert "files stay as they are" in kept.text
    late = staff.post("/media/releases/1/files", data={"file": (io.BytesIO(PIXEL), "late.png")})
    assert "files stay as they are" in late.text


def test_whoever_is_no_reporter_any_more_is_left_out_and_holds_nobody_up(
    app: Flask, staff: Any, reporters: list[int]
) -> None:
    begin(staff, reporters)
    with app.app_context(), db.transaction(_system(), "test"), system("the test writes"):
        db.session().delete(db.session().get_one(Reporter, reporters[1]))
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)
    assert [each[1] for each in rows(app, Recipient.id, Recipient.status)] == ["sent", "left_out", "sent"]


def _system() -> Any:
    from crm.plugin_api import Actor

    return Actor.system()


@pytest.mark.parametrize("who", ["viewer", "outsider"])
def test_others_see_no_file_of_a_release(
    app: Flask, staff: Any, reporters: list[int], sign_in: Any, who: str
) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/files", data={"file": (io.BytesIO(PIXEL), "chart.png")})
    other = sign_in(role="viewer") if who == "viewer" else sign_in()
    assert other.get("/media/releases/1/files/1").status_code in {403, 404}
