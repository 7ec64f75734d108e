"""How long ago something was, in words."""

from datetime import timedelta

import pytest
from flask import Flask

from crm import db, i18n
from crm.plugin_api.testing.databases import on_sqlite

pytestmark = on_sqlite


@pytest.mark.parametrize(
    "seconds, words",
    [(0, "1 second ago"), (0.4, "1 second ago"), (-0.4, "1 second ago"), (30, "30 seconds ago")],
)
def test_what_was_done_just_now_is_past(
    seconds: float, words: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = db.now()
    monkeypatch.setattr(i18n, "now", lambda: now)
    with app.test_request_context():
        assert i18n.ago(now - timedelta(seconds=seconds)) == words
