"""The order in which a student's stays in schools ended."""

from datetime import date


def ended(
    begins: date, ends: date | None, school_year: int = 0, last: date | None = None
) -> tuple[int, date, date]:
    """By this stays stand in the order in which a student went there last: of one school year the one that
    lasts behind those that have ended, though they began later. A student who goes to two schools and leaves
    the second is at the first. A stay to the `last` day of the year has not ended before others."""
    is_open = ends is None or (last is not None and ends >= last)
    return school_year, date.max if is_open or ends is None else ends, begins
