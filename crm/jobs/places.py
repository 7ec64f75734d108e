"""Places: each process that runs jobs holds a numbered one, locked for as long as it lives.

The name of a place (`worker-1`) stays the same over restarts, so a worker finds what it was doing when it
was killed, and anybody can tell whether the worker of a job is alive without trusting a clock.
"""

import sqlite3
from pathlib import Path
from typing import Protocol, Self

from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from crm.runtime import Runtime

PREFIX = "worker-"
MOST = 64
ADVISORY_LOCK = 0x4A6F6273
"""The first half of the PostgreSQL lock; the number of the place is the second."""
GLANCE = 0.2
"""Seconds that taking waits for whoever only looks whether a place is free."""
HOLDERS = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
    "AND classid = :space AND objid = :number "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""Two numbers as a key are `classid` and `objid`, with an `objsubid` of 2:
https://www.postgresql.org/docs/current/view-pg-locks.html."""


class Lock(Protocol):
    """A lock that goes away with its process."""

    def held(self) -> bool:
        """Whether it still holds; taken again if a connection was lost and nobody took it since."""
        ...

    def release(self) -> None: ...


class FileLock:
    """With SQLite all processes share a machine: an exclusive transaction on a tiny file of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def take(cls, path: Path) -> Self | None:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=GLANCE, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            connection.close()
            return None
        return cls(connection)

    @staticmethod
    def is_taken(path: Path) -> bool:
        """Whether somebody holds it. Reading keeps out nobody for longer than a glance."""
        if not path.exists():
            return False
        connection = sqlite3.connect(path, timeout=0)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()
        return False

    def held(self) -> bool:
        return True

    def release(self) -> None:
        self._connection.close()


class AdvisoryLock:
    """With PostgreSQL: a lock of the session, on a connection kept for nothing else."""

    def __init__(self, engine: Engine, number: int, connection: Connection) -> None:
        self._engine, self._number = engine, number
        self._connection: Connection | None = connection

    @classmethod
    def take(cls, engine: Engine, number: int) -> Self | None:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        statement = text("SELECT pg_try_advisory_lock(:space, :number)")
        if not connection.execute(statement, {"space": ADVISORY_LOCK, "number": number}).scalar_one():
            connection.close()
            return None
        return cls(engine, number, connection)

    @staticmethod
    def is_taken(engine: Engine, number: int) -> bool:
        """Whether somebody holds it, looked up: who tried to take it would keep others out meanwhile."""
        with engine.connect() as connection:
            return bool(connection.scalar(HOLDERS, {"space": ADVISORY_LOCK, "number": number}))

    def held(self) -> bool:
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except DBAPIError:
                self.release()
            else:
                return True
        again = self.take(self._engine, self._number)
        if again is not None:
            self._connection = again._connection
        return again is not None

    def release(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # Ends the session and the lock with it, whatever state it is in.
            self._connection.close()
            self._connection = None


class Place:
    """The place that this process holds."""

    def __init__(self, name: str, lock: Lock) -> None:
        self.name = name
        self._lock = lock

    @classmethod
    def take(cls, runtime: Runtime) -> "Place":
        """The lowest free place."""
        for number in range(1, MOST + 1):
            if lock := _try(runtime, number):
                return cls(f"{PREFIX}{number}", lock)
        raise RuntimeError(f"{MOST} workers run already")

    def held(self) -> bool:
        """Whether this process still is the one of its place; false after a lost connection at worst."""
        return self._lock.held()

    def release(self) -> None:
        """Give the place up; whatever it was running is then taken over by others."""
        self._lock.release()


def occupied(runtime: Runtime, name: str) -> bool:
    """Whether a living process holds the place of that name. Looks only, so it is in nobody's way."""
    number = name.removeprefix(PREFIX)
    if not number.isdecimal():
        return False
    if runtime.config.is_sqlite:
        return FileLock.is_taken(_file(runtime, int(number)))
    return AdvisoryLock.is_taken(runtime.engine, int(number))


def _try(runtime: Runtime, number: int) -> Lock | None:
    if runtime.config.is_sqlite:
        return FileLock.take(_file(runtime, number))
    return AdvisoryLock.take(runtime.engine, number)


def _file(runtime: Runtime, number: int) -> Path:
    return runtime.config.data_dir / "workers" / f"{number}.lock"
