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
        connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            connection.close()
            return None
        return cls(connection)

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
    """Whether a living process holds the place of that name."""
    number = name.removeprefix(PREFIX)
    lock = _try(runtime, int(number)) if number.isdecimal() else None
    if lock is not None:
        lock.release()
    return lock is None and number.isdecimal()


def _try(runtime: Runtime, number: int) -> Lock | None:
    if runtime.config.is_sqlite:
        return FileLock.take(runtime.config.data_dir / "workers" / f"{number}.lock")
    return AdvisoryLock.take(runtime.engine, number)
