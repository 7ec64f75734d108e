"""Cells of an archive as they are staged: without empty characters, and empty where they say nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from crm_schools.importing.roster.cells import DATES, NOTHING, said

CALLED: Final[Mapping[str, str]] = {
    "givenName": "given",
    "familyName": "family",
    "beginDate": "entry",
    "endDate": "exit",
    "birthDate": "birth_date",
}
"""What the columns are called in tables, whose rules hold here, too; others go by no rule of their own."""
LONGEST: Final = 20
"""Characters of a cell that may be a word for nothing; most are ids and longer."""
FIRST: Final = frozenset(
    {first for word in NOTHING if word for first in (word[0], word[0].upper())} | set(" .-–—")
)
"""With what cells begin that may say nothing, unless they are days: millions are looked at."""


class WithoutNul:
    """Lines without empty characters (NUL), which no database keeps; `count` is how many there were."""

    def __init__(self) -> None:
        self.count = 0

    def of(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if "\0" in line:
                self.count += line.count("\0")
                yield line.replace("\0", "")
            else:
                yield line


def emptied(headers: Sequence[str]) -> Callable[[Sequence[str]], list[str]]:
    """A function that empties those cells of a row that say nothing, such as NULL."""
    names = [CALLED.get(header, header) for header in headers]
    days = [name in DATES for name in names]

    def row_of(cells: Sequence[str]) -> list[str]:
        return [
            ""
            if cell and (is_day or cell[0] in FIRST) and len(cell) <= LONGEST and _is_empty(name, cell)
            else cell
            for name, is_day, cell in zip(names, days, cells, strict=True)
        ]

    return row_of


@lru_cache(maxsize=4096)
def _is_empty(name: str, cell: str) -> bool:
    return not said(name, cell)
