"""How a coalition is doing: every number opens the rows that it counts."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities.models import Activity, Participant
from crm.contacts.models import Affiliation, Contact
from crm.events.models import Guest
from crm.i18n import day_here
from crm.plugin_api.testing.application import PageClient
from tests.coalitions.conftest import Count, Make, days_off, undo_last, written
from tests.contacts.conftest import Add, Rows

LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def maple(coalition: Make) -> int:
    return coalition("Maple Coalition", "state", region="OR")


def names_in(page: str) -> set[str]:
    """The members or contacts that a list shows."""
    return {
        unescape(name)
        for name in re.findall(r'class="rc-person rc-name"[^>]*>.*?<span>([^<]+)</span></a>', page)
    }


def quiet(client: PageClient, maple: int, days: int = 90) -> set[str]:
    return names_in(
        client.get(f"/coalitions/members?f=coalition:is:{maple}&f=status:is:active&f=quiet:more:{days}").text
    )


def test_who_gives_a_sign_is_not_quiet(
    app: Flask,
    organizer_client: PageClient,
    maple: int,
    member: Make,
    add: Add,
    event: Make,
    commitment: Make,
) -> None:
    names = (
        "Called",
        "Delegate called",
        "Came",
        "Sent",
        "Kept",
        "New",
        "Quiet",
        "Long ago",
        "Guest of nobody",
    )
    ids = {name: add(organization=name) for name in names}
    ana = add("Ana", "Ruiz")
    for name, each in ids.items():
        member(maple, each, start_date=days_off(0) if name == "New" else LONG_AGO,
               delegate_id=ana if name == "Delegate called" else None)  # fmt: skip
    for contact, days in ((ids["Called"], 3), (ana, 3), (ids["Long ago"], 120)):
        at = db.now() - timedelta(days=days)
        call = written(app, Activity(kind="call", subject="Hello", at=at))
        written(app, Participant(activity_id=call, contact_id=contact, at=at))
    meeting, now = event(maple), db.now()
    written(app, Guest(event_id=meeting, contact_id=ids["Came"], checked_in_at=now))
    written(
        app,
        Guest(event_id=meeting, contact_id=add("Ben", "Ode"), organization_id=ids["Sent"], checked_in_at=now),
    )
    written(app, Guest(event_id=meeting, contact_id=ids["Guest of nobody"], answer="yes"))
    commitment(ids["Kept"], pledged_on=LONG_AGO, status="kept", kept_on=days_off(-5))
    assert quiet(organizer_client, maple) == {"Quiet", "Long ago", "Guest of nobody"}
    assert quiet(organizer_client, maple, 365) == {"Quiet", "Guest of nobody"}
    page = organizer_client.get(f"/coalitions/{maple}/health?days=90").text
    assert re.search(r"quiet%3Amore%3A90\">3</a>", page)
    assert re.search(
        r"quiet%3Amore%3A365\">2</a>", organizer_client.get(f"/coalitions/{maple}/health?days=365").text
    )


def test_a_change_of_the_membership_is_a_sign(
    app: Flask, organizer_client: PageClient, maple: int, member: Make, add: Add
) -> None:
    made = member(maple, add(organization="Lincoln"), start_date=LONG_AGO)
    assert quiet(organizer_client, maple) == {"Lincoln"}
    organizer_client.post(
        f"/coalitions/members/{made}/edit",
        data={"status": "active", "role": "lead", "start_date": LONG_AGO.isoformat()},
    )
    assert quiet(organizer_client, maple) == set()
    undo_last(organizer_client, app)


def test_sectors_and_districts_without_an_active_member(
    app: Flask, organizer_client: PageClient, maple: int, member: Make, add: Add, rows: Rows
) -> None:
    here = {"addresses": [{"region": "OR", "city": "Salem"}]}
    names = ("Alder", "Birch", "Cedar", "Dogwood", "Elm")
    alder, birch, cedar, dogwood, _elm = (
        add(organization=f"{name} Schools", sector="district", **here) for name in names
    )
    add(organization="Far Schools", sector="district", addresses=[{"region": "WA", "city": "Seattle"}])
    add(organization="Clinic", sector="health", **here)
    add(organization="Far Clinic", sector="health", addresses=[{"region": "WA", "city": "Seattle"}])
    school = add(organization="Birch High", sector="school", **here)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().get_one(Contact, school).parent_id = birch
    ana = add("Ana", "Ruiz")
    written(app, Affiliation(person_id=ana, organization_id=cedar))
    member(maple, alder)
    member(maple, school)
    member(maple, ana)
    member(maple, dogwood, status="invited")
    page = organizer_client.get(f"/coalitions/{maple}/health/districts").text
    missing = set(re.findall(r"(\w+ Schools)</a>", page))
    assert missing == {"Dogwood Schools", "Elm Schools"}
    health = organizer_client.get(f"/coalitions/{maple}/health").text
    assert re.search(r'health/districts">2</a>', health)
    assert "In OR." in health
    # The number of a sector opens the organizations of it in the region.
    (address, count) = re.findall(
        r'href="(/contacts\?[^"]+health[^"]*)"><span>Health</span><strong[^>]*>(\d+)', health
    )[0]
    assert count == "1"
    assert names_in(organizer_client.get(unescape(address)).text) == {"Clinic"}
    assert "<span>School district</span>" not in health
    # Where no address tells the region, everything that the reader sees counts.
    organizer_client.post(
        f"/coalitions/{maple}/edit", data={"name": "Maple", "level": "local", "region": "Nowhere"}
    )
    everywhere = organizer_client.get(f"/coalitions/{maple}/health/districts").text
    assert "Far Schools" in everywhere


def test_who_came_for_whom(
    app: Flask, organizer_client: PageClient, maple: int, member: Make, add: Add, event: Make
) -> None:
    school = add(organization="Lincoln")
    ana, ben, eve = add("Ana", "Ruiz"), add("Ben", "Ode"), add("Eve", "Stone")
    member(maple, school, delegate_id=ana, alternate_id=ben)
    member(maple, add(organization="Absent"))
    first, second, third, _fourth = (
        event(maple, days=days, title=f"Meeting {days}") for days in (2, 9, 16, 23)
    )
    event(maple, days=400, title="Last year")
    event(maple, days=30, title="Cancelled", status="cancelled")
    now = db.now()
    for meeting, who in ((first, ana), (first, eve), (second, ben), (third, eve)):
        written(app, Guest(event_id=meeting, contact_id=who, organization_id=school, checked_in_at=now))
    page = organizer_client.get(f"/coalitions/{maple}/health").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Absent 0 of 4 0 0 0" in text
    assert "Lincoln 3 of 4 1 1 1" in text
    rows = organizer_client.get(f"/coalitions/{maple}/health/attendance/{school}").text
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", rows))
    order = (
        "Meeting 2 .*? the delegate",
        "Meeting 9 .*? the alternate",
        "Meeting 16 .*? somebody else",
        "Meeting 23 .*? nobody",
    )
    assert re.search(" .*".join(order), said)


@pytest.mark.parametrize("days", [0, 3])
def test_delegates_who_left_are_found(
    days: int, app: Flask, organizer_client: PageClient, maple: int, member: Make, add: Add
) -> None:
    """Whoever left today has left, as on their own page."""
    with app.app_context():
        end = day_here() - timedelta(days=days)
    school = add(organization="Lincoln")
    ana, ben = add("Ana", "Ruiz"), add("Ben", "Ode")
    written(app, Affiliation(person_id=ana, organization_id=school, end_date=end))
    written(app, Affiliation(person_id=ben, organization_id=school))
    seat = member(maple, school, delegate_id=ana, alternate_id=ben)
    member(maple, add(organization="Monroe"), delegate_id=ben)
    page = organizer_client.get(f"/coalitions/{maple}/health").text
    assert f"/coalitions/hand-over/{ana}" in page
    assert f"/coalitions/hand-over/{ben}" not in page
    assert names_in(organizer_client.get("/coalitions/members?f=delegate_left:yes:").text) == {"Lincoln"}
    assert organizer_client.get(f"/coalitions/members/{seat}").text.count("has left this organization") == 1
    offered = organizer_client.get(f"/coalitions/members/{seat}/edit").text
    assert ("Ben Ode · Lincoln" in offered, "Ana Ruiz · Lincoln" in offered) == (True, False)
    panel = organizer_client.get(f"/coalitions/of-contact/{ana}").text
    assert "Ana Ruiz speaks for an organization that they have left." in panel
    assert "that they have left" not in organizer_client.get(f"/coalitions/of-contact/{ben}").text


def test_commitments_kept_late_and_open_open_their_rows(
    organizer_client: PageClient, maple: int, add: Add, commitment: Make
) -> None:
    school = add(organization="Lincoln")
    past, later = days_off(-5), days_off(5)
    for title, values in (
        ("One", {"due_date": past}),
        ("Two", {"due_date": later}),
        ("Three", {"status": "kept", "kept_on": past}),
    ):
        commitment(school, title, coalition_id=maple, pledged_on=LONG_AGO, **values)
    commitment(school, "Elsewhere", due_date=past)
    page = organizer_client.get(f"/coalitions/{maple}/health").text
    assert re.search(r"Kept 1 of 2. 1 is still ahead, due [^.]+. 1 is past its date", page)
    links = re.findall(r'href="(/coalitions/commitments\?[^"]+)"><span>[^<]+</span><strong[^>]*>(\d+)', page)
    assert [count for _address, count in links] == ["1", "1", "1"]
    shown = [names_in(organizer_client.get(unescape(address)).text) for address, _count in links]
    assert shown == [{"Three"}, {"Two"}, {"One"}]


def test_health_takes_as_many_queries_for_many_members(
    organizer_client: PageClient, maple: int, member: Make, add: Add, queries: Count
) -> None:
    member(maple, add(organization="School 0"))
    few = queries(lambda: organizer_client.get(f"/coalitions/{maple}/health"))
    for number in range(1, 12):
        member(maple, add(organization=f"School {number}"))
    assert queries(lambda: organizer_client.get(f"/coalitions/{maple}/health")) <= few
