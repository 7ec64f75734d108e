"""Conditions of a list as SQL and in words, for one actor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Exists,
    Select,
    and_,
    false,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql import visitors
from sqlalchemy.sql.util import find_tables

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields.conditions import Group, Part, Related
from crm.fields.custom.fields import removed
from crm.fields.filters import Filter, condition, describe
from crm.i18n import lazy_gettext
from crm.plugin_api.types import Field, Relation
from crm.runtime import runtime

Clause = ColumnElement[bool]
Fields = dict[str, Field]

COUNT_WORDS = {
    "some": lazy_gettext("at least one"),
    "none": lazy_gettext("none"),
    "least": lazy_gettext("at least …"),
    "most": lazy_gettext("at most …"),
    "more": lazy_gettext("more than …"),
    "less": lazy_gettext("fewer than …"),
    "exactly": lazy_gettext("exactly …"),
}
JOIN_WORDS = {
    "all": lazy_gettext("all of these hold"),
    "any": lazy_gettext("at least one of these holds"),
    "none": lazy_gettext("none of these holds"),
}


@dataclass(frozen=True)
class Frame:
    """What conditions are about: fields by name, the record type whose relations can be asked for, and the
    id of its records."""

    fields: Fields
    record_type: str
    identity: Any


class Meaning:
    """Reads conditions for one actor. There are two ways to ask of related records, and both find the same:
    gather those of everybody first, or look for those of each record as it comes (`one_by_one`), which is
    quicker for a page of a list where many records fit."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.one_by_one = False
        self._frames: dict[str, Frame] = {}

    # What can be asked.

    def frame(self, record_type: str) -> Frame:
        """What can be asked of the records of a type."""
        if record_type not in self._frames:
            fields = runtime().fields.fields(record_type, self.actor)
            model = runtime().fields.type(record_type).model
            self._frames[record_type] = Frame({each.name: each for each in fields}, record_type, model.id)
        return self._frames[record_type]

    def related_frame(self, relation: Relation) -> Frame:
        """What can be asked of related records."""
        inner = self.frame(relation.related)
        return replace(inner, fields={**inner.fields, **{each.name: each for each in relation.fields}})

    def relations(self, record_type: str) -> list[Relation]:
        """The related records that this actor may ask for."""
        return [each for each in runtime().fields.relations(record_type) if self._may_ask(each)]

    def _may_ask(self, relation: Relation) -> bool:
        wanted = relation.permission or runtime().fields.type(relation.related).permission
        return self.actor.can(wanted)

    def relation(self, record_type: str, name: str) -> Relation:
        """The relation of that name; UserError when there is none now."""
        found = next((each for each in self.relations(record_type) if each.name == name), None)
        if found is None:
            raise UserError(
                _("The related records “%(name)s” cannot be asked for now. Remove that condition.", name=name)
            )
        return found

    # As SQL.

    def clause(self, part: Part, frame: Frame) -> Clause:
        """The part as a condition; UserError when something in it makes no sense now."""
        if isinstance(part, Filter):
            return self.filter(part, frame)
        if isinstance(part, Group):
            return self.group(part, frame)
        return self.related(part, frame)

    def filter(self, chosen: Filter, frame: Frame) -> Clause:
        known = frame.fields.get(chosen.field)
        if known is None and (gone := removed(chosen.field)) is not None:
            raise UserError(
                _(
                    "The own field “%(name)s” was removed, so nothing can be filtered by it. Remove that "
                    "filter, or undo the removal of the field.",
                    name=gone.label,
                )
            )
        if known is None or not known.filterable:
            raise UserError(
                _("There is no field “%(name)s” to filter by now. Remove that filter.", name=chosen.field)
            )
        if chosen.kind and chosen.kind != known.kind:
            raise UserError(
                _(
                    "“%(field)s” has become another kind of field since this was saved. Choose again how to "
                    "filter by it.",
                    field=known.label,
                )
            )
        found = condition(known, chosen)
        return _row_by_row(found) if self.one_by_one else found

    def group(self, group: Group, frame: Frame) -> Clause:
        found = [self.clause(each, frame) for each in group.parts]
        if group.join == "all":
            return and_(true(), *found)
        either = or_(false(), *found)
        # What is unknown does not hold, so that its opposite does.
        return either if group.join == "any" else not_(func.coalesce(either, false()))

    def related(self, part: Related, frame: Frame) -> Clause:
        relation = self.relation(frame.record_type, part.relation)
        rows = self.rows(part, relation)
        least, most = _bounds(part)
        if most is not None and most < 0:
            return false()
        if (least, most) == (0, None):
            return true()
        if self.one_by_one:
            return _looked_for(_of_one(rows, relation, frame.identity), least, most)
        return _gathered(rows, relation, frame.identity, least, most)

    def rows(self, part: Related, relation: Relation) -> Select[Any]:
        """The related rows for which the inner group holds, of all owners: a SELECT of `owner`."""
        if relation.rows is not None:
            found = relation.rows(self.actor)
        else:
            inner = runtime().fields.type(relation.related)
            found = visible(inner.model, self.actor, inner.permission)
            found = inner.base(found) if inner.base is not None else found
        found = found.with_only_columns(relation.owner, maintain_column_froms=True)
        if part.where.parts or part.where.join != "all":
            found = found.where(self.group(part.where, self.related_frame(relation)))
        return found.correlate(None).where(relation.owner.is_not(None))

    # In words.

    def words(self, part: Part, frame: Frame) -> str:
        """The part as people read it."""
        if isinstance(part, Filter):
            known = frame.fields.get(part.field) or removed(part.field)
            return describe(known, part) if known is not None else part.field or "?"
        if isinstance(part, Group):
            return self._group_words(part, frame)
        try:
            relation = self.relation(frame.record_type, part.relation)
        except UserError:
            return part.relation
        how = str(COUNT_WORDS[part.count]).replace("…", str(part.number))
        if not part.where.parts:
            return f"{relation.label}: {how}"
        inner = self._group_words(part.where, self.related_frame(relation))
        return _(
            "%(what)s: %(count)s where (%(conditions)s)", what=relation.label, count=how, conditions=inner
        )

    def _group_words(self, group: Group, frame: Frame) -> str:
        if not group.parts:
            return _("nobody by conditions") if group.join == "any" else _("everybody")
        parts = [
            f"({self.words(each, frame)})" if isinstance(each, Group) and len(each.parts) > 1
            else self.words(each, frame)
            for each in group.parts
        ]  # fmt: skip
        if group.join == "none":
            return _("not: %(conditions)s", conditions=_(" or ").join(parts))
        return (_(" and ") if group.join == "all" else _(" or ")).join(parts)

    def problem(self, part: Part, frame: Frame) -> str:
        """Why a part makes no sense now; empty when it does."""
        try:
            self.clause(part, frame)
        except UserError as error:
            return error.message
        return ""


def _of_one(rows: Select[Any], relation: Relation, identity: Any) -> Select[Any]:
    """The related rows of the record at hand. Where they are made of the table of that record as well, its id
    cannot be named among them: then they are found by the row that joins the two."""
    outer = identity.class_.__table__
    if not _holds_table(rows, outer, relation.name):
        return rows.where(relation.owner == identity).correlate(outer)
    source = relation.owner.__clause_element__().table
    link = getattr(source, "element", source).alias()
    inner = rows.where(source.c.id == link.c.id).correlate(link)
    owner = link.c[relation.owner.key]
    return select(owner).select_from(link).where(owner == identity, db.there_is(inner)).correlate(outer)


_made_of: dict[tuple[str, str], bool] = {}


def _holds_table(rows: Select[Any], table: Any, relation: str) -> bool:
    """Whether a table is among those that the related rows are made of, inner statements aside. To find that
    out takes as long as to compile the statement, so it is kept."""
    key = (relation, table.name)
    if key not in _made_of:
        froms = rows.get_final_froms()
        _made_of[key] = any(table in find_tables(each, include_joins=False) for each in froms)
    return _made_of[key]


def _looked_for(rows: Select[Any], least: int, most: int | None) -> Clause:
    """The condition on the related rows of the record at hand."""
    if least == 1 and most is None:
        return db.there_is(rows)
    if most == 0:
        return not_(db.there_is(rows))
    amount = rows.with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()
    if most is None:
        return amount >= least
    return amount <= most if least == 0 else amount == most


def _row_by_row(clause: Clause) -> Clause:
    """The same condition, in which each EXISTS is looked for when a record comes."""

    def looked_for(element: Any, **_rest: Any) -> Clause | None:
        return db.there_is(element.element.element) if isinstance(element, Exists) else None

    found: Clause = visitors.replacement_traverse(clause, {}, looked_for)
    return found


def _gathered(rows: Select[Any], relation: Relation, identity: Any, least: int, most: int | None) -> Clause:
    """The condition on the ids of all owners of related rows."""
    grouped, amount = rows.group_by(relation.owner), func.count()
    found: Clause
    if most == 0:
        found = identity.not_in(rows)
    elif most is not None and least == 0:
        found = identity.not_in(grouped.having(amount > most))
    elif most is not None:
        found = identity.in_(grouped.having(amount == most))
    else:
        found = identity.in_(rows if least == 1 else grouped.having(amount >= least))
    return found


def _bounds(part: Related) -> tuple[int, int | None]:
    """How many related records there must be: at least, and at most if there is a limit."""
    number = part.number
    found: dict[str, tuple[int, int | None]] = {
        "some": (1, None),
        "none": (0, 0),
        "least": (number, None),
        "most": (0, number),
        "more": (number + 1, None),
        "less": (0, number - 1),
        "exactly": (number, number),
    }
    return found[part.count]


def examples(
    part: Related, meaning: Meaning, frame: Frame, record_id: int, most: int
) -> Sequence[tuple[int, str]]:
    """Some of the related records for which the conditions hold: ids and names."""
    relation = meaning.relation(frame.record_type, part.relation)
    kind = runtime().fields.type(relation.related)
    rows = meaning.rows(part, relation).where(relation.owner == record_id)
    shown = relation.shown if relation.shown is not None else kind.label_column
    rows = rows.with_only_columns(kind.model.id, shown, maintain_column_froms=True)
    return [(row[0], str(row[1])) for row in db.session().execute(rows.limit(most))]
