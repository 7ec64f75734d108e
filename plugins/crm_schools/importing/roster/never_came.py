"""Students who never came: on the list in August, and withdrawn before their first day.

Every district has some each September. A first day with a last day shortly before it says so; the stay that
an earlier roster brought has not been one. Where the two days are far apart, one of them is a mistake."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from crm_schools.importing.roster import by_hand

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_schools.importing.roster.people import Span
    from crm_schools.importing.roster.structure import Word

NEVER: Final = "schools_never_came"
MOST_BEFORE: Final = timedelta(120)
Never = tuple["Word", int, str]
"""A school, as a line names it, a school year, and the day on which the student left, as ISO text."""


def is_said(begins: date, ends: date) -> bool:
    """Whether two days of a stay say that the student never came."""
    return begins - MOST_BEFORE <= ends < begins


def rows_of(
    record: Mapping[str, Any], stored: Sequence[Any], school_of: "Callable[[Word], int | None]"
) -> list[Any]:
    """The stored stays that have not been, by a line: those that begin behind the day on which the student
    left, where the line names no other stay in that school and year. What people wrote stays."""
    named = {(school_of(span[0]), span[1]) for span in record["spans"]}
    left = {(school_of(word), year): date.fromisoformat(day) for word, year, day in record.get("never", ())}
    return [
        row
        for row in stored
        if row.source not in by_hand.BY_PEOPLE
        and (place := (row.school_id, row.school_year)) in left.keys() - named
        and row.begins_on > left[place]
    ]


def without(spans: Collection["Span"], gone: Sequence[Any]) -> list["Span"]:
    """The stays without those. Nobody is asked, whatever was missed there: schools mark whom they expect as
    absent until they know, and what is marked counts again as soon as a file says that the student came."""
    keys = {(row.school_id, row.school_year, row.begins_on) for row in gone}
    return [span for span in spans if span[:3] not in keys]
