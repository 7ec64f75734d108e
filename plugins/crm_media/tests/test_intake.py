"""From a feed into the inbox and from there into the coverage, once."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, now, system
from crm.plugin_api.running import run_waiting
from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, Feed, Item
from crm_media.reading import feed as reading
from crm_media.services import intake
from crm_media.tests.feeds import ITEM, RSS
from crm_media.tests.test_coverage import Site, site

__all__ = ["site"]
TITLE = "Why two days a month add up in Harbor County"
QUERY = {"name": "Absence", "words": "two days a month, absen*", "without": "ballot*", "active": "y"}


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def rows(app: Flask, *columns: Any) -> list[Any]:
    with app.app_context(), system("the test looks"):
        return [tuple(row) for row in db.session().execute(select(*columns).order_by(columns[0]))]


def serve(address: str, *items: tuple[str, str]) -> None:
    text = "".join(ITEM.format(title, path, path) for title, path in items).replace(
        "https://l.example", address
    )
    Site.pages["/feed"] = (
        200,
        {"Content-Type": "application/rss+xml", "ETag": '"1"'},
        RSS.format(text).encode(),
    )


def work(app: Flask) -> None:
    with app.app_context():
        run_waiting(app)


def test_what_a_query_finds_waits_once_and_becomes_coverage(
    app: Flask, staff: Any, site: str
) -> None:  # The fixture.
    serve(site, (TITLE, "story"), ("Absentee ballots mailed", "b"), ("Football", "c"))
    assert "Add a feed first" in staff.get("/media/inbox").text
    staff.post("/media/queries/new", data=QUERY)
    about = {"url": f"{site}/feed", "outlet_name": "Harbor Ledger", "active": "y"}
    assert staff.post("/media/feeds/new", data=about).status_code == 303
    assert staff.post("/media/feeds/new", data=about).status_code == 422
    work(app)
    page = staff.get("/media/inbox").text
    assert TITLE in page
    assert "ballots" not in page
    assert "Football" not in page
    staff.post("/media/feeds/ask")
    work(app)
    assert rows(app, Item.id, Item.status) == [(1, "new")]
    assert staff.post("/media/inbox/decide", data={"ids": "1", "to": "keep"}).status_code == 303
    work(app)
    assert rows(app, Clip.title, Clip.framing, Clip.author) == [(TITLE, "chronic", "Delphine Marchetti")]
    assert staff.post("/media/inbox/decide", data={"ids": "1", "to": "keep"}).status_code == 422
    assert "Nothing to look at" in staff.get("/media/inbox").text


def test_copies_of_one_piece_stand_together_and_go_together(
    app: Flask, staff: Any, site: str
) -> None:  # As above.
    serve(site, (TITLE, "one"), (f"{TITLE} - Mill City Times", "two"), ("Absence in the news", "three"))
    staff.post("/media/feeds/new", data={"url": f"{site}/feed", "takes_all": "y", "active": "y"})
    work(app)
    page = staff.get("/media/inbox").text
    assert page.count(">Keep<") == 2
    assert "1 copy" in page  # Of the same paper, so it is not named once more.
    staff.post("/media/inbox/decide", data={"ids": ["1", "2"], "to": "keep"})
    assert rows(app, Clip.id, Clip.copy_of_id) == [(1, None), (2, 1)]
    staff.post("/media/inbox/decide", data={"ids": "3", "to": "ignore"})
    assert rows(app, Item.status) == [("ignored",), ("kept",), ("kept",)]
    staff.post("/media/coverage/1/remove")
    assert rows(app, Clip.id) == [(2,)]


@pytest.mark.parametrize(
    "page,said",
    [
        ((200, {"Content-Type": "text/html"}, b"<html>moved</html>"), "This is no feed"),
        ((302, {"Location": "/broken"}, b""), "without an end"),
        ((503, {}, b""), "come back later"),
        ((200, {"Content-Type": "text/xml", "Content-Encoding": "gzip"}, b"no gzip"), "could not be read"),
    ],
)
def test_a_feed_that_fails_says_why_and_the_others_go_on(  # The site is a fixture.
    app: Flask, staff: Any, site: str, page: Any, said: str
) -> None:
    Site.pages["/broken"] = page
    serve(site, ("Absence", "a"))
    for path in ("broken", "feed"):
        staff.post(
            "/media/feeds/new", data={"url": f"{site}/{path}", "name": path, "takes_all": "y", "active": "y"}
        )
    work(app)
    shown = staff.get("/media/feeds").text
    assert said in shown
    assert rows(app, Feed.name, Feed.failures) == [("broken", 1), ("feed", 0)]
    assert rows(app, Item.title) == [("Absence",)]


@pytest.mark.parametrize(
    "text, kept",
    [
        (
            "Subscribe now for $1 a week to read on and more stories of ours; cancel anytime.",
            False,
        ),
        (
            "Chronic absence fell in Harbor County again. It starts in kindergarten, she said.",
            True,
        ),
    ],
)
def test_a_page_fills_what_an_alert_left_open_but_a_notice_is_no_text(
    app: Flask, staff: Any, site: str, text: str, kept: bool
) -> None:
    item = ITEM.format("Absence falls in Harbor County - The Ledger", "a", "a")
    item = re.sub(r"<pubDate>.*?</pubDate>", "", item.replace("https://l.example", site))
    said = "<description>Chronic absence fell in Harbor County.</description></item>"
    item = re.sub(r"<description>.*?</description>", "", item).replace("</item>", said)
    Site.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, RSS.format(item).encode())
    page = (
        '<meta property="og:site_name" content="The Ledger">'
        '<meta property="article:published_time" content="2026-09-20T23:30:00-05:00">'
        f"<article><p>{text}</p></article>"
    )
    Site.pages["/a"] = (200, {"Content-Type": "text/html"}, page.encode())
    staff.post("/media/feeds/new", data={"url": f"{site}/feed", "takes_all": "y", "active": "y"})
    work(app)
    staff.post("/media/inbox/decide", data={"ids": "1", "to": "keep"})
    work(app)
    ((title, outlet, day, words, framing),) = rows(
        app, Clip.title, Clip.outlet_name, Clip.published_on, Clip.text, Clip.framing
    )
    assert (title, outlet, day) == ("Absence falls in Harbor County", "The Ledger", date(2026, 9, 20))
    assert words.startswith("Chronic absence fell in Harbor County")
    assert ("kindergarten" in words, "Subscribe" in words, framing) == (kept, False, "chronic")


def test_what_somebody_writes_before_the_page_is_read_stays(app: Flask, staff: Any, site: str) -> None:
    item = ITEM.format("Absence falls in Harbor County - The Ledger", "a", "a")
    item = re.sub(r"<pubDate>.*?</pubDate>", "", item.replace("https://l.example", site))
    Site.pages["/feed"] = (200, {"Content-Type": "application/rss+xml"}, RSS.format(item).encode())
    page = (
        '<meta property="og:site_name" content="The Ledger">'
        '<meta property="article:published_time" content="2026-09-20T12:00:00-05:00">'
        "<article><p>Absence falls in Harbor County, for Harbor County drives them. It starts in "
        "kindergarten, she said, and every day counts.</p></article>"
    )
    Site.pages["/a"] = (200, {"Content-Type": "text/html"}, page.encode())
    staff.post("/media/messages/begin")
    staff.post("/media/feeds/new", data={"url": f"{site}/feed", "takes_all": "y", "active": "y"})
    work(app)
    staff.post("/media/inbox/decide", data={"ids": "1", "to": "keep"})
    about = {"title": "Absence falls - The Ledger", "published_on": "2026-09-18", "medium": "online"}
    about |= {
        "piece": "news",
        "text": "Typed by hand.",
        "url": f"{site}/a",
        "outlet_name": site[7:].partition(":")[0],
    }
    assert staff.post("/media/coverage/1/edit", data=about).status_code == 303
    work(app)
    kept = rows(app, Clip.title, Clip.published_on, Clip.text, Clip.outlet_name)
    day = date(2026, 9, 18)
    assert kept == [("Absence falls - The Ledger", day, "Typed by hand.", "The Ledger")]


def test_a_feed_that_keeps_failing_rests_is_given_up_and_is_tried_again_by_a_button(
    app: Flask, staff: Any, site: str
) -> None:
    Site.pages["/feed"] = (503, {}, b"")
    staff.post("/media/feeds/new", data={"url": f"{site}/feed", "name": "Ledger", "active": "y"})
    work(app)

    def after(failures: int) -> tuple[str, bool]:
        with app.app_context(), system("the test writes"), db.transaction(Actor.system(), "test"):
            row = db.session().scalars(select(Feed)).one()
            row.failures = failures
        with app.app_context(), system("the test looks"):
            asked = intake.may_ask(db.session().scalars(select(Feed)).one())
        return staff.get("/media/feeds").text, asked

    page, asked = after(2)
    assert ("asked again within the hour" in page, asked) == (True, True)
    page, asked = after(5)
    assert ("Resting" in page, asked) == (True, False)
    page, asked = after(intake.GIVEN_UP)
    assert ("Given up" in page, asked) == (True, False)
    assert "1 feed cannot be read" in staff.get("/media/inbox").text
    serve(site, ("Absence", "a"))
    assert staff.post("/media/feeds/1/ask").status_code == 303
    work(app)
    assert rows(app, Feed.failures, Feed.error) == [(0, "")]


@pytest.mark.parametrize("url", ["http://127.0.0.1/feed", "http://localhost/feed", "https://x.example:8443/"])
def test_a_feed_inside_the_house_is_not_kept(
    app: Flask, staff: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions["crm"].config.extra, "CRM_FETCH_PRIVATE", "")
    sent = staff.post("/media/feeds/new", data={"url": url, "active": "y"})
    assert sent.status_code == 422
    assert "not asked" in sent.text
    assert rows(app, Feed.id) == []


def test_each_page_keeps_out_whom_it_must(app: Flask, staff: Any, sign_in: SignIn) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test.feed") as change, system("the test writes"):
        row = intake.feed_of_file("alerts.xml")
        row.takes_all = True
        content = RSS.format(ITEM.format("A", "a", "a")).encode()
        intake.take(row, reading.read(content, "", "", now()), change)
    staff.post("/media/queries/new", data=QUERY)
    viewer = sign_in(role="viewer")
    feeds = ("feeds/new", "feeds/1", "feeds/1/remove", "feeds/1/ask", "feeds/ask")
    for address in ("inbox/decide", *feeds, "queries/new", "queries/1", "queries/1/remove"):
        assert viewer.post(f"/media/{address}", data={"ids": "1"}).status_code == 403, address
    for address in ("inbox", "feeds"):
        assert viewer.get(f"/media/{address}").status_code == 200
        assert sign_in().get(f"/media/{address}").status_code == 403
    staff.post("/media/queries/1/remove")
    staff.post("/media/feeds/1/remove")
    assert rows(app, Feed.id) == rows(app, Item.id) == []
