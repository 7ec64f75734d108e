"""A piece is no copy of itself, a hold stays, and a server that refuses us ends nobody's address."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, jobs, system
from crm.plugin_api.records import Email
from crm_media.models import Clip, Item, Recipient
from crm_media.services import sending
from crm_media.tests.feeds import ITEM, RSS
from crm_media.tests.test_coverage import Site, site
from crm_media.tests.test_outreach import begin, outbox, reporters, rows, soon, staff, work
from crm_media.tests.test_what_left import send
from tests.accounts.smtp_server import Mailbox, serving

__all__ = ["reporters", "site", "staff"]


def test_a_piece_with_copies_never_becomes_its_own(app: Flask, staff: Any, site: str) -> None:
    title = "Why two days a month add up in Harbor County"
    items = "".join(ITEM.format(title, path, path) for path in ("a", "b")).replace("https://l.example", site)
    Site.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, RSS.format(items).encode())
    page = (
        '<meta property="og:site_name" content="The Ledger">'
        "<article><p>Chronic absence fell in Harbor County again. It starts in kindergarten.</p></article>"
    )
    Site.pages["/a"] = (200, {"Content-Type": "text/html"}, page.encode())
    Site.pages["/b"] = (404, {}, b"")
    staff.post("/media/feeds/new", data={"url": f"{site}/feed", "takes_all": "y", "active": "y"})
    work(app)
    ids = [str(each[0]) for each in rows(app, Item.id)]
    staff.post("/media/inbox/decide", data={"ids": ids, "to": "keep"})
    work(app)
    after = rows(app, Clip.id, Clip.copy_of_id, Clip.outlet_name)
    assert not [each for each in after if each[0] == each[1]]


def test_no_undo_of_a_hold_sends_it(app: Flask, staff: Any, reporters: list[int]) -> None:
    begin(staff, reporters[:1], embargo_until=soon(days=3))
    send(app, staff)
    staff.post("/media/releases/1/hold")
    staff.post("/media/releases/add", data={"ids": [str(each) for each in reporters], "release_id": "1"})
    moved = {"name": "September", "kind": "release", "language": "en", "embargo_until": ""}
    assert staff.post("/media/releases/1/edit", data=moved).status_code == 303
    change = db.Base.metadata.tables["change_set"]
    with app.app_context(), system("the test looks"):
        found = db.session().execute(select(change.c.id, change.c.summary).order_by(change.c.id)).all()
    hold = next(each[0] for each in found if "held" in each[1])
    staff.post(f"/changes/{hold}/undo")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        jobs.enqueue(sending.DUE, {}, "due", Actor.system())
    work(app)
    assert outbox(app) == []


@pytest.mark.parametrize(
    "answers",
    [
        {"MAIL": "553 5.1.8 sender address rejected: domain not found"},
        {"MAIL": "550 no"},
        {"RCPT": "554 5.7.1 relay access denied"},
        {"RCPT": "550 5.7.708 service unavailable"},
    ],
)
def test_a_server_that_refuses_us_ends_nobodys_address_and_it_can_be_sent_again(
    app: Flask, staff: Any, reporters: list[int], answers: dict[str, str]
) -> None:
    with serving(Mailbox(answers=answers)) as box:
        runtime = app.extensions["crm"]
        config = replace(runtime.config, smtp_url=f"smtp://127.0.0.1:{box.port}")
        app.extensions["crm"] = replace(runtime, config=config)
        begin(staff, reporters)
        send(app, staff)
        with app.app_context(), db.transaction(Actor.system(), "test"):
            jobs.enqueue(sending.DUE, {}, "due", Actor.system())
        work(app)
    assert {each[1] for each in rows(app, Email.address, Email.no_mail_why)} == {None}
    assert {each[0] for each in rows(app, Recipient.status)} == {"left_out"}
    page = staff.get("/media/releases/1").text
    assert "takes no mail from us" in page
    assert "/media/releases/1/send" in page
