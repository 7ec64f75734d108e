"""Enrolments of students as they are stored, and as a roster writes them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update

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
    """Change stays that are otherwise now, delete what is not wanted any more, and add what is new. A stay by
    people on which the file agrees becomes the roster's.

    What takes the place of a stay is the same row: else undoing an older roster would find its own rows gone,
    and put what was before beside what a newer one wrote."""
    table = db.table(Enrolment)
    gone: list[int] = []
    changed: dict[int, tuple[Any, ...]] = {}
    new: list[tuple[Any, ...]] = []
    for student_id, stays in wanted.items():
        rows = stored.get(student_id, ())
        left = [row for row in rows if not is_kept(row, stays)]
        old = {span_of(row) for row in rows if is_kept(row, stays)}
        for span in stays.spans:
            if span in old:
                continue
            values = (student_id, *_columns(span), stays.written.source_of(span, rows))
            row = _place_of(span, left)
            if row is None:
                new.append(values)
            else:
                left.remove(row)
                changed[row.id] = values
        gone += [row.id for row in left]
    _change(table, changed, change)
    with system("a roster writes what it planned"):
        change.delete(table, gone)
    ids = bulk.reserve(table, len(new))
    bulk.insert(table, COLUMNS, ((row_id, *row) for row_id, row in zip(ids, new, strict=True)))
    change.created(table, ids)


def _place_of(span: "Span", left: Sequence[Any]) -> Any:
    """Which of the stays that are to be otherwise becomes this one, in the same school and year; None where
    none is left."""
    place, begins = span[:2], span[2]
    same = [row for row in left if (row.school_id, row.school_year) == place]
    return min(same, key=lambda row: abs(row.begins_on - begins), default=None)


def _change(table: Any, rows: Mapping[int, Sequence[Any]], change: Any) -> None:
    if not rows:
        return
    before = change.watch(table, rows)
    statement = update(table).where(table.c.id == bindparam("of_id"))
    statement = statement.values({name: bindparam(f"new_{name}") for name in COLUMNS[1:]})
    values = [
        {"of_id": row_id, **{f"new_{name}": value for name, value in zip(COLUMNS[1:], row, strict=True)}}
        for row_id, row in rows.items()
    ]
    with system("a roster writes what it planned"):
        db.session().connection().execute(statement, values)
    change.changed(table, before)


def is_kept(row: Any, stays: "Stays") -> bool:
    """Whether a stored stay is as it is to be."""
    return span_of(row) in stays.spans and not stays.written.agrees(row)


def _columns(span: "Span") -> tuple[Any, ...]:
    school, year, begins, ends, grade, of_classes = span
    return school, year, grade, begins, ends, of_classes
