"""Two records become one, whatever hangs on them, and two again."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.activities.models import Task
from crm.contacts import emailing, services
from crm.contacts.duplicates import comparison, uniting
from crm.contacts.models import Contact, Email, NotDuplicate, Note, Organization
from crm.errors import Conflict, UserError
from crm.events.models import Event, Guest
from crm.fields.custom import services as custom
from crm.journal import undo as undoing
from crm.journal.models import ChangeSet
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.runtime import runtime
from crm_media.models import Reporter
from tests.coalitions.test_following import write_rows_about
from tests.contacts.conftest import Add
from tests.journal.conftest import Rows, acting, id_of
from tests.journal.conftest import rows as all_rows

ANA = Actor.system("Ana Ruiz")


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    with app.test_request_context():
        yield app


def full(given: str, **values: Any) -> int:
    """Somebody with memberships, commitments, a task, an invitation, a note and a verdict."""
    shared = {"address": "shared@example.org"}
    with acting(action="test.add"):
        contact = services.create(
            {"given_name": given, "family_name": "Okafor", "emails": [shared], "tags": ["ally"], **values},
            ANA,
        )
        other = services.create({"given_name": "Somebody", "family_name": "Else"}, ANA)
        write_rows_about(contact)
        owner = db.session().scalars(select(User)).one()
        event = db.session().scalars(select(Event)).first() or Event(
            kind="meeting", title="Meeting", starts_at=db.now(), ends_at=db.now() + timedelta(hours=1),
            time_zone="UTC", uid="meeting@example.org",
        )  # fmt: skip
        db.session().add(event)
        db.session().flush()
        db.session().add_all(
            [
                Task(title="Call", assignee_user_id=owner.id, contact_id=contact.id),
                Guest(event_id=event.id, contact_id=contact.id, note=f"Invited as {given}"),
                Note(contact_id=contact.id, body=f"Known as {given}"),
                NotDuplicate(first_id=contact.id, second_id=other.id),
            ]
        )
        return contact.id


def merge(survivor: int, *losers: int, **choices: int) -> int:
    with acting(action="contacts.merge", summary="Merged") as change:
        uniting.merge(survivor, [survivor, *losers], choices, ANA)
    return id_of(change)


def refers_to(rows: Rows, contact_id: int) -> list[str]:
    names = (
        "contact_id",
        "person_id",
        "organization_id",
        "delegate_id",
        "first_id",
        "second_id",
        "parent_id",
    )
    return [
        name
        for name, lines in rows.items()
        for row in lines.values()
        if any(row.get(column) == contact_id for column in names)
    ]


def test_all_that_hangs_on_both_is_one_and_two_again(inside: Flask) -> None:
    first, second = full("Amina"), full("Amina-Rose", job_title="Nurse")
    before = all_rows()
    done = merge(first, second, given_name=second)
    after = all_rows()
    assert second not in after["contact"]
    assert not refers_to(after, second)
    kept = after["contact"][first]
    assert (kept["given_name"], kept["job_title"], kept["name"]) == (
        "Amina-Rose",
        "Nurse",
        "Amina-Rose Okafor",
    )
    notes = {row["body"] for row in after["note"].values() if row["contact_id"] == first}
    assert notes == {"Known as Amina", "Known as Amina-Rose"}
    assert sum(row["contact_id"] == first for row in after["contact_email"].values()) == 1
    assert sum(row["contact_id"] == first for row in after["task"].values()) == 2
    assert [row["contact_id"] for row in after["event_guest"].values()] == [first]
    undoing.undo(done, ANA)
    assert all_rows() == before


def test_an_address_that_wants_no_mail_wants_none_after_a_merge(inside: Flask) -> None:
    first, second = full("Amina"), full("Amina-Rose")
    with acting(), system("the test writes"):
        (row,) = db.session().scalars(select(Email).where(Email.contact_id == second))
        (other,) = db.session().scalars(select(Email).where(Email.contact_id == first))
        emailing.end_mail([other], emailing.BOUNCED)
        emailing.end_mail([row], emailing.ASKED)
    merge(first, second)
    (kept,) = [row for row in all_rows()["contact_email"].values() if row["contact_id"] == first]
    assert kept["no_mail_why"] == "asked"


def test_what_is_newer_stands_in_the_way_and_is_named(inside: Flask) -> None:
    first, second = full("Amina"), full("Aminah", job_title="Nurse")
    done = merge(first, second)
    with acting():
        contact = db.session().get_one(Contact, first)
        contact.job_title = "Principal"
        services.touch(contact)
    before = all_rows()
    with pytest.raises(undoing.StandsInTheWay) as caught:
        undoing.undo(done, ANA)
    assert [each.label for each in caught.value.plan.blocked] == ["Amina Okafor"]
    assert all_rows() == before


@pytest.mark.parametrize("case", ["itself", "gone", "kinds", "changed", "survivor"])
def test_what_cannot_be_merged_says_so_and_loses_nothing(inside: Flask, add: Add, case: str) -> None:
    first, second, office = add("Amina", "Okafor"), add("Wei", "Chen"), add(organization="Harbor")
    with acting(action="contacts.delete"):
        if case == "gone":
            services.delete([second])
    ids = {"itself": [first, first], "gone": [first, second], "kinds": [first, office]}.get(
        case, [first, second]
    )
    survivor = office if case == "survivor" else first
    before = all_rows()
    with pytest.raises(Conflict if case == "changed" else UserError) as caught, acting():
        uniting.merge(survivor, ids, {}, ANA, "1.99" if case == "changed" else None)
    assert str(caught.value.message)
    assert all_rows() == before


def test_organizations_merge_without_a_circle(inside: Flask, add: Add) -> None:
    district = add(organization="District")
    school, site = add(organization="School", at="District"), add(organization="Site", at="School")
    before = all_rows()
    done = merge(site, district)
    after = all_rows()["contact"]
    assert (after[site]["parent_id"], after[school]["parent_id"]) == (None, site)
    undoing.undo(done, ANA)
    assert all_rows() == before


def test_two_people_merge_the_same_pair_at_once(app: Flask, add: Add) -> None:
    first, second = add("Amina", "Okafor"), add("Amina", "Okafor")
    said: list[str] = []
    start = Barrier(2)

    def act(survivor: int) -> None:
        with app.test_request_context():
            start.wait()
            try:
                with db.transaction(ANA, "contacts.merge", "Merged", alone=True):
                    uniting.merge(survivor, [first, second], {}, ANA)
                said.append("merged")
            except UserError as error:
                said.append(error.message)

    people = [Thread(target=act, args=(each,)) for each in (first, second)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    with app.app_context(), system("test"):
        left = db.session().scalars(select(Contact.id)).all()
    assert len(left) == 1
    assert "merged" in said
    assert any("is gone: somebody merged or deleted it" in each for each in said)


def test_two_organizations_are_put_under_each_other_at_once(app: Flask, add: Add) -> None:
    first, second = add(organization="North"), add(organization="South")
    said: list[str] = []
    start = Barrier(2)

    def act(child: int, parent: int) -> None:
        with app.test_request_context():
            start.wait()
            try:
                with db.transaction(ANA, "contacts.edit", "Moved", alone=True):
                    with system("test"):
                        organization = db.session().get_one(Organization, child)
                    services.set_parent(organization, parent)
                said.append("moved")
            except UserError as error:
                said.append(error.message)

    people = [Thread(target=act, args=pair) for pair in ((first, second), (second, first))]
    for each in people:
        each.start()
    for each in people:
        each.join()
    with app.app_context(), system("test"):
        parents = db.session().scalars(select(Contact.parent_id).order_by(Contact.id)).all()
    assert [each for each in parents if each is not None] in ([first], [second])
    assert sorted(said, key=len) == [
        "moved",
        "An organization cannot be part of itself. Choose another parent.",
    ]


@on_sqlite
def test_the_page_shows_the_choice_merges_and_offers_undo(admin_client: PageClient, add: Add) -> None:
    first = add("Amina", "Okafor", job_title="Nurse", note="Called.")
    second = add("Amina", "Okafor", job_title="Principal")
    address = f"/contacts/merge?ids={first},{second}"
    page = admin_client.get(address)
    assert "Principal" in page.text
    assert "same name" in page.text
    answer = admin_client.post(
        "/contacts/merge",
        data={"ids": f"{first},{second}", "survivor": str(first), "field-job_title": str(second)},
    )
    assert answer.status_code == 303
    shown = admin_client.get(f"/contacts/{first}").text
    assert "Principal" in shown
    assert "Undo" in shown
    again = admin_client.post("/contacts/merge", data={"ids": f"{first},{second}", "survivor": str(first)})
    assert again.status_code in {404, 422}
    assert admin_client.get(f"/contacts/{first}").status_code == 200


@on_sqlite
def test_who_may_not_merge_is_not_let_in(
    viewer_client: PageClient, outsider_client: PageClient, add: Add
) -> None:
    ids = f"{add('Amina', 'Okafor')},{add('Amina', 'Okafor')}"
    for client in (viewer_client, outsider_client):
        for address in (
            f"/contacts/merge?ids={ids}",
            "/contacts/duplicates/queue",
            "/contacts/duplicates/decided",
        ):
            assert client.get(address).status_code in {403, 404}


@on_sqlite
def test_the_old_address_leads_to_the_one_that_stayed_until_they_are_two_again(
    app: Flask, admin_client: PageClient, sign_in: SignIn, add: Add
) -> None:
    harbor = add(organization="Harbor")
    first, second, third = (add("Amina", "Okafor"), add("Amina", "Okafor"), add("Amina", "Okafor"))
    insider = sign_in(role="organizer", scope=harbor)
    for survivor, loser in ((second, first), (third, second)):
        answer = admin_client.post(
            "/contacts/merge", data={"ids": f"{survivor},{loser}", "survivor": str(survivor)}
        )
        assert answer.status_code == 303
    for old in (first, second):
        answer = admin_client.get(f"/contacts/{old}")
        assert (answer.status_code, answer.location) == (302, f"/contacts/{third}")
        assert admin_client.get(f"/contacts/{old}/merge?name=A").location == f"/contacts/{third}/merge?name=A"
        assert insider.get(f"/contacts/{old}").status_code == 404
    assert "was merged with another" in admin_client.get(f"/contacts/{third}").text
    assert admin_client.get(f"/contacts/merge?ids={first},{third}").location == f"/contacts/{third}"
    with app.test_request_context():
        newest = (
            db.session()
            .scalars(
                select(ChangeSet.id).where(ChangeSet.action == "contacts.merge").order_by(ChangeSet.id.desc())
            )
            .all()
        )
        undoing.undo(newest[0], ANA)
    assert admin_client.get(f"/contacts/{second}").status_code == 200
    assert admin_client.get(f"/contacts/{first}").location == f"/contacts/{second}"
    assert admin_client.post(f"/contacts/{first}/delete").status_code == 404


def test_everything_is_compared_side_by_side(inside: Flask) -> None:
    first = full("Amina", birth_date="1976-02-03", phones=[{"number": "+12025550143"}])
    second = full("Aminah", addresses=[{"street": "1 Mill Way", "city": "Riverbend"}])
    with acting():
        size = custom.add(
            runtime().fields.type("contacts"),
            {"label": "Shirt size", "kind": "choice", "choices": "Small\nLarge"},
        )
        with system("test"):
            for contact_id, choice in ((first, 0), (second, 1)):
                contact = db.session().get_one(Contact, contact_id)
                contact.custom = {size.key: size.choices[choice][0]}
        db.session().add(Reporter(contact_id=second, beats="Schools"))
    contacts = uniting.together([first, second], ANA)
    lines = {each.label: each for each in comparison.lines(contacts)}
    assert lines["Shirt size"].values == {first: "Small", second: "Large"}
    assert lines["Shirt size"].differs
    assert lines["Given name"].differs
    assert not lines["Family name"].differs
    assert lines["Birth date"].values == {first: "Feb 3, 1976"}
    kept = {each.label: each.values for each in comparison.kept(contacts, ANA)}
    assert kept["Phones"] == {first: ["(202) 555-0143"], second: []}
    assert kept["Addresses"][second] == ["1 Mill Way, Riverbend"]
    counts = dict(comparison.referring(contacts))
    for label in ("Task", "Membership", "Commitment", "Guest", "Note"):
        assert counts[label][first] >= 1, label
    assert counts["Reporter"] == {second: 1}
    done = merge(first, second, **{f"custom:{size.key}": second})
    with system("test"):
        assert db.session().get_one(Contact, first).custom == {size.key: size.choices[1][0]}
    undoing.undo(done, ANA)
