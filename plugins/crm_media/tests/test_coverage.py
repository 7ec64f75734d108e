"""Coverage as media staff keep it: by address, by hand, from a tracker."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, contacts, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.transfer import bring_in
from crm_media.importing.coverage import CoverageImport
from crm_media.models import Clip, ClipFile, ClipMessage, ClipPerson

pytestmark = on_sqlite
ARTICLE = """<!doctype html><html><head><title>x</title><link rel=canonical href="/story">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebSite"},
{"@type":["NewsArticle"],"headline":"Why two days a month add up in Harbor County",
"author":[{"@type":"Person","name":"Delphine Marchetti"}],
"publisher":{"name":"Harbor Ledger"},
"datePublished":"2026-09-02T06:00:00-04:00"}]}</script></head><body><article>
<p>Chronic absence is not truancy, said Marisol Vance: it counts every missed day, excused or not.</p>
<p>In kindergarten one child in five misses two days a month.</p></article></body></html>"""
HAND = {"title": "Morning talk on attendance", "outlet_name": "Radio Puente", "published_on": "2026-09-03",
        "medium": "radio", "piece": "interview",
        "text": "We will send truant students to court."}  # fmt: skip


class Site(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}

    def do_GET(self) -> None:  # The name http.server calls.
        status, headers, body = self.pages.get(self.path.partition("?")[0], (404, {}, b""))
        self.send_response(status)
        for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """A newspaper on this machine, which this test allows to be asked."""
    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Site.pages = {"/story": (200, {}, ARTICLE.encode())}
    allowed: Any = app.extensions["crm"].config.extra
    allowed["CRM_FETCH_PRIVATE"] = "1"
    yield f"http://127.0.0.1:{server.server_port}"
    allowed.pop("CRM_FETCH_PRIVATE")
    server.shutdown()
    server.server_close()


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def rows(app: Flask, *columns: Any) -> list[Any]:
    with app.app_context(), system("the test looks"):
        return [tuple(row) for row in db.session().execute(select(*columns).order_by(columns[0]))]


def test_a_piece_is_read_from_its_page_looked_at_and_kept_once(app: Flask, staff: Any, site: str) -> None:
    staff.post("/media/messages/begin")
    form = staff.post("/media/coverage/new", data={"url": f"{site}/story?utm_source=mail"}).text
    for text in ("Why two days a month add up", "Delphine Marchetti", "Harbor Ledger", "2026-09-02"):
        assert text in form, text
    assert rows(app, Clip.id) == []
    ticked = [part.split('value="')[1].split('"')[0] for part in form.split("<input") if "checked" in part]
    kept = {"title": "Why two days a month add up in Harbor County", "outlet_name": "Harbor Ledger",
            "published_on": "2026-09-02", "url": f"{site}/story", "medium": "online", "piece": "news",
            "text": ARTICLE.split("<article>")[1].replace("<p>", "").replace("</p>", ""),
            "messages": ticked, "looked": "1"}  # fmt: skip
    sent = staff.post("/media/coverage/new", data=kept)
    assert sent.status_code == 303, sent.text
    page = staff.get(sent.headers["Location"]).text
    assert "Tells the two apart" in page
    assert "It starts in kindergarten" in page
    assert "In kindergarten one child in five" in page
    for address in ("/story", "/story/?fbclid=9", "/story#top"):
        again = staff.post("/media/coverage/new", data={"url": site + address})
        assert (again.status_code, again.headers["Location"]) == (303, sent.headers["Location"])
    assert rows(app, Clip.framing) == [("chronic",)]


@pytest.mark.parametrize(
    "path,page,said",
    [
        ("/gone", None, "There is no such page"),
        ("/pay", (402, {}, b""), "wants a subscription"),
        ("/file", (200, {"Content-Type": "application/pdf"}, b"%PDF"), "leads to a file"),
        ("/loop", (302, {"Location": "/loop"}, b""), "without an end"),
        ("/large", (200, {}, b"x" * (5 * 1024 * 1024 + 9)), "larger than 5 MB"),
        ("/ftp", (302, {"Location": "ftp://example.org/"}, b""), "begins with https"),
    ],
)
def test_what_cannot_be_read_is_said_and_written_by_hand(
    staff: Any, site: str, path: str, page: Any, said: str
) -> None:
    if page:
        Site.pages[path] = page
    form = staff.post("/media/coverage/new", data={"url": site + path})
    assert form.status_code == 200
    assert said in form.text
    assert "by hand" in form.text


def test_print_and_radio_go_in_by_hand_and_the_framing_shows_its_sentence(app: Flask, staff: Any) -> None:
    sent = staff.post("/media/coverage/by-hand", data=HAND)
    assert sent.status_code == 303
    page = staff.get(sent.headers["Location"]).text
    assert "We will send truant students to court." in page
    assert "Truancy" in page
    for wrong, said in (
        ({"reach": "900"}, "Say where the number comes from"),
        ({"published_on": "2190-01-01"}, "lies in the future"),
        ({"url": "javascript:alert(1)"}, "begins with https"),
        ({"title": ""}, "Write its headline"),
    ):
        refused = staff.post("/media/coverage/by-hand", data={**HAND, **wrong})
        assert refused.status_code == 422
        assert said in refused.text
    assert len(rows(app, Clip.id)) == 1
    found = staff.get("/media/coverage", query_string={"f": "framing:is:truancy"}).text
    assert "Morning talk" in found
    assert "Morning talk" in staff.get("/search", query_string={"q": "morning talk"}).text


def test_copies_stand_together_and_can_be_set_apart(app: Flask, staff: Any) -> None:
    title = "Why two days a month add up in Harbor County"
    for outlet, name in (("Harbor Ledger", title), ("Mill City Times", f"{title} - Mill City Times")):
        staff.post("/media/coverage/by-hand", data={**HAND, "title": name, "outlet_name": outlet})
    assert rows(app, Clip.id, Clip.copy_of_id) == [(1, None), (2, 1)]
    assert "Mill City Times" in staff.get("/media/coverage/1").text
    staff.post("/media/coverage/2/apart")
    assert rows(app, Clip.id, Clip.copy_of_id) == [(1, None), (2, None)]
    assert staff.post("/media/coverage/1/join", data={"number": "2"}).status_code == 303
    staff.post("/media/coverage/2/remove")
    assert rows(app, Clip.id, Clip.copy_of_id) == [(1, None)]


def person(app: Flask) -> int:
    with app.app_context(), db.transaction(Actor.system(), "test.person"), system("the test writes"):
        about = {"kind": "person", "given_name": "Marisol", "family_name": "Vance"}
        return contacts.create(about, Actor.system()).id


def test_people_and_screenshots_belong_to_a_piece(app: Flask, staff: Any, sign_in: SignIn) -> None:
    contact_id = person(app)
    staff.post("/media/coverage/by-hand", data=HAND)
    quoted = {"contact_id": f"Vance #{contact_id}", "role": "quoted", "words": "Every day counts."}
    assert staff.post("/media/coverage/1/people", data=quoted).status_code == 303
    assert staff.post("/media/coverage/1/people", data={**quoted, "role": "author"}).status_code == 303
    assert rows(app, ClipPerson.role) == [("author",)]
    assert "Morning talk" in staff.get(f"/media/contact/{contact_id}/coverage").text
    given = {"file": (BytesIO(b"%PDF-1.4\n%%EOF"), "page.pdf")}
    assert staff.post("/media/coverage/1/files", data=given).status_code == 303
    with staff.get("/media/coverage/1/files/1") as answer:
        assert (answer.data[:4], "attachment" in answer.headers["Content-Disposition"]) == (b"%PDF", True)
    wrong = {"file": (BytesIO(b"MZ"), "page.exe")}
    assert staff.post("/media/coverage/1/files", data=wrong).status_code == 422
    viewer, outsider = sign_in(role="viewer"), sign_in(role="media", scope=contact_id + 999)
    for address in (
        "edit",
        "remove",
        "people",
        "people/1/remove",
        "files",
        "files/1/remove",
        "apart",
        "join",
    ):
        assert viewer.post(f"/media/coverage/1/{address}").status_code == 403, address
    for address in ("new", "by-hand"):
        assert viewer.post(f"/media/coverage/{address}").status_code == 403, address
    assert "Vance" not in outsider.get("/media/coverage/1").text
    assert "Vance" not in outsider.get("/media/coverage", query_string={"c": "title,people"}).text
    assert outsider.get(f"/media/contact/{contact_id}/coverage").status_code == 404
    assert outsider.post("/media/coverage/1/people/1/remove").status_code in {403, 404}
    assert sign_in().get("/media/coverage/1/files/1").status_code == 403
    staff.post("/media/coverage/1/files/1/remove")
    staff.post("/media/coverage/1/remove")
    assert rows(app, Clip.id) == rows(app, ClipPerson.id) == rows(app, ClipFile.id) == []


TRACKER = """Date,Outlet,Headline,Link,full/condensed/column/editorial,print/web/radio/TV,Reach,Comments
9/2/2026,Harbor Ledger,Two days a month add up,https://www.ledger.example.org/a?utm_source=x,full,web,,Good
"Sept. 3, 2026",Radio Puente,Morning talk,,column,radio,"18,400",
sometime,Mill City Times,Truants in court,ledger.example.org/b,full,print,,
9/4/2026,Harbor Ledger,Two days a month add up,http://ledger.example.org/a/,full,web,,
,,,,,,,nothing here
"""


def test_a_tracker_comes_in_once(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "tracker.csv"
    path.write_text(TRACKER)
    with app.app_context():
        first = bring_in("coverage", path, {})
        again = bring_in("coverage", path, {})
    assert first.counts["create"] == 3
    assert [number for number, _reason in first.noticed if "sometime" in _reason] == [4]
    assert again.counts.get("create", 0) == 0
    assert rows(app, Clip.title, Clip.medium) == [
        ("Morning talk", "radio"), ("Truants in court", "print"), ("Two days a month add up", "online"),
    ]  # fmt: skip
    notes = dict(rows(app, Clip.title, Clip.note))
    assert notes["Two days a month add up"] == "Good"
    assert "Reach: 18,400" in notes["Morning talk"]
    assert "sometime" in notes["Truants in court"]


def test_a_word_of_a_tracker_that_nobody_knows_stays_in_the_note(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "tracker.csv"
    path.write_text(
        "Headline,Print/Web,Type,Sentiment\nTwo days,Billboard,Comic,Heartfelt\nA day,Web,column,Pro\n"
    )
    with app.app_context():
        done = bring_in("coverage", path, {})
    assert len([each for each in done.noticed if "Billboard" in each[1]]) == 1
    notes = dict(rows(app, Clip.title, Clip.note))
    assert notes == {"Two days": "Print/Web: Billboard\nType: Comic\nSentiment: Heartfelt", "A day": ""}
    assert rows(app, Clip.title, Clip.medium, Clip.piece, Clip.tone)[0] == ("A day", "online", "oped", "ours")


def test_what_means_nothing_in_a_tracker_is_nothing_and_a_number_says_what_it_is(
    app: Flask, tmp_path: Path
) -> None:
    path = tmp_path / "tracker.csv"
    path.write_text(
        "Headline,Print/Web,Type,Sentiment,Outlet,Circulation\nTwo days,None,-,n/a,—,1.2M\n", encoding="utf-8"
    )
    with app.app_context():
        done = bring_in("coverage", path, {})
    assert [each[1] for each in done.noticed] == [
        "A reach without its source is not counted; “Circulation: 1.2M” is kept in the note."
    ]
    assert rows(app, Clip.title, Clip.note, Clip.outlet_name) == [("Two days", "Circulation: 1.2M", "")]


def test_the_plan_of_an_import_speaks_as_pages_do(app: Flask) -> None:
    values = {"title": "A", "piece": "oped", "tone": "ours", "medium": "tv", "published_on": "2026-11-02"}
    with app.test_request_context():
        told = dict(CoverageImport().describe({"values": values}))
    assert told["Kind of piece"] == "Op-ed"
    assert told["Published on"] == "Nov 2, 2026"
    assert (told["Tone"], told["Medium"]) == ("Our way", "Television")


COLUMN = {"title": "Letters to the editor for the week ahead", "medium": "print", "piece": "letter"}


def test_a_column_has_one_headline_and_other_words_each_week(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="media")
    for day, outlet, text in (
        ("2026-11-02", "Ledger", "Truancy sweep planned"),
        ("2026-11-09", "Ledger", "Chronic absence matters"),
        ("2026-11-10", "Times", "Chronic absence matters"),
        ("2026-11-10", "Ledger", "Chronic absence matters, readers say"),
    ):
        about = {**COLUMN, "outlet_name": outlet, "text": text, "published_on": day}
        assert staff.post("/media/coverage/by-hand", data=about).status_code == 303
    with app.app_context(), system("the test looks"):
        copies = list(db.session().scalars(select(Clip.copy_of_id).order_by(Clip.id)))
    assert copies == [None, None, 2, 2]


def test_numbers_and_addresses_are_taken_as_people_write_them(app: Flask, sign_in: SignIn) -> None:
    about = {"title": "A story", "medium": "online", "piece": "news", "reach_source": "their media kit"}
    staff = sign_in(role="media")
    for reach, url in (("1,000", "www.ledger.example/story/1"), ("12 500", "https://l.example/#/story/5"),
                       ("7", "https://l.example/#/story/6"), ("8", "https://l.example/a#top")):  # fmt: skip
        sent = staff.post("/media/coverage/by-hand", data={**about, "reach": reach, "url": url})
        assert sent.status_code == 303, reach
    with app.app_context(), system("the test looks"):
        rows = db.session().execute(select(Clip.reach, Clip.url, Clip.url_key).order_by(Clip.id)).all()
    assert [row[0] for row in rows] == [1000, 12500, 7, 8]
    assert rows[0].url == "https://www.ledger.example/story/1"
    assert [row.url_key for row in rows][1:] == ["l.example#/story/5", "l.example#/story/6", "l.example/a"]
    wrong = staff.post("/media/coverage/by-hand", data={**about, "reach": "many", "url": "no address"})
    assert wrong.status_code == 422


def test_a_message_out_of_use_stays_in_the_pieces_that_said_it(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="media")
    for name in ("Buses", "Health"):
        about = {"name": name, "phrases": name.lower(), "active": "y"}
        staff.post("/media/messages/new", data=about)
    piece = {"title": "Buses and health", "medium": "print", "piece": "news", "text": "Buses. Health."}
    staff.post("/media/coverage/by-hand", data=piece | {"messages": ["1", "2"]})
    staff.post("/media/messages/1/edit", data={"name": "Buses", "phrases": "buses"})
    staff.post("/media/coverage/1/edit", data=piece | {"title": "Buses, health", "messages": []})
    assert rows(app, ClipMessage.message_id) == [(1,)]
