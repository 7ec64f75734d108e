"""The list of people who sign in, one's own account, and what somebody can see."""

import re

from flask import Flask

from crm.accounts.models import User
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, MakeUser, SignIn
from tests.access.conftest import Site
from tests.accounts.helpers import change, rows


def names(page: str) -> list[str]:
    return re.findall(r'class="rc-name" href="/users/\d+">([^<]+)<', page)


def test_people_are_listed_with_roles_and_state_and_found_by_name_or_address(
    admin_client: PageClient, make_user: MakeUser, site: Site
) -> None:
    make_user(role="viewer", scope=site.inside, name="Zoë Ámbar", email="zoe@harbor.example")
    gone = make_user(role="organizer", name="Old Timer")
    admin_client.post(f"/users/{gone.id}/disable")
    page = admin_client.get("/users").text
    assert "Viewer over Lincoln School" in page
    assert "Old Timer" not in names(page)
    assert "Old Timer" in names(admin_client.get("/users?disabled=1").text)
    assert names(admin_client.get("/users?q=HARBOR").text) == ["Zoë Ámbar"]
    assert names(admin_client.get("/users?q=100%25").text) == []
    fragment = admin_client.get("/users?q=nobody-like-this", headers={"HX-Request": "true"}).text
    assert "Nobody found" in fragment


def test_the_list_asks_the_database_as_often_for_many_as_for_few(
    app: Flask, admin_client: PageClient, make_user: MakeUser
) -> None:
    from sqlalchemy import event

    asked: list[str] = []
    event.listen(app.extensions["crm"].engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def count() -> int:
        asked.clear()
        assert admin_client.get("/users").status_code == 200
        return len([statement for statement in asked if statement.startswith("SELECT")])

    few = count()
    for _number in range(8):
        make_user(role="viewer")
    assert count() == few


def test_somebody_who_is_disabled_cannot_sign_in_until_enabled(
    app: Flask, admin_client: PageClient, make_user: MakeUser
) -> None:
    ana = make_user(role="viewer", email="ana@example.org")
    data = {"email": "ana@example.org", "password": PASSWORD}

    def enter() -> int:
        return PageClient(app, app.response_class, use_cookies=True).post("/sign-in", data=data).status_code

    assert enter() == 303
    admin_client.post(f"/users/{ana.id}/disable")
    assert enter() == 422
    assert admin_client.post(f"/users/{ana.id}/reset").status_code == 422
    admin_client.post(f"/users/{ana.id}/enable")
    assert enter() == 303


def test_what_somebody_can_see_is_counted_named_and_said_in_words(
    admin_client: PageClient, make_user: MakeUser, site: Site
) -> None:
    ana = make_user(role="viewer", scope=site.inside)
    page = admin_client.get(f"/users/{ana.id}/sees").text
    assert "Ines Inside" in page
    assert "Lincoln School" in page
    assert "Ana Outside" not in page
    assert re.search(r'rc-figure rc-num">2<', page)
    assert "Over: Lincoln School" in page
    everything = admin_client.get(f"/users/{make_user(role='viewer').id}/sees").text
    assert re.search(r'rc-figure rc-num">4<', everything)
    assert "Over: Everything" in everything
    nothing = admin_client.get(f"/users/{make_user().id}/sees").text
    assert "this person has no role" in nothing


def test_whoever_asks_learns_no_name_that_they_may_not_see(
    app: Flask, sign_in: SignIn, make_user: MakeUser, site: Site
) -> None:
    from crm.accounts.models import Role
    from tests.accounts.helpers import writing

    with writing(app) as session:
        session.add(Role(name="clerk", label="Clerk", permissions=["accounts.view"]))
    clerk, ana = make_user(role="clerk"), make_user(role="viewer")
    page = sign_in(clerk).get(f"/users/{ana.id}/sees").text
    assert re.search(r'rc-figure rc-num">4<', page)
    assert "Lincoln School" not in page
    assert "Ines" not in page


@on_sqlite
def test_a_user_who_is_not_there_is_404(admin_client: PageClient) -> None:
    for path in (
        "/users/999999",
        "/users/999999/sees",
        "/users/999999/edit",
        "/roles/999999",
        "/outbox/999999",
    ):
        assert admin_client.get(path).status_code == 404


def test_the_profile_is_saved_and_used_at_once(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="viewer")
    data = {"name": "  Ana   Gil ", "language": "es", "time_zone": "America/Chicago", "theme": "dark"}
    assert client.post("/account/profile", data=data).status_code == 303
    [user] = rows(app, User)
    saved = (user.name, user.language, user.time_zone, user.theme)
    assert saved == ("Ana Gil", "es", "America/Chicago", "dark")
    page = client.get("/account").text
    assert '<html lang="es"' in page
    assert 'data-bs-theme="dark"' in page
    for wrong in ({"name": " "}, {"language": "xx"}, {"time_zone": "Mars/Olympus"}, {"theme": "loud"}):
        assert client.post("/account/profile", data=data | wrong).status_code == 422


def test_posting_other_columns_changes_none_of_them(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="viewer")
    [before] = rows(app, User)
    columns = {column.name: "1" for column in User.__table__.columns if column.name not in {"name", "theme"}}
    client.post(
        "/account/profile", data=columns | {"name": "Ana", "theme": "auto", "language": "", "time_zone": ""}
    )
    [after] = rows(app, User)
    kept = [name for name in columns if name not in {"language", "time_zone"}]
    assert {name: getattr(after, name) for name in kept} == {name: getattr(before, name) for name in kept}


@on_sqlite
def test_a_new_password_must_be_a_good_one(sign_in: SignIn) -> None:
    client = sign_in(role="viewer", name="Ana Gil", email="ana.gil@example.org")
    for weak, why in (("short", "too short"), ("password123!", "Many people"), ("ana.gil.2026", "your name")):
        answer = client.post("/account/password", data={"current": PASSWORD, "password": weak})
        assert answer.status_code == 422
        assert why in answer.text


@on_sqlite
def test_guessing_the_current_password_is_limited(sign_in: SignIn) -> None:
    client = sign_in(role="viewer")
    data = {"current": "not this one", "password": "another quiet harbor"}
    answers = [client.post("/account/password", data=data).status_code for _try in range(6)]
    assert answers == [422] * 5 + [429]


@on_sqlite
def test_the_language_can_be_chosen_before_signing_in_and_holds_after(
    client: PageClient, make_user: MakeUser
) -> None:
    make_user(role="viewer", email="ana@example.org")
    assert "Sign in" in client.get("/sign-in").text
    answer = client.post("/language", data={"language": "es", "next": "/forgot"})
    assert answer.location == "/forgot"
    assert '<html lang="es"' in client.get("/sign-in").text
    client.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD})
    assert '<html lang="es"' in client.get("/account").text
    client.post("/language", data={"language": "tlh"})
    assert '<html lang="es"' in client.get("/account").text


@on_sqlite
def test_markup_in_a_name_stays_text(app: Flask, admin_client: PageClient, make_user: MakeUser) -> None:
    ana = make_user(role="viewer")
    change(app, User, User.id == ana.id, name="<img src=x onerror=alert(1)>{{7*7}}")
    for path in ("/users", f"/users/{ana.id}", f"/users/{ana.id}/sees", f"/users/{ana.id}/edit"):
        page = admin_client.get(path).text
        assert "<img src=x" not in page, path
        assert "{{7*7}}" in page, path
