"""What leaves the house: mail, links that work without an account, calendars for other programs, questions to
other sites."""

from collections.abc import Collection
from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from crm import db
from crm.access import system
from crm.accounts.delivery import answer_to as let_answer_to
from crm.accounts.delivery import of_message_ids
from crm.accounts.delivery import withdraw as take_back
from crm.accounts.limits import Attempt, TooManyTries, begin_download, begin_guess, begin_public
from crm.accounts.limits import succeeded as guessed_right
from crm.accounts.mail import send
from crm.accounts.models import OutgoingMail
from crm.accounts.services.owners import forget_answers
from crm.accounts.tokens import address_of
from crm.calendar.ics import Item, as_file, write
from crm.contacts.emailing import (
    ASKED,
    BOUNCED,
    Addresses,
    addresses_of,
    begin_mail,
    begin_mail_at,
    end_mail,
    end_mail_at,
    why_no_mail,
)
from crm.fetching import FEEDS, Page, Unreachable, Wish, fetch, fetch_file, refuse_inside
from crm.public_pages import without_session
from crm.runtime import runtime

__all__ = [
    "ASKED",
    "BOUNCED",
    "FEEDS",
    "Addresses",
    "Attempt",
    "Item",
    "Page",
    "TooManyTries",
    "Unreachable",
    "Wish",
    "address_of",
    "addresses_of",
    "answer_to",
    "as_file",
    "begin_download",
    "begin_guess",
    "begin_mail",
    "begin_mail_at",
    "begin_public",
    "delivery",
    "end_mail",
    "end_mail_at",
    "fetch",
    "fetch_file",
    "forget_answers",
    "guessed_right",
    "read_signed",
    "refuse_inside",
    "returned",
    "send",
    "signed",
    "why_no_mail",
    "withdraw",
    "without_session",
    "write",
]


def delivery(mail_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """How far messages are that `send` put into the outbox, by their id: `queued`, `waiting`, `handing`,
    `sent`, `failed` or `unclear`, and what went wrong. Those that were tidied away are left out."""
    found: dict[int, tuple[str, str]] = {}
    with system("whoever sent messages looks how far they are"):
        for some in db.chunks(mail_ids):
            columns = select(OutgoingMail.id, OutgoingMail.status, OutgoingMail.last_error)
            for row in db.session().execute(columns.where(OutgoingMail.id.in_(some))):
                found[row[0]] = (row[1], row[2])
    return found


def withdraw(mail_ids: Collection[int], *, waiting: bool = False) -> set[int]:
    """Take messages that failed out of the outbox for good, before others are written in their place; with
    `waiting` also those that have not left yet, such as those to somebody who must not be written to any
    more. Returns which of these they were. A message that may have left stays, and one that is being handed
    over may still arrive. Inside a transaction."""
    with system("whoever sent messages takes back those that did not leave"):
        return take_back(mail_ids, waiting=waiting)


def answer_to(mail_ids: Collection[int], address: str) -> None:
    """Let answers to those of these messages that have not left yet go to another address, such as that of
    whoever took over. Inside a transaction."""
    with system("whoever sent messages says who gets the answers"):
        for some in db.chunks(mail_ids):
            let_answer_to(OutgoingMail.id.in_(some), address)


def returned(text: str) -> list[tuple[int, str]]:
    """The messages of ours that a text quotes by their Message-ID, as (id, address): what a mail that came
    back proves. Nobody who has not seen a message can name it."""
    with system("which message of ours came back"):
        return [(row.id, row.recipient) for row in of_message_ids(text)]


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
