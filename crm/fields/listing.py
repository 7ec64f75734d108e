"""The one list: what an address asks for, the page of rows that answers it, and nothing more.

A page is found by key, never by OFFSET, and is not counted; its rows are plain columns. Every list of the
program, those of plugins included, goes through `listing`.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)
from werkzeug.datastructures import MultiDict

from crm import access, db
from crm.access.actor import Actor
from crm.db import UtcDateTime
from crm.errors import UserError
from crm.fields import conditions as rules_of
from crm.fields.conditions import Group
from crm.fields.filters import Filter
from crm.fields.meaning import Meaning
from crm.fields.prepared import prepared
from crm.plugin_api.types import Field, RecordType
from crm.runtime import kept, runtime

PAGE = 50
COUNT_LIMIT = 10_000
HINT_SECONDS, MOST_HINTS = 60.0, 256
PROBED, OFTEN = 150, 10
"""Where one of ten fits, some 500 records are looked at for a page."""


@dataclass(frozen=True)
class ListState:
    """What the address of a list says: the text typed, filters, order, columns and where the page begins.

    `whole` says that the address of a saved list is all there is, even where it says nothing. What the
    address leaves open `crm.fields.lists.saved_state` fills in: `base`, the filters of a preset, which are
    no chips of anybody, and `kept`, the columns that this reader or the saved list wants. `rules` are
    conditions that need more than filters of which all must hold.
    """

    record_type: str
    text: str = ""
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    columns: tuple[str, ...] = ()
    after: str = ""
    before: str = ""
    saved: str = ""
    whole: bool = False
    base: tuple[Filter, ...] = ()
    kept: tuple[str, ...] = ()
    rules: Group | None = None
    gone: bool = False
    """Whether the saved list of the address is not there, or not for this reader."""

    @classmethod
    def from_args(cls, record_type: str, args: "MultiDict[str, str]") -> "ListState":
        # What is no filter stays in the list as one that finds nobody: leaving it out would show everybody.
        filters = tuple(Filter.parse(text) or Filter(text[:80], "") for text in args.getlist("f") if text)
        columns = tuple(name for name in args.get("columns", "").split(",") if name)
        return cls(
            record_type,
            args.get("q", "").replace("\0", "").strip()[:200],
            filters,
            args.get("sort", ""),
            columns or tuple(args.getlist("column")),
            args.get("after", ""),
            args.get("before", ""),
            args.get("list", ""),
            bool(args.get("whole")),
            rules=rules_of.loads(args.get("rules", "")),
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The state as pairs of an address; `from_args` reads them back."""
        found = [("f", str(each)) for each in self.filters]
        for name, value in (
            ("q", self.text),
            ("sort", self.sort),
            ("columns", ",".join(self.columns)),
            ("after", self.after),
            ("before", self.before),
            ("list", self.saved),
            ("whole", "1" if self.whole and self.saved else ""),
            ("rules", rules_of.dumps(self.rules) if self.rules is not None else ""),
        ):
            if value:
                found.append((name, value))
        return found

    def query(self, **changes: Any) -> str:
        """The address part of this state with some of it changed; paging starts again."""
        return urlencode(replace(self, **{"after": "", "before": "", **changes}).pairs())

    def as_json(self) -> dict[str, Any]:
        """What a saved list keeps: everything but the place in it."""
        marked = self.marked()
        return {
            "text": self.text,
            "filters": [str(each) for each in (*marked.base, *marked.filters)],
            "sort": self.sort,
            "columns": list(self.columns or self.kept),
            "rules": rules_of.dump(marked.rules) if marked.rules is not None else None,
        }

    def marked(self) -> "ListState":
        """With the kind of field that each filter was made for, where it does not say so yet."""
        fields = runtime().fields

        def mark(record_type: str, chosen: Filter) -> Filter:
            return replace(chosen, kind=chosen.kind or fields.kind(record_type, chosen.field))

        return self.each_filter(mark)

    def each_filter(self, change: Callable[[str, Filter], Filter]) -> "ListState":
        """With each filter changed; `change` gets the name of the record type that the filter asks of."""

        def every(part: Any) -> Any:
            return rules_of.changed(part, self.record_type, change, runtime().fields.related_type)

        return replace(
            self,
            base=tuple(every(each) for each in self.base),
            filters=tuple(every(each) for each in self.filters),
            rules=every(self.rules) if self.rules is not None else None,
        )

    @classmethod
    def from_json(cls, record_type: str, kept: Mapping[str, Any], saved: str = "") -> "ListState":
        return cls(
            record_type,
            kept.get("text", ""),
            tuple(Filter.parse(text) or Filter(text[:80], "") for text in kept.get("filters", ())),
            kept.get("sort", ""),
            tuple(kept.get("columns", ())),
            saved=saved,
            rules=rules_of.load(kept.get("rules")),
        )


@dataclass(frozen=True)
class Chip:
    """A filter in words, and the address without it."""

    words: str
    without: str
    broken: str = ""
    """Why it makes no sense any more."""


@dataclass
class ListPage:
    """What a list template shows. Each row is a mapping with `id`, `label` and the chosen columns."""

    record_type: RecordType
    state: ListState
    columns: list[Field]
    rows: list[dict[str, Any]]
    chips: list[Chip]
    all_fields: list[Field]
    next_query: str | None = None
    previous_query: str | None = None
    warnings: list[str] = field(default_factory=list)
    """Why the list shows nothing: a filter that cannot be understood."""
    notes: list[str] = field(default_factory=list)
    sort_field: str = ""
    descending: bool = False


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
        asked = [clause for part in self.parts() if (clause := self._understood(part)) is not None]
        if self.warnings:
            return [false()]
        found = [self._by_hand(asked)] if self.state.saved.isdecimal() else asked
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
            self.by_hand = by_hand.counts(int(self.state.saved))
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
        statement = kept(key, make) if self._is_plain(columns) else self._prepared(key, columns, make)
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

    def _is_plain(self, columns: Sequence[Field]) -> bool:
        """Whether the statement is the same for all who see every record: nothing asks for some of them, and
        the columns are those declared at boot."""
        asks = self.state.text or self.parts() or self.state.saved.isdecimal() or self.state.gone
        declared = {id(each) for each in self.record_type.fields}
        sees_all = self.actor.can_everywhere(self.record_type.permission)
        return not asks and sees_all and all(id(each) in declared for each in columns)

    def _statement(self, columns: Sequence[Field], size: int, begins_later: bool) -> Select[Any]:
        sort, descending = self._sort()
        backwards = bool(self.state.before)
        statement = self._ordered(self._select(columns), sort, descending, backwards).limit(size)
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
        return _hint(self._hint_key(), self._many_of_the_next)

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


_hints: OrderedDict[tuple[Any, ...], tuple[bool, float]] = OrderedDict()


def _hint(key: tuple[Any, ...], find: Callable[[], bool]) -> bool:
    """An answer that may be somewhat old, for it decides how to look and not what is found."""
    known = _hints.get(key)
    if known is None or monotonic() - known[1] > HINT_SECONDS:
        known = _hints[key] = (find(), monotonic())
        while len(_hints) > MOST_HINTS:
            _hints.popitem(last=False)
    return known[0]


def address_of(record_type: RecordType, record_id: int) -> str:
    """The page of a record."""
    arguments: dict[str, Any] = {record_type.id_argument: record_id}
    return url_for(record_type.endpoint, **arguments)


def encode_cursor(row: Mapping[str, Any]) -> str:
    """The place of a row in its list: the value it is sorted by, and its id."""
    key = row["sort_key"]
    if isinstance(key, date | datetime):
        key = key.isoformat()
    return urlsafe_b64encode(json.dumps([key, row["id"]]).encode()).decode().rstrip("=")


def decode_cursor(text: str, sort: Any) -> tuple[Any, int] | None:
    """The place in a list, or None when the text is not one (the list then begins at its start)."""
    try:
        key, identity = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        key = _key_for(sort, key)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    fits = key is not None and isinstance(identity, int) and 0 <= identity < 2**63
    return (key, identity) if fits else None


def _key_for(sort: Any, key: Any) -> Any:
    """The key as the column compares it; None for what the column cannot hold."""
    if isinstance(sort.type, DateTime | UtcDateTime):
        return datetime.fromisoformat(key).astimezone(UTC)
    if isinstance(sort.type, Date):
        return date.fromisoformat(key)
    if isinstance(sort.type, Numeric | Integer):
        return key if isinstance(key, int | float) and abs(key) < 2**63 else None
    return key if isinstance(key, str) and "\0" not in key else None
