"""Roles: seeded once, given over a scope, changed by those who have them, never all taken away."""

import re

import pytest
from flask import Flask

from crm.access.actor import Actor
from crm.accounts import services, sessions
from crm.accounts.models import KnownPermission, Role, RoleGrant, User
from crm.accounts.services import authority, roles
from crm.coalitions.models import Coalition
from crm.errors import UserError
from crm.journal.models import ChangeSet
from crm.journal.undo import services as undoing
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import MakeUser, SignIn
from crm.plugin_api.types import Permission
from tests.access.conftest import Site
from tests.accounts.helpers import change, rows, writing


def actor_of(app: Flask, user: User) -> Actor:
    with app.app_context():
        return sessions.actor_for(user)


def role_id(app: Flask, name: str) -> int:
    return int(rows(app, Role, Role.name == name)[0].id)


def last_summary(app: Flask) -> str:
    return str(rows(app, ChangeSet)[-1].summary)


# Seeding.


def test_seeding_twice_changes_nothing(app: Flask) -> None:
    for _time in range(2):
        with writing(app):
            services.seed_roles()
    declared = [*app.extensions["crm"].access.roles]
    assert [role.name for role in rows(app, Role)] == declared
    assert {"administrator", "organizer", "viewer"} < {*declared}
    assert len(rows(app, ChangeSet)) == 1


def test_what_an_administrator_changed_stays_and_what_is_new_is_added(app: Flask) -> None:
    with writing(app):
        services.seed_roles()
    with writing(app) as session:
        session.delete(roles.role_named("viewer"))
        organizer = roles.role_named("organizer")
        assert organizer is not None
        organizer.permissions = [name for name in organizer.permissions if name != "contacts.delete"]
    declared = app.extensions["crm"].access.permissions
    declared["contacts.praise"] = Permission(
        "contacts.praise", "Praise people", roles=("organizer", "viewer")
    )
    with writing(app):
        services.seed_roles()
    there = {role.name: role for role in rows(app, Role)}
    assert "viewer" not in there, "what was deleted stays away"
    organizer = there["organizer"]
    assert "contacts.delete" not in organizer.permissions
    assert "contacts.praise" in organizer.permissions
    assert rows(app, KnownPermission, KnownPermission.name == "contacts.praise") != []


# Giving and taking.


def test_a_role_is_given_and_taken_on_the_page_of_its_owner(
    app: Flask, admin_client: PageClient, sign_in: SignIn, make_user: MakeUser
) -> None:
    ana = make_user(name="Ana Gil")
    client = sign_in(ana)
    assert client.get("/contacts").status_code == 403
    organizer = role_id(app, "organizer")
    data = {"role": organizer, "scope": "everything"}
    assert admin_client.post(f"/users/{ana.id}/roles", data=data).status_code == 303
    assert last_summary(app) == "Made Ana Gil Organizer"
    assert client.get("/contacts").status_code == 200
    again = admin_client.post(f"/users/{ana.id}/roles", data=data)
    assert again.status_code == 422
    assert "has this role already" in again.text
    [given] = rows(app, RoleGrant, RoleGrant.user_id == ana.id)
    assert admin_client.post(f"/users/{ana.id}/roles/{given.id}/remove").status_code == 303
    assert last_summary(app) == "Ana Gil is not Organizer any more"
    assert client.get("/contacts").status_code == 403


def test_a_role_over_one_organization_is_found_by_name_and_shows_only_that(
    app: Flask, admin_client: PageClient, sign_in: SignIn, make_user: MakeUser, site: Site
) -> None:
    ana = make_user()
    with writing(app) as session:
        session.add(Coalition(name="Lincoln School", sort_name="lincoln school", level="local"))
    found = admin_client.post("/users/scopes", data={"q": "linc"}, headers={"HX-Request": "true"}).text
    said = " ".join(re.sub(r"<[^>]+>", "", found).split())
    assert "Lincoln School · Organization, and those under it Lincoln School · Coalition" in said
    assert "Harbor" not in found
    scope = re.search(r'value="(organization:\d+)"', found)
    assert scope is not None
    data = {"role": role_id(app, "viewer"), "scope": scope.group(1)}
    assert admin_client.post(f"/users/{ana.id}/roles", data=data).status_code == 303
    assert "Viewer over Lincoln School" in admin_client.get(f"/users/{ana.id}").text
    client = sign_in(ana)
    assert client.get(f"/contacts/{site.member}").status_code == 200
    assert client.get(f"/contacts/{site.outside}").status_code == 404


@pytest.mark.parametrize("scope", ["organization:999999", "organization:x", "galaxy:1", "organization"])
def test_a_scope_that_is_not_there_is_refused(
    scope: str, app: Flask, admin_client: PageClient, make_user: MakeUser
) -> None:
    ana = make_user()
    answer = admin_client.post(
        f"/users/{ana.id}/roles", data={"role": role_id(app, "viewer"), "scope": scope}
    )
    assert answer.status_code == 422
    assert rows(app, RoleGrant, RoleGrant.user_id == ana.id) == []


@on_sqlite
def test_another_persons_grant_cannot_be_named_under_ones_page(
    app: Flask, admin_client: PageClient, make_user: MakeUser
) -> None:
    ana, bob = make_user(role="viewer"), make_user(role="viewer")
    [given] = rows(app, RoleGrant, RoleGrant.user_id == bob.id)
    assert admin_client.post(f"/users/{ana.id}/roles/{given.id}/remove").status_code == 404


def test_somebody_always_remains_who_may_do_everything(
    app: Flask, sign_in: SignIn, make_user: MakeUser
) -> None:
    ada, bea = make_user(role="administrator"), make_user(role="administrator", password=None)
    client = sign_in(ada)
    [mine] = rows(app, RoleGrant, RoleGrant.user_id == ada.id)
    refused = client.post(f"/users/{ada.id}/roles/{mine.id}/remove")
    assert refused.status_code == 422  # Bea was invited, but cannot sign in yet.
    assert "Nobody would be left" in refused.text
    assert rows(app, RoleGrant, RoleGrant.id == mine.id) != []
    assert client.post(f"/users/{ada.id}/disable").status_code == 422
    change(app, User, User.id == bea.id, password_hash="x")
    assert client.post(f"/users/{ada.id}/roles/{mine.id}/remove").status_code == 303


def test_undoing_does_not_take_the_last_administrator_away(
    app: Flask, admin_client: PageClient, make_user: MakeUser
) -> None:
    """Ada becomes administrator, then the other one leaves: undoing the first would leave nobody."""
    ada = make_user(name="Ada")
    data = {"role": role_id(app, "administrator"), "scope": "everything"}
    admin_client.post(f"/users/{ada.id}/roles", data=data)
    made = rows(app, ChangeSet)[-1]
    with writing(app) as session:
        [first] = rows(app, User, User.id != ada.id)
        services.disable(Actor.system(), session.get_one(User, first.id))
    actor = actor_of(app, ada)
    with app.app_context(), pytest.raises(UserError, match="Nobody would be left"):
        undoing.undo(made.id, actor)
    assert rows(app, RoleGrant, RoleGrant.user_id == ada.id) != []


# Nobody gives away more than they have.


@pytest.fixture
def helper(app: Flask, sign_in: SignIn, make_user: MakeUser) -> PageClient:
    """Somebody who may look after accounts and roles, and see contacts, and nothing else."""
    with writing(app) as session:
        services.seed_roles()
        allowed = ["accounts.view", "accounts.manage", "accounts.roles", "contacts.view"]
        session.add(Role(name="helper", label="Helper", permissions=allowed))
    return sign_in(make_user(role="helper"))


def test_who_looks_after_accounts_cannot_make_administrators(
    app: Flask, helper: PageClient, make_user: MakeUser
) -> None:
    ana = make_user()
    page = helper.get(f"/users/{ana.id}/roles").text
    assert "Viewer" not in page or "Administrator" not in page.split("</select>")[0]
    for name in ("administrator", "organizer"):
        answer = helper.post(
            f"/users/{ana.id}/roles", data={"role": role_id(app, name), "scope": "everything"}
        )
        assert answer.status_code in {403, 422}, name
    assert rows(app, RoleGrant, RoleGrant.user_id == ana.id) == []


@pytest.mark.parametrize(
    "what", ["disable", "reset", "sessions/end", "second-step/remove", "edit", "roles/0/remove"]
)
def test_who_looks_after_accounts_cannot_touch_administrators(
    what: str, app: Flask, helper: PageClient, make_user: MakeUser
) -> None:
    ada = make_user(role="administrator", email="ada@example.org")
    [given] = rows(app, RoleGrant, RoleGrant.user_id == ada.id)
    path = f"/users/{ada.id}/{what.replace('0', str(given.id))}"
    answer = helper.post(path, data={"name": "Eve", "email": "eve@example.org"})
    assert answer.status_code == 403
    [after] = rows(app, User, User.id == ada.id)
    assert (after.active, after.email) == (True, "ada@example.org")
    assert rows(app, RoleGrant, RoleGrant.user_id == ada.id) != []


def test_who_changes_roles_cannot_add_what_they_may_not_do(app: Flask, helper: PageClient) -> None:
    viewer = role_id(app, "viewer")
    more = helper.post(
        f"/roles/{viewer}", data={"label": "Viewer", "permissions": ["contacts.view", "contacts.delete"]}
    )
    assert more.status_code == 403
    own = role_id(app, "helper")
    kept = {"label": "Helper", "permissions": ["accounts.view", "accounts.roles", "contacts.view"]}
    assert helper.post(f"/roles/{own}", data=kept).status_code == 303
    assert rows(app, Role, Role.id == viewer)[0].permissions.count("contacts.delete") == 0


def test_the_system_may_do_everything_and_an_administrator_of_one_school_may_not(
    app: Flask, make_user: MakeUser, site: Site
) -> None:
    assert authority.holds_everything(Actor.system())
    scoped = actor_of(app, make_user(role="administrator", scope=site.inside))
    assert not authority.holds_everything(scoped)
    assert not scoped.can("accounts.manage")
    assert scoped.can("contacts.edit")


# What a role allows.


def test_a_role_is_made_changed_given_and_deleted(
    app: Flask, admin_client: PageClient, sign_in: SignIn, make_user: MakeUser
) -> None:
    made = admin_client.post(
        "/roles/new", data={"label": "Tutor coordinator", "description": "Tutoring only."}
    )
    assert made.status_code == 303
    new = role_id(app, "tutor_coordinator")
    assert admin_client.get(made.location).status_code == 200
    data = {
        "label": "Tutor coordinator",
        "description": "Tutoring.",
        "permissions": ["contacts.view", "no.such"],
    }
    assert admin_client.post(f"/roles/{new}", data=data).status_code == 303
    assert rows(app, Role, Role.id == new)[0].permissions == ["contacts.view"]
    ana = make_user(role="tutor_coordinator")
    assert sign_in(ana).get("/contacts").status_code == 200
    held = admin_client.post(f"/roles/{new}/delete")
    assert held.status_code == 422
    [given] = rows(app, RoleGrant, RoleGrant.user_id == ana.id)
    admin_client.post(f"/users/{ana.id}/roles/{given.id}/remove")
    assert admin_client.post(f"/roles/{new}/delete").status_code == 303
    assert last_summary(app) == "Deleted the role Tutor coordinator"


@on_sqlite
def test_two_roles_cannot_have_one_name_and_the_first_role_cannot_be_changed(
    app: Flask, admin_client: PageClient
) -> None:
    assert admin_client.post("/roles/new", data={"label": " viewer "}).status_code == 422
    administrator = role_id(app, "administrator")
    assert admin_client.post(f"/roles/{administrator}/delete").status_code == 422
    admin_client.post(f"/roles/{administrator}", data={"label": "Administrator", "permissions": []})
    assert rows(app, Role)[0].everything


def test_permissions_of_a_plugin_that_is_switched_off_survive_a_change(
    app: Flask, admin_client: PageClient
) -> None:
    viewer = role_id(app, "viewer")
    change(app, Role, Role.id == viewer, permissions=["contacts.view", "choir.sing"])
    admin_client.post(f"/roles/{viewer}", data={"label": "Viewer", "permissions": []})
    assert rows(app, Role, Role.id == viewer)[0].permissions == ["choir.sing"]


@on_sqlite
def test_default_roles_speak_the_readers_language_until_somebody_renames_them(
    app: Flask, admin_client: PageClient
) -> None:
    spanish = {"Accept-Language": "es"}
    page = admin_client.get("/roles", headers=spanish).text
    assert "Administrador" in page
    viewer = role_id(app, "viewer")
    label = re.search(
        r'name="label"[^>]*value="([^"]*)"', admin_client.get(f"/roles/{viewer}", headers=spanish).text
    )
    assert label is not None
    admin_client.post(f"/roles/{viewer}", data={"label": label.group(1), "description": ""}, headers=spanish)
    assert rows(app, Role, Role.id == viewer)[0].label == "Viewer"
    admin_client.post(f"/roles/{viewer}", data={"label": "Guest", "description": ""})
    assert "Guest" in admin_client.get("/roles", headers=spanish).text
