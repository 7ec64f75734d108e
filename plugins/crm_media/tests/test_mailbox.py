"""The mailbox that mail comes back to, on a real server of this machine: read once, and left as it is."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Mailbox, Recipient
from crm_media.tests.test_outreach import begin, reporters, returned, rows, staff, work
from tests.activities.imap_server import PASSWORD, USER, certificate, serving

__all__ = ["reporters", "staff"]


def settle(sign_in: SignIn, server: str, password: str = PASSWORD) -> None:
    given = {"media.returns_server": server, "media.returns_user": USER, "media.returns_password": password}
    assert sign_in(role="administrator").post("/settings/", data=given).status_code in {302, 303}


def send(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters)
    staff.post("/media/releases/1/send", data={"looked": "1", "number": "1"})
    work(app)


def test_mail_that_came_back_is_read_once_over_tls_and_nothing_in_the_mailbox_changes(
    app: Flask,
    staff: Any,
    reporters: list[int],
    sign_in: SignIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(app, staff, reporters)
    identity = certificate(tmp_path)
    with serving(identity) as mailbox:
        mailbox.put(b"From: ada@press.example\r\nSubject: Re: Two days\r\n\r\nThanks!\r\n")
        mailbox.put(b'From: "\\\r\nSubject: failure notice\r\n\r\n\xff\xfe 550 5.1.1\r\n')
        mailbox.put(returned(app, "ada@press.example").replace("\n", "\r\n").encode())
        settle(sign_in, f"127.0.0.1:{mailbox.port}")
        staff.post("/media/returns/read")
        work(app)
        assert "does not answer" in staff.get("/media/returns").text  # Nobody vouches for its certificate.
        monkeypatch.setenv("SSL_CERT_FILE", str(identity))
        staff.post("/media/returns/read")
        work(app)
        assert rows(app, Recipient.id, Recipient.status)[0] == (1, "bounced")
        assert mailbox.unread == [1, 2, 3]
        assert rows(app, Mailbox.last_uid, Mailbox.noted, Mailbox.error) == [(3, 1, "")]
        asked = len([each for each in mailbox.commands if "BODY.PEEK" in each])
        staff.post("/media/returns/read")
        work(app)
        assert len([each for each in mailbox.commands if "BODY.PEEK" in each]) == asked
        assert "1 noted so far" in staff.get("/media/returns").text
        assert not [each for each in mailbox.commands if "STORE" in each or "MOVE" in each]
    with app.app_context(), system("the test looks"):
        kept = db.Base.metadata.tables["setting_value"]
        stored = dict(db.session().execute(select(kept.c.name, kept.c.value)).all())
        assert PASSWORD not in str(stored)


def test_a_wrong_password_and_a_server_that_breaks_off_are_said_on_the_page(
    app: Flask, staff: Any, reporters: list[int], sign_in: SignIn
) -> None:
    assert "No mailbox is set" in staff.get("/media/returns").text
    assert "must say first" in staff.post("/media/returns/read").text
    send(app, staff, reporters)
    with serving() as mailbox:
        settle(sign_in, f"imap://127.0.0.1:{mailbox.port}", "wrong")
        staff.post("/media/returns/read")
        work(app)
        assert "does not answer" in staff.get("/media/returns").text
        settle(sign_in, f"imap://127.0.0.1:{mailbox.port}")
        mailbox.put(returned(app, "ada@press.example").encode())
        mailbox.put(returned(app, "ben@press.example").encode())
        mailbox.fail_at = "UID FETCH 2"
        staff.post("/media/returns/read")
        work(app)
        assert [each[1] for each in rows(app, Recipient.id, Recipient.status)] == ["bounced", "sent", "sent"]
        mailbox.fail_at = ""
        staff.post("/media/returns/read")
        work(app)
        assert [each[1] for each in rows(app, Recipient.id, Recipient.status)] == [
            "bounced",
            "bounced",
            "sent",
        ]


def test_a_password_never_crosses_the_net_in_the_clear(app: Flask, staff: Any, sign_in: SignIn) -> None:
    settle(sign_in, "imap://mail.press.example")
    assert "Use TLS" in staff.post("/media/returns/read").text
