"""Asking a service over HTTP: with a time limit, a size limit, and never an address inside the house.

A redirect may lead elsewhere than a setting says, so each address is looked at before it is asked.
"""

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from crm.plugin_api import UserError, runtime
from crm.plugin_api import gettext as _

SECONDS: Final = 30
MOST_BYTES: Final = 256 * 1024 * 1024
PIECE: Final = 256 * 1024
LONGEST: Final = 600
"""Seconds for a whole answer."""


class Busy(Exception):
    """The service wants to be left alone for so many seconds (None: it did not say)."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__("busy")
        self.seconds = seconds


class Lost(Exception):
    """No whole answer came: a dropped connection, a time limit, an error of the service's own."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        """What it says; Lost for what is no JSON, such as a page that says what went wrong."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Lost("the answer is no JSON") from error


class _Redirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        refuse_inside(newurl)
        found = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]  # As urllib calls it.
        if found is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            found.headers.pop("X-api-key", None)  # As urllib writes it: the key is for its service alone.
        return found


def refuse_inside(url: str) -> None:
    """UserError for an address that is not out on the net, unless this installation allows it for tests."""
    parts = urlsplit(url)
    allowed = runtime().config.extra.get("CRM_POLICY_PRIVATE") == "1"
    if (
        parts.scheme not in ("https", "http")
        or not parts.hostname
        or (parts.scheme == "http" and not allowed)
    ):
        raise UserError(
            _("“%(url)s” is not an address of a service.", url=f"{parts.scheme}://{parts.hostname}")
        )
    if allowed:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise Lost("no such host") from error
    for *_rest, address in found:
        if not ipaddress.ip_address(address[0]).is_global:
            raise UserError(
                _("“%(host)s” leads into our own network, so it is not asked.", host=parts.hostname)
            )


def get(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask once. Busy for 429 and 503, Lost for what may go better the next time, UserError for a refusal."""
    refuse_inside(url)
    opener = build_opener(_Redirects(), HTTPSHandler(context=ssl.create_default_context()))
    wanted = {"User-Agent": "Rollcall", "Accept": "application/json", **(headers or {})}
    asked = Request(url, headers=wanted)  # noqa: S310  # The address was looked at above.
    try:
        with opener.open(asked, timeout=SECONDS) as reply:
            body = b"".join(_pieces(reply))
            expected = reply.headers.get("Content-Length")
    except HTTPError as error:
        raise _refusal(error) from error
    except (Lost, UserError):
        raise
    except Exception as error:  # http.client has errors of its own for replies that break off.
        raise Lost(type(error).__name__) from error
    if len(body) > MOST_BYTES or (expected is not None and len(body) < int(expected)):
        raise Lost("the answer is not whole")
    return Answer(200, body)


def _pieces(reply: Any) -> Iterator[bytes]:
    """What comes, up to a little more than is allowed. Lost when it takes longer than a whole answer may: the
    time limit of a connection begins anew with each byte."""
    ends, came = time.monotonic() + LONGEST, 0
    while came <= MOST_BYTES and (piece := reply.read1(PIECE)):
        came += len(piece)
        if time.monotonic() > ends:
            raise Lost("the answer takes too long")
        yield piece


def save(url: str, path: Path) -> None:
    """Ask for a file and keep it at `path`, piece by piece so that memory stays flat; what broke off is never
    taken for the whole. Errors as with `get`."""
    refuse_inside(url)
    opener = build_opener(_Redirects(), HTTPSHandler(context=ssl.create_default_context()))
    asked = Request(url, headers={"User-Agent": "Rollcall"})  # noqa: S310  # The address was looked at above.
    part = path.with_suffix(".part")
    try:
        with opener.open(asked, timeout=SECONDS) as reply, part.open("wb") as file:
            expected = reply.headers.get("Content-Length")
            came = sum(file.write(piece) for piece in _pieces(reply))
    except HTTPError as error:
        raise _refusal(error) from error
    except (Lost, UserError):
        raise
    except Exception as error:  # Dropped in any of many ways; http.client has errors of its own.
        raise Lost(type(error).__name__) from error
    if came > MOST_BYTES:
        part.unlink()
        raise UserError(_("The file is larger than can be imported at once."))
    if expected is not None and came < int(expected):
        raise Lost("the answer is not whole")
    part.replace(path)


def _refusal(error: HTTPError) -> Exception:
    if error.code in (429, 503):
        wait = error.headers.get("Retry-After", "")
        return Busy(float(wait) if wait.isdecimal() else None)
    if error.code in (401, 403):
        return UserError(_("The service does not take the key. Look at “Services and keys”."))
    if error.code == 404:
        return UserError(_("The service does not know this session. Look how it calls it."))
    return Lost(f"status {error.code}")
