"""Enrolments of students as they are stored, and as a roster writes them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from crm.plugin_api import bulk, db, system
from crm_schools.importing.roster.classes import span_of
from crm_schools.models import Enrolment

if TYPE_CHECKING:
    from crm_schools.importing.roster.people import Span, Stays

COLUMNS: Final = (
    "id",
    "student_id",
    "school_id",
    "school_year",
    "grade",
    "begins_on",
    "ends_on",
    "classes",
    "source",
)


def of(ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    with system("a roster compares with what is there"):
        table = db.table(Enrolment)
        for row in db.session().execute(select(*table.c).where(db.among(table.c.student_id, ids))):
            found[row.student_id].append(row)
    return found


def write(wanted: Mapping[int, "Stays"], stored: Mapping[int, Sequence[Any]], change: Any) -> None:
    """Delete what is not wanted any more, and add what is new: an enrolment has no other life than its
    days. A stay by people on which the file agrees is made anew, as the roster's."""
    table = db.table(Enrolment)
    gone: list[int] = []
    new: list[tuple[Any, ...]] = []
    for student_id, stays in wanted.items():
        rows = stored.get(student_id, ())
        gone += [row.id for row in rows if not is_kept(row, stays)]
        old = {span_of(row) for row in rows if is_kept(row, stays)}
        new += [
            (student_id, *_columns(span), stays.written.source_of(span, rows))
            for span in stays.spans
            if span not in old
        ]
    with system("a roster writes what it planned"):
        change.delete(table, gone)
    ids = bulk.reserve(table, len(new))
    bulk.insert(table, COLUMNS, ((row_id, *row) for row_id, row in zip(ids, new, strict=True)))
    change.created(table, ids)


def is_kept(row: Any, stays: "Stays") -> bool:
    """Whether a stored stay is as it is to be."""
    return span_of(row) in stays.spans and not stays.written.agrees(row)


def _columns(span: "Span") -> tuple[Any, ...]:
    school, year, begins, ends, grade, of_classes = span
    return school, year, grade, begins, ends, of_classes
