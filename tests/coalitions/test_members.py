"""Who belongs to a coalition: one by one, many at once, with delegates; and everything undone."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm.coalitions.models import Membership
from crm.coalitions.services.memberships import meet
from crm.contacts.models import Contact
from crm.i18n import today
from crm.plugin_api.testing.application import PageClient
from tests.coalitions.conftest import Count, Make, days_off, undo_last
from tests.contacts.conftest import Add, Rows

STATUS = select(Membership.contact_id, Membership.status).order_by(Membership.id)


def test_several_join_at_once_and_undo(
    app: Flask, organizer_client: PageClient, coalition: Make, add: Add, rows: Rows
) -> None:
    made = coalition()
    school, ana = add(organization="Lincoln School"), add("Ana", "Ruiz")
    address = f"/coalitions/{made}/members/new"
    chosen = {"contacts": [f"#{school}", "Ana Ruiz", ""], "status": "active", "role": "steering"}
    page = organizer_client.post(address, data={**chosen, "start_date": "2026-01-05"}, follow_redirects=True)
    assert "Added 2 members to Maple County Coalition." in page.text
    assert rows(STATUS) == [(school, "active"), (ana, "active")]
    assert "Steering group · no delegate yet" in page.text
    undo_last(organizer_client, app)
    assert rows(STATUS) == []


def test_nobody_belongs_twice_at_the_same_time(
    organizer_client: PageClient, coalition: Make, member: Make, add: Add, rows: Rows
) -> None:
    made, school = coalition(), add(organization="Lincoln School")
    first = member(made, school, start_date=date(2026, 1, 5))
    address = f"/coalitions/{made}/members/new"
    chosen = {"contacts": [f"#{school}"], "status": "active", "role": "member", "start_date": "2026-03-01"}
    page = organizer_client.post(address, data=chosen)
    assert page.status_code == 422
    assert "They belong to this coalition already" in page.text
    member(made, school, status="left", start_date=date(2020, 1, 1), end_date=date(2021, 1, 1))
    page = organizer_client.post(
        f"/coalitions/members/{first}/edit", data={**_edit(), "start_date": "2020-06-01"}
    )
    assert page.status_code == 422
    assert "Lincoln School is in this coalition already at that time (Left since Jan 1, 2020)" in page.text
    assert len(rows(STATUS)) == 2


def _edit(**values: str) -> dict[str, str]:
    return {"status": "active", "role": "member", **values}


def test_memberships_follow_one_another() -> None:
    first = (date(2020, 1, 1), date(2020, 6, 30))
    assert not meet(first, (date(2020, 6, 30), None))
    assert meet(first, (date(2020, 6, 29), None))
    assert meet((None, None), first)
    assert meet((date(2020, 1, 1), date(2020, 1, 1)), (date(2020, 1, 1), date(2020, 1, 1)))


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ({"start_date": "2026-05-01", "end_date": "2026-01-01", "status": "left"}, "ends before it begins"),
        ({"end_date": "2020-01-01"}, "its status is “Lapsed” or “Left”"),
        ({"delegate_id": "Ana Ruiz", "alternate_id": "Ana Ruiz"}, "are the same person"),
        ({"delegate_id": "Nobody Atall"}, "Nobody is called"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence(
    typed: dict[str, str],
    sentence: str,
    organizer_client: PageClient,
    coalition: Make,
    member: Make,
    add: Add,
) -> None:
    add("Ana", "Ruiz")
    made = member(coalition(), add(organization="Lincoln School"))
    page = organizer_client.post(f"/coalitions/members/{made}/edit", data=_edit(**typed))
    assert page.status_code == 422
    assert sentence in page.text


def test_who_leaves_has_an_end(
    app: Flask, organizer_client: PageClient, coalition: Make, member: Make, add: Add, rows: Rows
) -> None:
    made = member(coalition(), add(organization="Lincoln School"), start_date=date(2020, 1, 1))
    organizer_client.post(
        f"/coalitions/members/{made}/edit", data=_edit(status="left", start_date="2020-01-01")
    )
    ended = select(Membership.status, Membership.end_date)
    with app.app_context():
        assert rows(ended) == [("left", today())]
    undo_last(organizer_client, app)
    assert rows(ended) == [("active", None)]
    organizer_client.post(f"/coalitions/members/{made}/delete")
    assert rows(ended) == []
    undo_last(organizer_client, app)
    assert rows(ended) == [("active", None)]


def test_people_of_the_organization_are_offered_first_and_others_warned_of(
    organizer_client: PageClient, coalition: Make, member: Make, add: Add, rows: Rows
) -> None:
    ana, zoe = add("Ana", "Ruiz"), add("Zoë", "Ruiz", at="Lincoln School")
    school = add(organization="Lincoln School East")
    made = member(coalition(), school)
    offered = organizer_client.get(f"/coalitions/members/{made}/names?delegate_id=ruiz").text
    assert "Ana Ruiz" in offered
    page = organizer_client.post(
        f"/coalitions/members/{made}/edit",
        data=_edit(delegate_id=f"#{ana}", alternate_id=f"#{zoe}"),
        follow_redirects=True,
    )
    assert "Ana Ruiz has no part in this organization at present" in page.text
    assert "delegate: Ana Ruiz" in page.text
    assert rows(select(Membership.delegate_id, Membership.alternate_id)) == [(ana, zoe)]
    # On the pages of both it stands for whom they speak.
    assert "delegate of Lincoln School East" in organizer_client.get(f"/coalitions/of-contact/{ana}").text
    assert (
        "delegate: Ana Ruiz, alternate: Zoë Ruiz"
        in organizer_client.get(f"/coalitions/of-contact/{school}").text
    )


def test_affiliated_people_stand_first(
    organizer_client: PageClient, coalition: Make, member: Make, add: Add, rows: Rows
) -> None:
    add("Ana", "Ruiz")
    zoe = add("Zoë", "Ruiz", at="Lincoln School")
    (school,) = rows(select(Contact.id).where(Contact.name == "Lincoln School"))
    made = member(coalition(), school)
    offered = re.findall(
        r'value="([^"]+)"', organizer_client.get(f"/coalitions/members/{made}/names?d=ruiz").text
    )
    assert f"#{zoe}" in offered[0]
    assert "Ana Ruiz" in offered[1]
    form = organizer_client.get(f"/coalitions/members/{made}/edit").text
    assert f"Zoë Ruiz · Lincoln School · #{zoe}" in form


def test_a_person_has_no_delegate(
    organizer_client: PageClient, coalition: Make, member: Make, add: Add
) -> None:
    made = member(coalition(), add("Ana", "Ruiz"))
    assert "Alternate" not in organizer_client.get(f"/coalitions/members/{made}/edit").text
    assert (
        organizer_client.post(f"/coalitions/members/{made}/edit", data=_edit(role="lead")).status_code == 303
    )


def test_chosen_contacts_join_by_a_plan_and_undo(
    app: Flask, organizer_client: PageClient, coalition: Make, member: Make, add: Add, rows: Rows
) -> None:
    made = coalition()
    there, new, other = (add(organization=name) for name in ("Lincoln", "Monroe", "Grant"))
    member(made, there)
    answer = organizer_client.post("/coalitions/join", data={"ids": [there, new, other]})
    plan = answer.headers["Location"]
    assert "Add to a coalition" in organizer_client.get(plan).text
    chosen = {"coalition": made, "standing": "invited", "role": "member"}
    preview = organizer_client.post(plan, data=chosen, follow_redirects=True).text
    assert "Add to Maple County Coalition" in preview
    assert "Change 2 contacts" in preview
    done = organizer_client.post(f"{plan}/apply", follow_redirects=True)
    assert "Added 2 members to Maple County Coalition." in done.text
    assert rows(STATUS) == [(there, "active"), (new, "invited"), (other, "invited")]
    undo_last(organizer_client, app)
    assert rows(STATUS) == [(there, "active")]


def test_the_list_filters_by_status_role_and_sector(
    organizer_client: PageClient, coalition: Make, member: Make, add: Add
) -> None:
    made, elsewhere = coalition(), coalition("Elsewhere")
    health, food = add(organization="Clinic", sector="health"), add(organization="Pantry", sector="food")
    member(made, health, role="lead")
    member(made, food, status="invited")
    member(elsewhere, add(organization="Far Away"))
    for query, seen, unseen in (
        (f"f=coalition:is:{made}", "Pantry", "Far Away"),
        (f"f=coalition:is:{made}&f=status:is:active", "Clinic", "Pantry"),
        ("f=role:is:lead", "Clinic", "Pantry"),
        ("f=sector:is:food", "Pantry", "Clinic"),
        ("q=pantry", "Pantry", "Clinic"),
    ):
        page = organizer_client.get(f"/coalitions/members?{query}").text
        assert seen in page, query
        assert unseen not in page, query
    contacts = organizer_client.get(f"/contacts?f=coalitions_member:is:{made}").text
    assert "Clinic" in contacts
    assert "Pantry" not in contacts
    assert "Active member of is Maple County Coalition" in contacts
    others = organizer_client.get(f"/contacts?f=coalitions_member:not:{made}").text
    assert "Far Away" in others
    wanted = {"format": "csv", "columns": "all", "query": f"f=coalition:is:{made}"}
    file = organizer_client.post("/exports/memberships", data=wanted).text
    assert '"Clinic","Maple County Coalition","Active","Lead","Organization","Health"' in file
    assert "Far Away" not in file


def test_a_thousand_members_take_as_many_queries_as_two(
    app: Flask, organizer_client: PageClient, coalition: Make, add: Add, queries: Count
) -> None:
    made = coalition()
    ids = [add(organization=f"School {number}") for number in range(30)]
    few = queries(lambda: organizer_client.get(f"/coalitions/{made}"))
    for first in range(0, 30, 10):
        chosen = {"contacts": [f"#{each}" for each in ids[first : first + 10]], "status": "active"}
        organizer_client.post(f"/coalitions/{made}/members/new", data={**chosen, "role": "member"})
    one = queries(lambda: organizer_client.get(f"/coalitions/members?f=coalition:is:{made}"))
    many = queries(lambda: organizer_client.get(f"/coalitions/{made}"))
    assert many <= few + 2
    assert one < 14


def test_yesterdays_status_is_in_the_timeline(
    organizer_client: PageClient, coalition: Make, member: Make, add: Add
) -> None:
    school = add(organization="Lincoln School")
    begun = days_off(-40)
    member(coalition(), school, start_date=begun, end_date=begun + timedelta(days=30), status="left")
    page = organizer_client.get(f"/contacts/{school}/timeline").text
    assert "Joined Maple County Coalition (Member)" in page
    assert "Membership in Maple County Coalition ended" in page
