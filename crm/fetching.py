"""Asking an address on the net that somebody typed, a feed named or a service redirects to: never one inside
the house, never for long, never for much.

The name is resolved once and the connection goes to just the addresses that were looked at, so a name that
changes its answer between the look and the visit leads nowhere. Each redirect is looked at like the first
address, and what is secret is told to the first host alone.
"""

import base64
import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from flask_babel import gettext as _

from crm.errors import UserError
from crm.runtime import runtime

MOST_REDIRECTS: Final = 5
MOST_PLACES: Final = 4
"""So many addresses of one name are tried."""
PAGES: Final = ("text/html", "application/xhtml+xml", "text/plain")
FEEDS: Final = (
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml",
    "application/octet-stream", "text/html", "text/plain",
)  # fmt: skip
_BLOCK: Final = 64 * 1024


class Unreachable(UserError):
    """Nothing was read, and why: `refused` is an address that we do not ask, `answered` an error that the
    other side told (`told`, its status, and `wait` seconds where it said how long), `large` more than was
    wished for, `broken` what may go better the next time."""

    def __init__(
        self,
        message: str,
        why: Literal["refused", "answered", "large", "broken"] = "broken",
        told: int = 0,
        wait: float | None = None,
    ) -> None:
        super().__init__(message)
        self.why, self.told, self.wait = why, told, wait


@dataclass(frozen=True)
class Wish:
    """What is taken, and how much patience there is. `accept` are media types, none meaning any; `secret` are
    headers for the first host alone; `seconds` is for the whole, `wait` for each piece."""

    accept: tuple[str, ...] = PAGES
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 20.0
    wait: float = 8.0
    most_bytes: int = 5 * 1024 * 1024
    schemes: tuple[str, ...] = ("https", "http")


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


PAGE: Final = Wish()


def fetch(url: str, wish: Wish = PAGE) -> Page:
    """Ask for a page. Unreachable, with a sentence, for whatever does not come whole and in time."""
    with _asked(url, wish, {"Accept-Encoding": "gzip"}) as answer:
        reply = answer.reply
        if reply.status == 304:
            return Page(answer.url, b"", "", "", 304)
        media_type = _media_type(reply, wish)
        content = b"".join(_pieces(reply, wish, answer.deadline))
        if (reply.getheader("Content-Encoding") or "").lower() in {"gzip", "x-gzip"}:
            content = _unpacked(content, wish)
        charset = reply.headers.get_content_charset() or ""
        kept = {name: reply.getheader(name) or "" for name in ("ETag", "Last-Modified")}
        return Page(answer.url, content, media_type, charset, headers=kept)


def fetch_file(url: str, path: Path, wish: Wish = PAGE) -> None:
    """Ask for a file and keep it at `path`, piece by piece so that memory stays flat; what broke off is never
    taken for the whole. Errors as with `fetch`."""
    part = path.with_name(f"{path.name}.part")
    try:
        with _asked(url, wish, {"Accept-Encoding": "identity"}) as answer, part.open("wb") as file:
            _media_type(answer.reply, wish)
            for piece in _pieces(answer.reply, wish, answer.deadline):
                file.write(piece)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def refuse_inside(url: str, wish: Wish = PAGE) -> None:
    """Unreachable (`refused`) for an address that is never asked, so that nobody keeps one to be asked later:
    inside the house, another port, no web address. What cannot be told now, such as a site that nobody knows
    at the moment, passes: it is looked at anew with each visit."""
    try:
        _allowed(url, wish)
    except Unreachable as error:
        if error.why == "refused":
            raise


@dataclass(frozen=True)
class _Answer:
    url: str
    reply: http.client.HTTPResponse
    deadline: float


@contextmanager
def _asked(url: str, wish: Wish, headers: Mapping[str, str]) -> Iterator[_Answer]:
    """The answer behind all redirects, while the conversation lasts; 200 or 304."""
    deadline = time.monotonic() + wish.seconds
    address = url
    host: tuple[str, str] | None = None
    for _turn in range(MOST_REDIRECTS + 1):
        _refuse_late(deadline)
        parts, places = _allowed(address, wish)
        host = host or (parts.scheme, parts.netloc)
        sent = {**headers, **wish.headers, **(wish.secret if host == (parts.scheme, parts.netloc) else {})}
        with _talking(parts, places, wish, sent, deadline) as reply:
            if reply.status not in {301, 302, 303, 307, 308}:
                if reply.status not in {200, 304}:
                    raise _refusal(reply)
                yield _Answer(address, reply, deadline)
                return
            location = reply.getheader("Location") or ""
        try:
            address = urljoin(address, location)
        except ValueError as error:
            raise Unreachable(_("The page leads to an address that makes no sense.")) from error
    raise Unreachable(_("The page leads from one address to the next without an end."))


@contextmanager
def _talking(
    parts: SplitResult, places: list[str], wish: Wish, headers: Mapping[str, str], deadline: float
) -> Iterator[http.client.HTTPResponse]:
    connection = _Pinned(parts, places, wish.wait, deadline)
    watch = threading.Timer(max(0.1, deadline - time.monotonic()), _cut, [connection])
    watch.daemon = True
    watch.start()
    try:
        connection.request("GET", _path(parts), headers={
            "Host": parts.netloc.rpartition("@")[2], "User-Agent": "Rollcall",
            "Accept": ", ".join(wish.accept) or "*/*", "Connection": "close", **headers,
        })  # fmt: skip
        with connection.getresponse() as reply:
            yield reply
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


def _refuse_late(deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise Unreachable(_("The page did not answer in time."))


def _cut(connection: "_Pinned") -> None:
    """End a conversation whose time is up, also in the middle of a line that never ends."""
    if connection.line is not None:
        with suppress(OSError):
            connection.line.shutdown(socket.SHUT_RDWR)


def _refusal(reply: http.client.HTTPResponse) -> Unreachable:
    status, wait = reply.status, reply.getheader("Retry-After") or ""
    if status in {401, 402, 403, 451}:
        told = _("The page wants a subscription or does not let us in.")
    elif status in {404, 410}:
        told = _("There is no such page (any more).")
    elif status in {429, 503}:
        told = _("The page asks us to come back later.")
    else:
        told = _("The page answered with the error %(status)s.", status=status)
    return Unreachable(told, "answered", status, float(wait) if wait.isascii() and wait.isdecimal() else None)


def _allowed(url: str, wish: Wish) -> tuple[SplitResult, list[str]]:
    """The parts of the address, and the places of the net that are asked. Unreachable for all else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Unreachable(_("This is no web address."), "refused") from error
    inside = runtime().config.extra.get("CRM_FETCH_PRIVATE") == "1"
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise Unreachable(_("A web address begins with https:// or http://."), "refused")
    if parts.scheme not in wish.schemes and not inside:
        raise Unreachable(_("The address must begin with https://."), "refused")
    if parts.username is not None or (not inside and port not in {None, 80, 443}):
        raise Unreachable(_("This address is not asked: it names a port or an account."), "refused")
    return parts, _resolved(parts, port or (443 if parts.scheme == "https" else 80), inside)


def _resolved(parts: SplitResult, port: int, inside: bool) -> list[str]:
    try:
        found = socket.getaddrinfo(parts.hostname, port, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_("There is no site “%(host)s”.", host=parts.hostname)) from error
    places = [str(each[4][0]) for each in found]
    if not inside and not all(is_outside(place) for place in places):
        raise Unreachable(
            _("“%(host)s” leads into our own network, so it is not asked.", host=parts.hostname), "refused"
        )
    return places[:MOST_PLACES]


_ROUTED: Final = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out for use on the net (RFC 4291)."""
_PROTOCOLS: Final = ipaddress.ip_network("192.0.0.0/24")
"""Kept for protocols (RFC 6890); parts of it count as global, none is a site."""


def is_outside(place: str) -> bool:
    """Whether an address lies out on the net, also where it is an IPv4 address dressed as IPv6."""
    address = ipaddress.ip_address(place.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_outside(str(inner))
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return is_outside(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        return address in _ROUTED and address.is_global and not address.is_multicast
    return address not in _PROTOCOLS and address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A conversation with the named host at the places that were looked at, whichever answers first in their
    order; with TLS for the name where it is wanted. `line` is what it talks over, which `http.client` forgets
    as soon as the other side says that it will close."""

    line: socket.socket | None = None

    def __init__(self, parts: SplitResult, places: list[str], wait: float, deadline: float) -> None:
        secure = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if secure else 80), timeout=wait)
        self._places, self._wait, self._deadline = places, wait, deadline
        self._tls = ssl.create_default_context() if secure else None

    def connect(self) -> None:
        for number, place in enumerate(self._places, 1):
            _refuse_late(self._deadline)
            try:
                self.line = self._line_to(place)
                break
            except (OSError, Unreachable):
                if number == len(self._places):
                    raise
        assert self.line is not None
        self.sock = self.line
        if self._tls is not None:
            self.line = self.sock = self._tls.wrap_socket(
                self.line, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()
        _refuse_late(self._deadline)  # The watch may have gone off before there was anything to cut.

    def _line_to(self, place: str) -> socket.socket:
        """A line to an address, through the proxy where there is one."""
        proxy = runtime().config.fetch_proxy
        if not proxy:
            return socket.create_connection((place, self.port), self._wait)
        parts = urlsplit(proxy)
        line = socket.create_connection((parts.hostname or "", parts.port or 80), self._wait)
        self.line = line  # So that the watch can end it, too.
        try:
            _tunnel(line, parts, f"[{place}]:{self.port}" if ":" in place else f"{place}:{self.port}")
        except BaseException:
            line.close()
            raise
        return line


_LONGEST_HEAD: Final = 16 * 1024


def _tunnel(line: socket.socket, proxy: SplitResult, target: str) -> None:
    """Let the proxy lead to an address (RFC 9110, CONNECT). Unreachable when it does not."""
    asked = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if proxy.username is not None:
        account = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        asked += f"Proxy-Authorization: Basic {base64.b64encode(account).decode()}\r\n"
    line.sendall(f"{asked}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:  # One at a time: what follows belongs to the other side.
        letter = line.recv(1)
        head += letter
        if not letter or len(head) > _LONGEST_HEAD:
            raise Unreachable(_("The proxy on the way out did not answer. Look at CRM_FETCH_PROXY."))
    status = head.split(None, 2)[1:2]
    if not status or not status[0].startswith(b"2"):
        raise Unreachable(_("The proxy on the way out does not let us through."))


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    text = f"{path}?{parts.query}" if parts.query else path
    return "".join(letter if 32 < ord(letter) < 127 else _quoted(letter) for letter in text)


def _quoted(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def _media_type(reply: http.client.HTTPResponse, wish: Wish) -> str:
    told = reply.headers.get_content_type() if reply.headers.get("Content-Type") else ""
    media_type = (told or (wish.accept[0] if wish.accept else "")).lower()
    if wish.accept and media_type not in wish.accept:
        raise Unreachable(_("The address leads to a file (%(kind)s), not to a page.", kind=media_type[:60]))
    return media_type


def _pieces(reply: http.client.HTTPResponse, wish: Wish, deadline: float) -> Iterator[bytes]:
    """All of it, unless it is too much, comes too slowly (a byte a second holds nobody up) or breaks off."""
    size = 0
    while block := reply.read1(_BLOCK):
        size += len(block)
        if size > wish.most_bytes:
            raise _too_large(wish)
        yield block
        _refuse_late(deadline)
    _refuse_late(deadline)  # What was cut for it is not the whole.
    if reply.length:
        raise Unreachable(_("The page could not be read: the connection failed."))


def _too_large(wish: Wish) -> Unreachable:
    most = wish.most_bytes // 1024 // 1024
    return Unreachable(_("The page is larger than %(most)s MB.", most=most), "large")


def _unpacked(content: bytes, wish: Wish) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(content, wish.most_bytes + 1)
    except zlib.error as error:
        raise Unreachable(_("The page could not be read: the connection failed.")) from error
    if len(found) > wish.most_bytes:
        raise _too_large(wish)
    if not unpacker.eof:
        raise Unreachable(_("The page could not be read: the connection failed."))
    return found
