"""An open letter, and what its tests share."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db, public_pages
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import OutgoingMail
from crm.plugin_api.testing.application import PageClient
from crm.signons import services
from crm.signons.models import Letter, Signature
from tests.contacts.conftest import add

__all__ = ["add"]

HARBOR = {
    "organization": "Harbor Niños", "signer_name": "Ana Núñez", "signer_title": "Director",
    "signer_email": "ana@example.org", "authorized": "yes",
}  # fmt: skip
LETTER: dict[str, Any] = {
    "title": "Every day counts", "addressee": "The board", "language": "en", "closes_on": None,
    "coalition_id": None, "campaign_id": None, "owner_user_id": None, "body": "We ask for buses.",
}  # fmt: skip


@pytest.fixture
def letter(app: Flask) -> tuple[int, str]:
    """An open letter: its id and public key."""
    with app.app_context(), db.transaction(Actor.system(), "signons.create", "For a test"):
        made = services.create(LETTER, Actor.system())
        return made.id, made.public_key


@pytest.fixture(autouse=True)
def _slow_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_pages, "FASTEST", 0)


def rows(app: Flask, statement: Any) -> list[Any]:
    with app.app_context(), system("test"):
        return [row[0] if len(row) == 1 else tuple(row) for row in db.session().execute(statement).all()]


def act(app: Flask, what: Callable[[], Any]) -> Any:
    """Does something as the system, in a transaction of its own."""
    with app.app_context(), system("test"), db.transaction(Actor.system(), "test", "For a test"):
        return what()


def send(app: Flask, client: PageClient, key: str, **changes: Any) -> Any:
    with app.app_context():
        stamp = public_pages.stamp(key)
    return client.post(f"/letters/{key}", data={**HARBOR, "stamp": stamp, **changes})


def link(app: Flask, to: str = "ana@example.org") -> str:
    """The newest link that was mailed to somebody."""
    mailed = select(OutgoingMail.body).where(OutgoingMail.recipient == to).order_by(OutgoingMail.id)
    return re.search(r"/letters/(?:signature|invitation)/\S+", rows(app, mailed)[-1])[0]  # type: ignore[index]  # It is there.


def approve(app: Flask, signature_id: int) -> None:
    """Confirmed by its signer, then approved."""

    def what() -> None:
        row = db.session().get_one(Signature, signature_id)
        found = db.session().get_one(Letter, row.letter_id)
        services.confirm(row, found)
        services.decide(row, found, "approved")

    act(app, what)
