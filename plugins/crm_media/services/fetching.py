"""Asking an address on the net that somebody typed or a feed named: never one inside the house, never for
long, never for much.

The name is resolved once and the connection goes to just that address, so a name that changes its answer
between the look and the visit leads nowhere. Each redirect is looked at like the first address.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from crm.plugin_api import UserError, runtime
from crm.plugin_api import gettext as _

SECONDS: Final = 20.0
WAIT: Final = 8.0
MOST_BYTES: Final = 5 * 1024 * 1024
MOST_REDIRECTS: Final = 5
PAGES: Final = ("text/html", "application/xhtml+xml", "text/plain")
FEEDS: Final = (
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml",
    "application/octet-stream", "text/html", "text/plain",
)  # fmt: skip
_BLOCK: Final = 64 * 1024


class Unreachable(UserError):
    """Nothing was read, and why. It may go better later, or be typed by hand."""


@dataclass(frozen=True)
class Page:
    """What came: the address it came from in the end, its bytes, what the server says they are. `status`
    is 304 where nothing is new."""

    url: str
    content: bytes
    media_type: str
    charset: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def fetch(url: str, accept: tuple[str, ...] = PAGES, headers: Mapping[str, str] | None = None) -> Page:
    """Ask for a page. Unreachable, with a sentence, for whatever does not come whole and in time."""
    deadline = time.monotonic() + SECONDS
    address = url
    for _turn in range(MOST_REDIRECTS + 1):
        answer = _ask(address, accept, headers or {}, deadline)
        if isinstance(answer, Page):
            return answer
        try:
            address = urljoin(address, answer)
        except ValueError as error:
            raise Unreachable(_("The page leads to an address that makes no sense.")) from error
    raise Unreachable(_("The page leads from one address to the next without an end."))


def _ask(url: str, accept: tuple[str, ...], headers: Mapping[str, str], deadline: float) -> Page | str:
    parts, place = _allowed(url)
    connection = _connection(parts, place)
    watch = threading.Timer(max(0.1, deadline - time.monotonic()), _cut, [connection])
    watch.daemon = True
    watch.start()
    try:
        connection.request("GET", _path(parts), headers={
            "Host": parts.netloc.rpartition("@")[2], "User-Agent": "Rollcall", "Accept-Encoding": "gzip",
            "Accept": ", ".join(accept), "Connection": "close", **headers,
        })  # fmt: skip
        reply = connection.getresponse()
        if reply.status in {301, 302, 303, 307, 308}:
            return reply.getheader("Location") or ""
        if reply.status == 304:
            return Page(url, b"", "", "", 304)
        return _whole(url, reply, accept, deadline)
    except Unreachable:
        raise
    except TimeoutError as error:
        raise Unreachable(_("The page did not answer in time.")) from error
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        if time.monotonic() >= deadline:
            raise Unreachable(_("The page did not answer in time.")) from error
        raise Unreachable(_("The page could not be read: the connection failed.")) from error
    finally:
        watch.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a conversation whose time is up, also in the middle of a line that never ends."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _refusal(status: int) -> str:
    if status in {401, 402, 403, 451}:
        return _("The page wants a subscription or does not let us in.")
    if status in {404, 410}:
        return _("There is no such page (any more).")
    if status in {429, 503}:
        return _("The page asks us to come back later.")
    return _("The page answered with the error %(status)s.", status=status)


def _allowed(url: str) -> tuple[SplitResult, str]:
    """The parts of the address, and the one place of the net that is asked. Unreachable for all else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unreachable(_("This is no web address.")) from error
    inside = runtime().config.extra.get("CRM_MEDIA_PRIVATE") == "1"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unreachable(_("A web address begins with https:// or http://."))
    if parts.username is not None or (not inside and port not in {None, 80, 443}):
        raise Unreachable(_("This address is not asked: it names a port or an account."))
    return parts, _resolved(parts, port or (443 if parts.scheme == "https" else 80), inside)


def _resolved(parts: SplitResult, port: int, inside: bool) -> str:
    try:
        found = socket.getaddrinfo(parts.hostname, port, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_("There is no site “%(host)s”.", host=parts.hostname)) from error
    places = [str(each[4][0]) for each in found]
    if not inside and not all(_is_outside(place) for place in places):
        raise Unreachable(
            _("“%(host)s” leads into our own network, so it is not asked.", host=parts.hostname)
        )
    return places[0]


_ROUTED: Final = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out for use on the net (RFC 4291)."""
_PROTOCOLS: Final = ipaddress.ip_network("192.0.0.0/24")
"""Kept for protocols (RFC 6890); parts of it count as global, none is a site."""


def _is_outside(place: str) -> bool:
    """Whether an address lies out on the net, also where it is an IPv4 address dressed as IPv6."""
    address = ipaddress.ip_address(place.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return _is_outside(str(inner))
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return _is_outside(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        return address in _ROUTED and address.is_global and not address.is_multicast
    return address not in _PROTOCOLS and address.is_global and not address.is_multicast


def _connection(parts: SplitResult, place: str) -> http.client.HTTPConnection:
    if parts.scheme == "https":
        return _Pinned(parts.hostname or "", parts.port or 443, place)
    connection = http.client.HTTPConnection(place, parts.port or 80, timeout=WAIT)
    return connection


class _Pinned(http.client.HTTPSConnection):
    """TLS with the named host at the one place that was looked at."""

    def __init__(self, host: str, port: int, place: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=WAIT, context=self._tls)
        self._place = place

    def connect(self) -> None:
        plain = socket.create_connection((self._place, self.port), WAIT)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    text = f"{path}?{parts.query}" if parts.query else path
    return "".join(letter if 32 < ord(letter) < 127 else _quoted(letter) for letter in text)


def _quoted(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def _whole(url: str, reply: http.client.HTTPResponse, accept: tuple[str, ...], deadline: float) -> Page:
    if reply.status != 200:
        raise Unreachable(_refusal(reply.status))
    media_type = (
        reply.headers.get_content_type() if reply.headers.get("Content-Type") else accept[0]
    ).lower()
    if media_type not in accept:
        raise Unreachable(_("The address leads to a file (%(kind)s), not to a page.", kind=media_type[:60]))
    content = _read(reply, deadline)
    if (reply.getheader("Content-Encoding") or "").lower() in {"gzip", "x-gzip"}:
        content = _unpacked(content)
    charset = reply.headers.get_content_charset() or ""
    kept = {name: reply.getheader(name) or "" for name in ("ETag", "Last-Modified")}
    return Page(url, content, media_type, charset, headers=kept)


def _read(reply: http.client.HTTPResponse, deadline: float) -> bytes:
    """All of it, unless it is too much or comes too slowly: a byte a second holds nobody up."""
    blocks: list[bytes] = []
    size = 0
    while True:
        if time.monotonic() > deadline:
            raise Unreachable(_("The page did not answer in time."))
        block = reply.read1(_BLOCK)
        if not block:
            return b"".join(blocks)
        blocks.append(block)
        size += len(block)
        if size > MOST_BYTES:
            raise Unreachable(_("The page is larger than %(most)s MB.", most=MOST_BYTES // 1024 // 1024))


def _unpacked(content: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(content, MOST_BYTES + 1)
    except zlib.error as error:
        raise Unreachable(_("The page could not be read: the connection failed.")) from error
    if len(found) > MOST_BYTES:
        raise Unreachable(_("The page is larger than %(most)s MB.", most=MOST_BYTES // 1024 // 1024))
    return found
