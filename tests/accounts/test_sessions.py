"""Sessions: what the cookie is worth, how long, and who can end them."""

import sqlite3
from datetime import timedelta
from hashlib import sha256

from flask import Flask
from sqlalchemy import make_url

from crm import db
from crm.accounts import sessions
from crm.accounts.models import SignInSession, User
from crm.config import Config
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, MakeUser, SignIn, cookie_name
from tests.accounts.helpers import change, rows

HOME, ACCOUNT = "/sign-in", "/account"


def cookie(app: Flask, client: PageClient) -> str:
    found = client.get_cookie(cookie_name(app))
    assert found is not None
    return str(found.value)


def is_in(client: PageClient) -> bool:
    return client.get(ACCOUNT).status_code == 200


def test_the_cookie_is_long_random_and_only_its_hash_is_stored(app: Flask, sign_in: SignIn) -> None:
    first, second = (cookie(app, sign_in()) for _browser in range(2))
    assert first != second
    assert len(first) * 6 >= 128
    stored = [row.token_hash for row in rows(app, SignInSession)]
    assert stored == [sha256(token.encode()).hexdigest() for token in (first, second)]


def test_a_cookie_that_was_there_before_signing_in_is_worth_nothing_after(
    app: Flask, client: PageClient, make_user: MakeUser
) -> None:
    make_user(email="ana@example.org", password=PASSWORD)
    client.set_cookie(cookie_name(app), "planted-by-somebody")
    client.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD})
    assert cookie(app, client) != "planted-by-somebody"
    again = cookie(app, client)
    client.post("/sign-out")
    client.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD})
    thief = PageClient(app, app.response_class, use_cookies=True)
    for token in ("planted-by-somebody", again):
        thief.set_cookie(cookie_name(app), token)
        assert not is_in(thief)


def test_the_forgery_token_changes_with_signing_in(client: PageClient, make_user: MakeUser) -> None:
    make_user(email="ana@example.org", password=PASSWORD)
    client.get("/sign-in")
    before = client.token()
    client.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD})
    refused = client.post("/account/sessions/end", headers={"X-CSRFToken": before})
    assert refused.status_code in {400, 403}


def test_an_idle_session_ends_and_one_that_lasted_too_long_too(
    app: Flask, sign_in: SignIn, config: Config
) -> None:
    idle, old = sign_in(), sign_in()
    first, second = rows(app, SignInSession)
    change(
        app,
        SignInSession,
        SignInSession.id == first.id,
        used_at=db.now() - timedelta(seconds=config.session_idle + 1),
    )
    change(
        app,
        SignInSession,
        SignInSession.id == second.id,
        created_at=db.now() - timedelta(seconds=config.session_absolute + 1),
    )
    assert not is_in(idle)
    assert not is_in(old)


def test_using_a_session_keeps_it_alive_and_is_noted_at_most_once_a_minute(
    app: Flask, sign_in: SignIn
) -> None:
    client = sign_in()
    [fresh] = rows(app, SignInSession)
    assert is_in(client)
    assert rows(app, SignInSession)[0].used_at == fresh.used_at
    earlier = db.now() - timedelta(minutes=5)
    change(app, SignInSession, used_at=earlier)
    assert is_in(client)
    assert rows(app, SignInSession)[0].used_at > earlier + timedelta(minutes=4)


@on_sqlite
def test_reading_does_not_wait_for_somebody_who_writes(app: Flask, sign_in: SignIn, config: Config) -> None:
    client = sign_in()
    change(app, SignInSession, used_at=db.now() - timedelta(minutes=5))
    writer = sqlite3.connect(str(make_url(config.database_url).database), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert is_in(client)
    writer.execute("ROLLBACK")
    writer.close()


def test_asking_who_one_is_does_not_make_a_session_fresh(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    change(app, SignInSession, fresh_at=db.now() - timedelta(hours=1))
    page = client.get("/confirm").text
    assert "let others in, take data about people along or remove it for good" in page
    asked = client.post("/account/app/begin")
    assert asked.status_code == 303
    assert asked.location.startswith("/confirm")


def test_after_showing_the_password_again_the_step_is_open_and_the_token_new(
    app: Flask, sign_in: SignIn, make_user: MakeUser
) -> None:
    client = sign_in(make_user(password=PASSWORD))
    change(app, SignInSession, fresh_at=db.now() - timedelta(hours=1))
    before = cookie(app, client)
    assert client.post("/confirm", data={"password": "not the password"}).status_code == 422
    answer = client.post("/confirm", data={"password": PASSWORD, "next": "/account?x=1"})
    assert (answer.status_code, answer.location) == (303, "/account?x=1")
    assert cookie(app, client) != before
    assert client.post("/account/app/begin").location == "/account/app"
    client.set_cookie(cookie_name(app), before)
    assert not is_in(client)


def test_my_sessions_are_listed_and_can_be_ended_one_by_one_or_all_but_this(
    app: Flask, sign_in: SignIn, make_user: MakeUser
) -> None:
    ana, bob = make_user(), make_user()
    here, there, elsewhere, other = sign_in(ana), sign_in(ana), sign_in(ana), sign_in(bob)
    change(app, SignInSession, SignInSession.id == 2, browser="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    page = here.get(ACCOUNT).text
    assert "Firefox on Windows" in page
    assert page.count("/end") == 3  # Two others, and all others.
    assert here.post("/account/sessions/2/end").status_code == 303
    assert not is_in(there)
    here.post("/account/sessions/4/end")
    assert is_in(other)
    here.post("/account/sessions/end")
    assert (is_in(here), is_in(elsewhere), is_in(other)) == (True, False, True)


def test_a_new_password_ends_every_other_session(sign_in: SignIn, make_user: MakeUser) -> None:
    ana = make_user(password=PASSWORD)
    here, there = sign_in(ana), sign_in(ana)
    wrong = here.post("/account/password", data={"current": "nonsense", "password": "another quiet harbor"})
    assert wrong.status_code == 422
    assert is_in(there)
    done = here.post("/account/password", data={"current": PASSWORD, "password": "another quiet harbor"})
    assert done.status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)


def test_disabling_somebody_ends_what_they_are_doing(
    app: Flask, admin_client: PageClient, sign_in: SignIn, make_user: MakeUser
) -> None:
    ana = make_user(role="viewer")
    client = sign_in(ana)
    assert admin_client.post(f"/users/{ana.id}/disable").status_code == 303
    assert not is_in(client)
    assert rows(app, SignInSession, SignInSession.user_id == ana.id) == []


def test_a_disabled_account_is_out_even_where_its_session_row_is_left(app: Flask, sign_in: SignIn) -> None:
    client = sign_in()
    change(app, User, active=False)
    assert not is_in(client)


def test_an_administrator_can_sign_somebody_out_everywhere(
    admin_client: PageClient, sign_in: SignIn, make_user: MakeUser
) -> None:
    ana = make_user(role="viewer")
    one, two = sign_in(ana), sign_in(ana)
    admin_client.post(f"/users/{ana.id}/sessions/end")
    assert (is_in(one), is_in(two)) == (False, False)
    assert is_in(admin_client)


def test_a_role_that_is_taken_away_is_gone_with_the_next_click(
    app: Flask, admin_client: PageClient, sign_in: SignIn, make_user: MakeUser
) -> None:
    ana = make_user(role="administrator")
    client = sign_in(ana)
    assert client.get("/users").status_code == 200
    grants = admin_client.get(f"/users/{ana.id}").text
    grant_id = grants.split(f"/users/{ana.id}/roles/")[1].split("/")[0]
    assert admin_client.post(f"/users/{ana.id}/roles/{grant_id}/remove").status_code == 303
    assert client.get("/users").status_code == 403


def test_the_statement_of_every_request_has_no_values_that_say_how_to_plan_it() -> None:
    """PostgreSQL would plan it anew for each request if the table whose history it counts were one."""
    compiled = sessions._FIND.compile()
    assert set(compiled.params) == {"token_hash", "used_after", "created_after"}
    assert "subject_table = 'custom_field'" in str(compiled)
