"""Settings that administrators set in a page: sealed where they are secret, refused where they make no
sense."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import UserError
from crm.plugin_api import Setting
from crm.plugin_api.testing import SignIn
from crm.settings import services

KEY, RATE = "policy.test_key", "policy.test_rate"


@pytest.fixture
def declared(app: Flask) -> Flask:
    """Two settings beside those that plugins declare."""
    known = app.extensions["crm"].settings
    known[KEY] = Setting(KEY, "Key", "secret")
    known[RATE] = Setting(RATE, "Rate", "number", "10")
    return app


def change(values: dict[str, Any]) -> list[str]:
    with db.transaction(Actor.system(), "settings.test"):
        return services.change(values, Actor.system())


def test_a_secret_is_sealed_and_never_shown(declared: Flask) -> None:
    with declared.app_context():
        change({KEY: "topsecret"})
        assert services.setting(KEY) == "topsecret"
        assert services.shown()[KEY] == "1"
        with system("the test looks"):
            kept = str(db.session().execute(text("SELECT * FROM setting_value")).all())
        assert "topsecret" not in kept
        change({KEY: None})
        assert services.setting(KEY) == "topsecret"
        change({KEY: ""})
        assert services.setting(KEY) == ""


def test_a_number_is_a_number_and_has_a_default(declared: Flask) -> None:
    with declared.app_context():
        assert services.setting(RATE) == "10"
        with pytest.raises(UserError, match="whole number"):
            change({RATE: "often"})
        change({RATE: "60"})
        assert services.setting(RATE) == "60"


def test_only_administrators_set_them(app: Flask, sign_in: SignIn) -> None:
    assert sign_in(role="administrator").get("/settings/").status_code == 200
    assert sign_in(role="organizer").get("/settings/").status_code == 403
    assert sign_in(role="organizer").post("/settings/").status_code == 403
