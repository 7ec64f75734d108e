"""The ledger: promised, followed up, kept, late; in lists, mail, calendar and goals."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor, Grant
from crm.access.guard import system
from crm.accounts.models import User
from crm.campaigns.models import Campaign
from crm.coalitions import reminding
from crm.coalitions.models import Commitment
from crm.plugin_api.testing.application import PageClient
from crm.runtime import runtime
from tests.coalitions.conftest import Make, undo_last, written
from tests.contacts.conftest import Add, Rows

STATE = select(Commitment.status, Commitment.kept_on, Commitment.evidence, Commitment.evidence_url)


def day(difference: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=difference)


@pytest.fixture
def school(add: Add) -> int:
    return add(organization="Lincoln School")


def _form(school: int, owner: User, **values: Any) -> dict[str, Any]:
    return {
        "contact_id": f"#{school}", "title": "Host the October meeting", "kind": "host",
        "owner_user_id": owner.id, "due_date": day(20).isoformat(), "remind_days": "7", **values,
    }  # fmt: skip


def test_a_promise_is_written_down_kept_and_undone(
    app: Flask, organizer_client: PageClient, school: int, owner: User, rows: Rows
) -> None:
    page = organizer_client.post(
        "/coalitions/commitments/new", data=_form(school, owner), follow_redirects=True
    )
    assert "The commitment is written down." in page.text
    assert "Olga Owner" in page.text
    (made,) = rows(select(Commitment.id))
    assert "Host the October meeting" in organizer_client.get("/coalitions/commitments?list=soon").text
    kept = {
        "kept_on": day(-1).isoformat(),
        "evidence": "40 people came.",
        "evidence_url": "example.org/minutes",
    }
    page = organizer_client.post(f"/coalitions/commitments/{made}/keep", data=kept, follow_redirects=True)
    assert "40 people came." in page.text
    assert rows(STATE) == [("kept", day(-1), "40 people came.", "https://example.org/minutes")]
    undo_last(organizer_client, app)
    assert rows(STATE) == [("open", None, "", "")]
    undone = f"/coalitions/commitments/{made}"
    organizer_client.post(f"{undone}/delete")
    assert rows(STATE) == []
    undo_last(organizer_client, app)
    assert organizer_client.get(undone).status_code == 200


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ({"owner_user_id": ""}, "A commitment without an owner is forgotten by everybody."),
        ({"title": " "}, "Say in a few words what was promised."),
        ({"contact_id": ""}, "Choose somebody."),
        ({"pledged_on": "2026-05-02", "due_date": "2026-05-01"}, "The deadline lies before"),
        ({"remind_days": "-3"}, "between 0 and 365"),
    ],
)
def test_what_is_missing_gets_a_sentence(
    typed: dict[str, str], sentence: str, organizer_client: PageClient, school: int, owner: User, rows: Rows
) -> None:
    page = organizer_client.post("/coalitions/commitments/new", data=_form(school, owner, **typed))
    assert page.status_code == 422
    assert sentence in page.text
    assert rows(STATE) == []


def test_a_link_and_a_day_are_checked(organizer_client: PageClient, school: int, commitment: Make) -> None:
    made = commitment(school)
    address = f"/coalitions/commitments/{made}/keep"
    page = organizer_client.post(address, data={"evidence_url": "javascript:alert(1)"})
    assert "is not a web address" in page.text
    page = organizer_client.post(address, data={"kept_on": day(9).isoformat()})
    assert "a day that is still to come" in page.text


def test_late_is_what_the_calendar_says(organizer_client: PageClient, school: int, commitment: Make) -> None:
    commitment(school, "Late one", due_date=day(-9))
    commitment(school, "Coming one", due_date=day(9))
    commitment(school, "Far one", due_date=day(200))
    commitment(school, "Kept one", due_date=day(-9), status="kept", kept_on=day(-9))
    commitment(school, "Kept later", due_date=day(-9), status="kept", kept_on=day(-3))
    seen = {
        "list=late": {"Late one"},
        "list=soon": {"Coming one"},
        "list=kept": {"Kept one", "Kept later"},
        "f=state:is:kept_late": {"Kept later"},
        "f=state:not:late": {"Coming one", "Far one", "Kept one", "Kept later"},
        "list=all": {"Late one", "Coming one", "Far one", "Kept one", "Kept later"},
        "q=coming": {"Coming one"},
        f"f=involves:is:whoever+%23{school}&f=state:is:open": {"Coming one", "Far one"},
        f"f=contact:not:whoever+%23{school}": set(),
        "f=involves:contains:lincoln&f=state:is:kept": {"Kept one"},
        "q=lincoln&sort=-due_date": {"Late one", "Coming one", "Far one", "Kept one", "Kept later"},
    }
    for query, titles in seen.items():
        page = organizer_client.get(f"/coalitions/commitments?{query}").text
        shown = {title for title in seen["list=all"] if f"<span>{title}</span>" in page}
        assert shown == titles, query
    panel = organizer_client.get(f"/coalitions/commitments/of-contact/{school}").text
    assert "Kept 2 of 3. 2 are still ahead, the next due" in panel
    assert "1 is past its date: remind them, or agree on a new one." in panel


def test_the_next_step_is_offered(
    app: Flask, organizer_client: PageClient, add: Add, commitment: Make, rows: Rows
) -> None:
    ana = add("Ana", "Ruiz", emails=[{"address": "ana@example.org", "primary": True}])
    made = commitment(ana, "Testify", due_date=day(-2))
    address = f"/coalitions/commitments/{made}"
    page = organizer_client.get(address).text
    assert "A friendly word or a new date is often all it takes." in page
    assert "mailto:ana@example.org?subject=About%20%E2%80%9CTestify" in page
    organizer_client.post(f"{address}/reminded")
    assert "Last reminded" in organizer_client.get(address).text
    assert (
        organizer_client.post(f"{address}/postpone", data={"due_date": day(-2).isoformat()}).status_code
        == 422
    )
    organizer_client.post(f"{address}/postpone", data={"due_date": day(30).isoformat()})
    assert rows(select(Commitment.due_date)) == [day(30)]
    undo_last(organizer_client, app)
    assert rows(select(Commitment.due_date)) == [day(-2)]
    organizer_client.post(f"{address}/close", data={"status": "withdrawn", "note": "New principal."})
    assert "It is not counted against them." in organizer_client.get(address).text
    organizer_client.post(f"{address}/reopen")
    assert rows(select(Commitment.status)) == ["open"]


def test_two_who_edit_do_not_overwrite_each_other(
    organizer_client: PageClient, school: int, commitment: Make, owner: User, rows: Rows
) -> None:
    made = commitment(school, "Host a meeting")
    address = f"/coalitions/commitments/{made}/edit"
    seen = organizer_client.get(address).text.split('name="seen"')[1].split('value="')[1].split('"')[0]
    first = _form(school, owner, seen=seen, title="Theirs")
    assert organizer_client.post(address, data=first).status_code == 303
    page = organizer_client.post(address, data=_form(school, owner, seen=seen, title="Mine"))
    assert page.status_code == 409
    assert "Theirs" in page.text
    assert rows(select(Commitment.title)) == ["Theirs"]


def as_owner(owner: User) -> Actor:
    return Actor(owner.id, owner.name, (Grant(None),))


def test_the_morning_mail_reminds_in_time(app: Flask, school: int, commitment: Make, owner: User) -> None:
    commitment(school, "Soon", due_date=day(5), remind_days=7)
    commitment(school, "Not yet", due_date=day(9), remind_days=7)
    commitment(school, "Late", due_date=day(-5))
    commitment(school, "Kept", due_date=day(-5), status="kept", kept_on=day(-5))
    commitment(school, "Whenever")
    with app.test_request_context():
        lines = list(reminding.digest(as_owner(owner), day(0)))
        assert [(line.title, line.late) for line in lines] == [
            ("Lincoln School: Late", True),
            ("Lincoln School: Soon", False),
        ]
        assert not list(reminding.digest(Actor(0, "Nobody", ()), day(0)))


def test_the_calendar_has_the_deadlines(
    app: Flask, school: int, commitment: Make, owner: User, make_user: Callable[..., User]
) -> None:
    commitment(school, "First", due_date=day(1))
    commitment(school, "Last", due_date=day(3))
    commitment(school, "After", due_date=day(4))
    begins, ends = (datetime.combine(day(n), datetime.min.time(), UTC) for n in (1, 4))
    with app.test_request_context():
        g.crm_user = None
        found = list(reminding.calendar(as_owner(owner), begins, ends, mine=True))
        assert [each.title for each in found if each.starts < day(4)][-1] == "Lincoln School: Last"
        assert all(each.mine for each in found)
        other = as_owner(make_user(role="organizer"))
        assert not list(reminding.calendar(other, begins, ends, mine=True))
        assert list(reminding.calendar(other, begins, ends, mine=False))


def test_promises_stand_in_the_timeline(organizer_client: PageClient, school: int, commitment: Make) -> None:
    commitment(school, "Testify", pledged_on=day(-20), status="kept", kept_on=day(-2), evidence="On video.")
    page = organizer_client.get(f"/contacts/{school}/timeline").text
    assert page.index("Kept: Testify") < page.index("Promised: Testify")
    assert "On video." in page


def test_what_has_no_hour_stands_with_its_day(
    organizer_client: PageClient, school: int, commitment: Make
) -> None:
    commitment(school, "Testify", pledged_on=day(0))
    page = organizer_client.get(f"/contacts/{school}/timeline").text
    said = re.search(r"Promised: Testify.*?</time>", page, re.DOTALL)
    assert said is not None
    assert f'<time datetime="{day(0)}">' in said[0]
    assert not re.search(r"hours? ago|in \d+ hours?", said[0])


def test_goals_count_and_open_their_rows(
    app: Flask, add: Add, coalition: Make, member: Make, commitment: Make, owner: User
) -> None:
    made = coalition()
    campaign = written(
        app, Campaign(name="Every day", sort_name="every day", kind="state_policy", coalition_id=made)
    )
    district, clinic = add(organization="Maple Schools", sector="district"), add(organization="Clinic")
    ana = add("Ana", "Ruiz")
    member(made, clinic)
    member(made, ana)
    member(made, district, status="invited")
    done = {"campaign_id": campaign, "status": "kept", "kept_on": day(-1)}
    commitment(district, "Adopt", kind="other", **done)
    commitment(clinic, "Sign", kind="sign_on", **done)
    commitment(clinic, "Sign again", kind="sign_on", **done)
    commitment(ana, "Sign", kind="sign_on", **done)
    commitment(clinic, "Host", kind="host", campaign_id=campaign)
    expected = {
        ("coalitions.members", ""): ["Clinic"],
        ("coalitions.kept", "sign_on"): ["Sign", "Sign again", "Sign"],
        ("coalitions.kept", ""): ["Adopt", "Sign", "Sign again", "Sign"],
        ("coalitions.signed", ""): ["Clinic"],
        ("coalitions.districts", ""): ["Maple Schools"],
    }
    with app.test_request_context(), system("test"):
        for (name, kind), titles in expected.items():
            measure = runtime().measures[name]
            ids = list(db.session().execute(measure.rows(campaign, {"kind": kind})).scalars())
            assert [each.title for each in measure.show(ids, as_owner(owner))] == titles, name
            assert len(ids) == len(titles)


def test_the_home_page_shows_what_is_mine(
    sign_in: Callable[..., PageClient],
    owner: User,
    school: int,
    commitment: Make,
    coalition: Make,
    member: Make,
) -> None:
    commitment(school, "Host a meeting", due_date=day(3))
    member(coalition(), school, start_date=date(2020, 1, 1))
    mine, other = sign_in(owner), sign_in(role="organizer")
    assert "Host a meeting" in mine.get("/coalitions/cards/commitments").text
    assert "Nothing to follow up." in other.get("/coalitions/cards/commitments").text
    assert "1 member" in mine.get("/coalitions/cards/coalitions").text
    assert "1 member has been quiet for 90 days" in mine.get("/coalitions/cards/quiet").text
