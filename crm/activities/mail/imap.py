"""Fetching mail from a folder of an IMAP server (RFC 3501).

Every message is its own transaction; afterwards it is marked as read on the server, or moved. A crash in
between brings it once more, and its Message-ID says that it is known.
"""

import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from flask_babel import gettext as _
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from crm import db
from crm.activities.mail import receiving
from crm.activities.mail.reading import LARGEST
from crm.errors import ConfigurationError, UserError
from crm.plugin_api.types import JobRun
from crm.runtime import runtime

log = logging.getLogger(__name__)
JOB: Final = "activities.fetch_mail"
TIMEOUT: Final = 30
AT_ONCE: Final = 20
"""Messages in one piece of the job."""
UNAVAILABLE: Final = (OperationalError, InterfaceError, NoConnection)
"""The database does not answer; no message is to blame."""
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SHAPE: Final = "CRM_IMAP_URL must look like imaps://user:password@host/INBOX."
Server = imaplib.IMAP4


class NoAnswer(Exception):
    """The server refuses or breaks off; the next run tries again."""


@dataclass(frozen=True)
class Place:
    """Where mail is fetched from: `imaps://user:password@host:993/INBOX?move=Logged`."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    encrypted: bool
    starttls: bool
    move_to: str

    @classmethod
    def parse(cls, url: str) -> "Place":
        """Raises ConfigurationError for what is no such address. Passwords go over TLS only, unless the
        server is this machine."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigurationError(SHAPE) from error
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
            raise ConfigurationError(SHAPE)
        options = parse_qs(parts.query)
        encrypted, starttls = parts.scheme == "imaps", options.get("tls", [""])[0] == "starttls"
        if not (encrypted or starttls) and parts.hostname not in LOCAL:
            raise ConfigurationError("CRM_IMAP_URL has a password but no TLS; use imaps:// or ?tls=starttls.")
        return cls(
            parts.hostname,
            port or (993 if encrypted else 143),
            unquote(parts.username),
            unquote(parts.password or ""),
            unquote(parts.path.lstrip("/")) or "INBOX",
            encrypted,
            starttls,
            options.get("move", [""])[0],
        )


def step(run: JobRun) -> bool:
    """The step of `activities.fetch_mail`: some messages; True when no unread one is left."""
    url = runtime().config.imap_url
    left = _fetch_some(Place.parse(url), run) if url else 0
    if not left:
        with db.transaction(run.actor, JOB):
            run.finish()
    return not left


def _fetch_some(place: Place, run: JobRun) -> int:
    """Take in the oldest unread messages; returns how many are left. A message that cannot be read is
    flagged, so that somebody who looks into the mailbox finds it."""
    try:
        with connect(place) as server:
            ids = _unread(server)
            for uid in ids[:AT_ONCE]:
                _take(server, place, uid)
    except (OSError, imaplib.IMAP4.error, NoAnswer) as error:
        raise UserError(_("The mailbox does not answer: %(why)s", why=words_of(error))) from error
    return max(len(ids) - AT_ONCE, 0)


def words_of(error: Exception) -> str:
    """What went wrong, for people."""
    return str(error)[:300] or type(error).__name__


@contextmanager
def connect(place: Place) -> Iterator[Server]:
    """A session in the folder; OSError or imaplib's own errors when there is none."""
    context = ssl.create_default_context()
    server: Server = (
        imaplib.IMAP4_SSL(place.host, place.port, ssl_context=context, timeout=TIMEOUT)
        if place.encrypted
        else imaplib.IMAP4(place.host, place.port, timeout=TIMEOUT)
    )
    try:
        if place.starttls:
            server.starttls(context)
        server.login(place.user, place.password)
        quoted = place.folder.replace("\\", "\\\\").replace('"', '\\"')
        checked(server.select(f'"{quoted}"'))
        yield server
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()
        with suppress(OSError):
            server.shutdown()  # A connection that broke off is not closed by signing out.


def _unread(server: Server) -> list[str]:
    found = checked(server.uid("SEARCH", "UNSEEN"))
    return [uid.decode() for uid in (found[0] or b"").split()]


def _take(server: Server, place: Place, uid: str) -> None:
    if size_of(server, uid) > LARGEST:
        log.warning("message %s of the mailbox is too large and was flagged there", uid)
        _flag(server, uid)
        return
    try:
        received = receiving.take(raw_of(server, uid))
    except UserError as error:
        log.warning("message %s of the mailbox was flagged there: %s", uid, error.message)
        _flag(server, uid)
    except (OSError, imaplib.IMAP4.error, NoAnswer, *UNAVAILABLE):
        raise
    except Exception as error:  # noqa: BLE001  # See below.
        # Whatever a message does to us, those behind it must not wait for it. Its words may be in the
        # error's, so only what kind it is goes to the log.
        log.error("message %s was flagged: %s", uid, type(error).__name__)  # noqa: TRY400  # For the same reason.
        _flag(server, uid)
    else:
        if received.outcome == "refused":
            log.warning("message %s was flagged: too many of strangers wait already", uid)
            _flag(server, uid)
        else:
            _mark(server, place, uid)


def _flag(server: Server, uid: str) -> None:
    checked(server.uid("STORE", uid, "+FLAGS", r"(\Seen \Flagged)"))


def size_of(server: Server, uid: str) -> int:
    """Bytes of a message."""
    answer = checked(server.uid("FETCH", uid, "(RFC822.SIZE)"))
    found = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(_flat(answer)))
    return int(found[1]) if found else 0


def raw_of(server: Server, uid: str) -> bytes:
    """The whole message, read without marking it."""
    answer = checked(server.uid("FETCH", uid, "(BODY.PEEK[])"))
    for part in answer:
        if isinstance(part, tuple) and len(part) == 2 and isinstance(part[1], bytes):
            return part[1]
    raise NoAnswer(_("a message was gone when it was asked for"))


def _mark(server: Server, place: Place, uid: str) -> None:
    checked(server.uid("STORE", uid, "+FLAGS", r"(\Seen)"))
    if place.move_to and "MOVE" in server.capabilities:
        quoted = place.move_to.replace("\\", "\\\\").replace('"', '\\"')
        checked(server.uid("MOVE", uid, f'"{quoted}"'))


def _flat(answer: list[Any]) -> Iterator[bytes]:
    for part in answer:
        yield from part if isinstance(part, tuple) else ([part] if isinstance(part, bytes) else [])


def checked(answer: tuple[str, list[Any]]) -> list[Any]:
    """What the server answered; NoAnswer when it refused."""
    status, data = answer
    if status != "OK":
        raise NoAnswer(b" ".join(_flat(data)).decode("utf-8", "replace")[:300])
    return data
