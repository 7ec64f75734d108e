"""What becomes of rows about contacts: merged, deleted, handed out, erased. The contract of plugins holds for
this feature, too."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.coalitions import following
from crm.coalitions.models import Coalition, Commitment, GroupMember, Membership, WorkingGroup
from crm.contacts.models import Contact
from crm.journal.models import ChangeSet, JournalEntry
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.contract import (
    in_app,
    plugin,
    test_a_merge_moves_its_rows,
    test_an_export_holds_all_about_somebody,
    test_erasing_somebody_leaves_no_row,
    test_its_tables_are_somebodys,
    test_nobody_gets_in_without_its_permission,
    test_somebody_without_a_role_sees_no_row,
)
from tests.coalitions.conftest import Make, Makers, undo_last, written
from tests.contacts.conftest import Add, Rows

__all__ = [
    "in_app",
    "plugin",
    "test_a_merge_moves_its_rows",
    "test_an_export_holds_all_about_somebody",
    "test_erasing_somebody_leaves_no_row",
    "test_its_tables_are_somebodys",
    "test_nobody_gets_in_without_its_permission",
    "test_somebody_without_a_role_sees_no_row",
]


@pytest.fixture
def plugin_name() -> str:
    return "coalitions"


@pytest.fixture
def everybodys_tables() -> frozenset[str]:
    return frozenset()


@pytest.fixture
def rows_about() -> Callable[[Contact], None]:
    return write_rows_about


def write_rows_about(contact: Contact) -> None:
    """A row in each table, and one of somebody else's for each column that may be empty."""
    with system("test"):
        made = db.session().scalars(select(Coalition)).first() or Coalition(
            name="Maple", sort_name="maple", level="local"
        )
        owner = db.session().scalars(select(User)).first() or User(
            name="Olga", email="olga@example.org", email_key="olga@example.org"
        )
        other = Contact(kind="organization", name="Other", sort_name="other", name_key="other", custom={})
    db.session().add_all([made, owner, other])
    db.session().flush()
    group = WorkingGroup(coalition_id=made.id, name=f"Group of {contact.id}")
    db.session().add(group)
    db.session().flush()
    for each, delegate in ((contact, None), (other, contact.id)):
        db.session().add(
            Membership(coalition_id=made.id, contact_id=each.id, delegate_id=delegate, note="Came early",
                       invited_by_contact_id=delegate)
        )  # fmt: skip
        db.session().add(
            Commitment(
                contact_id=each.id, delegate_id=delegate, owner_user_id=owner.id, kind="host", title="Host",
                pledged_on=date(2026, 1, 1), evidence="Minutes",
            )
        )  # fmt: skip
    db.session().add(GroupMember(group_id=group.id, contact_id=contact.id))
    db.session().flush()


MEMBERSHIPS = select(
    Membership.contact_id, Membership.status, Membership.role, Membership.start_date, Membership.end_date,
    Membership.delegate_id, Membership.alternate_id, Membership.note,
).order_by(Membership.id)  # fmt: skip


def merge(app: Flask, survivor: int, loser: int) -> None:
    with app.app_context(), db.transaction(Actor.system(), "contacts.merge", "Merged"), system("test"):
        following.merge(db.session().get_one(Contact, survivor), db.session().get_one(Contact, loser))


def test_overlapping_memberships_become_one_and_nothing_is_lost(
    app: Flask, admin_client: PageClient, add: Add, made: Makers, rows: Rows
) -> None:
    maple = made.coalition()
    kept, gone = add(organization="Lincoln"), add(organization="Lincoln School")
    ana, ben, eve = add("Ana", "Ruiz"), add("Ben", "Ode"), add("Eve", "Stone")
    made.member(maple, kept, status="invited", start_date=date(2024, 1, 1), delegate_id=ana, note="First")
    made.member(maple, gone, status="active", role="lead", start_date=date(2023, 1, 1), delegate_id=ben,
           alternate_id=eve, note="Second")  # fmt: skip
    before = rows(MEMBERSHIPS)
    merge(app, kept, gone)
    note = "First\nSecond\nAlso spoke for them: Eve Stone"
    assert rows(MEMBERSHIPS) == [(kept, "active", "lead", date(2023, 1, 1), None, ana, ben, note)]
    undo_last(admin_client, app)
    assert rows(MEMBERSHIPS) == before


def test_memberships_that_follow_one_another_stay_two(
    app: Flask, add: Add, coalition: Make, member: Make, rows: Rows
) -> None:
    made, elsewhere = coalition(), coalition("Elsewhere")
    kept, gone = add(organization="Lincoln"), add(organization="Lincoln School")
    member(made, kept, start_date=date(2024, 1, 1))
    member(made, gone, status="left", start_date=date(2020, 1, 1), end_date=date(2022, 1, 1))
    member(elsewhere, gone)
    merge(app, kept, gone)
    assert [row[:2] for row in rows(MEMBERSHIPS)] == [(kept, "active"), (kept, "left"), (kept, "active")]


def test_one_person_never_holds_both_seats(
    app: Flask, add: Add, coalition: Make, member: Make, group: Make, rows: Rows
) -> None:
    made, ana, twin = coalition(), add("Ana", "Ruiz"), add("Anna", "Ruiz")
    member(made, add(organization="Lincoln"), delegate_id=ana, alternate_id=twin)
    data = group(made)
    for each, chairs in ((ana, False), (twin, True)):
        written(app, GroupMember(group_id=data, contact_id=each, is_chair=chairs))
    merge(app, ana, twin)
    assert rows(select(Membership.delegate_id, Membership.alternate_id)) == [(ana, None)]
    assert rows(select(GroupMember.contact_id, GroupMember.is_chair)) == [(ana, True)]


def test_deleting_a_contact_takes_what_hangs_on_it_and_undo_brings_it_back(
    app: Flask, organizer_client: PageClient, add: Add, made: Makers, rows: Rows
) -> None:
    maple, school, ana = made.coalition(), add(organization="Lincoln"), add("Ana", "Ruiz")
    made.member(maple, school, delegate_id=ana, invited_by_contact_id=ana)
    made.member(maple, ana)
    written(app, GroupMember(group_id=made.group(maple), contact_id=ana))
    made.commitment(ana, "Testify")
    made.commitment(school, "Host", delegate_id=ana)
    everything = [
        MEMBERSHIPS,
        select(GroupMember.id),
        select(Commitment.title, Commitment.delegate_id).order_by(Commitment.id),
    ]
    before = [rows(each) for each in everything]
    assert "Their memberships in coalitions" in organizer_client.get(f"/contacts/{ana}/delete").text
    organizer_client.post(f"/contacts/{ana}/delete")
    assert rows(select(Contact.id).where(Contact.id == ana)) == []
    assert [row[0] for row in rows(MEMBERSHIPS)] == [school]
    assert [rows(each) for each in everything[1:]] == [[], [("Host", None)]]
    undo_last(organizer_client, app)
    assert [rows(each) for each in everything] == before


def test_many_are_deleted_by_a_plan(
    app: Flask, organizer_client: PageClient, add: Add, coalition: Make, member: Make, rows: Rows
) -> None:
    school = add(organization="Lincoln")
    member(coalition(), school)
    plan = organizer_client.post("/contacts/bulk/delete", data={"ids": [school]}).headers["Location"]
    organizer_client.post(f"{plan}/apply")
    assert rows(MEMBERSHIPS) == []
    undo_last(organizer_client, app)
    assert len(rows(MEMBERSHIPS)) == 1


def test_erasing_forgets_history_too(
    app: Flask,
    admin_client: PageClient,
    add: Add,
    coalition: Make,
    member: Make,
    commitment: Make,
    rows: Rows,
) -> None:
    ana = add("Ana", "Ruiz")
    made = member(coalition(), ana, note="Wears a red coat")
    admin_client.post(
        f"/coalitions/members/{made}/edit", data={"status": "active", "role": "lead", "note": "Tall"}
    )
    commitment(ana, "Testify about herself")
    with app.app_context(), db.transaction(Actor.system(), "contacts.erase"), system("test"):
        following.erase(db.session().get_one(Contact, ana))
    kept = str(rows(select(JournalEntry.before, JournalEntry.after)))
    assert "red coat" not in kept
    assert "about herself" not in kept
    assert "Ana Ruiz" not in str(rows(select(ChangeSet.summary).where(ChangeSet.action != "test.add")))
    assert rows(MEMBERSHIPS) == []
