"""What fields were before, as the journal knows it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from crm import db
from crm.access.guard import system
from crm.fields.custom import fields
from crm.fields.models import CustomField
from crm.journal.recorder import ENTRIES


@dataclass(frozen=True)
class Former:
    """A field as it was until it became of another kind: up to the journal's entry `until` values may have
    been of the kind that it had then."""

    until: int
    field: CustomField


@dataclass
class Past:
    """What a field was before, the newest first, and every choice that it ever had: labels by keys."""

    formers: list[Former] = field(default_factory=list)
    choices: dict[str, str] = field(default_factory=dict)

    def since(self, entry: int) -> list[CustomField]:
        """The field as it was when the journal wrote an entry, or has been since, before it became what it
        is."""
        return [each.field for each in self.formers if each.until > entry]


def of_type(record_type: str) -> dict[int, Past]:
    """The pasts of the fields of a record type that were changed, by their ids."""
    found: dict[int, Past] = defaultdict(Past)
    present = {each.id: each for each in fields.defined(record_type)}
    states = {each: {"kind": was.kind, "choices": was.choices} for each, was in present.items()}
    for row in _entries():
        if row.row_id in present:
            _go_back(found[row.row_id], present[row.row_id], states[row.row_id], row)
    return dict(found)


def of(kept: CustomField) -> Past:
    """The past of one field."""
    return of_type(kept.record_type).get(kept.id, Past())


def _entries() -> Any:
    """Every entry that changed or removed a field, the newest first, with the last entry of its act."""
    entry, act = ENTRIES.c, ENTRIES.alias("act")
    until = select(func.max(act.c.id)).where(act.c.change_set_id == entry.change_set_id).scalar_subquery()
    table = CustomField.__tablename__
    statement = select(entry.row_id, entry.before, until.label("until")).where(
        entry.subject_table == table, entry.table_name == table, entry.operation != "create"
    )
    with system("what fields were before"):
        return db.session().execute(statement.order_by(entry.id.desc())).all()


def _go_back(past: Past, kept: CustomField, state: dict[str, Any], row: Any) -> None:
    """What a field was before an entry."""
    was = {name: row.before[name] for name in state if name in row.before}
    another = was.get("kind", state["kind"]) != state["kind"]
    state |= was
    for key, label in state["choices"] or ():
        past.choices.setdefault(key, label)
    if another:
        past.formers.append(Former(row.until, CustomField(key=kept.key, label=kept.label, **state)))
