"""Whose history people see, and what they may undo."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.accounts.models import Role, RoleGrant, User
from crm.accounts.sessions import actor_for
from crm.activities.models import Task
from crm.contacts import services, tags
from crm.contacts.models import Contact
from crm.fields.models import SavedList
from crm.journal.history import kept_by
from crm.journal.models import ChangeSet, UndoKept
from crm.journal.permissions import UNDO_ANY, UNDO_OWN, VIEW
from crm.journal.undo import plan, undo
from crm.plugin_api.testing import MakeUser, SignIn
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from tests.journal.conftest import ANA, acting, add, change_set, edit, id_of, organization, remove, rows
from tests.journal.test_pages import words

pytestmark = on_sqlite


def as_actor(user: User) -> Actor:
    """With the grants of this moment."""
    return actor_for(user)


@pytest.fixture
def viewer(inside: Flask, make_user: MakeUser) -> User:
    return make_user(role="viewer")


@pytest.fixture
def organizer(inside: Flask, make_user: MakeUser) -> User:
    return make_user(role="organizer", name="Olga Organizer")


def test_a_viewer_sees_changes_and_undoes_nothing(viewer_client: PageClient, inside: Flask) -> None:
    _, created = add(ANA, "Added Priya Shah")
    page = viewer_client.get("/changes")
    assert "Added Priya Shah" in words(page)
    assert "/undo" not in page.get_data(as_text=True)
    assert viewer_client.get(f"/changes/{created}").status_code == 200
    assert viewer_client.get(f"/changes/{created}/undo").status_code == 403
    assert viewer_client.post(f"/changes/{created}/undo").status_code == 403
    assert viewer_client.post(f"/changes/{created}/resume").status_code == 403
    assert len(rows()["contact"]) == 1


def test_an_outsider_sees_nothing(outsider_client: PageClient, inside: Flask) -> None:
    contact_id, created = add(ANA)
    assert outsider_client.get("/changes").status_code == 403
    for address in (f"/changes/{created}", f"/changes/{created}/undo", f"/history/contact/{contact_id}"):
        assert outsider_client.get(address).status_code == 404
    for address in (f"/changes/{created}/undo", f"/changes/{created}/resume"):
        assert outsider_client.post(address).status_code == 404
    assert len(rows()["contact"]) == 1


def test_an_organizer_undoes_their_own_and_nobody_elses(organizer: User, sign_in: SignIn) -> None:
    _, theirs = add(ANA, "Added by Ana")
    _, own = add(as_actor(organizer), "Added by Olga", given_name="Omar")
    client = sign_in(organizer)
    page = client.get("/changes").get_data(as_text=True)
    assert f'action="/changes/{own}/undo"' in page
    assert f"/changes/{theirs}/undo" not in page
    assert client.post(f"/changes/{theirs}/undo").status_code == 403
    assert client.post(f"/changes/{own}/undo").status_code == 303
    assert change_set(own).undone_by_id is not None
    assert change_set(theirs).undone_by_id is None


def test_an_administrator_undoes_anybodys(admin_client: PageClient, inside: Flask) -> None:
    _, created = add(ANA)
    admin_client.post(f"/changes/{created}/undo")
    assert rows()["contact"] == {}


def test_whoever_lost_the_right_to_change_contacts_undoes_none(
    make_user: MakeUser, sign_in: SignIn, inside: Flask
) -> None:
    """A role may let people undo their own; the records must be theirs to change, too."""
    user = make_user(role="viewer")
    with acting(action="accounts.edit"):
        role = db.session().scalars(select(Role).where(Role.name == "viewer")).one()
        role.permissions = [*role.permissions, "journal.undo_own"]
    _, created = add(Actor(user.id, user.name))
    answer = sign_in(user).post(f"/changes/{created}/undo")
    assert answer.status_code == 403
    assert len(rows()["contact"]) == 1


def test_changes_of_accounts_are_for_those_who_see_accounts(
    organizer: User, sign_in: SignIn, admin_client: PageClient, make_user: MakeUser
) -> None:
    with acting(action="accounts.create", summary="Invited Vera Victim") as change:
        user = User(email="v@example.org", email_key="v@example.org", name="Vera Victim")
        db.session().add(user)
        db.session().flush()
        user_id = user.id
    client = sign_in(organizer)
    assert "Vera Victim" not in words(client.get("/changes"))
    assert client.get(f"/changes/{id_of(change)}").status_code == 404
    assert client.get(f"/history/user_account/{user_id}").status_code == 404
    assert client.post(f"/changes/{id_of(change)}/undo").status_code == 404
    assert "Invited Vera Victim" in words(admin_client.get("/changes"))
    assert "Vera Victim" in words(admin_client.get(f"/history/user_account/{user_id}"))


def test_what_no_rule_covers_is_its_authors_alone(
    organizer: User, sign_in: SignIn, viewer_client: PageClient, admin_client: PageClient
) -> None:
    with acting(as_actor(organizer), "lists.save", "Saved the list “Quiet principals”") as change:
        db.session().add(
            SavedList(record_type="contacts", name="Quiet principals", owner_user_id=organizer.id)
        )
    client = sign_in(organizer)
    said = words(client.get(f"/changes/{id_of(change)}"))
    assert "Name became Quiet principals" in said
    assert "Quiet principals" not in words(viewer_client.get("/changes"))
    assert "Quiet principals" in words(admin_client.get("/changes"))
    client.post(f"/changes/{id_of(change)}/undo")
    assert rows()["saved_list"] == {}


# Scoped to one organization.


@pytest.fixture
def school(inside: Flask) -> int:
    return organization("Lincoln School")[0]


@pytest.fixture
def partner(school: int, make_user: MakeUser) -> User:
    """Somebody who may do everything an organizer may, with the people of one school."""
    return make_user(role="organizer", scope=school, name="Paz Partner")


@pytest.fixture
def partner_client(partner: User, sign_in: SignIn) -> PageClient:
    return sign_in(partner)


def test_a_scoped_reader_sees_changes_of_their_own_records(school: int, partner_client: PageClient) -> None:
    _, inside = add(ANA, "Added Ines Inside", given_name="Ines", organization="Lincoln School")
    _, outside = add(ANA, "Added Otto Outside", given_name="Otto")
    page = partner_client.get("/changes").get_data(as_text=True)
    assert f'href="/changes/{inside}"' in page
    assert f'href="/changes/{outside}"' not in page
    assert "Outside" not in page


def test_sentences_name_nobody_to_a_scoped_reader_but_those_of_their_own_acts(
    school: int, partner: User, partner_client: PageClient
) -> None:
    person, _ = add(ANA, given_name="Ines", organization="Lincoln School")
    edit(person, summary="Ines belongs to Quiet Shelter", job_title="Nurse")
    edit(person, as_actor(partner), summary="Job title of Ines", job_title="Counselor")
    for address in ("/changes", f"/history/contact/{person}", f"/contacts/{person}/timeline?show=all"):
        said = words(partner_client.get(address))
        # The timeline says itself what became of the contact.
        assert ("Counselor" if "timeline" in address else "Job title of Ines") in said
        assert "Shelter" not in said


def test_a_change_of_both_is_shown_in_part_and_without_its_sentence(
    school: int, partner_client: PageClient
) -> None:
    with acting(ANA, "contacts.import", "Imported donors.csv") as change:
        inside = services.create({"given_name": "Ines", "organization": "Lincoln School"}, ANA).id
        outside = services.create({"given_name": "Otto", "family_name": "Outside"}, ANA).id
    assert "donors.csv" not in words(partner_client.get("/changes"))
    page = partner_client.get(f"/changes/{id_of(change)}")
    said = words(page)
    assert "Ines" in said
    assert "Otto" not in said
    assert "donors.csv" not in said
    history = words(partner_client.get(f"/history/contact/{inside}"))
    assert "donors.csv" not in history
    assert partner_client.get(f"/history/contact/{outside}").status_code == 404


def test_a_scoped_reader_undoes_nothing_beyond_their_scope(
    school: int, partner: User, partner_client: PageClient
) -> None:
    person, _ = add(ANA, given_name="Ines", organization="Lincoln School")
    outsider, _ = add(ANA, given_name="Otto")
    with acting(as_actor(partner), "contacts.edit") as both:
        for each in (person, outsider):
            db.session().get_one(Contact, each).job_title = "Nurse"
    own = edit(person, as_actor(partner), nickname="Ini")
    before = rows()
    assert partner_client.post(f"/changes/{id_of(both)}/undo").status_code == 403
    assert rows() == before
    assert partner_client.post(f"/changes/{own}/undo").status_code == 303
    assert rows()["contact"][person]["nickname"] is None


def test_whoever_deleted_a_record_may_bring_it_back(
    school: int, partner: User, partner_client: PageClient
) -> None:
    """Nobody can tell any more whose a deleted record was; whoever deleted it had the right to."""
    person, _ = add(ANA, given_name="Ines", organization="Lincoln School")
    deleted = remove(person, actor=as_actor(partner))
    assert partner_client.post(f"/changes/{deleted}/undo").status_code == 303
    assert person in rows()["contact"]


def test_what_went_along_with_a_contact_comes_back_with_it(
    make_user: MakeUser, sign_in: SignIn, inside: Flask
) -> None:
    """Deleting takes along what other features keep about somebody, whoever may change that; so does undo."""
    user = make_user(role="viewer")
    with acting(action="accounts.edit"):
        role = db.session().scalars(select(Role).where(Role.name == "viewer")).one()
        role.permissions = ["contacts.view", "contacts.edit", "contacts.delete", UNDO_OWN]
    person, _ = add(ANA, given_name="Ines")
    with acting(action="activities.create"):
        db.session().add(Task(title="Call Ines", assignee_user_id=user.id, contact_id=person))
    before = rows()
    deleted = remove(person, actor=as_actor(user))
    assert rows()["task"] != before["task"]
    client = sign_in(user)
    assert client.post(f"/changes/{deleted}/undo").status_code == 303
    assert (rows()["task"], person in rows()["contact"]) == (before["task"], True)
    [again] = db.session().scalars(select(ChangeSet.id).where(ChangeSet.undoes_id == deleted))
    assert client.post(f"/changes/{again}/undo").status_code == 303  # And away again.
    assert person not in rows()["contact"]
    with acting(action="accounts.edit"):
        db.session().get_one(Role, role.id).permissions = ["contacts.view", UNDO_OWN]
    [last] = db.session().scalars(select(ChangeSet.id).where(ChangeSet.undoes_id == again))
    assert client.post(f"/changes/{last}/undo").status_code == 403  # The right to contacts counts still.


def test_reasons_name_nothing_that_is_not_the_readers_to_see(
    school: int, partner: User, partner_client: PageClient
) -> None:
    person, _ = add(ANA, given_name="Ines", organization="Lincoln School")
    with acting(as_actor(partner), "contacts.tag", "Tagged Ines") as change:
        tags.set_tags(db.session().get_one(Contact, person), ["ally"], as_actor(partner))
    add(ANA, given_name="Otto", family_name="Outside", tags=["ally"])
    page = partner_client.get(f"/changes/{id_of(change)}/undo")
    said = words(page)
    assert "something that you may not see" in said
    assert not re.search("Otto|Outside", said)


def test_kept_reasons_are_for_the_undoer_and_those_who_see_all(
    school: int, partner_client: PageClient, viewer: User, make_user: MakeUser, inside: Flask
) -> None:
    administrator = make_user(role="administrator")
    person, _ = add(ANA, given_name="Ines", organization="Lincoln School")
    other, _ = add(ANA, given_name="Iris", organization="Lincoln School")
    with acting(ANA) as change:
        for each in (person, other):
            db.session().get_one(Contact, each).nickname = "x"
    edit(person, nickname="y")
    undo(id_of(change), ANA, keep=True)
    undone_by = change_set(id_of(change)).undone_by_id
    with acting(ANA):
        db.session().scalars(select(UndoKept)).one().reason = "Otto Outside refers to it."
    said = words(partner_client.get(f"/changes/{undone_by}"))
    assert "Outside" not in said
    assert "could not be put back" in said
    undoing = change_set(undone_by or 0)
    told = [
        [reason for _record, reason in kept_by(undoing, as_actor(user))] for user in (administrator, viewer)
    ]
    # A viewer does not see the tasks of everybody, and a task may be what refers to it.
    assert told == [["Otto Outside refers to it."], ["It could not be put back as it was."]]


def test_nobody_undoes_their_way_back_to_a_role(make_user: MakeUser, sign_in: SignIn, inside: Flask) -> None:
    """Undo gives a role as surely as the page of accounts does."""
    user = make_user(role="administrator", name="Max Manager")
    with acting(action="test"):
        role = Role(name="manager", label="Manager")
        role.permissions = ["accounts.view", "accounts.manage", "accounts.roles", VIEW, UNDO_OWN, UNDO_ANY]
        db.session().add(role)
        db.session().flush()
        db.session().add(RoleGrant(user_id=user.id, role_id=role.id))
    with acting(ANA, "accounts.roles") as taken:
        grant = select(RoleGrant).join(Role).where(RoleGrant.user_id == user.id, Role.everything)
        db.session().delete(db.session().scalars(grant).one())
    with acting(ANA, "accounts.roles") as narrowed:
        db.session().get_one(Role, role.id).permissions = [VIEW, UNDO_ANY, "accounts.view"]
    client = sign_in(user)
    before = rows()
    for change in (taken, narrowed):
        assert client.get(f"/changes/{id_of(change)}").status_code == 200
        assert client.post(f"/changes/{id_of(change)}/undo").status_code == 403
    assert rows() == before
    assert plan(id_of(taken), ANA).is_clean
