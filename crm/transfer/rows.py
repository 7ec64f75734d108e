"""The rows of a plan in the database: written and read in chunks."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select

from crm import bulk, db
from crm.transfer.kinds import ALIKE, ImportHandler, Line, Reason
from crm.transfer.models import ImportedRow, ImportRow

ROWS: Final = db.table(ImportRow)
IMPORTED: Final = db.table(ImportedRow)
_COLUMNS: Final = (
    "id", "line", "action", "record", "cells", "reasons", "changes", "record_id", "version",
    "same_as",
)  # fmt: skip
_OF_LINE: Final = [
    ROWS.c[name]
    for name in (
        "line", "record", "cells", "action", "reasons", "changes", "record_id", "version", "same_as",
    )
]  # fmt: skip
APPLIED: Final = ("create", "update", "unchanged")
_DELETED_AT_ONCE: Final = 20_000


def insert(run_id: int, lines: Sequence[Line]) -> None:
    """Add rows to a plan."""
    ids = bulk.reserve(ROWS, len(lines))
    columns = list(zip(*(_row(row_id, line) for row_id, line in zip(ids, lines, strict=True)), strict=True))
    # Mostly there is nothing to be said about any of the rows.
    said = [place for place, values in enumerate(columns) if any(value is not None for value in values)]
    found = zip(*(columns[place] for place in said), strict=True)
    bulk.insert(ROWS, [_COLUMNS[place] for place in said], found, {"run_id": run_id})


def _row(row_id: int, line: Line) -> tuple[Any, ...]:
    return (
        row_id,
        line.number,
        line.action,
        line.text,
        _json(line.cells) if line.action == "rejected" and line.cells is not None else None,
        _json(line.reasons) if line.reasons else None,
        _json(line.changes) if line.changes else None,
        line.record_id,
        line.version,
        line.same_as,
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def update(run_id: int, lines: Iterable[Line]) -> None:
    """Write rows of a plan anew that were decided again; what stood in the file stays."""
    values = [
        {
            "of_run": run_id,
            "of_line": line.number,
            "action": line.action,
            "reasons": _json(line.reasons) if line.reasons else None,
            "changes": _json(line.changes) if line.changes else None,
            "record_id": line.record_id,
            "version": line.version,
            "same_as": line.same_as,
        }
        for line in lines
    ]
    names = ("action", "reasons", "changes", "record_id", "version", "same_as")
    statement = (
        ROWS.update()
        .where(ROWS.c.run_id == bindparam("of_run"), ROWS.c.line == bindparam("of_line"))
        .values({name: bindparam(name) for name in names})
    )
    if values:
        db.session().connection().execute(statement, values)


def keep_cells(run_id: int, cells: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Note how rows stood in the file that are not imported after all."""
    statement = (
        ROWS.update()
        .where(ROWS.c.run_id == run_id, ROWS.c.line == bindparam("of_line"))
        .values(cells=bindparam("as_it_stood"))
    )
    values = [{"of_line": line, "as_it_stood": _json(row)} for line, row in cells]
    if values:
        db.session().connection().execute(statement, values)


def of_run(run_id: int, *actions: str) -> Select[Any]:
    """The rows of a plan in the order of the file, those with one of the actions or all."""
    statement = select(ROWS).where(ROWS.c.run_id == run_id).order_by(ROWS.c.line)
    if len(actions) == 1:
        return statement.where(ROWS.c.action == actions[0])
    return statement.where(ROWS.c.action.in_(actions)) if actions else statement


def _is_alike() -> ColumnElement[bool]:
    """The mark is a row's first reason, so its text begins with it."""
    return ROWS.c.reasons.startswith(f'[["{ALIKE}', autoescape=True)


def alike(run_id: int) -> Select[Any]:
    """The rows that look like a stored record, decided or not."""
    return of_run(run_id).where(_is_alike())


def count_alike(run_id: int) -> int:
    statement = select(func.count()).select_from(ROWS).where(ROWS.c.run_id == run_id, _is_alike())
    return int(db.session().execute(statement).scalar_one())


def total(run_id: int, code: str) -> tuple[int, int]:
    """How many rows have a reason, and the sum of the numbers that it gives as its values; what is no number
    counts as none."""
    found = _with_reason(run_id, code)
    numbers = [int(each[2]) for those in found for each in those if each[2].isdecimal()]
    return len(found), sum(numbers)


def reasons(run_id: int, code: str) -> list[Reason]:
    """The reasons of all rows that have this code."""
    return [each for those in _with_reason(run_id, code) for each in those]


def _with_reason(run_id: int, code: str) -> list[list[Reason]]:
    """Of each row with a reason of this code, its reasons of it."""
    statement = select(ROWS.c.reasons).where(
        ROWS.c.run_id == run_id, ROWS.c.reasons.contains(f'["{code}",', autoescape=True)
    )
    texts = db.session().execute(statement).scalars()
    return [[each for each in orjson.loads(text) if each[0] == code] for text in texts]


def to_apply(run_id: int, after: int) -> Select[Any]:
    """The rows behind a line that applying looks at."""
    return of_run(run_id, *APPLIED).where(ROWS.c.line > after)


def last_written(run_id: int) -> int:
    """The last row that an earlier attempt wrote; 0 for none."""
    statement = select(func.coalesce(func.max(IMPORTED.c.line), 0)).where(IMPORTED.c.run_id == run_id)
    return int(db.session().execute(statement).scalar_one())


def became(run_id: int, lines: Sequence[int]) -> dict[int, int]:
    """The records that rows became."""
    statement = select(IMPORTED.c.line, IMPORTED.c.record_id).where(
        IMPORTED.c.run_id == run_id, db.among(IMPORTED.c.line, lines)
    )
    return {row[0]: row[1] for row in db.session().execute(statement)} if lines else {}


def numbers(run_id: int, action: str) -> list[int]:
    """The lines of the rows with an action."""
    statement = select(ROWS.c.line).where(ROWS.c.run_id == run_id, ROWS.c.action == action)
    return list(db.session().execute(statement).scalars())


def without_cells(run_id: int) -> set[int]:
    """The lines of the rows that another row of the file ruled out: only then does one know to keep them."""
    late = (ROWS.c.run_id == run_id, ROWS.c.action == "rejected", ROWS.c.cells.is_(None))
    return set(db.session().execute(select(ROWS.c.line).where(*late)).scalars())


def load(statement: Select[Any], handler: ImportHandler) -> list[Line]:
    """Rows of a plan as lines."""
    found = statement.with_only_columns(*_OF_LINE)
    return [_line(row, handler.load) for row in db.session().connection().execute(found).all()]


def _line(row: Sequence[Any], load: Callable[[str], Any]) -> Line:
    number, record, cells, action, reasons, changes, record_id, version, same_as = row
    return Line(
        number,
        load(record) if record else None,
        [],
        orjson.loads(cells) if cells else None,
        record,
        action,
        orjson.loads(reasons) if reasons else [],
        orjson.loads(changes) if changes else [],
        record_id,
        version,
        same_as,
    )


def by_lines(run_id: int, numbers: Sequence[int], handler: ImportHandler) -> dict[int, Line]:
    """Some rows of a plan by their numbers."""
    lines = load(of_run(run_id).where(db.among(ROWS.c.line, numbers)), handler)
    return {line.number: line for line in lines}


def counts(run_id: int) -> dict[str, int]:
    """How many rows have each action."""
    statement = select(ROWS.c.action, func.count()).where(ROWS.c.run_id == run_id).group_by(ROWS.c.action)
    found = {"create": 0, "update": 0, "unchanged": 0, "rejected": 0}
    return found | {row[0]: row[1] for row in db.session().connection().execute(statement)}


def forget(run_id: int) -> bool:
    """Delete some rows of a plan; true when none is left."""
    some = select(ROWS.c.id).where(ROWS.c.run_id == run_id).limit(_DELETED_AT_ONCE)
    ids = list(db.session().execute(some).scalars())
    db.session().execute(delete(ROWS).where(db.among(ROWS.c.id, ids)))
    return len(ids) < _DELETED_AT_ONCE


def note_records(run_id: int, became: Iterable[tuple[int, int, int]]) -> None:
    """Remember what rows became: (line, record id, fingerprint)."""
    rows = list(became)
    ids = bulk.reserve(IMPORTED, len(rows))
    columns = ("id", "line", "record_id", "fingerprint")
    found = ((row_id, *row) for row_id, row in zip(ids, rows, strict=True))
    bulk.insert(IMPORTED, columns, found, {"run_id": run_id})
