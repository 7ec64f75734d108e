"""Students who never came: on the list in August, and withdrawn before their first day.

Every district has some each September. A first day with a last day shortly before it says so; the stay that
an earlier roster brought has not been one. Where the two days are far apart, one of them is a mistake."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from crm.plugin_api import day_here
from crm_schools.importing.roster import by_hand
from crm_schools.importing.roster.records import BY_SCHOOL, GUESSED, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm_schools.importing.roster.structure import Word

NEVER: Final = "schools_never_came"
LEFT_IN_SUMMER: Final = "schools_left_in_summer"
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
    left, where it names nothing there since. What people wrote stays, and so does what is over where the line
    is no row about that stay, and what was made of other classes: an archive of today's classes still has one
    that was dropped in August.

    Nobody is asked, whatever was missed there: schools mark whom they expect as absent until they know, and
    what is marked counts again as soon as a file says that the student came."""
    left = {(school_of(word), year): date.fromisoformat(day) for word, year, day in record.get("never", ())}
    named = [
        ((school_of(word), year), date.fromisoformat(ends) if ends else date.max)
        for word, year, _begins, ends, *_more in (record["spans"] if left else ())
    ]
    today = day_here()
    return [
        row
        for row in stored
        if row.source not in by_hand.BY_PEOPLE
        and (place := (row.school_id, row.school_year)) in left
        and row.begins_on > left[place]
        and (record["delta"] == BY_SCHOOL or row.ends_on is None or row.ends_on >= today)
        and not _has_been(record, row)
        and not any(there == place and row.begins_on <= ends for there, ends in named)
    ]


def _has_been(record: Mapping[str, Any], row: Any) -> bool:
    """Whether a stay was made of other classes than those that an archive says were dropped before they
    began."""
    classes = {source for source, *_days in unpacked(row.classes)} - {"", GUESSED}
    return bool(classes) and "never_in" in record and classes.isdisjoint(record["never_in"])


def reasons_of(record: Mapping[str, Any], gone: Sequence[Any]) -> list[list[str]]:
    """What is said of stays that have not been, where their rows did not say it as they were read."""
    if not gone or record.get("never_said"):
        return []
    return [[NEVER, gone[0].begins_on.isoformat(), min(day for *_place, day in record["never"])]]


def in_summer(
    record: Mapping[str, Any], stored: Sequence[Any], school_of: "Callable[[Word], int | None]"
) -> list[list[str]]:
    """What is said of who is enrolled in a year, and by a row of the year before left in the summer between.
    Many systems fill in such a day for everybody, so nothing follows from it by itself."""
    said, today = {(school_of(span[0]), span[1]) for span in record["spans"]}, day_here()
    enrolled = {
        (row.school_id, row.school_year)
        for row in stored
        if row.source == by_hand.ROSTER and (row.ends_on is None or row.ends_on >= today)
    }
    return [
        [LEFT_IN_SUMMER, "", day]
        for word, school_year, day in record.get("in_summer", ())
        if (school_of(word), school_year) in enrolled - said
    ]
