"""Addresses that somebody typed are asked with care: never inside the house, never a secret to strangers."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import inet_aton, inet_ntoa
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask_babel import Babel

from crm import fetching
from crm.fetching import Unreachable, Wish, fetch, fetch_file

EXTRA: dict[str, str] = {}
CONFIG = SimpleNamespace(extra=EXTRA, fetch_proxy="")


class Site(BaseHTTPRequestHandler):
    """Pages by path: status, headers, body. `heard` are the headers of each question."""

    pages: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    heard: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:  # The name http.server calls.
        self.heard.append(dict(self.headers.items()))
        status, headers, body = self.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in ({"Content-Type": "text/html"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    app = Flask(__name__)
    Babel(app)
    EXTRA.clear()
    CONFIG.fetch_proxy = ""
    monkeypatch.setattr(fetching, "runtime", lambda: SimpleNamespace(config=CONFIG))
    with app.app_context():
        yield


@pytest.fixture
def sites() -> Iterator[tuple[str, str]]:
    """Two sites on this machine, which the test allows to be asked."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Site) for _each in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    EXTRA["CRM_FETCH_PRIVATE"] = "1"
    Site.pages, Site.heard = {}, []
    first, second = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    yield first, second
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.8/", "http://[::ffff:127.0.0.1]/", "http://0/", "http://2130706433/", "http://0x7f.1/",
        "http://192.168.1.1/", "http://[fd00::1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
        "http://example.org:22/", "http://user@example.org/", "file:///etc/passwd", "gopher://example.org/",
    ],
)  # fmt: skip
def test_no_address_inside_the_house_is_asked(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    def never(*_arguments: Any, **_values: Any) -> None:
        raise AssertionError("a connection was opened")

    def numbers(host: str, port: int, **_values: Any) -> Any:
        """As the system reads numbers, which no test may ask for."""
        place = host if ":" in host else inet_ntoa(inet_aton(host))
        return [(0, 0, 0, "", (place, port))]

    monkeypatch.setattr("socket.create_connection", never)
    monkeypatch.setattr("socket.getaddrinfo", numbers)
    with pytest.raises(Unreachable) as told:
        fetch(url)
    assert told.value.why == "refused"


def test_addresses_that_are_no_sites_of_the_net_are_inside() -> None:
    inside = ("192.0.0.9", "::ffff:192.0.0.9", "::ffff:10.0.0.1", "::7f00:1", "5f00::1", "64:ff9b::a00:1")
    assert [each for each in inside if fetching.is_outside(each)] == []
    assert fetching.is_outside("2606:4700::1111")
    assert fetching.is_outside("8.8.8.8")


def test_a_name_is_resolved_once_and_one_place_inside_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"], ["8.8.8.8", "127.0.0.1"]]
    visited: list[str] = []

    def changing(_host: str, port: int, **_values: Any) -> Any:
        return [(0, 0, 0, "", (place, port)) for place in answers.pop(0)]

    def visit(place: tuple[str, int], *_more: Any) -> Any:
        visited.append(place[0])
        raise OSError("enough")

    monkeypatch.setattr("socket.getaddrinfo", changing)
    monkeypatch.setattr("socket.create_connection", visit)
    with pytest.raises(Unreachable, match="connection failed"):
        fetch("https://rebinding.example/")
    for _turn in range(2):
        with pytest.raises(Unreachable, match="our own network"):
            fetch("https://rebinding.example/")
    assert visited == ["93.184.216.34"]


def test_a_redirect_into_the_house_is_refused(
    sites: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Site.pages["/away"] = (302, {"Location": f"{sites[1]}/inside"}, b"")
    allowed = fetching._allowed

    def strictly(url: str, wish: Wish) -> Any:
        """As in a real installation, but for the test's own first site."""
        if not url.startswith(sites[0]):
            EXTRA.clear()
        return allowed(url, wish)

    monkeypatch.setattr(fetching, "_allowed", strictly)
    with pytest.raises(Unreachable) as told:
        fetch(f"{sites[0]}/away")
    assert told.value.why == "refused"
    assert len(Site.heard) == 1


def test_a_secret_is_told_to_the_first_host_alone(sites: tuple[str, str]) -> None:
    Site.pages = {
        "/near": (302, {"Location": "/far"}, b""),
        "/far": (302, {"Location": f"{sites[1]}/end"}, b""),
        "/end": (200, {}, b"here"),
    }
    found = fetch(f"{sites[0]}/near", Wish(headers={"X-Ours": "1"}, secret={"X-Key": "hush"}))
    assert (found.content, found.url) == (b"here", f"{sites[1]}/end")
    assert ["X-Key" in each for each in Site.heard] == [True, True, False]
    assert all(each["X-Ours"] == "1" for each in Site.heard)


def test_what_broke_off_is_never_taken_for_the_whole(sites: tuple[str, str], tmp_path: Path) -> None:
    whole = b"row\n" * 5000
    Site.pages = {
        "/whole": (200, {"Content-Length": str(len(whole))}, whole),
        "/short": (200, {"Content-Length": "99999"}, whole),
        "/gzip": (200, {"Content-Encoding": "gzip"}, gzip.compress(whole)[:-20]),
        "/busy": (429, {"Retry-After": "7"}, b""),
    }
    path = tmp_path / "file.zip"
    for address in ("/short", "/gzip"):
        with pytest.raises(Unreachable, match="connection failed"):
            fetch(sites[0] + address)
    with pytest.raises(Unreachable):
        fetch_file(f"{sites[0]}/short", path)
    with pytest.raises(Unreachable, match="larger"):
        fetch_file(f"{sites[0]}/whole", path, Wish(most_bytes=100))
    assert list(tmp_path.iterdir()) == []
    fetch_file(f"{sites[0]}/whole", path)
    assert path.read_bytes() == whole
    with pytest.raises(Unreachable) as told:
        fetch(f"{sites[0]}/busy")
    assert (told.value.told, told.value.wait) == (429, 7.0)


@pytest.mark.parametrize("where", ["headers", "chunks"])
def test_who_drips_is_cut_off(where: str) -> None:
    """A byte now and then for ever, from a side that says that it will close."""
    dripped, ended = [0], threading.Event()
    begin = "Connection: close\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n1;"

    def drip(line: socket.socket) -> None:
        line.recv(10_000)
        with suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\n" + (b"X: " if where == "headers" else begin.encode()))
            while dripped[0] < 1500 and not ended.wait(0.01):
                line.sendall(b"a")
                dripped[0] += 1
        line.close()

    EXTRA["CRM_FETCH_PRIVATE"] = "1"
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: drip(server.accept()[0]), daemon=True).start()
        with pytest.raises(Unreachable, match="did not answer in time"):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", Wish(seconds=1, wait=1))
        ended.set()
    assert dripped[0] < 1000


class Proxy(StreamRequestHandler):
    """Leads to the address that it is asked for, and notes what it heard."""

    heard: ClassVar[list[str]] = []
    answer: ClassVar[bytes] = b"HTTP/1.1 200 Connection established\r\n\r\n"

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.rfile.read(1)
        self.heard.append(head.decode())
        self.wfile.write(self.answer)
        if b" 200 " in self.answer:
            host, _colon, port = head.split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as site:
                site.sendall(self.request.recv(65536))
                while block := site.recv(65536):
                    self.wfile.write(block)


@pytest.fixture
def proxy() -> Iterator[None]:
    server = ThreadingTCPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    Proxy.heard, Proxy.answer = [], b"HTTP/1.1 200 Connection established\r\n\r\n"
    CONFIG.fetch_proxy = f"http://us:se%20cret@127.0.0.1:{server.server_address[1]}"
    yield
    server.shutdown()
    server.server_close()


def test_a_proxy_is_asked_for_the_address_that_was_looked_at_and_never_for_a_name(
    sites: tuple[str, str], proxy: None
) -> None:
    Site.pages = {"/": (200, {}, b"came through")}
    port = sites[0].rpartition(":")[2]
    page = fetch(f"http://localhost:{port}/")
    assert page.content == b"came through"
    assert Proxy.heard[0].startswith("CONNECT ")
    assert Proxy.heard[-1].splitlines()[0] == f"CONNECT 127.0.0.1:{port} HTTP/1.1"
    assert "Proxy-Authorization: Basic dXM6c2UgY3JldA==" in Proxy.heard[-1]
    assert "Proxy-Authorization" not in Site.heard[0]
    assert Site.heard[0]["Host"] == f"localhost:{port}"


def test_a_proxy_leads_nobody_inside_and_says_when_it_lets_nobody_out(
    sites: tuple[str, str], proxy: None
) -> None:
    EXTRA.clear()
    with pytest.raises(Unreachable) as refused:
        fetch("https://localhost/")
    assert refused.value.why == "refused"
    assert Proxy.heard == []
    EXTRA["CRM_FETCH_PRIVATE"] = "1"
    Proxy.answer = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    with pytest.raises(Unreachable, match="proxy") as closed:
        fetch(sites[0])
    assert closed.value.why == "broken"
    assert Site.heard == []
