"""What is printed and handed over."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Organization, PublicFigure, db, system
from crm.plugin_api.records import Coalition, Membership
from crm.plugin_api.testing import SignIn
from crm_policy import models
from crm_policy.models import Constituency, Legislator
from crm_policy.services import elements, work

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def text_of(pdf: bytes) -> str:
    """All words of a file, as a reader of it shows them."""
    import re
    import zlib

    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            page = zlib.decompress(stream)
        except zlib.error:
            continue
        parts = re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", page)
        found += [re.sub(rb"\\(.)", rb"\1", part).decode("cp1252") for part in parts]
    return " ".join(found)


def pdf(client: Any, address: str) -> str:
    reply = client.get(address)
    assert reply.status_code == 200
    assert reply.mimetype == "application/pdf"
    return text_of(reply.data)


def lane(app: Flask) -> Legislator:
    with app.app_context(), system("the test looks"):
        found = db.session().scalars(select(Legislator).where(Legislator.name == "Ada Lane")).one()
        db.session().expunge(found)
        return found


@pytest.fixture
def partner(app: Flask, bills: dict[str, int]) -> int:
    """An organization in Ada Lane's district."""
    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        one = Organization(name="Elm Schools", sort_name="elm", name_key="elmschools", custom={})
        db.session().add(one)
        db.session().flush()
        ledger = Organization(name="Harbor Ledger", sort_name="harbor", name_key="harborledger", custom={})
        coalition = Coalition(name="Every Day", sort_name="every day", level="state", custom={})
        db.session().add_all([ledger, coalition])
        db.session().flush()
        for each in (one, ledger):
            db.session().add(Constituency(contact_id=each.id, state="MI", chamber="lower", district="12"))
        db.session().add(Membership(coalition_id=coalition.id, contact_id=one.id, custom={}))
        return one.id


def test_a_fact_sheet_has_the_figures_that_others_publish_and_works_without(
    app: Flask, sign_in: SignIn, bills: dict[str, int], partner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(role="policy")
    bill = f"/policy/bills/{bills['HB 1']}"
    client.post(f"{bill}/points/new", data={"kind": "fact", "body": "Ñandú: one in four “misses” a month"})
    assert "Attendance" not in client.get(f"{bill}/sheet").text.split("<article")[1].replace(
        "Attendance:", ""
    )
    assert "Ñandú: one in four “misses” a month" in pdf(client, f"{bill}/sheet.pdf")

    def published(state: str, contact_ids: Sequence[int] | None) -> Iterable[PublicFigure]:
        assert state == "MI"
        if contact_ids is None or partner in contact_ids:
            yield PublicFigure(
                "attendance", "Elm Schools", "31% of 4,120 students", "Report", contact_id=partner
            )
        if contact_ids is None:
            yield PublicFigure("need", "Michigan", "40 families wait for a bus")

    module = app.extensions["crm"].plugins.plugins[-1].module
    monkeypatch.setattr(module, "crm_public_figures", published, raising=False)
    host = app.extensions["crm"].plugins
    monkeypatch.setattr(
        host,
        "ask",
        lambda plugin, hook, /, **given: (
            published(**given)
            if plugin.module is module and hook == "crm_public_figures"
            else type(host).ask(host, plugin, hook, **given)
        ),
    )
    everybody = pdf(client, f"{bill}/sheet.pdf")
    assert "Elm Schools: 31% of 4,120 students" in everybody
    assert "40 families wait for a bus" in everybody
    hers = client.get(f"{bill}/sheet?legislator={lane(app).id}").text
    assert "Attendance in your district" in hers
    assert "Our partners in your district" in hers
    assert "Harbor Ledger" not in hers, "a newspaper there is no partner of ours"
    known = client.get(f"/policy/legislators/{lane(app).id}").text
    assert known.index("Elm Schools") < known.index("Others on file there") < known.index("Harbor Ledger")
    assert "wait for a bus" not in hers


def test_testimony_says_that_nobody_approved_it_yet(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    bill = f"/policy/bills/{bills['HB 1']}"
    text = {"title": "Why it matters", "stance": "support", "manner": "written", "body": "Children first."}
    client.post(f"{bill}/testimony/new", data=text)
    with app.app_context(), system("the test looks"):
        number = db.session().scalars(select(models.Testimony.id)).one()
    assert "Draft, not approved yet" in pdf(client, f"{bill}/testimony/{number}.pdf")
    for version, to in enumerate(("review", "approved"), 1):
        client.post(f"{bill}/testimony/{number}/move", data={"to": to, "version": version})
    approved = pdf(client, f"{bill}/testimony/{number}.pdf")
    assert "Children first." in approved
    assert "Draft" not in approved
    assert client.get(f"/policy/bills/{bills['HB 2']}/testimony/{number}.pdf").status_code == 404


def test_a_whip_sheet_on_paper_says_where_each_mark_is_from(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    paper = pdf(sign_in(role="policy"), f"/policy/bills/{bills['HB 1']}/whip.pdf")
    assert "Primary sponsor: HB 1" in paper
    assert "Rob Chase" in paper
    assert "for ourselves only" in paper


def test_the_scorecard_on_paper_explains_itself(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        elements.begin()
        first = elements.all_elements()[0]
        from crm.plugin_api.words import day_here

        elements.set_value(first, "CT", {"value": "10pct", "status": "effective", "as_of": day_here()})
    paper = pdf(sign_in(role="policy"), "/policy/states/scorecard.pdf")
    assert "Connecticut" in paper
    assert "6 of 6" in paper
    assert "never marked down" in paper


def test_the_report_of_lobbying_has_the_lines_of_the_return(
    app: Flask, sign_in: SignIn, bills: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    for kind, cost, bill in (
        ("direct", "1000", "HB 1"),
        ("grassroots", "30000", "HB 2"),
        ("none", "70", "HB 2"),
    ):
        entry = {"worked_on": "2025-04-01", "manner": "meeting", "kind": kind, "minutes": "90", "cost": cost}
        client.post(
            f"/policy/lobbying/new?bill_id={bills[bill]}", data={**entry, "bill_id": str(bills[bill])}
        )
    with app.app_context():
        lines = {
            line: amount
            for line, _words, amount in work.report(work.Numbers(2025, 4000, 400_000, 2025)).lines
        }
    assert lines["1a"] == 3_000_000 + 6_000
    assert lines["1c"] == 3_112_000
    assert lines["1f"] == 8_000_000
    assert lines["1g"] == 2_000_000
    assert lines["1h"] == 1_006_000
    assert lines["1i"] == 0
    paper = pdf(client, "/policy/lobbying.pdf?year=2025")
    assert "$30,060.00" in paper
    assert "April" in paper
    assert "MI HB 2" in paper
    assert "Nobody has entered yet what an hour costs" in paper
    sign_in(role="administrator").post("/policy/lobbying/years/2024", data={"hour_cost": "50"})
    assert "these are the numbers of 2024" in pdf(client, "/policy/lobbying.pdf?year=2025")
    assert "not set" in client.get("/policy/lobbying?year=2025").text
