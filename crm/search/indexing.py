"""The index follows every change in the transaction that makes it, one statement for many records."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Insert,
    Select,
    Subquery,
    Table,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from crm import db
from crm.access.guard import system
from crm.journal.recorder import Change
from crm.plugin_api.types import SearchProvider
from crm.runtime import runtime
from crm.search.models import SearchDocument

DOCUMENTS = cast(Table, SearchDocument.__table__)
CHUNK = 10_000
MANY = 1000
TITLE_KEY_LENGTH = 200
Documents = Callable[[ColumnElement[bool]], Select[Any]]


def follow(change: Change) -> None:
    """Write anew what the search box knows of the records that a change touched; runs before its commit."""
    if not change.touched:
        return
    with system("search index"):
        stale = [(provider, _stale_ids(provider, change)) for provider in runtime().search.values()]
        for provider, ids in stale:
            made = change.made.get(provider.subject_table, set())
            for chunk in db.chunks(sorted(ids), CHUNK):
                if made.issuperset(chunk):
                    _add(provider, chunk)
                else:
                    _write(provider, chunk, known=True)
        if change.finished:  # Work in chunks calls `settle` at its end.
            settle(sum(len(ids) for _provider, ids in stale))
        if change.action.endswith(".erase"):
            _forget_words()


def rebuild() -> int:
    """Write the whole index anew; returns how many records it holds. Inside a transaction."""
    with system("search index"):
        db.session().execute(delete(DOCUMENTS))
        for provider in runtime().search.values():
            every = select(provider.id_column).select_from(provider.model.__table__)
            for chunk in db.chunks(sorted(db.session().execute(every).scalars()), CHUNK):
                _write(provider, chunk, known=False)
        count = db.session().execute(select(func.count()).select_from(DOCUMENTS)).scalar_one()
        settle(count)
    return count


def _stale_ids(provider: SearchProvider, change: Change) -> set[int]:
    """The records that changed and those that show something of what changed elsewhere."""
    ids = set(change.touched.get(provider.subject_table, ()))
    for table, related in provider.related.items():
        changed = change.touched.get(table, set()) - change.made.get(table, set())
        for chunk in db.chunks(sorted(changed), CHUNK):
            ids.update(db.session().execute(related(chunk)).scalars())
    return ids


def _write(provider: SearchProvider, ids: list[int], *, known: bool) -> None:
    """Write the documents of records, in the place of those that are `known`; deleted ones stay away."""
    gone, fresh, _new = _replacing(provider.kind, provider.documents, provider.id_column, db.dialect())
    if known:
        db.session().execute(gone, {"ids": ids})
    db.session().execute(fresh, {"ids": ids})


def _add(provider: SearchProvider, ids: list[int]) -> None:
    """Write the documents of records that this transaction made: nobody else can have written them."""
    _gone, _fresh, new = _replacing(provider.kind, provider.documents, provider.id_column, db.dialect())
    db.session().execute(new, {"ids": ids})


@lru_cache(maxsize=64)
def _replacing(
    kind: str, documents: Documents, id_column: Any, dialect: str
) -> tuple[Executable, Executable, Executable]:
    """What takes the documents of records out, what puts them in, and what puts in those of new records. Made
    once: putting them together costs more than running them for one record."""
    mine = DOCUMENTS.c.kind == kind
    gone = delete(DOCUMENTS).where(mine, db.among_bound(DOCUMENTS.c.record_id, "ids", dialect))
    # Each OFFSET keeps the planner from computing a column once for every place that uses it.
    found = documents(db.among_bound(id_column, "ids", dialect)).offset(0).subquery()
    folded = _folded(found).offset(0).subquery()
    columns: list[ColumnElement[Any]] = [*folded.c]
    if dialect == "postgresql":
        rest = folded.c.body + " " + folded.c.elsewhere
        columns.append(func.search_vector(folded.c.title_key, rest).label("vector"))
    rows = select(literal(kind).label("kind"), *columns)
    names = list(rows.selected_columns.keys())
    return gone, _insert(names, rows, dialect), insert(DOCUMENTS).from_select(names, rows)


def _insert(names: list[str], rows: Select[Any], dialect: str) -> Insert:
    """Somebody else may have changed the same record at the same moment: on PostgreSQL their document may
    stand there by now, which could not be seen when the old one was deleted."""
    if dialect != "postgresql":
        return insert(DOCUMENTS).from_select(names, rows)
    ours = postgresql_insert(DOCUMENTS).from_select(names, rows)
    new = {name: ours.excluded[name] for name in names if name not in {"kind", "record_id"}}
    return ours.on_conflict_do_update(index_elements=["kind", "record_id"], set_=new)


def _folded(found: Subquery) -> Select[Any]:
    title, body = found.c.title, found.c.body + _parts_of(found.c.title)
    return select(
        found.c.record_id,
        title,
        found.c.subtitle,
        func.substr(func.trim(func.search_words(title)), 1, TITLE_KEY_LENGTH).label("title_key"),
        func.search_words(body).label("body"),
        func.search_words(found.c.subtitle).label("elsewhere"),
    )


def _parts_of(title: ColumnElement[str]) -> ColumnElement[str]:
    """The parts of O'Brien, which the title itself holds as one word."""
    apart = func.replace(func.replace(title, "'", " "), "’", " ")
    return case((or_(title.contains("'"), title.contains("’")), " " + apart), else_="")


def _forget_words() -> None:
    """SQLite keeps the words of a deleted record in its index until the index is written together anew."""
    if db.dialect() == "sqlite":
        for index in ("search_index", "search_title_index"):
            db.session().execute(text(f"INSERT INTO {index}({index}) VALUES ('optimize')"))  # noqa: S608  # Ours.


def settle(written: int) -> None:
    """After many records PostgreSQL must know which words are common, and have all of them sorted in,
    before the first search and not minutes after it."""
    if written >= MANY and db.dialect() == "postgresql":
        db.session().execute(text("SELECT gin_clean_pending_list('ix_search_document_vector')"))
        db.session().execute(text("ANALYZE search_document"))
