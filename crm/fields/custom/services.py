"""Managing custom fields: adding, changing, moving, giving another kind, taking away."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import func, select, true

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.errors import Conflict, UserError
from crm.fields.custom import choices, fields, loose, pasts, work
from crm.fields.custom.choices import WITH_CHOICES
from crm.fields.custom.kinds import KINDS, text_of, value_of
from crm.fields.custom.work import Outcome
from crm.fields.models import CustomField
from crm.plugin_api.types import RecordType
from crm.runtime import runtime
from crm.transfer.cleaning.text import fold, squash

MOST_FIELDS: Final = 100
CHUNK: Final = 5000
NO_FIELD: Final = 0
"""The id that work names which is about values that no field has."""


def types() -> list[RecordType]:
    """The record types that take custom fields."""
    return [each for each in runtime().fields.types() if fields.takes(each)]


def add(record_type: RecordType, given: Mapping[str, Any], key: str = "") -> CustomField:
    """A new field out of a form's values; with a `key` the one under which values stand already, which are
    texts until `set_kind` looks at them. Raises UserError for a name that is taken or choices that make no
    sense. Inside a transaction."""
    fields.forget()  # Somebody else may have added one since the request began.
    known = fields.defined(record_type.name)
    if len(known) >= MOST_FIELDS:
        raise UserError(_("There are %(most)s fields already. Remove one first.", most=MOST_FIELDS))
    if given["kind"] not in KINDS:
        raise UserError(_("Choose what kind of field it is."))
    made = CustomField(record_type=record_type.name, kind="text" if key else given["kind"], former_labels=[])
    made.key = key or _free_key(given["label"], record_type, known)
    made.position = max((each.position for each in known), default=0) + 1
    _describe(made, given, known)
    made.choices = choices.keyed(made, given.get("choices") or "")
    db.session().add(made)
    db.session().flush()
    fields.forget()
    return made


def _free_key(label: str, record_type: RecordType, known: Sequence[CustomField]) -> str:
    """A short name out of the label, with a number where another one has it or had it, or records hold values
    under it: undoing may bring those back."""
    base = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:40] or "field"
    taken = (
        {each.key for each in known}
        | set(_names_held(record_type))
        | set(fields.removed_of(record_type.name))
    )
    number, key = 1, base
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


def change(
    kept: CustomField, given: Mapping[str, Any], actor: Actor, becomes: Mapping[str, str] | None = None
) -> Outcome:
    """Another name, section, help or other choices. Values stay, also under a choice that is gone, unless
    `becomes` says by its key which one it is now. Inside a transaction."""
    fields.forget()  # As above.
    known = [each for each in fields.defined(kept.record_type) if each.id != kept.id]
    before = kept.label
    _describe(kept, given, known)
    if kept.label != before:
        former = [each for each in kept.former_labels if each not in {kept.label, before}]
        kept.former_labels = [*former, before]
    if kept.kind in WITH_CHOICES:
        wanted = choices.keyed(kept, given.get("choices") or "", becomes, pasts.of(kept).choices)
        if wanted != kept.choices:
            work.refuse_busy(kept)
        kept.choices = wanted
    db.session().flush()
    moved = choices.moved(kept, becomes or {})
    fields.forget()
    if not moved:
        return Outcome()
    return _begin("choices", kept, count(kept), actor, moved=moved)


def _begin(do: str, kept: CustomField, number: int, actor: Actor, **more: Any) -> Outcome:
    """Change the values of a field, of which there are so many: now, or as background work."""
    held, change_set = {"field": kept.id, "key": kept.key, "label": kept.label}, db.current_change()
    assert change_set is not None
    db.session().flush()
    change_set.flush_created()
    return work.begin({"do": do, "type": kept.record_type, **held, **more}, number, change_set, actor)


def gone(kept: CustomField, text: str) -> list[choices.Gone]:
    """Which choices of a field are not among those written now though records have them."""
    if kept.kind not in WITH_CHOICES:
        return []
    return choices.gone(kept, text, _values(kept), pasts.of(kept).choices)


def _describe(kept: CustomField, given: Mapping[str, Any], others: Sequence[CustomField]) -> None:
    label = squash(given.get("label") or "")[:120]
    if not label:
        raise UserError(_("Give the field a name, such as “Best time to call”."))
    if ":" in label:
        raise UserError(_("Leave out the colon: files use it to tell the parts of a name apart."))
    if any(fold(label) == fold(each.label) for each in others):
        raise UserError(_("There is a field called “%(name)s” already. Choose another name.", name=label))
    kept.label = label
    kept.section = squash(given.get("section") or "")[:80]
    kept.help = squash(given.get("help") or "")[:300]
    kept.required = bool(given.get("required"))


def move(kept: CustomField, up: bool) -> None:
    """One place up or down among the fields of its records. Inside a transaction."""
    statement = select(CustomField).where(CustomField.record_type == kept.record_type)
    rows = list(db.session().scalars(statement.order_by(CustomField.position, CustomField.id)))
    here = rows.index(kept)
    there = here - 1 if up else here + 1
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
    for number, each in enumerate(rows, 1):
        each.position = number
    db.session().flush()
    fields.forget()


# What records hold.


def count(kept: CustomField) -> int:
    """How many records have a value."""
    model = runtime().fields.type(kept.record_type).model
    with system("how many records have a value in a field"):
        statement = (
            select(func.count()).select_from(model).where(fields.Value(model.custom, kept.key).filled())
        )
        return int(db.session().execute(statement).scalar_one())


def loose_names(record_type: RecordType) -> dict[str, int]:
    """Names under which records hold values that no field has, as imports leave them, with how many do; but
    for those that a removal takes away, or broke off at."""
    going = {each.key for each in fields.defined(record_type.name)} | work.being_removed(record_type.name)
    return {name: held for name, held in _names_held(record_type).items() if name not in going}


def _names_held(record_type: RecordType) -> dict[str, int]:
    model, amount = record_type.model, func.count()
    if db.dialect() == "sqlite":
        each: Any = func.json_each(model.custom).table_valued("key")
        statement = select(each.c.key, amount).select_from(model).join(each, true())
        statement = statement.group_by(each.c.key)
    else:
        keys = select(func.jsonb_object_keys(model.custom).label("key")).select_from(model).subquery()
        statement = select(keys.c.key, amount).group_by(keys.c.key)
    with system("the names of values that no field has"):
        return {row[0]: row[1] for row in sorted(db.session().execute(statement).all())}


def refuse_unfit_key(name: str) -> None:
    """UserError for a name that cannot become a field."""
    if not name or len(name) > 80 or any(sign in name for sign in '"\\\0'):
        raise UserError(
            _("“%(name)s” cannot become a field: its name has a sign that no field can have.", name=name)
        )


@dataclass
class KindPlan:
    """What giving a field another kind would do: how many values fit, and of those that do not, how many and
    some as they are."""

    fits: int = 0
    unfit: int = 0
    examples: list[str] = field(default_factory=list)


def plan_kind(kept: CustomField, kind: str, lines: str) -> tuple[CustomField, KindPlan]:
    """The field as it would be, and what would become of the values."""
    wanted, plan = _as_kind(kept, kind, lines), KindPlan()
    for rows in _values(kept):
        for _id, value in rows:
            try:
                value_of(wanted, text_of(kept, value))
            except UserError:
                plan.unfit += 1
                text = text_of(kept, value)[:80]
                if len(plan.examples) < 10 and text not in plan.examples:
                    plan.examples.append(text)
            else:
                plan.fits += 1
    return wanted, plan


def _as_kind(kept: CustomField, kind: str, lines: str) -> CustomField:
    if kind not in KINDS or kind == kept.kind:
        raise UserError(_("Choose another kind for the field."))
    wanted = CustomField(record_type=kept.record_type, key=kept.key, label=kept.label, kind=kind, choices=[])
    if kind in WITH_CHOICES:
        wanted.choices = kept.choices if kept.kind in WITH_CHOICES and not lines.strip() else []
        wanted.choices = wanted.choices or choices.keyed(wanted, lines)
    return wanted


def _values(kept: CustomField) -> Any:
    """All values, in pieces: lists of (id, value)."""
    model = runtime().fields.type(kept.record_type).model
    table, last = db.table(model), 0
    statement = (
        select(table.c.id, table.c.custom)
        .where(fields.Value(table.c.custom, kept.key).filled())
        .order_by(table.c.id)
        .limit(CHUNK)
    )
    while True:
        with system("the values of a field, to give it another kind"):
            rows = db.session().execute(statement.where(table.c.id > last)).all()
        if not rows:
            return
        last = rows[-1][0]
        yield [(row[0], row[1][kept.key]) for row in rows]


def set_kind(kept: CustomField, kind: str, lines: str, actor: Actor) -> Outcome:
    """Give a field another kind, and its values after it. What does not fit moves to a name of its own, “… to
    check”, where records show it. Inside a transaction that is `alone`."""
    work.refuse_busy(kept)
    wanted, number = _as_kind(kept, kind, lines), count(kept)
    old = {"kind": kept.kind, "choices": kept.choices}
    aside = fields.aside(kept)
    work.refuse_dropped(kept, aside)
    kept.kind, kept.choices = kind, wanted.choices
    db.session().flush()
    fields.forget()
    new = {"kind": kind, "choices": wanted.choices}
    return _begin("kind", kept, number, actor, old=old, new=new, aside=aside)


def remove(kept: CustomField, actor: Actor) -> Outcome:
    """Take a field away with its values. Inside a transaction."""
    work.refuse_busy(kept)
    number = count(kept)
    db.session().delete(kept)
    db.session().flush()
    fields.forget()
    return _begin("remove", kept, number, actor)


def drop_loose(record_type: RecordType, key: str, seen: str, actor: Actor) -> Outcome:
    """Take away what records hold under a name that no field has. `seen` says which values somebody saw
    (`loose.held`); Conflict when they are others now. Inside a transaction that is `alone`."""
    change_set = db.current_change()
    assert change_set is not None
    ids, present = loose.held(record_type, key)
    if present != seen:
        raise Conflict(_("These values changed after you opened the page. Below they are as they are now."))
    args = {"do": "remove", "type": record_type.name, "field": NO_FIELD, "key": key, "label": key}
    return work.begin({**args, "ids": work.runs(ids)}, len(ids), change_set, actor)


def fill(kept: CustomField, ids: Sequence[int], value: Any, actor: Actor) -> Outcome:
    """Give many records the same value, or none. Inside a transaction."""
    return _begin("fill", kept, len(ids), actor, ids=work.runs(ids), value=value, kind=kept.kind)
