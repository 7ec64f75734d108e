"""Coalitions: made, changed, put into one another, deleted, and everything undone."""

from flask import Flask
from sqlalchemy import select

from crm.coalitions.models import Coalition, GroupMember, Membership, WorkingGroup
from crm.events.models import Event
from crm.plugin_api.testing.application import PageClient
from tests.coalitions.conftest import Make, Makers, undo_last, written
from tests.contacts.conftest import Add, Rows

FORM = {"name": "Oregon Attendance Coalition", "level": "state", "region": "Oregon"}


def test_a_coalition_is_added_and_undone(app: Flask, organizer_client: PageClient, rows: Rows) -> None:
    page = organizer_client.post("/coalitions/new", data=FORM, follow_redirects=True)
    assert "Oregon Attendance Coalition is added." in page.text
    # The name of a state becomes its two letters, as in addresses.
    assert rows(select(Coalition.name, Coalition.region)) == [("Oregon Attendance Coalition", "OR")]
    assert "Oregon Attendance Coalition" in organizer_client.get("/coalitions?q=oregon").text
    assert "Oregon Attendance Coalition" in organizer_client.get("/search?q=attendance+coal").text
    undo_last(organizer_client, app)
    assert rows(select(Coalition.id)) == []


def test_a_coalition_needs_a_name(organizer_client: PageClient, rows: Rows) -> None:
    page = organizer_client.post("/coalitions/new", data={**FORM, "name": "  "})
    assert page.status_code == 422
    assert "Give the coalition a name." in page.text
    assert rows(select(Coalition.id)) == []


def test_no_coalition_is_part_of_itself(organizer_client: PageClient, coalition: Make, rows: Rows) -> None:
    nation = coalition("Nation", "national")
    state = coalition("State", "state", parent_id=nation)
    local = coalition("Local", "local", parent_id=state)
    for parent in (nation, state, local):
        page = organizer_client.post(
            f"/coalitions/{nation}/edit", data={"name": "Nation", "level": "national", "parent_id": parent}
        )
        assert page.status_code == 422
        assert "cannot be part of itself" in page.text
    assert rows(select(Coalition.parent_id).where(Coalition.id == nation)) == [None]
    tree = organizer_client.get("/coalitions/tree").text.split("<main", 1)[1]  # The menu has “States”.
    assert tree.index("Nation") < tree.index("State") < tree.index("Local")


def test_an_edit_is_undone_and_never_overwrites_unseen(
    app: Flask, organizer_client: PageClient, coalition: Make, rows: Rows
) -> None:
    made = coalition("Maple", "local")
    address = f"/coalitions/{made}/edit"
    seen = _seen(organizer_client.get(address).text)
    first = {"name": "Maple County", "level": "local", "seen": seen}
    assert organizer_client.post(address, data=first).status_code == 303
    second = organizer_client.post(address, data={"name": "Mine", "level": "local", "seen": seen})
    assert second.status_code == 409
    assert "Somebody else changed this" in second.text
    assert "Maple County" in second.text
    assert rows(select(Coalition.name)) == ["Maple County"]
    again = {"name": "Mine", "level": "local", "seen": _seen(second.text)}
    assert organizer_client.post(address, data=again).status_code == 303
    assert rows(select(Coalition.name)) == ["Mine"]
    undo_last(organizer_client, app)
    assert rows(select(Coalition.name)) == ["Maple County"]


def _seen(page: str) -> str:
    return page.rpartition('name="seen"')[2].partition('value="')[2].partition('"')[0]


def test_deleting_says_what_goes_and_undo_brings_all_back(
    app: Flask, organizer_client: PageClient, made: Makers, add: Add, rows: Rows
) -> None:
    maple = made.coalition("Maple", "local")
    part = made.coalition("Oak", "local", parent_id=maple)
    school, person = add(organization="Lincoln"), add("Ana", "Ruiz")
    made.member(maple, school, delegate_id=person)
    data = made.group(maple)
    written(app, GroupMember(group_id=data, contact_id=person, is_chair=True))
    meeting = made.event(maple, group_id=data)
    asked = organizer_client.get(f"/coalitions/{maple}/delete").text
    assert "With it goes 1 membership." in asked
    assert "1 working group goes." in asked
    assert "1 coalition within it stays" in asked
    everything = [
        select(Coalition.id, Coalition.parent_id).order_by(Coalition.id),
        select(Membership.id, Membership.delegate_id),
        select(WorkingGroup.id),
        select(GroupMember.id, GroupMember.is_chair),
        select(Event.id, Event.coalition_id, Event.group_id),
    ]
    before = [rows(each) for each in everything]
    organizer_client.post(f"/coalitions/{maple}/delete")
    after = [rows(each) for each in everything]
    assert after == [[(part, None)], [], [], [], [(meeting, None, None)]]
    undo_last(organizer_client, app)
    assert [rows(each) for each in everything] == before


def test_working_groups_have_members_and_chairs(
    app: Flask, organizer_client: PageClient, coalition: Make, add: Add, rows: Rows
) -> None:
    made, ana, ben = coalition(), add("Ana", "Ruiz"), add("Ben", "Ode")
    address = f"/coalitions/{made}/groups/new"
    organizer_client.post(address, data={"name": "Data", "purpose": "One sheet."})
    assert "already" in organizer_client.post(address, data={"name": "data"}).text
    (data,) = rows(select(WorkingGroup.id))
    chosen = {"contacts": [f"#{ana}", f"#{ben}"]}
    organizer_client.post(f"/coalitions/groups/{data}/members", data=chosen)
    (first, _second) = rows(select(GroupMember.id).order_by(GroupMember.id))
    organizer_client.post(f"/coalitions/groups/{data}/members/{first}/chair")
    assert "chairs the group" in organizer_client.get(f"/coalitions/groups/{data}").text
    assert "chaired by Ana Ruiz" in organizer_client.get(f"/coalitions/{made}").text
    undo_last(organizer_client, app)
    assert rows(select(GroupMember.is_chair)) == [False, False]
    organizer_client.post(f"/coalitions/groups/{data}/members/{first}/remove")
    assert rows(select(GroupMember.contact_id)) == [ben]
    organizer_client.post(f"/coalitions/groups/{data}/delete")
    assert rows(select(WorkingGroup.id)) == []
    undo_last(organizer_client, app)
    assert rows(select(GroupMember.contact_id)) == [ben]
