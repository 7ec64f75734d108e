"""Limits on failed tries: who is kept out, and who is not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from crm import db
from crm.accounts import limits
from crm.accounts.models import FailedAttempt
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import PASSWORD, MakeUser
from tests.accounts.helpers import change, rows

ANA = "ana@example.org"


def knock(app: Flask, password: str, email: str = ANA, address: str = "198.51.100.7", **more: Any) -> int:
    """Sign in with a browser of its own; the answer's status."""
    client = PageClient(app, app.response_class, use_cookies=True)
    data, environ = {"email": email, "password": password}, {"REMOTE_ADDR": address}
    return client.post("/sign-in", data=data, environ_overrides=environ, **more).status_code


def test_after_five_wrong_passwords_even_the_right_one_waits(
    app: Flask, client: PageClient, make_user: MakeUser
) -> None:
    make_user(email=ANA, password=PASSWORD)
    assert [knock(app, f"wrong number {number}") for number in range(6)] == [422] * 5 + [429]
    data = {"email": ANA, "password": PASSWORD}
    answer = client.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": "198.51.100.7"})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.text
    change(app, FailedAttempt, at=db.now() - timedelta(minutes=16))
    assert knock(app, PASSWORD) == 303


def test_the_account_can_still_be_entered_from_elsewhere(app: Flask, make_user: MakeUser) -> None:
    make_user(email=ANA, password=PASSWORD)
    for number in range(6):
        knock(app, f"wrong number {number}")
    assert knock(app, PASSWORD, address="203.0.113.9") == 303


def test_an_unknown_address_is_limited_the_same_way(app: Flask) -> None:
    assert [knock(app, "anything at all", "nobody@example.org") for _try in range(6)] == [422] * 5 + [429]


def test_signing_in_takes_its_own_try_back(app: Flask, make_user: MakeUser) -> None:
    make_user(email=ANA, password=PASSWORD)
    assert [knock(app, PASSWORD) for _visit in range(8)] == [303] * 8
    assert rows(app, FailedAttempt) == []


def test_one_address_cannot_try_many_accounts(
    app: Flask, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADDRESS", limits.Limit("address", 4, timedelta(minutes=15)))
    tries = [knock(app, "anything at all", f"person{number}@example.org") for number in range(5)]
    assert tries == [422] * 4 + [429]
    assert knock(app, "anything at all", address="203.0.113.9") == 422


@pytest.mark.parametrize("name", ["ACCOUNT", "EVERYBODY"])
def test_who_fills_a_wide_limit_keeps_out_strangers_but_not_the_owner(
    name: str, app: Flask, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(email=ANA, password=PASSWORD)
    assert knock(app, PASSWORD, address="203.0.113.9") == 303
    few = limits.Limit(name.lower(), 3, timedelta(hours=1), spares_known=True)
    monkeypatch.setattr(limits, name, few)
    tries = [knock(app, "anything at all", address=f"198.51.100.{number}") for number in range(4)]
    assert tries == [422] * 3 + [429]
    assert knock(app, PASSWORD, address="203.0.113.77") == 429
    assert knock(app, PASSWORD, address="203.0.113.9") == 303


def test_a_forged_header_moves_nobody_to_another_address(app: Flask) -> None:
    tries = [
        knock(app, "anything at all", headers={"X-Forwarded-For": f"203.0.113.{number}"})
        for number in range(6)
    ]
    assert tries[-1] == 429


def test_one_household_of_ipv6_is_one_address(app: Flask) -> None:
    tries = [knock(app, "anything at all", address=f"2001:db8:1:2::{number:x}") for number in range(6)]
    assert tries[-1] == 429
    assert knock(app, "anything at all", address="2001:db8:1:3::1") == 422


def test_many_tries_at_once_do_not_pass_together(app: Flask, make_user: MakeUser) -> None:
    make_user(email=ANA, password=PASSWORD)

    def one(number: int) -> int:
        return knock(app, f"wrong number {number}")

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(one, range(12)))
    assert answers == [422] * 5 + [429] * 7


def test_no_address_is_stored_as_it_is(app: Flask) -> None:
    knock(app, "anything at all")
    stored = "".join(row.kind + row.subject_hash for row in rows(app, FailedAttempt))
    assert stored
    assert ANA not in stored
    assert "198.51" not in stored
