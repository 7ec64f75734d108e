"""Lines of a roster as the plan keeps them."""

from collections.abc import Sequence

import orjson

from crm.plugin_api.transfer import Line, Problem
from crm_schools.importing.roster.records import Record


def line_of(number: int, record: Record | None, problems: list[Problem], cells: Sequence[str]) -> Line:
    """A line with its record as text."""
    text = orjson.dumps(record).decode() if record is not None else ""
    return Line(number, record, problems, [str(cell) for cell in cells], text)
