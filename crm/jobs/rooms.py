"""How many pieces of work one process does at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Event, Lock

PIECES_AT_ONCE = 2


class Closed(Exception):
    """The process is leaving; nothing begins any more."""


class Room:
    """Space for a few pieces. One that may bring the process down gets the room to itself, so that no
    other job is blamed for it. Jobs take turns piece by piece, so a short one never waits for a long one.
    """

    def __init__(self, size: int = PIECES_AT_ONCE) -> None:
        self._size = size
        self._space = BoundedSemaphore(size)
        self._door = Lock()
        self._closed = Event()

    @contextmanager
    def enter(self, *, alone: bool = False) -> Iterator[None]:
        """Wait for space and hold it; raises Closed once the room is closed."""
        wanted = self._size if alone else 1
        with self._door:  # Whoever waits for the whole room keeps the next ones outside.
            for _place in range(wanted):
                self._space.acquire()
        try:
            if self._closed.is_set():
                raise Closed
            yield
        finally:
            self._space.release(wanted)

    def close(self) -> None:
        """Let nobody in any more, and wait until all who are inside have left."""
        self._closed.set()
        with self._door:
            for _place in range(self._size):
                self._space.acquire()
        self._space.release(self._size)
