"""What the coalition answers for: who is asked to act, what stays in its books, who hears of what."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.journal.undo import undo
from crm.plugin_api import Actor, Organization, Person, UserError, db, system
from crm.plugin_api.contacts import create
from crm.plugin_api.records import Campaign, Coalition, Email, Membership
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here
from crm_policy import models
from crm_policy.models import Bill, Constituency, Hearing, HearingBill, Legislator, Lobbying
from crm_policy.reading.source import neutral
from crm_policy.services import bills as bill_work
from crm_policy.services import outreach, syncing, work

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ME = Actor.system()


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_an_alert_goes_to_nobody_whose_membership_ended(bills: dict[str, int]) -> None:
    with db.transaction(ME, "policy.test"), system("the test writes"):
        coalition = Coalition(name="Every Day", sort_name="every day", level="state", custom={})
        db.session().add(coalition)
        for name, days in (("Ana", None), ("Ben", -1), ("Cy", 30)):
            who = create({"kind": "person", "given_name": name, "family_name": "Reyes"}, ME)
            mail = f"{name.lower()}@example.org"
            db.session().add(Email(contact_id=who.id, address=mail, address_key=mail))
            ends = day_here() + timedelta(days=days) if days is not None else None
            db.session().flush()
            db.session().add(
                Membership(coalition_id=coalition.id, contact_id=who.id, end_date=ends, custom={})
            )
        db.session().flush()
        found = outreach.recipients(f"coalition:{coalition.id}", ME)
    assert sorted(found) == ["ana@example.org", "cy@example.org"]


def answered(bill_id: int) -> tuple[int, dict[str, int]]:
    """Somebody with whom we lobbied, and who spoke for us: given, and in a draft."""
    with db.transaction(ME, "policy.test"), system("the test writes"):
        who = create({"kind": "person", "given_name": "Canary", "family_name": "Zebulon"}, ME)
        about = {"contact_id": who.id}
        note = {"note": "Canary told me in confidence"}
        log = Lobbying(worked_on=date(2026, 2, 1), kind="direct", minutes=90, cost_cents=500, **about, **note)
        said = {"bill_id": bill_id, "body": "I am Canary Zebulon.", **about}
        given = models.Testimony(title="Why", status="given", **said)
        draft = models.Testimony(title="My story", **said)
        db.session().add_all([log, given, draft])
        db.session().flush()
        return who.id, {"log": log.id, "given": given.id, "draft": draft.id}


def test_hours_and_given_testimony_outlive_the_contact_they_were_with(bills: dict[str, int]) -> None:
    contact_id, _ids = answered(bills["HB 1"])
    before = work.tally(2026, 4000)
    with db.transaction(ME, "contacts.delete") as change:
        work.remove([contact_id])
    assert work.tally(2026, 4000) == before
    with system("the test looks"):
        kept = [each.contact_id for each in db.session().scalars(select(models.Testimony))]
    assert kept == [None, None]
    undo(change.id or 0, ME)
    with system("the test looks"):
        assert {each.contact_id for each in db.session().scalars(select(models.Testimony))} == {contact_id}


def test_whoever_is_forgotten_leaves_the_hours_and_no_word(bills: dict[str, int]) -> None:
    contact_id, ids = answered(bills["HB 1"])
    before = work.tally(2026, 4000)
    with db.transaction(ME, "contacts.erase"), system("the test"):
        work.erase(db.session().get_one(Person, contact_id))
    assert work.tally(2026, 4000) == before
    with system("the test looks"):
        log = db.session().get_one(Lobbying, ids["log"])
        (testimony,) = db.session().scalars(select(models.Testimony))
        kept = str(db.session().connection().exec_driver_sql("SELECT before, after FROM journal_entry").all())
    assert (log.contact_id, log.note, log.minutes) == (None, "", 90)
    assert (testimony.id, testimony.contact_id) == (ids["given"], None)
    assert "Canary" not in testimony.body
    assert "in confidence" not in kept


def triage_of(number: int) -> str:
    with system("the test looks"):
        found = select(Bill).where(Bill.id == number).execution_options(populate_existing=True)
        return db.session().scalars(found).one().triage


def test_whoever_works_on_a_bill_hears_of_it(sign_in: SignIn, bills: dict[str, int]) -> None:
    client, number = sign_in(role="policy"), bills["HB 3"]
    page = f"/policy/bills/{number}"
    with db.transaction(ME, "policy.test"):
        member = Organization(name="Club", sort_name="club", name_key="club", custom={})
        db.session().add(member)
        db.session().flush()
        member_id = member.id
    soon = (day_here() + timedelta(days=9)).isoformat()
    ways: dict[str, dict[str, Any]] = {
        f"{page}/position": {"position": "", "priority": "3"},
        f"{page}/testimony/new": {"title": "Why", "stance": "support", "manner": "written"},
        f"/policy/hearings/new?bill_id={number}": {
            "state": "MI", "committee_name": "Education", "starts_at": f"{soon}T09:00",
            "standing": "confirmed",
        },
        f"{page}/board/{member_id}": {"stance": "support", "sign_off": "asked"},
    }  # fmt: skip
    for address, data in ways.items():
        with db.transaction(ME, "policy.test") as change:
            bill_work.set_triage([number], "inbox", change)
        assert client.post(address, data=data).status_code == 303, address
        assert triage_of(number) == "tracked", address


def test_a_feed_says_what_became_of_a_bill(app: Flask, sign_in: SignIn, bills: dict[str, int]) -> None:
    client = sign_in(role="policy")
    with db.transaction(ME, "policy.test") as change, system("its session ends"):
        bill_work.set_triage([bills["HB 3"]], "tracked", change)
        db.session().get_one(Bill, bills["HB 3"]).source_disposition = "died_at_session_end"
    made = client.post("/policy/feeds", data={"name": "Mine"}).text
    path = "/policy/feed/" + made.split("/policy/feed/")[1].split('"')[0]
    for address in (path, path.replace(".rss", ".atom")):
        assert "Died at the end of the session" in app.test_client().get(address).text


def test_words_that_changed_at_the_same_moment_are_not_approved(bills: dict[str, int]) -> None:
    with db.transaction(ME, "policy.test"), system("the test writes"):
        one = models.Testimony(bill_id=bills["HB 1"], title="Why", body="Read", status="review")
        db.session().add(one)
        db.session().flush()
        read = one.version
        table = db.table(models.Testimony)
        db.session().execute(table.update().values(body="Never read", version=read + 1))
        with pytest.raises(UserError, match="Somebody changed"):
            work.move_testimony(one, "approved", ME, may_approve=True, version=read)


def test_testimony_that_is_not_given_after_all_goes_and_is_due_nowhere(
    sign_in: SignIn, bills: dict[str, int]
) -> None:
    client, page = sign_in(role="policy"), f"/policy/bills/{bills['HB 3']}"
    about = {"stance": "support", "manner": "written", "due_on": day_here().isoformat()}
    for title in ("Never mind", "Handed in"):
        assert client.post(f"{page}/testimony/new", data={**about, "title": title}).status_code == 303
    assert "Never mind" in client.get("/policy/monday").text
    with system("the test looks"):
        first, second = [
            each.id for each in db.session().scalars(select(models.Testimony).order_by(models.Testimony.id))
        ]
    assert client.post(f"{page}/testimony/{first}/delete").status_code == 303
    assert f"testimony/{first}" not in client.get(page).text
    with db.transaction(ME, "policy.test"), system("its session ends"):
        db.session().get_one(Bill, bills["HB 3"]).disposition = "died_at_session_end"
    assert f"testimony/{second}" not in client.get("/policy/monday").text
    assert f"testimony/{second}" in client.get(page).text
    with db.transaction(ME, "policy.test"), system("it is given"):
        db.session().get_one(models.Testimony, second).status = "given"
    assert client.post(f"{page}/testimony/{second}/delete").status_code == 422


def test_the_page_of_a_bill_names_its_campaign(sign_in: SignIn, bills: dict[str, int]) -> None:
    with db.transaction(ME, "policy.test"), system("the test writes"):
        campaign = Campaign(name="Every day counts", sort_name="every day", kind="state_policy")
        db.session().add(campaign)
        db.session().flush()
        db.session().get_one(Bill, bills["HB 3"]).campaign_id = campaign.id
    assert "Every day counts" in sign_in(role="policy").get(f"/policy/bills/{bills['HB 3']}").text


def test_a_number_means_the_bill_of_the_newest_session_whichever_was_imported_first(
    bills: dict[str, int],
) -> None:
    place = {"id": "ocd-jurisdiction/country:us/state:mi/government"}
    old = {"id": "ocd-bill/old", "identifier": "HB 3", "session": "2013-2014", "title": "Old"}
    with db.transaction(ME, "policy.test") as change:
        syncing.take([neutral({**old, "jurisdiction": place})], ME, change)
    found = bill_work.find("MI HB 3")
    assert found is not None
    assert found.id == bills["HB 3"]


def test_texts_without_line_breaks_are_compared_sentence_by_sentence() -> None:
    """As a pasted PDF comes: one line of a whole bill."""
    sentences = [f"Section {number} says what a pupil of grade {number} is to do." for number in range(2000)]
    changed = [*sentences]
    changed[7] = "Section 7 says nothing."
    rows = bill_work.compare(" ".join(sentences), " ".join(changed))
    assert [each[0] for each in rows].count("changed") == 1
    without_ends = " ".join(f"word{number}" for number in range(20_000))
    assert bill_work.compare(without_ends, without_ends + " more")[-1][0] == "changed"


def test_a_state_with_one_chamber_has_its_legislators(bills: dict[str, int]) -> None:
    """Open States calls it legislature, the Census and our form call it upper."""
    with db.transaction(ME, "policy.test"), system("the test writes"):
        who, ours = (
            create({"kind": kind, "name": name, "family_name": name}, ME)
            for kind, name in (("person", "Platte"), ("organization", "Omaha Reads"))
        )
        about = {"state": "NE", "district": "8"}
        nell = Legislator(contact_id=who.id, name="Nell Platte", sort_name="platte", family_key="platte",
                          chamber="legislature", staff_fields=[], links=[], **about)  # fmt: skip
        db.session().add_all([nell, Constituency(contact_id=ours.id, chamber="upper", **about)])
        db.session().flush()
        places = work.districts_of(ours)
        assert [each.name for each, _seats, _place in work.represented_by(places, ME)] == ["Nell Platte"]
        assert [each.name for each in work.partners_in(nell, ME)] == ["Omaha Reads"]
        assert [each.name for each in work.sitting("NE", "upper", ME)] == ["Nell Platte"]


def test_a_hearing_that_is_cancelled_says_so_on_monday(sign_in: SignIn, bills: dict[str, int]) -> None:
    with db.transaction(ME, "policy.test") as change, system("the test writes"):
        bill_work.set_triage([bills["HB 3"]], "tracked", change)
        about = {"committee_name": "Education", "committee_key": "education", "status": "cancelled"}
        hearing = Hearing(state="MI", starts_at=db.now() + timedelta(days=3), **about)
        db.session().add(hearing)
        db.session().flush()
        db.session().add(HearingBill(hearing_id=hearing.id, bill_id=bills["HB 3"]))
    assert "Cancelled" in sign_in(role="policy").get("/policy/monday").text


def test_a_companion_that_somebody_ignored_stays_ignored(sign_in: SignIn, bills: dict[str, int]) -> None:
    with db.transaction(ME, "policy.test") as change:
        bill_work.set_triage([bills["HB 2"]], "ignored", change)
    position = {"position": "support", "priority": "3"}
    page = f"/policy/bills/{bills['HB 1']}/position"
    assert sign_in(role="policy").post(page, data=position).status_code == 303
    assert (triage_of(bills["HB 1"]), triage_of(bills["HB 2"])) == ("tracked", "ignored")
