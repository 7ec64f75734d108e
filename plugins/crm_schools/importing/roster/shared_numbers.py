"""Numbers that two different students have in one table.

Rows of one number are put together, for somebody who moved has several. Were they of two children, one of
them would vanish into the other; so what they are called and when they were born is compared before."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final

from crm.plugin_api.transfer import Problem
from crm_schools.importing.roster.records import folded

Child = Mapping[str, str]
"""`given_name`, `family_name` and `birth_date` of a row, empty where it does not say one."""
Cells = Sequence[str]
KeyOf = Callable[[Cells], str]
ChildOf = Callable[[Cells], Child]
TWO: Final = "schools_two_students"
_APOSTROPHES: Final = re.compile("['’‘ʼʻ`´]")
_BETWEEN: Final = re.compile("[-‐‑‒–—]")
NAMED: Final = 10
"""So many rows are named at most."""


class SharedNumbers:
    """Takes who each row is about; `settle` looks at those again whose rows do not say quite the same."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._lines: dict[str, str] = {}
        self._suspects: set[str] = set()

    def take(self, key: str, *said: str) -> None:
        """A row of a student's number, and the cells that say who they are."""
        mark = hash(said)
        if key and self._seen.setdefault(key, mark) != mark:
            self._suspects.add(key)

    def settle(self, rows: Iterable[tuple[int, Cells]], key_of: KeyOf, child_of: ChildOf) -> None:
        """All rows were taken, and are read again where some of a number do not say the same."""
        found: dict[str, dict[tuple[str, ...], Child]] = {}
        lines: dict[str, list[int]] = {}
        for line, cells in rows if self._suspects else ():
            if (key := key_of(cells)) in self._suspects:
                child = child_of(cells)
                found.setdefault(key, {})[tuple(child.values())] = child
                lines.setdefault(key, []).append(line)
        for key, children in found.items():
            if not all(_are_one(*two) for two in combinations(children.values(), 2)):
                listed = ", ".join(map(str, lines[key][:NAMED]))
                self._lines[key] = f"{listed}, …" if len(lines[key]) > NAMED else listed

    def problem(self, key: str) -> list[Problem]:
        """Why a row of this number is left out, if it is."""
        return [Problem(TWO, self._lines[key], key, fatal=True)] if key in self._lines else []


def _are_one(one: Child, other: Child) -> bool:
    """Whether two rows can be about one child: one may leave out a second name, or write a short form. Where
    both say one birth date, the given name is enough: the surname is a new one. Twins have one birth date and
    one surname."""
    born = [each["birth_date"] for each in (one, other)]
    if all(born) and born[0] != born[1]:
        return False
    names = [(one[name], other[name]) for name in ("given_name", "family_name")]
    if all(born) and all(names[0]) and _alike(*names[0]):
        return True
    return all(_alike(*pair) for pair in names)


def _alike(one: str, other: str) -> bool:
    """Hyphens, apostrophes and spaces tell no names apart."""
    short, long = sorted((_words(one), _words(other)), key=lambda words: len("".join(words)))
    return "".join(long).startswith("".join(short)) or set(short) <= set(long)


def _words(name: str) -> list[str]:
    return _BETWEEN.sub(" ", _APOSTROPHES.sub("", folded(name))).split()
