"""Passwords: how they are kept and which are refused."""

import pytest
from argon2 import PasswordHasher
from flask import Flask

from crm.accounts import passwords
from crm.accounts.models import User
from crm.errors import UserError
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import PASSWORD, MakeUser
from tests.accounts.helpers import change, rows

PERSONAL = (
    "María Delgado-Okafor",
    "m.delgado",
    "m.delgado@harbor.example",
    "rollcall",
    "Northside Coalition",
)


def refused(app: Flask, password: str) -> str | None:
    with app.test_request_context():
        try:
            passwords.require_good(password, PERSONAL)
        except UserError as error:
            return error.message
    return None


@on_sqlite
@pytest.mark.parametrize(
    "password, why",
    [
        ("seven77", "too short"),
        ("Nine chars"[:9], "too short"),
        ("x" * 1001, "too long"),
        ("password12", "Many people"),
        ("P@ssw0rd2024", "Many people"),
        ("Elizabeth1!", "Many people"),
        ("contraseña1", "Many people"),
        ("qwertyuiop", "Many people"),
        ("1234567890", "Many people"),
        ("aaaaaaaaaaaa", "Many people"),
        ("abc1abc1abc1", "Many people"),
        ("delgado2024!", "your name"),
        ("MariaDelgado", "your name"),
        ("northside2026", "your name"),
        ("rollcall12345", "your name"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(app: Flask, password: str, why: str) -> None:
    assert why in (refused(app, password) or "")


@on_sqlite
@pytest.mark.parametrize(
    "password",
    [PASSWORD, "x7#Lq9!vTz", "a" + "b c" * 66 + "d", "пароль из пяти слов", "Delgado plants tulips"],
)
def test_good_passwords_are_taken_however_long_and_in_whatever_script(app: Flask, password: str) -> None:
    assert refused(app, password) is None


@on_sqlite
def test_every_entry_of_the_shipped_list_is_refused(app: Flask) -> None:
    common = passwords.common_passwords()
    assert len(common) > 4000
    long = [each for each in common if len(each) >= 6]
    assert [each for each in long if refused(app, each.ljust(10, "1")) is None] == []
    assert [each for each in long if refused(app, each.ljust(10, "!").upper()) is None] == []


def test_the_stored_hash_is_argon2id_with_parameters_that_cost_an_attacker() -> None:
    stored = passwords._hasher(False).hash("anything")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_earlier_cheaper_parameters_is_made_anew_on_signing_in(
    app: Flask, client: PageClient, make_user: MakeUser
) -> None:
    make_user(email="ana@example.org")
    cheap = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    change(app, User, password_hash=cheap)
    wrong = client.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD + "!"})
    assert wrong.status_code == 422
    assert rows(app, User)[0].password_hash == cheap
    client.post("/sign-in", data={"email": "ana@example.org", "password": PASSWORD})
    again = rows(app, User)[0].password_hash
    assert again != cheap
    with app.app_context():
        assert passwords.matches(again, PASSWORD)
