"""Which rows of a file share a key, found on disk, so that memory stays the same however long the file is."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

_ITEM: Final = 8
_BLOCK: Final = 65_536
_PARTS: Final = 64
_SHIFT: Final = 32
_LINE: Final = (1 << _SHIFT) - 1
_WINDOW: Final = 50_000


class KeyFile:
    """Pairs of a key (below 2**32) and a line, appended while a file is read."""

    def __init__(self, path: Path, length: int = 0) -> None:
        """Open the file as it was when it had `length` bytes; what was written later is forgotten."""
        self.path = path
        self.length = length
        path.touch()
        with path.open("r+b") as file:
            file.truncate(length)

    def append(self, pairs: Iterable[tuple[int, Sequence[int]]]) -> None:
        """Add the keys of lines."""
        packed = array("Q", (key << _SHIFT | line for line, keys in pairs for key in keys))
        with self.path.open("ab") as file:
            packed.tofile(file)
        self.length += len(packed) * _ITEM

    def groups(self, last_line: int) -> Iterator[list[int]]:
        """The lines that share keys, directly or through others: each group sorted, and the groups by their
        first line."""
        roots = array("I", bytes(4 * (last_line + 1)))
        for one, other in self._pairs():
            _join(roots, one, other)
        yield from _collect(roots)

    def remove(self) -> None:
        """Delete the file."""
        self.path.unlink(missing_ok=True)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Neighbouring lines of each key that several lines have."""
        for part in self._split():
            items = array("Q", part.read_bytes())
            part.unlink()
            for one, other in pairwise(sorted(items)):
                if one >> _SHIFT == other >> _SHIFT and one != other:
                    yield one & _LINE, other & _LINE

    def _split(self) -> list[Path]:
        """The keys in files by their first bits, each small enough to be sorted in memory."""
        paths = [self.path.with_name(f"{self.path.name}.{part}") for part in range(_PARTS)]
        for path in paths:
            path.write_bytes(b"")
        bounds = [part << (2 * _SHIFT - _PARTS.bit_length() + 1) for part in range(_PARTS)]
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK * _ITEM):
                items = array("Q", sorted(array("Q", block)))
                places = [*(bisect_left(items, bound) for bound in bounds), len(items)]
                for path, (start, end) in zip(paths, pairwise(places), strict=True):
                    if end > start:
                        with path.open("ab") as part:
                            items[start:end].tofile(part)
        return paths


def _find(roots: "array[int]", line: int) -> int:
    while roots[line] not in {0, line}:
        roots[line] = roots[roots[line]] or roots[line]
        line = roots[line]
    return line


def _join(roots: "array[int]", one: int, other: int) -> None:
    first, second = sorted((_find(roots, one), _find(roots, other)))
    roots[first] = roots[second] = first


def _collect(roots: "array[int]") -> Iterator[list[int]]:
    for line, root in enumerate(roots):
        if root:
            roots[line] = _find(roots, line)
    for start in range(0, len(roots), _WINDOW):
        if any(roots[line] == line for line in range(max(start, 1), min(start + _WINDOW, len(roots)))):
            yield from _window(roots, start)


def _window(roots: "array[int]", start: int) -> Iterator[list[int]]:
    """The groups whose first line lies in one window."""
    members: dict[int, list[int]] = {}
    end = start + _WINDOW
    for line, root in enumerate(roots):
        if start <= root < end and root:
            members.setdefault(root, []).append(line)
    yield from (members[root] for root in sorted(members))
