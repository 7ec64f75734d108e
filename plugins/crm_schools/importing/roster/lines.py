"""Lines of a roster as the plan keeps them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from crm.plugin_api.transfer import Line, Problem
from crm_schools.importing.roster.records import Record
from crm_schools.words import LONGEST_ID

LONGEST: Final = LONGEST_ID
"""Characters of a number, an id or a name; what is longer is none, but cells that ran into one another."""
LONGEST_PHONE: Final = 80
SHOWN: Final = 40


def line_of(number: int, record: Record | None, problems: list[Problem], cells: Sequence[str]) -> Line:
    """A line with its record as text. One that says more than can be kept is refused."""
    if record is not None:
        problems = [*problems, *_too_long(record)]
    text = orjson.dumps(record).decode() if record is not None else ""
    return Line(number, record, problems, [str(cell) for cell in cells], text)


def _too_long(record: Record) -> Iterator[Problem]:
    fields = record.get("fields", {})
    named = {**fields, **{name: record.get(name) for name in ("key", "name", "source_id")}}
    for value in dict.fromkeys(filter(_is_too_long, named.values())):
        yield Problem("schools_too_long", "", f"{value[:SHOWN]}…", fatal=True)
    if not _is_too_long(phone := fields.get("phone", "")) and len(phone) > LONGEST_PHONE:
        yield Problem("schools_too_long_phone", "", f"{fields.pop('phone')[:SHOWN]}…")


def _is_too_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > LONGEST
