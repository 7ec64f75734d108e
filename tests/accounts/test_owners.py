"""An account that belongs to a contact: merged, handed over and erased with it."""

import pytest
from flask import Flask

from crm import db
from crm.access import system
from crm.access.actor import Actor
from crm.accounts import mail
from crm.accounts.models import OutgoingMail, RoleGrant, User
from crm.accounts.services import owners
from crm.contacts.models import Contact
from crm.errors import UserError
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.access.conftest import Site
from tests.access.walking import everything
from tests.accounts.helpers import change, delivered, rows, writing


@pytest.fixture
def ana(app: Flask, make_user: MakeUser, site: Site) -> User:
    """Ana Canary, whose account belongs to the contact `outside`."""
    user = make_user(role="viewer", name="Ana Canary", email="ana.canary@example.org")
    change(app, User, User.id == user.id, contact_id=site.outside)
    return user


def test_an_account_follows_its_contact_into_a_merge(app: Flask, ana: User, site: Site) -> None:
    with writing(app):
        owners.move(site.member, site.outside)
    assert rows(app, User, User.id == ana.id)[0].contact_id == site.member


def test_roles_over_an_organization_follow_it_into_a_merge_that_an_administrator_makes(
    app: Flask, make_user: MakeUser, sign_in: SignIn, site: Site
) -> None:
    """Whoever may not give roles would change by a merge what somebody sees."""
    partner = make_user(role="viewer", scope=site.inside)
    administrator = sign_in(role="administrator")
    administrator.post("/contacts/new", data={"kind": "organization", "name": "The same agency"})
    other_id = rows(app, Contact, Contact.name == "The same agency")[0].id
    merge = {"ids": f"{other_id},{site.inside}", "survivor": other_id}
    refused = sign_in(role="organizer").post("/contacts/merge", data=merge)
    assert "is limited to one of them" in refused.text
    assert [grant.scope_id for grant in rows(app, RoleGrant, RoleGrant.user_id == partner.id)] == [
        site.inside
    ]
    assert administrator.post("/contacts/merge", data=merge).status_code == 303
    assert [grant.scope_id for grant in rows(app, RoleGrant, RoleGrant.user_id == partner.id)] == [other_id]


def test_what_an_account_holds_is_handed_over_with_its_contact(app: Flask, ana: User, site: Site) -> None:
    with app.test_request_context():
        [section] = owners.held_about(site.outside)
        [row] = section.rows
        assert "ana.canary@example.org" in row.values()
        assert "Viewer" in row.values()
        assert list(owners.held_about(site.member)) == []


def test_an_account_that_can_sign_in_is_not_erased(app: Flask, ana: User, site: Site) -> None:
    with pytest.raises(UserError, match="Disable the account first"), writing(app):
        owners.erase(site.outside)


def test_erasing_leaves_an_account_without_a_name_anywhere(
    app: Flask, admin_client: PageClient, ana: User, site: Site
) -> None:
    admin_client.post(f"/users/{ana.id}/reset")
    admin_client.post(f"/users/{ana.id}/edit", data={"name": "Ana Canary-Gil", "email": ana.email})
    admin_client.post(f"/users/{ana.id}/disable")
    with app.app_context(), db.transaction(Actor(ana.id, "Ana Canary-Gil"), "test", "Ana Canary-Gil did"):
        current = db.current_change()
        assert current is not None
        current.require_id()
    with writing(app) as session:
        account = session.get(User, ana.id)
        mail.compose(account, "email_change", "email_change", to="canary.new@example.org", url="https://x/")
        mail.send("CANARY.former@example.org", "To Ana Canary", "Canary", "notice")
    for email in ("canary.former@example.org", ana.email):
        with writing(app) as session:
            session.get(User, ana.id).email = email
    delivered(app)
    folder = app.extensions["crm"].config.data_dir / "mail"
    assert any(b"anary" in file.read_bytes() for file in folder.iterdir())
    before = str(everything(app)).lower()
    assert "canary" in before
    assert rows(app, OutgoingMail, OutgoingMail.recipient == ana.email) != []
    with writing(app), system("a test"):
        assert db.session().get(Contact, site.outside) is not None
        owners.erase(site.outside)
    tables = {
        name: [row for row in found if "canary" in row.lower()] for name, found in everything(app).items()
    }
    assert {name: found for name, found in tables.items() if found} == {}
    assert [file for file in folder.iterdir() if b"anary" in file.read_bytes()] == []
    [after] = rows(app, User, User.id == ana.id)
    assert (after.active, after.password_hash, after.contact_id) == (False, None, None)
