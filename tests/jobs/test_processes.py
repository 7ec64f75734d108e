"""`rollcall serve` as people start it: real processes, killed, refused and slowed down."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask

from crm.config import Config
from tests.jobs.conftest import PATIENCE, ROOT, Enqueue, environment, wait_for, wait_until

MEGABYTE = 1024 * 1024
PROGRAM = Path(sys.executable).with_name("rollcall")


@dataclass
class Served:
    """A running `rollcall serve`."""

    process: "subprocess.Popen[str]"
    port: int

    def status(self, path: str = "/sign-in") -> int:
        """What a page answers."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def children(self) -> list[int]:
        return [pid for pid in running() if parent_of(pid) == self.process.pid]


def running() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdecimal()]


def parent_of(pid: int) -> int | None:
    """The parent of a living process."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:2]
    except OSError:
        return None
    return None if state == "Z" else int(parent)


def memory(pid: int) -> int:
    """Resident memory in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


Serve = Callable[..., Served]


@pytest.fixture
def serve(config: Config, app: Flask, site: Path) -> Iterator[Serve]:
    """Start the program; it is killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> Served:
        process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0", *options],
            env=environment(config, site) | {"CRM_MAX_UPLOAD_MB": "5"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found, "no address was printed"
        return Served(process, int(found.group(1)))

    yield start
    for process in started:
        process.kill()
        process.communicate()


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_it_serves_and_works_and_ends_when_asked(app: Flask, serve: Serve, enqueue: Enqueue) -> None:
    served = serve()
    assert served.status() == 200
    assert wait_for(app, enqueue("count", n=10)).status == "done"
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE) == 0


@only_sqlite
def test_who_dies_is_started_again(app: Flask, serve: Serve, enqueue: Enqueue) -> None:
    served = serve("--workers", "1")
    wait_for(app, enqueue("once"))
    first = served.children()
    assert len(first) == 2
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(set(served.children()) - set(first)) == 2, "new children")
    assert served.status() == 200
    assert wait_for(app, enqueue("count", n=10)).status == "done"


@only_sqlite
def test_nothing_is_left_when_the_main_process_is_killed(app: Flask, serve: Serve, enqueue: Enqueue) -> None:
    served = serve()
    wait_for(app, enqueue("once"))
    children = served.children()
    assert len(children) == 3
    served.process.kill()
    wait_until(lambda: not any(map(parent_of, children)), "the children to go")


@only_sqlite
def test_a_taken_port_is_told_in_a_sentence(config: Config, site: Path, serve: Serve) -> None:
    served = serve("--no-worker")
    command = [str(PROGRAM), "serve", "--port", str(served.port)]
    second = subprocess.run(
        command, env=environment(config, site), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert second.returncode != 0
    assert f"port {served.port}" in second.stderr
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr


@only_sqlite
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_a_body_that_is_too_large_gets_a_sentence_and_no_memory(serve: Serve, announced: bool) -> None:
    served = serve("--no-worker", "--workers", "1")
    (web,) = served.children()
    for _warm in range(3):
        served.status()
    before = memory(web)
    length = f"Content-Length: {200 * MEGABYTE}" if announced else "Transfer-Encoding: chunked"
    with served.connect() as connection:
        connection.sendall(f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n".encode())
        block = b"x" * MEGABYTE if announced else b"100000\r\n" + b"x" * MEGABYTE + b"\r\n"
        sent = send_until_refused(connection, block)
        answer = connection.recv(65536).decode()
        while "</html>" not in answer and (more := connection.recv(65536)):
            answer += more.decode()
    assert answer.startswith("HTTP/1.1 413")
    assert "5 MB" in answer
    assert sent < 100
    assert memory(web) - before < 20 * MEGABYTE


def send_until_refused(connection: socket.socket, block: bytes) -> int:
    """Send up to 200 blocks; how many went before the server stopped taking them."""
    for number in range(200):
        try:
            connection.sendall(block)
        except OSError:
            return number
    return 200


@only_sqlite
def test_slow_senders_keep_nobody_waiting(serve: Serve) -> None:
    served = serve("--no-worker", "--workers", "1", "--threads", "2")
    slow = [served.connect() for _sender in range(20)]
    for connection in slow:
        connection.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\na")
    for _request in range(10):
        assert served.status() == 200
    for connection in slow:
        connection.close()


@only_sqlite
def test_a_body_that_breaks_off_is_not_taken_for_a_whole_one(app: Flask, serve: Serve) -> None:
    served = serve("--no-worker", "--workers", "1")
    with served.connect() as connection:
        connection.sendall(
            b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nname=half"
        )
        connection.shutdown(socket.SHUT_WR)
        assert b" 200 " not in connection.recv(200).split(b"\r\n")[0]
    assert served.status() == 200


@only_sqlite
def test_web_processes_do_without_dbos(config: Config, app: Flask, site: Path) -> None:
    """It is the worker's alone: 17 MB in each web process, and a second database to wait for."""
    code = "import sys; from crm import create_app; create_app(); sys.exit('dbos' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], env=environment(config, site), cwd=ROOT, check=False)
    assert ran.returncode == 0
