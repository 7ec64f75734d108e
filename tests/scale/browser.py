"""Requests over real sockets, with as little of our own time in them as can be."""

import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

WARM: Final = 10
"""Rounds that do not count: caches fill, connections open."""

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What a server sent. `headers` begins with the status line."""

    status: int
    headers: bytes
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        found = re.search(rb"\r\n" + name.encode() + rb": *([^\r]+)", self.headers, re.IGNORECASE)
        return found[1].decode() if found else ""


class Browser:
    """One connection that stays open, as a browser keeps it."""

    def __init__(self, port: int, cookies: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.cookies = dict(cookies or {})
        self._socket = self._connect()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.send(self.request("GET", path, headers))

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> bytes:
        """The bytes of a request, made before the clock runs."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept: text/html"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def send(self, request: bytes) -> Answer:
        self._socket.sendall(request)
        received = self._socket.recv(262_144)
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head, body = received[:end], received[end + 4 :]
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        while len(body) < length:
            body += self._more()
        return Answer(int(head[9:12]), head, body)

    def _more(self) -> bytes:
        received = self._socket.recv(262_144)
        if not received:
            raise ConnectionError("the server closed the connection in the middle of an answer")
        return received


@dataclass
class Work:
    """A request that is timed: each round sends the next of `requests`. `clock` gives seconds, by default
    those on the wall."""

    name: str
    browser: Browser
    requests: Sequence[bytes]
    status: int = 200
    clock: Callable[[], float] = time.perf_counter
    times: list[float] = field(default_factory=list)

    def turn(self, number: int) -> None:
        request = self.requests[number % len(self.requests)]
        begun = self.clock()
        answer = self.browser.send(request)
        self.times.append(self.clock() - begun)
        if answer.status != self.status:
            raise RuntimeError(f"{self.name} answered {answer.status}: {answer.text[:500]}")


def interleave(works: Sequence[Work], rounds: int) -> None:
    """Send all works in turns, so that the machine's moods meet each alike; the first rounds do not count."""
    for number in range(WARM + rounds):
        for work in works:
            work.turn(number)
    for work in works:
        del work.times[:WARM]


def ratio(work: Work, floor: Work) -> float:
    """How many times as long as the floor, in the middle round."""
    return median(ours / least for ours, least in zip(work.times, floor.times, strict=True))


def milliseconds(work: Work) -> float:
    return median(work.times) * 1000
