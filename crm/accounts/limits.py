"""Limits on failed tries: per account and address, per address, per account, and over all.

A try is counted before it is judged and uncounted when it succeeds, so that many at once cannot pass
together. Whoever fills the limit of an account or of the whole site locks out only addresses that the
person has never signed in from.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from flask import request
from flask_babel import gettext as _
from sqlalchemy import delete, func, insert, select

from crm import db
from crm.accounts.models import FailedAttempt, KnownAddress
from crm.accounts.turns import take_turn
from crm.errors import UserError
from crm.runtime import runtime


class TooManyTries(UserError):
    """A limit is reached; the sentence says when to come back."""

    status = 429


@dataclass(frozen=True)
class Limit:
    """At most `most` failed tries of a `kind` within `window` for one subject."""

    kind: str
    most: int
    window: timedelta
    spares_known: bool = False
    """Whether it leaves alone the addresses that the account has signed in from."""


HERE = Limit("account_here", 5, timedelta(minutes=15))
ADDRESS = Limit("address", 50, timedelta(minutes=15))
ACCOUNT = Limit("account", 100, timedelta(hours=1), spares_known=True)
EVERYBODY = Limit("everybody", 1000, timedelta(minutes=5), spares_known=True)
FACTOR_HERE = Limit("factor_here", 5, timedelta(minutes=15))
FACTOR = Limit("factor", 30, timedelta(hours=1), spares_known=True)
LINK_ACCOUNT = Limit("link_account", 3, timedelta(hours=1))
LINK_ADDRESS = Limit("link_address", 20, timedelta(hours=1))
ANSWER = Limit("answer", 20, timedelta(minutes=15))
ANSWER_ADDRESS = Limit("answer_address", 200, timedelta(minutes=15))
FEED = Limit("calendar_feed", 60, timedelta(hours=1))
TOKEN_ADDRESS = Limit("token_address", 30, timedelta(minutes=15))
PUBLIC_HERE = Limit("public_here", 60, timedelta(hours=1))
PUBLIC_FORM = Limit("public_form", 500, timedelta(hours=1))
PUBLIC_MAIL = Limit("public_mail", 3, timedelta(hours=1))
NOTICE = Limit("notice", 20, timedelta(hours=1))
NOTICE_HERE = Limit("notice_here", 5, timedelta(hours=1))
GUESS = Limit("guess", 10, timedelta(hours=1))
GUESS_HERE = Limit("guess_here", 5, timedelta(minutes=15))
GUESS_ADDRESS = Limit("guess_address", 30, timedelta(hours=1))
LONGEST_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Attempt:
    """A try that was counted."""

    ids: tuple[int, ...]


def client_address() -> str:
    """The address that a request came from; of IPv6 the /64 network, which one household owns whole."""
    text = request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network(f"{address}/64", strict=False))
    return str(address)


def keyed(text: str) -> str:
    """A hash that nobody can guess back without this installation's key: no address is kept as it is."""
    return hmac.new(runtime().config.secret_key.encode(), text.encode(), sha256).hexdigest()


def begin_sign_in(email_key: str, user_id: int | None) -> Attempt:
    """Count a try to sign in; TooManyTries when a limit is reached. Inside a transaction."""
    here = client_address()
    return _begin(
        user_id, [(HERE, f"{email_key} {here}"), (ADDRESS, here), (ACCOUNT, email_key), (EVERYBODY, "")]
    )


def begin_factor(user_id: int) -> Attempt:
    """Count a try at a second factor or at proving again who one is. Inside a transaction."""
    here = client_address()
    return _begin(user_id, [(FACTOR_HERE, f"{user_id} {here}"), (FACTOR, str(user_id)), (ADDRESS, here)])


def begin_link_request(email_key: str) -> bool:
    """Count a request for a link by mail. TooManyTries when this address asks too often; False when this
    account was asked for too often, which nobody is told. Inside a transaction."""
    _begin(None, [(LINK_ADDRESS, client_address())])
    return _is_within(LINK_ACCOUNT, email_key)


def _is_within(limit: Limit, subject: str) -> bool:
    """Count a try; False when the limit is reached, for a sentence would tell about somebody else."""
    try:
        _begin(None, [(limit, subject)])
    except TooManyTries:
        return False
    return True


def begin_token() -> Attempt:
    """Count a try to use a link or to begin with a passkey. Inside a transaction."""
    return _begin(None, [(TOKEN_ADDRESS, client_address())])


def succeeded(attempt: Attempt) -> None:
    """The try was right: uncount it."""
    db.session().execute(delete(FailedAttempt).where(FailedAttempt.id.in_(attempt.ids)))


def forget(email_key: str) -> None:
    """Forget what failed for an account: its owner has just shown who they are."""
    subjects = [keyed(f"{ACCOUNT.kind} {email_key}"), keyed(f"{HERE.kind} {email_key} {client_address()}")]
    db.session().execute(delete(FailedAttempt).where(FailedAttempt.subject_hash.in_(subjects)))


def _begin(user_id: int | None, checks: Sequence[tuple[Limit, str]]) -> Attempt:
    known = user_id is not None and _is_known(user_id)
    for limit, subject in checks:
        take_turn(f"{limit.kind} {subject}")
        if _count(limit, subject) >= limit.most and not (known and limit.spares_known):
            raise TooManyTries(_wait(limit))
    rows = [
        {"kind": limit.kind, "subject_hash": keyed(f"{limit.kind} {subject}"), "at": db.now()}
        for limit, subject in checks
    ]
    ids = db.session().execute(insert(FailedAttempt).returning(FailedAttempt.id), rows).scalars()
    return Attempt(tuple(ids))


def _wait(limit: Limit) -> str:
    minutes = int(limit.window.total_seconds() // 60)
    return _("Too many tries. Wait %(minutes)s minutes and try again.", minutes=minutes)


def _count(limit: Limit, subject: str) -> int:
    statement = select(func.count()).where(
        FailedAttempt.kind == limit.kind,
        FailedAttempt.subject_hash == keyed(f"{limit.kind} {subject}"),
        FailedAttempt.at > db.now() - limit.window,
    )
    return db.session().scalar(statement) or 0


def _is_known(user_id: int) -> bool:
    statement = select(KnownAddress.id).where(
        KnownAddress.user_id == user_id, KnownAddress.address_hash == keyed(client_address())
    )
    return db.session().scalar(statement) is not None


def remember_address(user_id: int) -> None:
    """Know the address of this request as one that the user signs in from."""
    hashed = keyed(client_address())
    statement = select(KnownAddress).where(
        KnownAddress.user_id == user_id, KnownAddress.address_hash == hashed
    )
    row = db.session().scalar(statement)
    if row is None:
        db.session().add(KnownAddress(user_id=user_id, address_hash=hashed))
    else:
        row.used_at = db.now()
    db.session().flush()


def begin_answer(guest_id: int) -> None:
    """Count an answer that somebody gives by the link of an invitation; many people of one office may share
    an address. Inside a transaction."""
    _begin(None, [(ANSWER, str(guest_id)), (ANSWER_ADDRESS, client_address())])


def begin_feed(feed_id: int) -> None:
    """Count that a calendar program reads a feed. Inside a transaction."""
    _begin(None, [(FEED, str(feed_id))])


def begin_public(page: str, email_key: str) -> bool:
    """Count what somebody without an account sends. TooManyTries when their network address or the form has
    sent too much; False when the email address was written to too often, so that nobody's inbox is filled
    through us. The sender is not told of that: it would say that the address was used here, and let anybody
    shut out its owner. What they sent is kept, and no message goes out. Inside a transaction."""
    here = f"{page} {client_address()}"
    _begin(None, [(PUBLIC_HERE, here), (PUBLIC_FORM, page)])
    return _is_within(PUBLIC_MAIL, email_key)


def begin_notice(page: str) -> int:
    """Count a message to staff about what somebody without an account sent and nobody confirmed: per page and
    network address, and per page. How many may still go out within the hour, this one included; 0 when there
    were enough. Inside a transaction."""
    here = f"{page} {client_address()}"
    try:
        _begin(None, [(NOTICE_HERE, here), (NOTICE, page)])
    except TooManyTries:
        return 0
    return min(NOTICE.most + 1 - _count(NOTICE, page), NOTICE_HERE.most + 1 - _count(NOTICE_HERE, here))


def begin_download(what: str) -> None:
    """Count that somebody without an account takes all of something at once: per network address, and over
    all. TooManyTries when a limit is reached. Inside a transaction."""
    _begin(None, [(PUBLIC_HERE, f"{what} {client_address()}"), (PUBLIC_FORM, what)])


def begin_guess(subject: str) -> Attempt:
    """Count a try to show by something that one knows, such as a date of birth, that a page is for oneself:
    per page and network address, per page, and per network address. `subject` names the page and is kept
    as a hash. TooManyTries when a limit is reached. Inside a transaction; the caller judges after its
    commit."""
    here = client_address()
    return _begin(None, [(GUESS_HERE, f"{subject} {here}"), (GUESS, subject), (GUESS_ADDRESS, here)])
