"""Who has a role over one organization writes its own press details, and nothing that is everybody's."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import db, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, Feed, Message, Opinion, Outlet, Plan, Release
from crm_media.tests.test_outreach import reporters, rows

__all__ = ["reporters"]


def test_an_organizer_of_one_paper_begins_nothing_that_is_everybodys(
    app: Flask, sign_in: SignIn, reporters: list[int]
) -> None:
    with app.app_context(), system("the test looks"):
        paper = db.session().scalars(select(Outlet.contact_id).order_by(Outlet.id)).first()
    theirs = sign_in(role="organizer", scope=paper)
    tries: dict[str, dict[str, Any]] = {
        "/media/messages/new": {"name": "Ours", "wording": "Words", "phrases": "some words"},
        "/media/coverage/by-hand": {"title": "Piece", "medium": "print", "piece": "news"},
        "/media/coverage/new": {},
        "/media/plans/new": {"name": "Plan", "on_day": "2026-12-12"},
        "/media/feeds/new": {"name": "Feed", "url": "https://example.org/feed"},
        "/media/queries/new": {"name": "Query", "words": "absence"},
        "/media/releases/new": {"name": "Release", "kind": "release"},
        "/media/opinions/new": {"title": "Op-ed", "kind": "oped"},
    }
    for address, values in tries.items():
        assert theirs.get(address).status_code == 403, address
        assert theirs.post(address, data=values).status_code == 403, address
    for model in (Message, Clip, Plan, Feed, Release, Opinion):
        assert rows(app, model.id) == []
    assert "/media/coverage/by-hand" not in theirs.get("/media/coverage").text
    assert "New coverage" not in theirs.get("/search?q=new+coverage").text
    whole = sign_in(role="organizer")
    assert "New coverage" in whole.get("/search?q=new+coverage").text
    assert whole.post("/media/messages/new", data=tries["/media/messages/new"]).status_code == 303
    assert "/media/coverage/by-hand" in whole.get("/media/coverage").text
