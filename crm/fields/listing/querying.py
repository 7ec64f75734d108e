"""The query of a list for one reader: a page of it, its count, its ids, or rows for an export."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from crm import access, db
from crm.access.actor import Actor
from crm.errors import UserError
from crm.fields import conditions as rules_of
from crm.fields.listing.cursors import decode_cursor, encode_cursor
from crm.fields.listing.hints import hint
from crm.fields.listing.shown import Chip, ListPage
from crm.fields.listing.state import ListState
from crm.fields.meaning import Meaning
from crm.fields.prepared import prepared
from crm.plugin_api.types import Field
from crm.runtime import kept, runtime

PAGE = 50
COUNT_LIMIT = 10_000
PROBED, OFTEN = 150, 10
"""Where one of ten fits, some 500 records are looked at for a page."""


class Listing:
    """One list for one actor: builds the query once, for a page, a count, ids or an export."""

    def __init__(self, state: ListState, actor: Actor) -> None:
        self.state = state
        self.actor = actor
        self.record_type = runtime().fields.type(state.record_type)
        self.meaning = Meaning(actor)
        self.frame = self.meaning.frame(state.record_type)
        self.fields = self.frame.fields
        self.warnings: list[str] = []
        self.by_hand: Mapping[str, int] = {}
        self._conditions: dict[bool, list[ColumnElement[bool]]] = {}

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filters and the typed text as conditions. A filter that cannot be understood becomes a warning
        and the list finds nobody: one that quietly shows more than was asked for does harm."""
        way = self.meaning.one_by_one
        if way not in self._conditions:
            self._conditions[way] = self._all_conditions()
        return self._conditions[way]

    def _all_conditions(self) -> list[ColumnElement[bool]]:
        if self.state.gone:
            words = _("This list was removed, or is not shared with you any more. Choose another one above.")
            self.warnings = [words]
        asked = [(part, clause) for part in self.parts() if (clause := self._understood(part)) is not None]
        if self.warnings:
            return [false()]
        found = [clause for _part, clause in asked]
        if self.state.saved.isdecimal():
            beyond = [clause for part, clause in asked if part in self.state.beyond]
            kept = [clause for part, clause in asked if part not in self.state.beyond]
            found = [self._by_hand(kept), *beyond]
        if self.state.text and self.record_type.quick_filter is not None:
            found.append(self.record_type.quick_filter(self.state.text, self.actor))
        return found

    def parts(self) -> list[rules_of.Part]:
        """All that must hold: of the tab, of the address, and the rules."""
        rules = () if self.state.rules is None else (self.state.rules,)
        return [*self.state.base, *self.state.filters, *rules]

    def _understood(self, part: rules_of.Part) -> ColumnElement[bool] | None:
        try:
            return self.meaning.clause(part, self.frame)
        except UserError as error:
            if error.message not in self.warnings:
                self.warnings.append(error.message)
            return None

    def _by_hand(self, asked: list[ColumnElement[bool]]) -> ColumnElement[bool]:
        """The conditions, and whom somebody put into the saved list or took out of it."""
        from crm.fields import by_hand

        identity, counts = self.record_type.model.id, self._counts()
        found = and_(true(), *asked)
        if counts[by_hand.PINNED]:
            found = or_(found, identity.in_(by_hand.ids(int(self.state.saved), by_hand.PINNED)))
        if counts[by_hand.EXCLUDED]:
            found = and_(found, identity.not_in(by_hand.ids(int(self.state.saved), by_hand.EXCLUDED)))
        return found

    def _counts(self) -> Mapping[str, int]:
        from crm.fields import by_hand

        if not self.by_hand:
            self.by_hand = by_hand.counts(int(self.state.saved), self.record_type, self.actor)
        return self.by_hand

    def condition(self, chosen: rules_of.Part) -> ColumnElement[bool]:
        """One filter as a condition; raises UserError when it makes no sense."""
        return self.meaning.clause(chosen, self.frame)

    def ids(self) -> Select[Any]:
        """A SELECT of the ids of every matching record."""
        return self._base([self.record_type.model.id])

    def count(self) -> int:
        """How many match, counted no further than COUNT_LIMIT + 1."""
        inner = self.ids().order_by(None).limit(COUNT_LIMIT + 1).subquery()
        statement = select(func.count()).select_from(inner).execution_options(**{access.SCOPED: True})
        return int(db.session().execute(statement).scalar_one())

    def chosen_columns(self) -> list[Field]:
        # The first column names the record and links to it, so it always leads.
        first = self.record_type.default_columns[0]
        wanted = self.state.columns or self.state.kept or self.record_type.default_columns
        names = dict.fromkeys((first, *wanted))
        return [self.fields[name] for name in names if name in self.fields and self.fields[name].listable]

    def page(self, size: int = PAGE) -> ListPage:
        """The page that the state asks for."""
        columns = self.chosen_columns()
        self.meaning.one_by_one = self._fits_many()
        descending, backwards = self._sort()[1], bool(self.state.before)
        rows = self._window(columns, size + 1)
        more = len(rows) > size
        rows = rows[:size]
        if backwards:
            rows.reverse()
        self._fetch(columns, rows)
        page = ListPage(
            self.record_type,
            self.state,
            columns,
            rows,
            self._chips(),
            list(self.fields.values()),
            warnings=self.warnings,
            notes=self._notes(),
            sort_field=self._sort_field().name,
            descending=descending,
        )
        self._link_neighbours(page, more, backwards)
        return page

    def _window(self, columns: Sequence[Field], size: int) -> list[dict[str, Any]]:
        """So many rows from the place that the address names."""
        cursor = decode_cursor(self.state.before or self.state.after, self._sort()[0])
        make = partial(self._statement, columns, size, cursor is not None)
        key = (*map(id, columns), self.state.sort, bool(self.state.before), cursor is not None, size)
        key = ("list", self.state.record_type, key)
        if self._is_plain(columns):
            statement = kept(key, lambda: self._for_good(make()))
        else:
            statement = self._prepared(key, columns, make)
        values = {} if cursor is None else {"cursor_key": cursor[0], "cursor_id": cursor[1]}
        return db.dicts(statement, values)

    def _prepared(self, key: Any, columns: Sequence[Field], make: Callable[[], Any]) -> Any:
        """The statement as it was put together for this reader, if it was lately. Typed text is seldom the
        same, and a list that finds nobody for a reason is to say the reason each time."""
        if self.state.text or self.state.gone:
            return make()
        by_hand = tuple(self._counts().items()) if self.state.saved.isdecimal() else ()
        names, way = tuple(each.name for each in columns), self.meaning.one_by_one
        state = replace(self.state, before="", after="")
        # Fields are named by their ids in the key: kept with it, they are not given to others.
        made = prepared(
            (key, self.actor, state, names, way, by_hand),
            lambda: (make(), columns),
            keep=lambda: not self.warnings,
        )
        return made[0]

    def _for_good(self, statement: Select[Any]) -> Select[Any]:
        """Where nothing but the place in the list differs, neither does the way to it."""
        base = self.record_type.base
        return statement if base is not None else statement.execution_options(**db.KEPT_PLAN)

    def _is_plain(self, columns: Sequence[Field]) -> bool:
        """Whether the statement is the same for all who see every record: nothing asks for some of them, and
        the columns are those declared at boot."""
        asks = self.state.text or self.parts() or self.state.saved.isdecimal() or self.state.gone
        declared = {id(each) for each in self.record_type.fields}
        whole = self.actor.can_everywhere(self.record_type.permission)
        whole = whole and access.sees_all(self.record_type.model, self.actor)
        return not asks and whole and all(id(each) in declared for each in columns)

    def _statement(self, columns: Sequence[Field], size: int, begins_later: bool) -> Select[Any]:
        sort, descending = self._sort()
        backwards = bool(self.state.before)
        statement = self._ordered(self._select(columns), sort, descending, backwards)
        statement = statement.limit(literal_column(str(size)))
        if not begins_later:
            return statement
        identity = self.record_type.model.id
        place = tuple_(bindparam("cursor_key", type_=sort.type), bindparam("cursor_id", type_=identity.type))
        return statement.where(self._beyond(place))

    def _beyond(self, place: Any) -> ColumnElement[bool]:
        """What comes after a place in the order of the list, or before it when one looks backwards."""
        sort, descending = self._sort()
        here = tuple_(sort, self.record_type.model.id)
        found: ColumnElement[bool] = here < place if descending != bool(self.state.before) else here > place
        return found

    def _fits_many(self) -> bool:
        """Whether many of the next records fit what is asked of related ones. Then a page is full soon, and
        looking record by record is quicker than gathering related records of everybody."""
        related = [part for each in self.parts() for part in rules_of.walk(each)]
        if not any(isinstance(part, rules_of.Related) for part in related):
            return False
        return hint(self._hint_key(), self._many_of_the_next)

    def _hint_key(self) -> tuple[Any, ...]:
        place = self.state.before or self.state.after
        return (id(runtime()), self.actor.user_id, replace(self.state, before="", after=""), place)

    def _many_of_the_next(self) -> bool:
        self.meaning.one_by_one = True
        sort, descending = self._sort()
        backwards = bool(self.state.before)
        fits = case((and_(true(), *self.conditions()), 1), else_=0).label("fits")
        first = self._ordered(self._base([fits], plain=True), sort, descending, backwards)
        cursor = decode_cursor(self.state.before or self.state.after, sort)
        first = (first if cursor is None else first.where(self._beyond(tuple_(*cursor)))).limit(PROBED)
        statement = select(func.sum(first.subquery().c.fits)).execution_options(**{access.SCOPED: True})
        return (db.session().execute(statement).scalar_one() or 0) * OFTEN >= PROBED

    def rows(self, columns: Sequence[Field], ids: Sequence[int]) -> list[dict[str, Any]]:
        """Rows of given records in their order, for an export in chunks."""
        statement = self._base(
            [self.record_type.model.id.label("id"), *self._expressions(columns)], plain=True
        )
        statement = statement.where(db.among(self.record_type.model.id, ids))
        found = {row["id"]: row for row in db.dicts(statement)}
        rows = [found[each] for each in ids if each in found]
        self._fetch(columns, rows)
        return rows

    def asked_of(self, record_id: int, columns: Sequence[Any]) -> Sequence[Any]:
        """Expressions over one record that the actor may see; as many values, all of them 0 for no record."""
        statement = self._base(list(columns), plain=True).where(self.record_type.model.id == record_id)
        row = db.session().execute(statement).first()
        return [0 for _each in columns] if row is None else list(row)

    def in_order(self, ids: Sequence[int], most: int) -> list[int]:
        """The first of these records in the order of the list, at most so many."""
        sort, descending = self._sort()
        identity = self.record_type.model.id
        statement = self._base([identity], plain=True).where(db.among(identity, ids)).limit(most)
        return list(db.session().execute(self._ordered(statement, sort, descending, False)).scalars())

    def _base(self, columns: list[Any], *, plain: bool = False) -> Select[Any]:
        statement = access.visible(self.record_type.model, self.actor, self.record_type.permission)
        statement = statement.with_only_columns(*columns, maintain_column_froms=True)
        if self.record_type.base is not None:
            statement = self.record_type.base(statement)
        return statement if plain else statement.where(*self.conditions())

    def _expressions(self, columns: Sequence[Field]) -> list[Any]:
        return [each.expression.label(each.name) for each in columns if each.expression is not None]

    def _select(self, columns: Sequence[Field]) -> Select[Any]:
        sort, _descending = self._sort()
        model = self.record_type.model
        return self._base(
            [
                model.id.label("id"),
                self.record_type.label_column.label("label"),
                sort.label("sort_key"),
                *(extra.label(name) for name, extra in self.record_type.extra_columns),
                *self._expressions(columns),
            ]
        )

    def _sort_field(self) -> Field:
        """The field that the list is sorted by: the one asked for, if there is a quick way to."""
        for wanted in (self.state.sort, self.record_type.default_sort):
            known = self.fields.get(wanted.lstrip("-"))
            if known is not None and known.sortable:
                return known
        return self.fields[self.record_type.default_sort.lstrip("-")]

    def _sort(self) -> tuple[Any, bool]:
        known = self._sort_field()
        wanted = self.state.sort if self.state.sort.lstrip("-") == known.name else ""
        return (
            known.sort_expression if known.sort_expression is not None else known.expression,
            (wanted or self.record_type.default_sort).startswith("-"),
        )

    def _notes(self) -> list[str]:
        known, wanted = self._sort_field(), self.state.sort.lstrip("-")
        if not wanted or wanted == known.name:
            return []
        label = self.fields[wanted].label if wanted in self.fields else wanted
        return [
            _(
                "The list cannot be sorted by “%(wanted)s”; it is sorted by “%(used)s”.",
                wanted=label,
                used=known.label,
            )
        ]

    def _ordered(self, statement: Select[Any], sort: Any, descending: bool, backwards: bool) -> Select[Any]:
        identity = self.record_type.model.id
        if descending != backwards:
            return statement.order_by(sort.desc(), identity.desc())
        return statement.order_by(sort, identity)

    def _fetch(self, columns: Sequence[Field], rows: list[dict[str, Any]]) -> None:
        ids = [row["id"] for row in rows]
        for each in columns:
            if each.fetch is not None:
                values = each.fetch(ids) if ids else {}
                for row in rows:
                    row[each.name] = values.get(row["id"])

    def _chips(self) -> list[Chip]:
        if not (self.state.filters or self.state.rules):
            return []
        key = ("chips", self.actor, replace(self.state, before="", after=""))
        return prepared(key, self._all_chips, keep=lambda: not self.warnings)

    def _all_chips(self) -> list[Chip]:
        chips = []
        for chosen in self.state.filters:
            rest = tuple(each for each in self.state.filters if each != chosen)
            chips.append(self._chip(chosen, self.state.query(filters=rest)))
        rules = self.state.rules
        if rules is not None and rules.join == "all" and rules.parts:
            for part in rules.parts:
                left = tuple(each for each in rules.parts if each != part)
                narrowed = replace(rules, parts=left) if left else None
                chips.append(self._chip(part, self.state.query(rules=narrowed)))
        elif rules is not None:
            chips.append(self._chip(rules, self.state.query(rules=None)))
        return chips

    def _chip(self, part: rules_of.Part, without: str) -> Chip:
        words = self.meaning.words(part, self.frame)
        # What is understood was understood by now; to ask again costs little where something is not.
        broken = self.meaning.problem(part, self.frame) if self.warnings else ""
        return Chip(words, without, broken)

    def _link_neighbours(self, page: ListPage, more: bool, backwards: bool) -> None:
        if not page.rows:
            return
        first, last = encode_cursor(page.rows[0]), encode_cursor(page.rows[-1])
        if more or backwards:
            page.next_query = self.state.query(after=last)
        if (backwards and more) or self.state.after:
            page.previous_query = self.state.query(before=first)
