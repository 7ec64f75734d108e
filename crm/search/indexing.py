"""The index follows every change in the transaction that makes it, one statement for many records."""

from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
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


def follow(change: Change) -> None:
    """Write anew what the search box knows of the records that a change touched; runs before its commit."""
    if not change.touched:
        return
    with system("search index"):
        stale = [(provider, _stale_ids(provider, change)) for provider in runtime().search.values()]
        for provider, ids in stale:
            for chunk in db.chunks(sorted(ids), CHUNK):
                _write(provider, chunk)
        if change.finished:  # Work in chunks calls `settle` at its end.
            settle(sum(len(ids) for _provider, ids in stale))


def rebuild() -> int:
    """Write the whole index anew; returns how many records it holds. Inside a transaction."""
    with system("search index"):
        db.session().execute(delete(DOCUMENTS))
        for provider in runtime().search.values():
            every = select(provider.id_column).select_from(provider.model.__table__)
            for chunk in db.chunks(sorted(db.session().execute(every).scalars()), CHUNK):
                _write(provider, chunk)
        count = db.session().execute(select(func.count()).select_from(DOCUMENTS)).scalar_one()
        settle(count)
    return count


def _stale_ids(provider: SearchProvider, change: Change) -> set[int]:
    """The records that changed and those that show something of what changed elsewhere."""
    ids = set(change.touched.get(provider.subject_table, ()))
    for table, related in provider.related.items():
        for chunk in db.chunks(sorted(change.touched.get(table, ())), CHUNK):
            ids.update(db.session().execute(related(chunk)).scalars())
    return ids


def _write(provider: SearchProvider, ids: list[int]) -> None:
    """Replace the documents of these records; those of deleted records stay away."""
    session = db.session()
    mine = DOCUMENTS.c.kind == provider.kind
    session.execute(delete(DOCUMENTS).where(mine, db.among(DOCUMENTS.c.record_id, ids)))
    # Each OFFSET keeps the planner from computing a column once for every place that uses it.
    found = provider.documents(db.among(provider.id_column, ids)).offset(0).subquery()
    folded = _folded(found).offset(0).subquery()
    columns: list[ColumnElement[Any]] = [*folded.c]
    if db.dialect() == "postgresql":
        columns.append(func.search_vector(folded.c.title_key, folded.c.body).label("vector"))
    rows = select(literal(provider.kind).label("kind"), *columns)
    session.execute(_insert(list(rows.selected_columns.keys()), rows))


def _insert(names: list[str], rows: Select[Any]) -> Insert:
    """Somebody else may have changed the same record at the same moment: on PostgreSQL their document may
    stand there by now, which could not be seen when the old one was deleted."""
    if db.dialect() != "postgresql":
        return insert(DOCUMENTS).from_select(names, rows)
    ours = postgresql_insert(DOCUMENTS).from_select(names, rows)
    new = {name: ours.excluded[name] for name in names if name not in {"kind", "record_id"}}
    return ours.on_conflict_do_update(index_elements=["kind", "record_id"], set_=new)


def _folded(found: Subquery) -> Select[Any]:
    title, body = found.c.title, found.c.subtitle + " " + found.c.body + _parts_of(found.c.title)
    return select(
        found.c.record_id,
        title,
        found.c.subtitle,
        func.substr(func.trim(func.search_words(title)), 1, TITLE_KEY_LENGTH).label("title_key"),
        func.search_words(body).label("body"),
    )


def _parts_of(title: ColumnElement[str]) -> ColumnElement[str]:
    """The parts of O'Brien, which the title itself holds as one word."""
    apart = func.replace(func.replace(title, "'", " "), "’", " ")
    return case((or_(title.contains("'"), title.contains("’")), " " + apart), else_="")


def settle(written: int) -> None:
    """After many records PostgreSQL must know which words are common, and have all of them sorted in,
    before the first search and not minutes after it."""
    if written >= MANY and db.dialect() == "postgresql":
        db.session().execute(text("SELECT gin_clean_pending_list('ix_search_document_vector')"))
        db.session().execute(text("ANALYZE search_document"))
