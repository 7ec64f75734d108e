"""The order in which a student's stays in schools ended."""

from datetime import date


def ended(begins: date, ends: date | None, school_year: int = 0) -> tuple[int, date, date]:
    """By this stays stand in the order in which a student went there last: of one school year the one that
    lasts behind those that have ended, though they began later. A student who goes to two schools and leaves
    the second is at the first."""
    return school_year, ends or date.max, begins
