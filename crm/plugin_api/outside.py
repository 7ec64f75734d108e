"""What leaves the house: mail, links that work without an account, calendars for other programs."""

from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from crm import db
from crm.access import system
from crm.accounts.limits import Attempt, TooManyTries, begin_guess
from crm.accounts.limits import succeeded as guessed_right
from crm.accounts.mail import send
from crm.accounts.models import OutgoingMail
from crm.accounts.tokens import address_of
from crm.calendar.ics import Item, as_file, write
from crm.contacts.emailing import Addresses, addresses_of
from crm.runtime import runtime

__all__ = [
    "Addresses",
    "Attempt",
    "Item",
    "TooManyTries",
    "address_of",
    "addresses_of",
    "as_file",
    "begin_guess",
    "guessed_right",
    "mail_status",
    "read_signed",
    "send",
    "signed",
    "write",
]


def mail_status(mail_id: int) -> str:
    """How far a message is: `queued`, `waiting` (tried again), `handing`, `sent`, `failed`, `unclear`;
    empty when it is gone."""
    with system("how far a message is"):
        return db.session().scalar(select(OutgoingMail.status).where(OutgoingMail.id == mail_id)) or ""


def signed(values: list[Any], purpose: str) -> str:
    """A text that only this installation can make, for a link; `purpose` keeps one kind from being
    another."""
    return str(_serializer(purpose).dumps(values))


def read_signed(text: str, purpose: str) -> list[Any] | None:
    """What was signed; None for what is not ours or was altered."""
    try:
        found: list[Any] = _serializer(purpose).loads(text)
    except BadSignature:
        return None
    return found


def _serializer(purpose: str) -> URLSafeSerializer:
    config = runtime().config
    old = [key.strip() for key in config.extra.get("CRM_OLD_SECRET_KEYS", "").split(",") if key.strip()]
    return URLSafeSerializer(
        [*old, config.secret_key],  # The last one signs, all are known.
        salt=f"rollcall plugin {purpose}",
        signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
    )
