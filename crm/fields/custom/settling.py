"""The values of a field follow its kind: whatever put one of another kind into a record, it becomes one of
the kind that the field has now, or stands aside where it does not fit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, select, update

from crm import db
from crm.access.guard import system
from crm.errors import UserError
from crm.fields.custom import fields, pasts
from crm.fields.custom.choices import WITH_CHOICES
from crm.fields.custom.kinds import SEPARATOR, stored_text, text_of, value_of
from crm.fields.models import CustomField
from crm.journal.recorder import Change
from crm.journal.undo.units import differ
from crm.runtime import runtime

PIECE = 5_000
Patch = dict[str, Any]
"""Values by key; None takes one out."""
Rows = Sequence[tuple[int, Mapping[str, Any]]]
"""Records: their ids, and what they hold in own fields."""


def settled(kept: CustomField, formers: Sequence[CustomField], value: Any, known: Mapping[str, str]) -> Any:
    """A value as one of the kind that a field has. `formers` is what the field may have been when it was
    written, `known` every choice that it ever had. UserError for what does not fit."""
    was = next((each for each in formers if _is_chosen(each, value)), kept)
    if (was is kept or kept.kind in WITH_CHOICES) and fits(kept, value, known):
        return value
    return value_of(kept, text_of(was, value))


def _is_chosen(former: CustomField, value: Any) -> bool:
    """Whether these are choices that a field had."""
    chosen = value if isinstance(value, list) else [value]
    kind = "choices" if isinstance(value, list) else "choice"
    keys = {key for key, _label in former.choices}
    return former.kind == kind and all(isinstance(each, str) for each in chosen) and set(chosen) <= keys


def fits(kept: CustomField, value: Any, known: Mapping[str, str]) -> bool:
    """Whether a value is of a field's kind; one of a choice that is gone is, too."""
    if kept.kind in WITH_CHOICES and isinstance(value, list) == (kept.kind == "choices"):
        there = {**known, **dict(kept.choices)}
        return all(each in there for each in (value if isinstance(value, list) else [value]))
    try:
        return not differ(value_of(kept, stored_text(value), stored=True), value)
    except UserError:
        return False


def set_aside(key: str, text: str, aside: str, custom: Mapping[str, Any]) -> Patch:
    """What takes a value that does not fit out of its field and keeps it for somebody to look at."""
    kept = dict.fromkeys(filter(None, (stored_text(custom.get(aside)), text)))
    return {key: None, aside: SEPARATOR.join(kept)}


def settle_rows(kept: CustomField, formers: Sequence[CustomField], rows: Rows, change: Change) -> int:
    """Make the values of a field in these records ones of its kind; how many stand aside now."""
    known, aside, patches, unfit = pasts.of(kept).choices, fields.aside(kept), dict[int, Patch](), 0
    for row_id, custom in rows:
        value = custom.get(kept.key)
        if value in (None, "", []):
            continue
        try:
            new = settled(kept, formers, value, known)
        except UserError:
            was = next((each for each in formers if _is_chosen(each, value)), kept)
            patches[row_id], unfit = set_aside(kept.key, text_of(was, value), aside, custom), unfit + 1
        else:
            if differ(new, value):
                patches[row_id] = {kept.key: new}
    write(table_of(kept.record_type), patches, change)
    return unfit


def settle_field(
    kept: CustomField,
    formers: Sequence[CustomField],
    change: Change,
    done: Callable[[Sequence[int]], set[int]],
) -> int:
    """The same for every record that has a value in the field, but for those of which `done` says that their
    value is of its kind already."""
    table, last, unfit = table_of(kept.record_type), 0, 0
    filled = select(table.c.id).where(fields.Value(table.c.custom, kept.key).filled())
    while True:
        with system("the values of a field that became another one"):
            statement = filled.where(table.c.id > last).order_by(table.c.id).limit(PIECE)
            ids = db.session().execute(statement).scalars().all()
        if not ids:
            return unfit
        rest = sorted({*ids} - done(ids))
        unfit += settle_rows(kept, formers, held(table, rest), change)
        last = ids[-1]


def table_of(record_type: str) -> Table:
    """The table of the records of a type."""
    return db.table(runtime().fields.type(record_type).model)


def held(table: Table, ids: Sequence[int]) -> list[tuple[int, dict[str, Any]]]:
    """What records hold in own fields; nobody else changes it until this transaction ends."""
    statement = select(table.c.id, table.c.custom).where(db.among(table.c.id, ids)).order_by(table.c.id)
    with system("the values of own fields"):
        rows = db.session().execute(statement.with_for_update(key_share=True)).all()
    return [(row[0], row[1] or {}) for row in rows]


def write(table: Table, patches: Mapping[int, Patch], change: Change) -> int:
    """Put values into records; for how many that changed something."""
    if not patches:
        return 0
    given = bindparam("given", type_=table.c.custom.type)
    statement = update(table).where(table.c.id == bindparam("row_id"))
    statement = statement.values(custom=db.patched(table.c.custom, given))
    before = change.watch(table, patches)
    with system("the values of own fields"):
        parameters = [{"row_id": row_id, "given": each} for row_id, each in patches.items()]
        db.session().execute(statement, parameters)
    return change.changed(table, before)
