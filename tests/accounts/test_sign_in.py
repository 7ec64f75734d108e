"""Signing in with a password, and out again."""

import re

from flask import Flask
from flask_login import current_user
from sqlalchemy import select

from crm import db
from crm.accounts.models import SignInSession
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import PASSWORD, MakeUser, SignIn, cookie_name


def open_sessions(app: Flask) -> int:
    with app.app_context():
        return len(db.session().scalars(select(SignInSession)).all())


def without_tokens(page: str) -> str:
    """The page without its forgery tokens, which differ from second to second."""
    return re.sub(r"[\w-]{20,}\.[\w-]{6}\.[\w-]{27}", "", page)


def test_the_right_password_opens_a_session_and_leads_to_the_page_asked_for(
    app: Flask, client: PageClient, make_user: MakeUser
) -> None:
    make_user(role="viewer", email="Ana@Example.org", password=PASSWORD)
    answer = client.post(
        "/sign-in?next=/account",
        data={"email": " ana@example.ORG ", "password": PASSWORD, "next": "/account"},
    )
    assert (answer.status_code, answer.location) == (303, "/account")
    assert open_sessions(app) == 1
    with client:
        client.get("/sign-in")
        assert current_user.name.startswith("Viewer")


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    app: Flask, client: PageClient, make_user: MakeUser
) -> None:
    make_user(email="ana@example.org", password=PASSWORD)
    pages = []
    for email in ("ana@example.org", "bob@example.org"):
        answer = client.post("/sign-in", data={"email": email, "password": PASSWORD + "x"})
        assert answer.status_code == 422
        pages.append(without_tokens(answer.text).replace(email, ""))
    assert "is not right" in pages[0]
    assert pages[0] == pages[1]
    assert open_sessions(app) == 0


def test_case_spaces_and_the_seventy_third_character_of_a_password_count(
    client: PageClient, make_user: MakeUser
) -> None:
    password = "Seventy-two characters are all that some ways of keeping passwords ever look at."
    make_user(email="ana@example.org", password=password)
    for near in (password.lower(), password + " ", password[:72], password[:-1] + "!"):
        assert client.post("/sign-in", data={"email": "ana@example.org", "password": near}).status_code == 422
    right = client.post("/sign-in", data={"email": "ana@example.org", "password": password})
    assert right.status_code == 303


def test_after_signing_out_the_cookie_is_worth_nothing(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="administrator")
    cookie = client.get_cookie(cookie_name(app))
    assert cookie is not None
    assert client.post("/sign-out").status_code == 303
    assert open_sessions(app) == 0
    assert client.get_cookie(cookie_name(app)) is None
    client.set_cookie(cookie_name(app), cookie.value)
    assert client.get("/sign-in").status_code == 200
