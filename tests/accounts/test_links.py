"""Setup, invitations, forgotten passwords, new addresses: links that work once and tell nobody anything."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.accounts import services
from crm.accounts.models import AccountToken, OutgoingMail, User
from crm.errors import UserError
from crm.jobs.models import Job
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, MakeUser, SignIn
from tests.access.conftest import Site
from tests.accounts.helpers import change, delivered, link_in, rows, text_of, writing

NEW = "another quiet harbor"


def browser(app: Flask) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True)


def setup_path(app: Flask) -> str:
    with writing(app):
        return services.setup_url().removeprefix("http://127.0.0.1:5000")


def can_sign_in(app: Flask, email: str, password: str) -> bool:
    return browser(app).post("/sign-in", data={"email": email, "password": password}).status_code == 303


ADA = {"name": "Ada Admin", "email": "ada@example.org", "password": PASSWORD}


# The first administrator.


def test_a_fresh_site_has_no_account_until_somebody_with_the_token_makes_one(
    app: Flask, client: PageClient
) -> None:
    assert rows(app, User) == []
    assert "Nobody has an account yet" in client.get("/sign-in").text
    path = setup_path(app)
    assert "first account" in client.get(path).text
    assert client.post(path, data=ADA).status_code == 303
    assert client.get("/users").status_code == 200  # Signed in, as an administrator.
    assert "Nobody has an account yet" not in browser(app).get("/sign-in").text


def test_the_setup_token_works_once_and_no_other_can_be_made_after(app: Flask, client: PageClient) -> None:
    path = setup_path(app)
    client.post(path, data=ADA)
    again = browser(app).post(path, data=ADA | {"email": "eve@example.org"})
    assert again.status_code == 410
    assert [user.email for user in rows(app, User)] == ["ada@example.org"]
    with pytest.raises(UserError), writing(app):
        services.setup_url()


def test_two_at_once_with_the_token_make_one_account(app: Flask) -> None:
    path = setup_path(app)

    def one(number: int) -> int:
        return browser(app).post(path, data=ADA | {"email": f"ada{number}@example.org"}).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(one, range(4)))
    assert answers == [303, 410, 410, 410]
    assert len(rows(app, User)) == 1


def test_a_newer_setup_token_ends_the_earlier_one_and_time_ends_both(app: Flask, client: PageClient) -> None:
    first, second = setup_path(app), setup_path(app)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200
    change(app, AccountToken, expires_at=db.now() - timedelta(seconds=1))
    assert client.get(second).status_code == 410


@on_sqlite
def test_what_is_wrong_on_the_setup_page_is_said_and_the_token_is_not_spent(
    app: Flask, client: PageClient
) -> None:
    path = setup_path(app)
    for wrong in (
        {"password": "short"},
        {"password": "password1234"},
        {"email": "no address"},
        {"name": " "},
    ):
        assert client.post(path, data=ADA | wrong).status_code == 422
    assert rows(app, User) == []
    assert client.post(path, data=ADA).status_code == 303


# Invitations.


def invite(app: Flask, admin: PageClient, **more: str) -> str:
    """Invite Maria as a viewer; the path of her link."""
    roles = admin.get("/users/new").text
    viewer = re.search(r'<option[^>]*value="(\d+)">Viewer', roles.replace("selected ", ""))
    assert viewer is not None
    data = {
        "name": "María Delgado",
        "email": "maria@example.org",
        "role": viewer.group(1),
        "scope": "everything",
    } | more
    answer = admin.post("/users/new", data=data)
    assert answer.status_code == 303, answer.text
    return link_in(delivered(app)[-1])


def test_an_invited_person_chooses_a_password_and_is_in(app: Flask, admin_client: PageClient) -> None:
    path = invite(app, admin_client)
    [message] = delivered(app)
    assert message["To"] == "maria@example.org"
    assert "invites you" in message["Subject"]
    assert not can_sign_in(app, "maria@example.org", "")
    maria = browser(app)
    assert "maria@example.org" in maria.get(path).text
    assert maria.post(path, data={"name": "María D.", "password": NEW}).status_code == 303
    assert maria.get("/account").status_code == 200
    assert "María D." in admin_client.get("/users").text
    assert can_sign_in(app, "maria@example.org", NEW)


def test_nobody_is_given_everything_by_not_choosing(app: Flask, admin_client: PageClient) -> None:
    page = admin_client.get("/users/new").text
    assert not re.search(r'name="scope"[^>]*checked', page)
    role = re.search(r'<option[^>]*value="(\d+)">Viewer', page.replace("selected ", ""))
    assert role is not None
    data = {"name": "María Delgado", "email": "maria@example.org", "role": role.group(1)}
    for scope in ({}, {"scope": "one"}):
        answer = admin_client.post("/users/new", data=data | scope)
        assert answer.status_code == 422
        assert "only one organization" in answer.text
    said = admin_client.post("/users/scopes", data=data | {"scope": "everything"}).text
    assert "María will see everything: " in said


def test_looking_for_the_organization_keeps_what_was_typed(
    app: Flask, admin_client: PageClient, site: Site
) -> None:
    page = admin_client.get("/users/new").text
    assert "formmethod" not in page, "a form that is sent by GET puts its email and token into the address"
    assert not re.search(r'hx-get="[^"]*/users/scopes', page)
    role = re.search(r'<option[^>]*value="(\d+)">Organizer', page)
    assert role is not None
    typed = {"name": "María Delgado", "email": "maria@example.org", "role": role.group(1), "scope": "one"}
    answer = admin_client.post("/users/new", data=typed | {"q": "linc", "search": "1"})
    assert answer.status_code == 200
    for value in ("María Delgado", "maria@example.org", "linc", f"organization:{site.inside}"):
        assert f'value="{value}"' in answer.text
    assert re.search(rf'<option selected value="{role.group(1)}">Organizer', answer.text)
    assert "invalid-feedback" not in answer.text
    assert "alert-danger" not in answer.text
    assert rows(app, User, User.email == "maria@example.org") == []


def test_an_invitation_can_be_handed_over_by_hand(
    app: Flask, admin_client: PageClient, organizer_client: PageClient
) -> None:
    mailed = invite(app, admin_client)
    user_id = rows(app, User, User.email == "maria@example.org")[0].id
    assert "written to a file" in admin_client.get(f"/users/{user_id}").text, "no mail server is set"
    assert organizer_client.post(f"/users/{user_id}/invitation-link").status_code == 403
    page = admin_client.post(f"/users/{user_id}/invitation-link").text
    link = re.search(r'value="https?://[^/"]+(/[^"]+)"', page)
    assert link is not None
    assert browser(app).get(mailed).status_code == 410, "the earlier link has ended"
    assert browser(app).post(link[1], data={"name": "María", "password": NEW}).status_code == 303


def test_an_invitation_works_once_and_expires(app: Flask, admin_client: PageClient) -> None:
    path = invite(app, admin_client)
    change(app, AccountToken, expires_at=db.now() - timedelta(seconds=1))
    assert browser(app).get(path).status_code == 410
    assert "Invitation expired" in admin_client.get("/users").text
    user_id = rows(app, User)[-1].id
    assert admin_client.post(f"/users/{user_id}/invite").status_code == 303
    newer = link_in(delivered(app)[-1])
    assert newer != path
    assert browser(app).post(newer, data={"name": "María", "password": NEW}).status_code == 303
    assert browser(app).get(newer).status_code == 410
    assert browser(app).post(newer, data={"name": "Eve", "password": NEW + "!"}).status_code == 410


def test_disabling_an_invited_person_ends_the_invitation(app: Flask, admin_client: PageClient) -> None:
    path = invite(app, admin_client)
    admin_client.post(f"/users/{rows(app, User)[-1].id}/disable")
    assert browser(app).post(path, data={"name": "María", "password": NEW}).status_code == 410


def test_an_address_that_has_an_account_cannot_be_invited(
    app: Flask, admin_client: PageClient, make_user: MakeUser
) -> None:
    make_user(email="Maria@Example.org")
    role = re.search(r'<option[^>]*value="(\d+)"', admin_client.get("/users/new").text)
    assert role is not None
    data = {"name": "María", "email": "maria@example.ORG", "role": role.group(1), "scope": "everything"}
    answer = admin_client.post("/users/new", data=data)
    assert answer.status_code == 422
    assert "already here" in answer.text
    assert delivered(app) == []


@on_sqlite
def test_the_invitation_is_written_in_the_language_of_the_one_it_is_for(
    app: Flask, make_user: MakeUser
) -> None:
    ana = make_user(password=None, name="Ana")
    change(app, User, User.id == ana.id, language="es")
    with writing(app) as session:
        from crm.accounts.services.invitations import send_invitation

        send_invitation(Actor.system("Grace"), session.get(User, ana.id))
    assert "Hola" in text_of(delivered(app)[-1])


# Forgotten passwords.


def forgot(app: Flask, email: str, address: str = "198.51.100.7") -> tuple[int, str | None]:
    environ = {"REMOTE_ADDR": address}
    answer = browser(app).post("/forgot", data={"email": email}, environ_overrides=environ)
    return answer.status_code, answer.location


def test_a_known_and_an_unknown_address_get_the_same_answer_from_the_same_work(
    app: Flask, make_user: MakeUser
) -> None:
    """What the request does is the same to the row; only the worker looks the address up."""
    make_user(email="ana@example.org")
    assert forgot(app, "ana@example.org") == forgot(app, "bob@example.org") == (303, "/forgot/sent")
    known, unknown = rows(app, Job)
    assert (known.kind, known.title, known.args["send"]) == (
        unknown.kind,
        unknown.title,
        unknown.args["send"],
    )
    assert "@" not in str(known.args)
    assert (rows(app, OutgoingMail), rows(app, AccountToken)) == ([], [])
    [message] = delivered(app)
    assert message["To"] == "ana@example.org"


def test_the_link_sets_a_new_password_once_and_ends_every_session(
    app: Flask, sign_in: SignIn, make_user: MakeUser
) -> None:
    ana = make_user(email="ana@example.org")
    elsewhere = sign_in(ana)
    forgot(app, "ana@example.org")
    path = link_in(delivered(app)[-1])
    someone = browser(app)
    assert someone.post(path, data={"password": "short"}).status_code == 422
    assert someone.post(path, data={"password": NEW}).status_code == 303
    assert someone.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert browser(app).post(path, data={"password": NEW + "!"}).status_code == 410
    assert can_sign_in(app, "ana@example.org", NEW)
    assert not can_sign_in(app, "ana@example.org", PASSWORD)
    assert "Your password was changed" in text_of(delivered(app)[-1])


def test_a_link_expires_and_a_newer_one_ends_it(app: Flask, make_user: MakeUser) -> None:
    make_user(email="ana@example.org")
    forgot(app, "ana@example.org")
    first = link_in(delivered(app)[-1])
    forgot(app, "ana@example.org")
    second = link_in(delivered(app)[-1])
    assert browser(app).get(first).status_code == 410
    change(app, AccountToken, expires_at=db.now() - timedelta(seconds=1))
    assert browser(app).post(second, data={"password": NEW}).status_code == 410


def test_a_link_for_one_purpose_serves_no_other(app: Flask, make_user: MakeUser) -> None:
    make_user(email="ana@example.org")
    forgot(app, "ana@example.org")
    token = link_in(delivered(app)[-1]).rpartition("/")[2]
    for purpose in ("setup", "invitation", "email"):
        assert browser(app).get(f"/{purpose}/{token}").status_code == 410


def test_a_disabled_account_gets_no_link(app: Flask, make_user: MakeUser) -> None:
    make_user(email="ana@example.org")
    change(app, User, active=False)
    assert forgot(app, "ana@example.org") == (303, "/forgot/sent")
    assert delivered(app) == []


def test_nobody_can_fill_somebodys_mailbox_or_find_out_by_asking_often(
    app: Flask, make_user: MakeUser
) -> None:
    make_user(email="ana@example.org")
    answers = {forgot(app, "ana@example.org", f"198.51.100.{number}") for number in range(6)}
    assert answers == {(303, "/forgot/sent")}
    assert len(delivered(app)) == 3
    many = [forgot(app, f"person{number}@example.org")[0] for number in range(25)]
    assert many[-1] == 429


def test_only_the_hash_of_a_link_is_stored(app: Flask, make_user: MakeUser) -> None:
    make_user(email="ana@example.org")
    forgot(app, "ana@example.org")
    token = link_in(delivered(app)[-1]).rpartition("/")[2]
    assert len(token) * 6 >= 128
    [row] = rows(app, AccountToken)
    assert token not in row.token_hash + str(row.data)
    assert all(token not in row.body for row in rows(app, OutgoingMail))


def test_an_administrator_sends_a_link_and_never_sets_a_password(
    app: Flask, admin_client: PageClient, make_user: MakeUser
) -> None:
    ana = make_user(role="viewer", email="ana@example.org")
    page = admin_client.get(f"/users/{ana.id}").text + admin_client.get(f"/users/{ana.id}/edit").text
    assert 'type="password"' not in page
    assert admin_client.post(f"/users/{ana.id}/reset").status_code == 303
    path = link_in(delivered(app)[-1])
    assert path not in admin_client.get(f"/users/{ana.id}").text
    assert browser(app).post(path, data={"password": NEW}).status_code == 303


# A new address.


def test_a_new_address_holds_once_its_owner_confirms_it_and_the_old_one_is_told(
    app: Flask, sign_in: SignIn, make_user: MakeUser
) -> None:
    client = sign_in(make_user(email="ana@example.org"))
    assert client.post("/account/email", data={"email": "ana.new@example.org"}).status_code == 303
    message = delivered(app)[-1]
    assert message["To"] == "ana.new@example.org"
    path = link_in(message)
    assert browser(app).get(path).status_code == 200
    assert rows(app, User)[0].email == "ana@example.org"  # Looking at the link changes nothing.
    assert browser(app).post(path).status_code == 303
    assert rows(app, User)[0].email == "ana.new@example.org"
    notice = delivered(app)[-1]
    assert notice["To"] == "ana@example.org"
    assert "ana.new@example.org" in text_of(notice)
    assert browser(app).post(path).status_code == 410


def test_an_address_that_somebody_took_meanwhile_is_not_given_twice(
    app: Flask, sign_in: SignIn, make_user: MakeUser
) -> None:
    client = sign_in(make_user(email="ana@example.org"))
    client.post("/account/email", data={"email": "shared@example.org"})
    path = link_in(delivered(app)[-1])
    make_user(email="Shared@example.org")
    answer = browser(app).post(path)
    assert answer.status_code == 422
    assert rows(app, User)[0].email == "ana@example.org"


def test_an_administrator_can_change_an_address_and_the_old_one_is_told(
    app: Flask, admin_client: PageClient, make_user: MakeUser
) -> None:
    ana = make_user(role="viewer", email="ana@example.org", name="Ana Gil")
    answer = admin_client.post(f"/users/{ana.id}/edit", data={"name": "Ana Gil", "email": "gil@example.org"})
    assert answer.status_code == 303
    assert delivered(app)[-1]["To"] == "ana@example.org"
    assert can_sign_in(app, "gil@example.org", PASSWORD)
