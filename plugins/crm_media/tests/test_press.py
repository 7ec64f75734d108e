"""Outlets and reporters, as media staff use them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Affiliation, Contact, db, system
from crm.plugin_api.testing import SignIn
from crm_media.models import Outlet, Reporter
from crm_media.services import holdings, press

REPORTER = {
    "given_name": "Delphine", "family_name": "Marchetti", "kind": "reporter",
    "beats": "education,  families, education",
    "areas": "Harbor County", "channel": "email", "email": "delphine@ledger.example.org",
    "outlet": "Harbor Ledger", "role": "Education reporter",
}  # fmt: skip


@pytest.fixture
def staff(sign_in: SignIn) -> Any:
    return sign_in(role="media")


def contact_of(app: Flask, model: Any) -> int:
    with app.app_context(), system("the test looks"):
        return int(db.session().execute(select(model.contact_id)).scalar_one())


def posts(app: Flask) -> list[tuple[str, date | None]]:
    with app.app_context(), system("the test looks"):
        rows = db.session().execute(select(Affiliation.role, Affiliation.end_date).order_by(Affiliation.id))
        return [(row[0], row[1]) for row in rows]


def test_a_new_reporter_stands_in_the_list_with_their_outlet(app: Flask, staff: Any) -> None:
    assert "No reporter yet" in staff.get("/media/reporters").text
    assert staff.post("/media/reporters/new", data=REPORTER).status_code == 303
    page = staff.get("/media/reporters").text
    assert "Delphine Marchetti" in page
    assert "Harbor Ledger" in page
    assert "education, families<" in page.replace("\n", "")
    assert "Harbor Ledger" in staff.get("/media/").text
    panel = staff.get(f"/media/contact/{contact_of(app, Reporter)}").text
    assert "Education reporter" in panel


def test_somebody_who_is_here_is_not_made_twice(app: Flask, staff: Any, organizer_client: Any) -> None:
    nina = {"given_name": "Nina", "family_name": "Castellan", "email": "nina@ledger.example"}
    emails = {"emails-0-address": nina["email"], "emails-0-label": "work"}
    made = organizer_client.post("/contacts/new", data={"kind": "person", **nina, **emails})
    assert made.status_code == 303
    assert staff.post("/media/reporters/new", data={**REPORTER, **nina}).status_code == 303
    with app.app_context(), system("a test"):
        people = db.session().scalars(select(Contact.id).where(Contact.kind == "person")).all()
        assert db.session().scalars(select(Reporter.contact_id)).all() == people
    again = staff.post("/media/reporters/new", data={**REPORTER, **nina, "family_name": "CASTELLAN"})
    assert again.status_code == 422
    assert "is among the reporters already" in again.text


def test_a_press_list_is_a_filter_by_beat_and_outlet(staff: Any) -> None:
    staff.post("/media/reporters/new", data=REPORTER)
    theo = {"given_name": "Theo", "family_name": "Brandvold", "email": ""}
    other = {**REPORTER, **theo, "beats": "sports", "outlet": "Channel 6"}
    staff.post("/media/reporters/new", data=other)
    staff.get("/media/")  # It shows what was just done, with the name in it.
    for question in ("beats:contains:education", "outlet:contains:ledger"):
        page = staff.get("/media/reporters", query_string={"f": question}).text
        assert "Delphine Marchetti" in page
        assert "Theo Brandvold" not in page


def test_moving_keeps_where_somebody_was(app: Flask, staff: Any) -> None:
    staff.post("/media/reporters/new", data=REPORTER)
    contact_id = contact_of(app, Reporter)
    day = date.today() - timedelta(days=3)  # noqa: DTZ011  # The day as the form takes it.
    moved = {"outlet": "Statehouse Notebook", "role": "Bureau chief", "on": day.isoformat()}
    assert staff.post(f"/media/contact/{contact_id}/move", data=moved).status_code == 303
    assert posts(app) == [("Education reporter", day), ("Bureau chief", None)]
    panel = staff.get(f"/media/contact/{contact_id}").text
    assert panel.index("Statehouse Notebook") < panel.index("Harbor Ledger")
    assert "Statehouse Notebook" in staff.get("/media/reporters").text


def test_a_move_into_the_future_is_refused_and_nothing_is_written(app: Flask, staff: Any) -> None:
    staff.post("/media/reporters/new", data=REPORTER)
    moved = {"outlet": "Elsewhere", "role": "", "on": "2090-01-01"}
    sent = staff.post(f"/media/contact/{contact_of(app, Reporter)}/move", data=moved)
    assert sent.status_code == 422
    assert "lies in the future" in sent.text
    assert posts(app) == [("Education reporter", None)]
    assert "Elsewhere" not in staff.get("/media/").text


def test_a_circulation_without_a_source_and_an_outlet_twice_are_refused(staff: Any) -> None:
    outlet = {"name": "Harbor Ledger", "kind": "newspaper", "circulation": "18400"}
    sent = staff.post("/media/outlets/new", data=outlet)
    assert sent.status_code == 422
    assert "Say where the number comes from" in sent.text
    told = {**outlet, "circulation_source": "Publisher, 2025"}
    assert staff.post("/media/outlets/new", data=told).status_code == 303
    again = staff.post("/media/outlets/new", data={**told, "name": "harbor ledger"})
    assert again.status_code == 422
    assert "is among the outlets already" in again.text
    assert '<option value="Harbor Ledger">' in staff.get("/media/reporters/new").text


def test_what_nobody_looked_at_for_half_a_year_asks_to_be_verified(app: Flask, staff: Any) -> None:
    staff.post("/media/reporters/new", data=REPORTER)
    stale = {"f": "stale:is:yes"}
    staff.get("/media/")  # It shows what was just done, with the name in it.
    assert "Delphine" not in staff.get("/media/reporters", query_string=stale).text
    with app.app_context(), db.transaction(Actor.system(), "test.age"), system("the test lets time pass"):
        db.session().scalars(select(Reporter)).one().verified_on = date(2020, 1, 1)
    assert "Delphine" in staff.get("/media/reporters", query_string=stale).text
    contact_id = contact_of(app, Reporter)
    assert "Nobody has verified this" in staff.get(f"/media/contact/{contact_id}").text
    assert staff.post(f"/media/contact/{contact_id}/verify").status_code == 303
    assert "Delphine" not in staff.get("/media/reporters", query_string=stale).text


def test_a_viewer_reads_and_an_outsider_finds_nothing(app: Flask, staff: Any, sign_in: SignIn) -> None:
    staff.post("/media/reporters/new", data=REPORTER)
    contact_id = contact_of(app, Reporter)
    viewer, outsider = sign_in(role="viewer"), sign_in(role="viewer", scope=contact_of(app, Outlet) + 999)
    assert "Delphine" in viewer.get("/media/reporters").text
    for address in ("edit", "move", "verify", "remove"):
        assert viewer.post(f"/media/contact/{contact_id}/{address}").status_code == 403
    assert "Delphine" not in outsider.get("/media/reporters").text
    assert outsider.get(f"/media/contact/{contact_id}").status_code == 404
    assert outsider.get("/media/reporters/1").status_code == 404


def test_two_who_are_one_keep_what_either_had(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test.merge"), system("the test merges"):
        made: Callable[..., Reporter] = press.new_reporter
        empty = {"email": "", "phone": "", "outlet": "", "role": ""}
        kept = made({"given_name": "Ada", "family_name": "Lane", "beats": "health", **empty}, Actor.system())
        lost = made(
            {"given_name": "Ada B.", "family_name": "Lane", "hours": "before ten", **empty}, Actor.system()
        )
        survivor, loser = (db.session().get_one(Contact, each.contact_id) for each in (kept, lost))
        holdings.merge(survivor, loser)
        assert (kept.beats, kept.hours) == ("health", "before ten")
        assert len(db.session().scalars(select(Reporter)).all()) == 1
