"""When Python looks for cycles among its objects: seldom where many are made at once.

Nothing of the program is imported here, so that even its start can use it.
"""

import gc
from threading import Lock
from typing import Self

OBJECTS_BEFORE_COLLECTING = 500_000


class _ManyObjects:
    """Several threads may be inside at once: the last to leave restores what the process had set."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._usual = gc.get_threshold()

    def __call__(self) -> Self:
        return self

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._usual = gc.get_threshold()
                gc.set_threshold(OBJECTS_BEFORE_COLLECTING, *self._usual[1:])
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                gc.set_threshold(*self._usual)


many_objects = _ManyObjects()
"""`with many_objects():` around work that makes many objects at once and drops them again, or keeps them all:
the collector of cycles, which would look through all of them time after time for nothing, comes by less
often. It took a third of the time of an import and of the program's start."""
