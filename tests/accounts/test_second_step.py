"""The second step: authenticator app and recovery codes, and what half a sign-in opens."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from crm import create_app, db
from crm.access import PUBLIC, declared_permission
from crm.accounts.models import Passkey, RecoveryCode, RoleGrant, SignInSession, User
from crm.accounts.services.second_factor import STEP
from crm.config import Config
from crm.errors import ConfigurationError
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, MakeUser, SignIn
from crm.sealing import is_old, seal, unseal
from tests.access.walking import steps, take, to_sign_in
from tests.accounts.helpers import change, delivered, rows, text_of, writing

EMAIL = "ana@example.org"


@dataclass
class Ana:
    """Somebody with an authenticator app: its secret, and her recovery codes."""

    app: Flask
    client: PageClient
    user_id: int
    secret: str
    codes: list[str]

    def code(self, steps_ahead: int = 0) -> str:
        """What the app shows, now or some half minutes away."""
        moment = db.now() + timedelta(seconds=STEP * steps_ahead)
        return pyotp.TOTP(self.secret).at(moment)

    def forget_steps(self) -> None:
        """As if the codes of this minute had never been used."""
        change(self.app, User, User.id == self.user_id, totp_last_step=None)

    def half(self) -> PageClient:
        """A browser that has shown the password and nothing else."""
        client = PageClient(self.app, self.app.response_class, use_cookies=True)
        answer = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
        assert answer.location.startswith("/sign-in/second-step")
        return client


@pytest.fixture
def ana(app: Flask, sign_in: SignIn, make_user: MakeUser) -> Ana:
    user = make_user(role="viewer", email=EMAIL, name="Ana Gil")
    client = sign_in(user)
    assert client.post("/account/app/begin").location == "/account/app"
    secret = secret_on(client.get("/account/app").text)
    page = client.post("/account/app", data={"code": pyotp.TOTP(secret).now()}).text
    codes = re.findall(r"<code>([a-z2-9-]{14})</code>", page)
    assert len(set(codes)) == 10, page
    found = Ana(app, client, user.id, secret, codes)
    found.forget_steps()
    return found


def secret_on(page: str) -> str:
    shown = re.search(r'rc-secret">([A-Z2-7 ]+)<', page)
    assert shown is not None
    return shown.group(1).replace(" ", "")


def test_a_code_of_the_app_is_asked_for_after_the_password(ana: Ana) -> None:
    client = ana.half()
    assert client.get("/account").location.startswith("/sign-in")
    wrong = client.post("/sign-in/second-step", data={"code": "000000"})
    assert wrong.status_code == 422
    typed = f" {ana.code()[:3]} {ana.code()[3:]} "
    right = client.post("/sign-in/second-step", data={"code": typed, "next": "/account"})
    assert (right.status_code, right.location) == (303, "/account")
    assert client.get("/account").status_code == 200


def test_the_page_that_was_asked_for_is_remembered_over_both_steps(ana: Ana) -> None:
    client = PageClient(ana.app, ana.app.response_class, use_cookies=True)
    first = client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD, "next": "/contacts?q=x"})
    page = client.get(first.location).text
    hidden = re.search(r'name="next"[^>]*value="([^"]*)"', page)
    assert hidden is not None
    second = client.post("/sign-in/second-step", data={"code": ana.code(), "next": hidden.group(1)})
    assert second.location == "/contacts?q=x"


@on_sqlite
def test_half_a_sign_in_reaches_nothing_but_the_second_step(ana: Ana) -> None:
    client = ana.half()
    for step in steps(ana.app, {}):
        if declared_permission(ana.app, step.endpoint) != PUBLIC:
            answer = take(client, step)
            assert to_sign_in(answer), f"{step}: {answer.status_code}"


def test_half_a_sign_in_ends_after_ten_minutes(ana: Ana) -> None:
    client = ana.half()
    half = SignInSession.stage == "second_factor"
    change(ana.app, SignInSession, half, created_at=db.now() - timedelta(minutes=11))
    answer = client.post("/sign-in/second-step", data={"code": ana.code()})
    assert to_sign_in(answer)


def test_a_code_is_good_once_and_within_a_minute(ana: Ana) -> None:
    code = ana.code()
    assert ana.half().post("/sign-in/second-step", data={"code": code}).status_code == 303
    assert ana.half().post("/sign-in/second-step", data={"code": code}).status_code == 422
    assert ana.half().post("/sign-in/second-step", data={"code": ana.code(-1)}).status_code == 422
    assert ana.half().post("/sign-in/second-step", data={"code": ana.code(+1)}).status_code == 303
    ana.forget_steps()
    for away in (-3, 3):
        assert ana.half().post("/sign-in/second-step", data={"code": ana.code(away)}).status_code == 422


@pytest.mark.parametrize("way", ["app", "recovery"])
def test_of_two_at_once_with_the_same_code_one_gets_in(way: str, ana: Ana) -> None:
    code = ana.code() if way == "app" else ana.codes[0]
    browsers = [ana.half(), ana.half()]

    def one(client: PageClient) -> int:
        return client.post(f"/sign-in/second-step?way={way}", data={"code": code}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, browsers)) == [303, 422]


def test_a_recovery_code_stands_in_once_however_it_is_typed_and_its_owner_is_told(ana: Ana) -> None:
    code = ana.codes[0]
    typed = code.replace("-", " ").upper()
    path = "/sign-in/second-step?way=recovery"
    assert ana.half().post(path, data={"code": typed}).status_code == 303
    assert ana.half().post(path, data={"code": code}).status_code == 422
    assert ana.half().post(path, data={"code": ana.codes[1]}).status_code == 303
    notice = text_of(delivered(ana.app)[-1])
    assert "recovery code was used" in notice
    assert "Codes that are left: 8." in notice


def test_new_recovery_codes_end_the_old_ones(ana: Ana) -> None:
    page = ana.client.post("/account/codes").text
    fresh = re.findall(r"<code>([a-z2-9-]{14})</code>", page)
    assert set(fresh).isdisjoint(ana.codes)
    path = "/sign-in/second-step?way=recovery"
    assert ana.half().post(path, data={"code": ana.codes[0]}).status_code == 422
    assert ana.half().post(path, data={"code": fresh[0]}).status_code == 303


def test_guessing_codes_is_limited_and_the_owner_still_gets_in_from_elsewhere(ana: Ana) -> None:
    client = ana.half()
    answers = [client.post("/sign-in/second-step", data={"code": "000000"}).status_code for _try in range(6)]
    assert answers == [422] * 5 + [429]
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    data = {"code": ana.code()}
    answer = client.post("/sign-in/second-step", data=data, environ_overrides=elsewhere)
    assert answer.status_code == 303


def test_a_new_password_by_a_link_does_not_skip_the_second_step(ana: Ana) -> None:
    from tests.accounts.helpers import link_in

    someone = PageClient(ana.app, ana.app.response_class, use_cookies=True)
    someone.post("/forgot", data={"email": EMAIL})
    path = link_in(delivered(ana.app)[-1])
    answer = someone.post(path, data={"password": "another quiet harbor"})
    assert answer.location.startswith("/sign-in/second-step")
    assert to_sign_in(someone.get("/account"))


def test_secrets_and_codes_do_not_stand_in_the_database(ana: Ana) -> None:
    [user] = rows(ana.app, User)
    stored = str(vars(user)) + "".join(row.code_hash for row in rows(ana.app, RecoveryCode))
    stored += "".join(str(row.data) for row in rows(ana.app, SignInSession))
    assert ana.secret not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in ana.codes)


def test_setting_up_and_removing_ask_for_a_fresh_sign_in_and_tell_the_owner(ana: Ana) -> None:
    assert "authenticator app was added" in text_of(delivered(ana.app)[-1])
    change(ana.app, SignInSession, fresh_at=db.now() - timedelta(minutes=16))
    for path in ("/account/app/remove", "/account/codes", "/account/passkeys/options", "/account/email"):
        assert ana.client.post(path).location.startswith("/confirm"), path
    assert ana.client.post("/confirm", data={"password": PASSWORD}).status_code == 422  # The code is missing.
    assert ana.client.post("/confirm", data={"password": PASSWORD, "code": ana.code()}).status_code == 303
    assert ana.client.post("/account/app/remove").status_code == 303
    assert "authenticator app was removed" in text_of(delivered(ana.app)[-1])
    assert rows(ana.app, RecoveryCode) == []
    plain = PageClient(ana.app, ana.app.response_class, use_cookies=True)
    answer = plain.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert answer.location == "/"


def test_a_secret_counts_only_once_its_app_has_shown_a_code(
    app: Flask, sign_in: SignIn, make_user: MakeUser
) -> None:
    client = sign_in(make_user(email=EMAIL))
    client.post("/account/app/begin")
    assert client.post("/account/app", data={"code": "000000"}).status_code == 422
    assert rows(app, User)[0].totp_secret is None


def test_an_administrator_removes_a_lost_second_step_and_its_owner_is_told(
    ana: Ana, admin_client: PageClient
) -> None:
    assert admin_client.post(f"/users/{ana.user_id}/second-step/remove").status_code == 303
    assert to_sign_in(ana.client.get("/account"))
    assert "administrator removed" in text_of(delivered(ana.app)[-1])
    assert rows(ana.app, User, User.id == ana.user_id)[0].totp_secret is None


def test_what_was_sealed_opens_in_its_place_only(app: Flask) -> None:
    with app.app_context():
        first, second = seal("secret", "user:1"), seal("secret", "user:1")
        assert first != second
        assert unseal(first, "user:1") == "secret"
        flipped = first[:-9] + ("A" if first[-9] != "A" else "B") + first[-8:]
        for sealed, context in ((first, "user:2"), (flipped, "user:1")):
            with pytest.raises(ConfigurationError):
                unseal(sealed, context)


def with_key(config: Config, key: str, old: str = "") -> Flask:
    return create_app(replace(config, secret_key=key, extra={"CRM_OLD_SECRET_KEYS": old}))


def test_after_the_key_changed_what_the_old_one_sealed_still_opens_and_is_sealed_anew(
    ana: Ana, config: Config
) -> None:
    rotated = with_key(config, "a-new-key", old=f"unrelated, {config.secret_key}")
    moved = replace(ana, app=rotated)
    assert moved.half().post("/sign-in/second-step", data={"code": ana.code()}).status_code == 303
    only_new = with_key(config, "a-new-key")
    with only_new.app_context():
        sealed = rows(only_new, User)[0].totp_secret
        assert unseal(sealed, f"user_account.totp_secret:{ana.user_id}") == ana.secret
        assert not is_old(sealed)
    for app in (rotated, only_new):
        app.extensions["crm"].engine.dispose()


def test_whoever_has_passkeys_alone_does_not_show_again_who_they_are_by_the_password(ana: Ana) -> None:
    change(ana.app, User, User.id == ana.user_id, totp_secret=None)
    with writing(ana.app) as session:
        session.add(Passkey(user_id=ana.user_id, name="Key", credential_id=b"1", public_key=b"2"))
    change(ana.app, SignInSession, fresh_at=db.now() - timedelta(hours=1))
    for code in ("", "123456"):
        answer = ana.client.post("/confirm", data={"password": PASSWORD, "code": code})
        assert (answer.status_code, "Use your passkey" in answer.text) == (422, True)
    answer = ana.client.post("/confirm", data={"password": PASSWORD, "code": ana.codes[0]})
    assert answer.status_code == 303


@pytest.mark.parametrize("page", ["/users/new", "/users/{id}/roles", "/users/{id}/roles/1/remove"])
def test_giving_and_taking_a_role_ask_for_a_fresh_sign_in(
    ana: Ana, admin_client: PageClient, page: str
) -> None:
    change(ana.app, SignInSession, fresh_at=db.now() - timedelta(hours=1))
    before = rows(ana.app, RoleGrant)
    here = page.format(id=ana.user_id)
    answer = admin_client.post(here, data={}, headers={"Referer": f"http://localhost/users/{ana.user_id}"})
    assert answer.location == f"/confirm?next=/users/{ana.user_id}"
    assert len(rows(ana.app, RoleGrant)) == len(before)
