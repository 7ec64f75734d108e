"""Columns of a daily file that say how much of a day was missed.

A file that has one and is read without it counts whole days for whoever came an hour late."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from crm.plugin_api.transfer import Notice
from crm_schools.importing.columns import IGNORE
from crm_schools.importing.dates import part_of_day
from crm_schools.importing.families import spelled

PLAIN: Final = frozenset(
    {"days absent", "day absent", "days missed", "absence amount", "absent portion",
     "absence portion", "portion absent", "portion of day", "portion of day absent", "day fraction",
     "fraction of day", "part of day", "dias ausentes", "dias de ausencia", "porcion del dia"}
)  # fmt: skip
"""How columns of parts are called that may be of something else, too: days absent since September, for one.
So their cells must be parts of a day, and one of them a true part: of a running total the first rows say 0
and 1, too. What is always one stands in `headers`."""
UNUSED: Final = "schools_parts_unused"
USED: Final = "schools_parts_used"
CONFIRMS: Final = (USED, UNUSED)
"""Notices that somebody must have agreed to before anything is written."""
Said = Callable[[str, int], bool]
"""Whether people chose for such files that a column holds something."""

_TIMES: Final = frozenset({"minutes", "minute", "mins", "min", "hours", "hour", "hrs", "minutos", "horas"})
_PARTS: Final = frozenset({"portion", "fraction", "duration", "porcion", "fraccion", "duracion"})
_DAYS: Final = frozenset({"day", "days", "dia", "dias"})
_MISSED: Final = frozenset(
    {"absent", "absence", "absences", "missed", "ausente", "ausentes", "ausencia", "perdidos", "perdidas"}
)
_AMOUNTS: Final = frozenset({"value", "amount", "part", "length", "valor"})
_OTHERWISE: Final = frozenset(
    {"possible", "scheduled", "instructional", "enrolled", "membership", "required", "tardy", "late", "ytd",
     "cumulative", "total", "date"}
)  # fmt: skip
"""What makes such a column one of something else: of the day as it should be, or of the whole year."""


def looks_like_one(header: str) -> bool:
    """Whether a header speaks of minutes, hours, days or parts of one, and of absence: “School hours” and
    “Period minutes” stand in files that say nothing of how much was missed."""
    words = spelled(header)
    said = frozenset(words)
    if " ".join(words) in PLAIN:
        return True
    return bool(said & _MISSED and said & (_TIMES | _PARTS | _DAYS | _AMOUNTS)) and not said & _OTHERWISE


def plain_one(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The one column that is plainly a part of each day, by its header and its cells in the first rows."""
    found = [
        index
        for index, header in enumerate(headers)
        if " ".join(spelled(header)) in PLAIN and _are_parts([cells[index] for cells in rows])
    ]
    return found[0] if len(found) == 1 else None


def _are_parts(cells: Sequence[str]) -> bool:
    said = [cell.strip().replace(",", ".") for cell in cells if cell.strip()]
    return all(part_of_day(cell) is not None for cell in said) and any(0 < float(cell) < 1 for cell in said)


def notices(headers: Sequence[str], found: Mapping[str, int], said: Said) -> list[Notice]:
    """Which column says how much of a day was missed, where its header might say something else; or which
    may say it and are not used. Nothing of what people chose."""
    if "days" in found:
        header = headers[found["days"]]
        is_asked = " ".join(spelled(header)) in PLAIN and not said("days", found["days"])
        return [Notice(USED, {"column": header})] if is_asked else []
    used = frozenset(found.values())
    unused = [
        header
        for index, header in enumerate(headers)
        if index not in used and looks_like_one(header) and not said(IGNORE, index)
    ]
    return [Notice(UNUSED, {"columns": ", ".join(f"“{header}”" for header in unused)})] if unused else []
