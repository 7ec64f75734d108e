"""The report counts what the coverage says, copies once, and names nobody in public."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask

from crm.plugin_api import Actor, contacts, db, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Clip, Message, Spokesperson
from crm_media.services import coverage, messages, reports
from crm_media.starters import STARTERS

TITLE = "Why two days a month add up in Harbor County"
CLIPS = (
    ("2026-06-03", "Truants face fines in Harbor County", "Channel 6", "Truancy is up, say the police."),
    ("2026-09-02", TITLE, "Ledger", "Chronic absence is not truancy. It starts in kindergarten."),
    ("2026-09-03", TITLE, "Times", "Chronic absence is not truancy."),
    ("2026-09-20", "Help, not blame, for families", "Ledger", "Chronic absence has root causes."),
    ("2025-01-01", "Long ago in Harbor County schools", "Ledger", "Truancy was the word."),
)


@pytest.fixture
def staff(app: Flask, sign_in: SignIn) -> Any:
    """Four pieces of the year, one of them a copy, and a parent who is quoted in one."""
    actor = Actor.system()
    with app.app_context(), db.transaction(actor, "test.clips") as change, system("the test writes"):
        for values in STARTERS:
            messages.save_message(Message(active=True), values, (), change)
        about = {"kind": "person", "given_name": "Marisol", "family_name": "Vance"}
        person = contacts.create(about, actor)
        db.session().add(Spokesperson(contact_id=person.id, perspective="parent", languages="Spanish"))
        for on, title, outlet, text in CLIPS:
            given = {"title": title, "outlet_name": outlet, "text": text, "messages": None}
            clip = coverage.save(Clip(), {**given, "published_on": date.fromisoformat(on)}, actor, change)
            if title == TITLE and outlet == "Ledger":
                coverage.add_person(clip, person.id, "quoted", "It adds up.")
    return sign_in(role="media")


YEAR = "begins=2026-01-01&ends=2026-12-31"


def test_copies_count_once_and_every_number_is_that_of_the_coverage(app: Flask, staff: Any) -> None:
    with app.app_context():
        found = reports.make(Actor.system(), date(2026, 1, 1), date(2026, 12, 31), by="speaker")
    assert (found.pieces, found.copies, found.outlets) == (3, 1, 3)
    assert (found.framings["chronic"], found.framings["truancy"]) == (2, 1)
    assert sum(each.total for each in found.months) == 3
    assert found.months[8].parts[0] == 2
    landed = {name: count for _id, name, count, _sentence in found.messages}
    assert landed["Chronic absence is not truancy"] == 1
    assert landed["It starts in kindergarten"] == 1
    assert landed["Families need help, not blame"] == 1
    assert [(row.name, row.total) for row in found.rows][1] == ("Marisol Vance", 1)
    first = found.speakers[0]
    assert (first.name, first.perspective, first.quotes) == ("Marisol Vance", "parent", 1)


def test_the_report_is_shown_printed_and_a_file(staff: Any, sign_in: SignIn) -> None:
    page = staff.get(f"/media/report?{YEAR}&by=month").text
    for text in (
        "Which message landed",
        "It starts in kindergarten",
        "September 2026",
        "Marisol Vance",
        "data-print",
    ):
        assert text in page, text
    assert "Truancy was the word" not in page
    for query in ("begins=nonsense", "begins=2030-01-01&ends=2020-01-01", "by=shoes", "campaign_id=99"):
        assert staff.get(f"/media/report?{query}").status_code == 200, query
    paper = staff.get(f"/media/report.pdf?{YEAR}&by=speaker")
    assert (paper.data[:5], paper.headers["Content-Type"]) == (b"%PDF-", "application/pdf")
    outsider = sign_in(role="viewer", scope=999_999)
    assert "Marisol" not in outsider.get(f"/media/report?{YEAR}").text
    for address in ("report", "report.pdf"):
        assert sign_in().get(f"/media/{address}").status_code == 403


def test_everybody_sees_numbers_alone_and_only_once_an_administrator_says_so(
    app: Flask, staff: Any, admin_client: Any
) -> None:
    stranger = app.test_client()
    assert stranger.get("/media/public/report").status_code == 404
    rates = {"policy.legiscan_rate": "60", "policy.openstates_rate": "10"}
    given = {"media.public": "1", **rates}  # The page is one form, those of other plugins on it.
    assert admin_client.post("/settings/", data=given).status_code == 303
    answer = stranger.get("/media/public/report")
    assert answer.status_code == 200
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers  # Many are given the same answer, and none a token.
    assert {"accept-language", "cookie"} <= set(answer.vary.as_set())
    assert "It starts in kindergarten" in answer.text
    for text in ("Marisol", "Chronic absence is not truancy. It"):
        assert text not in answer.text


def test_days_and_numbers_that_no_calendar_holds_count_as_left_out(sign_in: SignIn) -> None:
    staff = sign_in(role="media")
    for query in ("ends=0001-01-01", "begins=9999-12-31", f"campaign_id={'9' * 30}"):
        assert staff.get(f"/media/report?{query}").status_code == 200, query


def piece(staff: Any, outlet: str, on: str, **values: str) -> None:
    about = {"title": TITLE, "medium": "online", "piece": "news", "outlet_name": outlet, "published_on": on}
    assert staff.post("/media/coverage/by-hand", data={**about, **values}).status_code == 303


def test_shares_of_framing_are_those_of_what_was_looked_at(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="media")
    for number, text in enumerate(("Chronic absence fell.", "Truancy rose.", "", "", "")):
        title = f"Morning news of the day number {number}"
        piece(staff, "Radio", "2026-11-02", title=title, text=text)
    with app.app_context():
        found = reports.make(Actor.system(), date(2026, 11, 1), date(2026, 11, 30))
    assert (found.pieces, found.looked_at) == (5, 2)
    assert found.months[0].parts == [1, 0, 1, 0, 3]
    assert reports.as_dict(found)["months"][0]["unknown"] == 3
    query = "begins=2026-11-01&ends=2026-11-30"
    page = " ".join(re.sub("<[^>]+>", " ", staff.get(f"/media/report?{query}").text).split())
    assert "Chronic absence : 1 (50%)" in page.replace("absence:", "absence :")
    assert "Not looked at: 3" in page.replace(" : ", ": ")
    assert staff.get(f"/media/report.pdf?{query}").data[:5] == b"%PDF-"


def test_a_piece_counts_in_the_time_in_which_others_took_it_over(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="media")
    for outlet, on in (("Ledger", "2026-10-31"), ("Times", "2026-11-02"), ("Post", "2026-11-03")):
        piece(staff, outlet, on, text="Chronic absence rose.")
    with app.app_context():
        found = reports.make(Actor.system(), date(2026, 11, 1), date(2026, 11, 30))
        earlier = reports.make(Actor.system(), date(2026, 10, 1), date(2026, 11, 30))
    assert (found.pieces, found.copies, found.outlets) == (1, 1, 2)
    assert {row.name: row.total for row in found.rows} == {"Times": 1, "Post": 1}
    assert (earlier.pieces, earlier.copies) == (1, 2)
    page = staff.get("/media/report?begins=2026-11-01&ends=2026-11-30").text
    assert "What several outlets printed counts with each of them." in page
