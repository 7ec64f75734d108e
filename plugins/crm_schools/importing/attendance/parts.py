"""Columns of a daily file that say how much of a day was missed.

A file that has one and is read without it counts whole days for whoever came an hour late."""

from collections.abc import Mapping, Sequence
from typing import Final

from crm.plugin_api.transfer import Notice
from crm_schools.importing.dates import part_of_day
from crm_schools.importing.families import spelled

PLAIN: Final = frozenset(
    {"days absent", "day absent", "days missed", "absent value", "absence amount", "absent portion",
     "absence portion", "portion absent", "portion of day", "portion of day absent", "day fraction",
     "fraction of day", "part of day", "dias ausentes", "dias de ausencia", "porcion del dia"}
)  # fmt: skip
"""How columns of parts are called that may be of something else, too: days absent since September, for one.
So their cells must be parts of a day. What is always one stands in `headers`."""
UNUSED: Final = "schools_parts_unused"
USED: Final = "schools_parts_used"

_TIMES: Final = frozenset({"minutes", "minute", "mins", "min", "hours", "hour", "hrs", "minutos", "horas"})
_PARTS: Final = frozenset({"portion", "fraction", "duration", "porcion", "fraccion", "duracion"})
_DAYS: Final = frozenset({"day", "days", "dia", "dias"})
_MISSED: Final = frozenset({"absent", "absence", "absences", "missed", "ausente", "ausentes", "ausencia"})
_AMOUNTS: Final = frozenset({"value", "amount", "part", "length", "valor"})
_OTHERWISE: Final = frozenset(
    {"possible", "scheduled", "instructional", "enrolled", "membership", "required", "tardy", "late", "ytd",
     "cumulative", "total", "date"}
)  # fmt: skip
"""What makes such a column one of something else: of the day as it should be, or of the whole year."""


def looks_like_one(header: str) -> bool:
    """Whether a header speaks of minutes, of hours or of a part of a day."""
    said = frozenset(spelled(header))
    if said & _OTHERWISE:
        return False
    is_of_days = bool(said & _DAYS and said & (_MISSED | _AMOUNTS)) or bool(
        said & _MISSED and said & _AMOUNTS
    )
    return is_of_days or bool(said & (_TIMES | _PARTS))


def plain_one(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The one column that is plainly a part of each day, by its header and its cells in the first rows."""
    found = [
        index
        for index, header in enumerate(headers)
        if " ".join(spelled(header)) in PLAIN and _are_parts([cells[index] for cells in rows])
    ]
    return found[0] if len(found) == 1 else None


def _are_parts(cells: Sequence[str]) -> bool:
    said = [cell for cell in cells if cell.strip()]
    return bool(said) and all(part_of_day(cell) is not None for cell in said)


def notices(headers: Sequence[str], found: Mapping[str, int]) -> list[Notice]:
    """Which column says how much of a day was missed, where its header might say something else; or which
    may say it and are not used."""
    if "days" in found:
        header = headers[found["days"]]
        return [Notice(USED, {"column": header})] if " ".join(spelled(header)) in PLAIN else []
    used = frozenset(found.values())
    unused = [header for index, header in enumerate(headers) if index not in used and looks_like_one(header)]
    return [Notice(UNUSED, {"columns": ", ".join(f"“{header}”" for header in unused)})] if unused else []
