"""Who sees and changes what: viewers, roles over one coalition or one organization, outsiders."""

import csv
from datetime import timedelta

import pytest
from flask import Flask, g
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.accounts.models import Role, RoleGrant
from crm.accounts.sessions import actor_for
from crm.campaigns.models import Campaign
from crm.coalitions import reminding
from crm.coalitions.models import Coalition, Commitment, GroupMember, Membership
from crm.i18n import today
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.coalitions.conftest import Make, written
from tests.contacts.conftest import Add, Rows


@pytest.fixture
def world(coalition: Make, member: Make, group: Make, commitment: Make, add: Add) -> dict[str, int]:
    """A state coalition with a local one within, and another beside them; each with a member that promised
    something."""
    state = coalition("Statewide", "state")
    local = coalition("Local", "local", parent_id=state)
    beside = coalition("Beside", "local")
    school, clinic, far = (add(organization=name) for name in ("Lincoln", "Clinic", "Far Away"))
    ana = add("Ana", "Ruiz", at="Clinic")
    loner = add("Lone", "Ranger")
    return {
        "state": state, "local": local, "beside": beside, "school": school, "clinic": clinic, "far": far,
        "ana": ana, "loner": loner,
        "school_member": member(state, school), "clinic_member": member(local, clinic),
        "far_member": member(beside, far), "group": group(beside), "own_group": group(local),
        "clinic_promise": commitment(clinic, "Give space", coalition_id=local),
        "far_promise": commitment(far, "Far promise", coalition_id=beside),
    }  # fmt: skip


def pages(world: dict[str, int], where: str, who: str, group: str) -> list[str]:
    """Pages of one part of the world."""
    return [
        f"/coalitions/{world[where]}",
        f"/coalitions/{world[where]}/health",
        f"/coalitions/{world[where]}/health/panel",
        f"/coalitions/{world[where]}/health/districts",
        f"/coalitions/{world[where]}/health/attendance/{world[who]}",
        f"/coalitions/commitments/of-coalition/{world[where]}",
        f"/coalitions/members/{world[who + '_member']}",
        f"/coalitions/groups/{world[group]}",
        f"/coalitions/commitments/{world[who + '_promise']}",
        f"/coalitions/of-contact/{world[who]}",
        f"/coalitions/commitments/of-contact/{world[who]}",
    ]


def changes(world: dict[str, int], where: str, who: str, group: str) -> list[str]:
    """Addresses that change something there."""
    return [
        f"/coalitions/{world[where]}/edit",
        f"/coalitions/{world[where]}/delete",
        f"/coalitions/{world[where]}/members/new",
        f"/coalitions/{world[where]}/groups/new",
        f"/coalitions/members/{world[who + '_member']}/edit",
        f"/coalitions/members/{world[who + '_member']}/delete",
        f"/coalitions/groups/{world[group]}/edit",
        f"/coalitions/groups/{world[group]}/members",
        f"/coalitions/groups/{world[group]}/delete",
        *(
            f"/coalitions/commitments/{world[who + '_promise']}/{step}"
            for step in ("edit", "keep", "postpone", "close", "reopen", "reminded", "delete")
        ),
        f"/coalitions/hand-over/{world[who]}",
    ]


INSIDE, OUTSIDE = ("local", "clinic", "own_group"), ("beside", "far", "group")


def test_a_viewer_sees_everything_and_changes_nothing(
    viewer_client: PageClient, world: dict[str, int], rows: Rows
) -> None:
    for address in pages(world, *INSIDE) + pages(world, *OUTSIDE):
        assert viewer_client.get(address).status_code == 200, address
    for address in changes(world, *INSIDE):
        assert viewer_client.post(address).status_code == 403, address
    page = viewer_client.get(f"/coalitions/{world['local']}").text
    assert "Add members" not in page
    assert "New commitment" not in page


def test_a_campaign_shows_what_was_promised_for_it(
    app: Flask,
    viewer_client: PageClient,
    outsider_client: PageClient,
    world: dict[str, int],
    commitment: Make,
) -> None:
    campaign = written(app, Campaign(name="Every day", sort_name="every day", kind="state_policy"))
    commitment(world["school"], "Sign the letter", campaign_id=campaign)
    address = f"/coalitions/commitments/of-campaign/{campaign}"
    assert "Sign the letter" in viewer_client.get(address).text
    assert outsider_client.get(address).status_code in {403, 404}
    assert viewer_client.get(f"/coalitions/commitments/of-campaign/{10**18}").status_code == 404
    assert viewer_client.get(f"/coalitions/commitments?f=campaign:is:{campaign}").status_code == 200


def test_ids_that_cannot_be_are_nobody(organizer_client: PageClient, world: dict[str, int]) -> None:
    huge = 10**30
    for address in (
        f"/coalitions/new?parent_id={huge}",
        f"/coalitions/commitments/new?contact_id={huge}&coalition_id=-1&campaign_id=x",
        f"/coalitions/{world['local']}/members/new?contact_id={huge}",
        f"/coalitions/hand-over/{world['ana']}?organization={huge}",
        f"/coalitions/{world['local']}/health?days={huge}",
        f"/coalitions/members?f=quiet:more:{huge}",
        f"/coalitions/{world['local']}/health/districts?after=nonsense",
    ):
        assert organizer_client.get(address).status_code == 200, address


def test_outsiders_see_nothing(outsider_client: PageClient, world: dict[str, int]) -> None:
    for address in pages(world, *INSIDE) + changes(world, *INSIDE):
        assert outsider_client.get(address).status_code in {403, 404, 405}, address
        assert outsider_client.post(address).status_code in {403, 404, 405}, address


def test_a_role_over_a_coalition_reaches_it_and_what_is_within_it_alone(
    sign_in: SignIn, world: dict[str, int]
) -> None:
    client = sign_in(role="organizer", scope=world["state"], scope_kind="coalition")
    for address in pages(world, *INSIDE):
        assert client.get(address).status_code == 200, address
    for address in pages(world, *OUTSIDE) + changes(world, *OUTSIDE):
        assert client.get(address).status_code in {404, 405}, address
        assert client.post(address).status_code in {404, 405}, address
    seen = {
        "/coalitions": ({"Statewide", "Local"}, {"Beside"}),
        "/coalitions/tree": ({"Statewide", "Local"}, {"Beside"}),
        "/coalitions/members": ({"Lincoln", "Clinic"}, {"Far Away"}),
        "/coalitions/commitments": ({"Give space"}, {"Far promise"}),
        "/contacts": ({"Lincoln", "Clinic", "Ana Ruiz"}, {"Far Away", "Lone Ranger"}),
        "/search?q=beside": (set(), {">Beside<"}),
        "/coalitions/cards/coalitions": ({"Statewide", "Local"}, {"Beside"}),
        "/lists/memberships/filter?field=coalition": ({"Statewide", "Local"}, {"Beside"}),
    }
    for address, (there, hidden) in seen.items():
        page = client.get(address).text
        assert [name for name in there if name not in page] == [], address
        assert [name for name in hidden if name in page] == [], address


def test_a_role_over_a_coalition_changes_it_and_makes_nothing_beside_it(
    sign_in: SignIn, world: dict[str, int], rows: Rows
) -> None:
    client = sign_in(role="organizer", scope=world["state"], scope_kind="coalition")
    within = {"name": "New one", "level": "local", "parent_id": world["state"]}
    assert client.post("/coalitions/new", data=within).status_code == 303
    alone = client.post("/coalitions/new", data={**within, "parent_id": "", "name": "Alone"})
    assert alone.status_code == 422
    assert "one of your own coalitions" in alone.text
    promise = {"contact_id": f"#{world['clinic']}", "title": "Nowhere", "kind": "host", "owner_user_id": 1}
    answer = client.post("/coalitions/commitments/new", data=promise)
    assert answer.status_code == 422
    beside = client.post("/coalitions/commitments/new", data={**promise, "coalition_id": world["beside"]})
    assert beside.status_code == 422
    assert "Alone" not in rows(select(Coalition.name))
    assert "Nowhere" not in rows(select(Commitment.title))
    joined = {"contacts": [f"#{world['far']}"], "status": "active", "role": "member"}
    assert client.post(f"/coalitions/{world['local']}/members/new", data=joined).status_code == 422


def test_a_parent_that_may_not_be_seen_stays(sign_in: SignIn, world: dict[str, int], rows: Rows) -> None:
    client = sign_in(role="organizer", scope=world["local"], scope_kind="coalition")
    page = client.get(f"/coalitions/{world['local']}/edit").text
    assert "one that you may not see" in page
    assert ">Statewide<" not in page
    data = {"name": "Local now", "level": "local", "parent_id": world["state"]}
    assert client.post(f"/coalitions/{world['local']}/edit", data=data).status_code == 303
    found = select(Coalition.name, Coalition.parent_id).where(Coalition.id == world["local"])
    assert rows(found) == [("Local now", world["state"])]


def test_names_of_what_one_may_not_see_stand_in_no_list(
    app: Flask, sign_in: SignIn, world: dict[str, int], commitment: Make
) -> None:
    campaign = written(app, Campaign(name="Hidden push", sort_name="hidden push", kind="state_policy"))
    commitment(world["clinic"], "Bring chairs", coalition_id=world["beside"], campaign_id=campaign)
    shown = {
        "/coalitions/commitments?columns=name,coalition,campaign": (
            "Bring chairs",
            ("Beside", "Hidden push"),
        ),
        "/coalitions?columns=name,parent_id": ("Local", ("Statewide",)),
    }
    client, everybody = sign_in(role="organizer", scope=world["clinic"]), sign_in(role="organizer")
    for address, (there, names) in shown.items():
        page, whole = client.get(address).text, everybody.get(address).text
        assert there in page, address
        assert [name for name in names if name in page] == [], address
        assert [name for name in names if name not in whole] == [], address
    for kind, names in (("commitments", ("Beside", "Hidden push")), ("coalitions", ("Statewide",))):
        wanted = {"format": "csv", "columns": "all", "query": ""}
        file, whole = (each.post(f"/exports/{kind}", data=wanted).text for each in (client, everybody))
        assert "<html" not in file, kind
        assert [name for name in names if name in file] == [], kind
        assert [name for name in names if name not in whole] == [], kind


def test_numbers_count_what_one_may_see(
    sign_in: SignIn, world: dict[str, int], member: Make, commitment: Make
) -> None:
    member(world["local"], world["school"])
    member(world["local"], world["loner"], status="invited")
    commitment(world["school"], "Open the gym", coalition_id=world["local"])
    wanted = {"format": "csv", "columns": "all", "query": ""}
    for scope, numbers, members, invited in (
        (None, ("2", "2"), "2 members", True),
        (world["clinic"], ("1", "1"), "1 member", False),
    ):
        client = sign_in(role="organizer", scope=scope)
        file = client.post("/exports/coalitions", data=wanted).text.removeprefix("\ufeff")
        line = next(row for row in csv.DictReader(file.splitlines()) if row["Name"] == "Local")
        assert (line["Active members"], line["Open commitments"]) == numbers
        card = client.get("/coalitions/cards/coalitions").text
        assert ("1 to win" in card) is invited
        for page in (card, client.get("/coalitions/tree").text):
            assert f">{members}<" in page


def test_the_search_does_not_tell_what_a_coalition_is_part_of(sign_in: SignIn, world: dict[str, int]) -> None:
    client = sign_in(role="viewer", scope=world["clinic"])
    assert f"/coalitions/{world['local']}" in client.get("/search?q=local").text
    assert "Statewide" not in client.get("/search?q=local").text
    assert f"/coalitions/{world['local']}" not in client.get("/search?q=statewide").text


def test_a_role_over_an_organization_sees_its_memberships_and_promises(
    sign_in: SignIn, world: dict[str, int]
) -> None:
    client = sign_in(role="viewer", scope=world["clinic"])
    assert client.get(f"/coalitions/{world['local']}").status_code == 200
    assert client.get(f"/coalitions/members/{world['clinic_member']}").status_code == 200
    assert client.get(f"/coalitions/commitments/{world['clinic_promise']}").status_code == 200
    for address in pages(world, *OUTSIDE):
        assert client.get(address).status_code == 404, address
    assert client.get(f"/coalitions/{world['state']}").status_code == 404
    page = client.get("/coalitions/members").text
    assert "Clinic" in page
    assert "Lincoln" not in page
    assert "Far promise" not in client.get("/coalitions/commitments").text


def test_a_role_over_an_organization_changes_nothing_of_its_coalitions(
    sign_in: SignIn, world: dict[str, int], rows: Rows
) -> None:
    client = sign_in(role="organizer", scope=world["clinic"])
    page = client.get(f"/coalitions/{world['local']}")
    assert page.status_code == 200
    for offer in ("Add members", "/edit", "/delete", "groups/new"):
        assert offer not in page.text, offer
    membership = client.get(f"/coalitions/members/{world['clinic_member']}")
    assert membership.status_code == 200
    assert "/edit" not in membership.text
    # Groups are not even seen; commitments are the organization's own.
    addresses = [each for each in changes(world, *INSIDE) if "/commitments/" not in each]
    typed = {"name": "Ours now", "level": "local", "contacts": [f"#{world['clinic']}"], "status": "left"}
    for address in addresses[:-1]:
        expected = {404} if "/coalitions/groups/" in address else {403}
        assert client.post(address, data=typed).status_code in expected, address
    for parent in ("", world["local"]):
        assert client.post("/coalitions/new", data={**typed, "parent_id": parent}).status_code == 422
    assert rows(select(Coalition.name).order_by(Coalition.name)) == ["Beside", "Local", "Statewide"]
    assert rows(select(Membership.status).distinct()) == ["active"]
    assert (
        ">Local<"
        not in client.get(
            client.post("/coalitions/join", data={"ids": [world["clinic"]]}).headers["Location"]
        ).text
    )


def test_a_plan_holds_what_the_actor_may_change(
    app: Flask, sign_in: SignIn, world: dict[str, int], rows: Rows
) -> None:
    client = sign_in(role="organizer", scope=world["state"], scope_kind="coalition")
    plan = client.post("/coalitions/join", data={"ids": [world["school"], world["far"]]}).headers["Location"]
    form = client.get(plan).text
    assert ">Local<" in form
    assert ">Beside<" not in form
    wrong = client.post(plan, data={"coalition": world["beside"], "standing": "active", "role": "member"})
    assert wrong.status_code == 422
    client.post(plan, data={"coalition": world["local"], "standing": "active", "role": "member"})
    client.post(f"{plan}/apply")
    joined = select(Membership.contact_id).where(Membership.coalition_id == world["local"])
    assert rows(joined.order_by(Membership.id)) == [world["clinic"], world["school"]]


@pytest.fixture
def neighbor(app: Flask, world: dict[str, int], add: Add) -> int:
    """Somebody of no coalition who chairs a working group of the local one."""
    made = add("Nan", "Neighbor")
    written(app, GroupMember(group_id=world["own_group"], contact_id=made, is_chair=True))
    written(app, GroupMember(group_id=world["own_group"], contact_id=world["clinic"]))
    return made


def test_people_whom_one_may_not_see_are_not_named(
    app: Flask, sign_in: SignIn, make_user: MakeUser, world: dict[str, int], neighbor: int, commitment: Make
) -> None:
    user = make_user(role="organizer", scope=world["local"], scope_kind="coalition")
    with app.app_context():
        day = today()
    due = {"due_date": day, "owner_user_id": user.id, "coalition_id": world["local"]}
    commitment(neighbor, "Lend a hall", delegate_id=world["ana"], **due)
    client = sign_in(user)
    group = client.get(f"/coalitions/groups/{world['own_group']}").text
    assert group.index("Somebody whom you may not see") < group.index("Clinic")
    leaving = client.get(f"/coalitions/hand-over/{world['ana']}").text
    assert "Lend a hall" in leaving
    assert "Somebody whom you may not see" in leaving
    for page in (group, leaving):
        assert "Nan Neighbor" not in page
    with app.test_request_context():
        actor = g.crm_actor = actor_for(user)
        begins = db.now() - timedelta(days=2)
        found = [each.title for each in reminding.digest(actor, day)]
        found += [each.title for each in reminding.calendar(actor, begins, begins + timedelta(days=4), True)]
    assert found == ["Somebody whom you may not see: Lend a hall"] * 2
    everybody = sign_in(role="organizer").get(f"/coalitions/groups/{world['own_group']}").text
    assert "Nan Neighbor" in everybody


def test_a_reader_of_coalitions_who_sees_no_contacts_reads_no_names(
    app: Flask, sign_in: SignIn, make_user: MakeUser, world: dict[str, int], member: Make
) -> None:
    member(world["local"], world["school"], delegate_id=world["ana"])
    user = make_user()
    with app.app_context(), db.transaction(Actor.system(), "test.add", "Added for a test"):
        role = Role(name="watcher", label="Watcher", permissions=["coalitions.view"])
        db.session().add(role)
        db.session().flush()
        db.session().add(RoleGrant(user_id=user.id, role_id=role.id, scope_kind="everything"))
    client = sign_in(user)
    for address in (
        "/coalitions/members",
        f"/coalitions/{world['local']}",
        f"/coalitions/{world['local']}/health",
        "/coalitions/cards/quiet",
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        assert [name for name in ("Lincoln", "Clinic", "Ana Ruiz") if name in page.text] == [], address
