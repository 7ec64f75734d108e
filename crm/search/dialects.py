"""The same questions to FTS5 and to tsvector.

A question is asked in steps, the best hits first, and a step only when those before it were not enough.
Each step unites parts that stop at `:most` documents: the ordered titles, then the full-text index. So
neither a very common beginning ("s") nor a very rare one reads much.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    TextClause,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    literal_column,
    not_,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from crm import db
from crm.search.indexing import DOCUMENTS

WHOLE, BEGINNING, ANYWHERE = "whole", "beginning", "anywhere"
STEPS: Final = (WHOLE, BEGINNING, ANYWHERE)
_PROBED: Final = 200
_COMMON: Final = 20
"""One of so many documents has a common word."""
_LAST_SIGN: Final = "\U0010ffff"
_INDEX: Final = table("search_index", column("rowid"))
_TITLE_INDEX: Final = table("search_title_index", column("rowid"))
_COLUMNS: Final = [
    DOCUMENTS.c[name] for name in ("id", "kind", "record_id", "title", "subtitle", "title_key")
]
_MOST: Any = bindparam("most")


def values(typed: list[str]) -> dict[str, Any]:
    """The values that every step's statement is run with, besides `most`."""
    title, dialect = " ".join(typed), db.dialect()
    return {
        "title": title,
        # A space sorts before "!" and every letter after it: the title itself, and it with more words.
        "title_whole": title + "!",
        "title_beginning": title + _LAST_SIGN,
        "match_whole": _match(dialect, typed, in_title=True, beginnings=False),
        "match_beginning": _match(dialect, typed, in_title=True, beginnings=True),
        "match_anywhere": _match(dialect, typed, beginnings=True),
        "typed": json.dumps(typed),
    }


def step(dialect: str, name: str, condition: ColumnElement[bool]) -> Select[Any]:
    """The statement of one step over the documents for which `condition` holds. A row may come twice."""
    first = _newest(condition) if name == ANYWHERE else _titles(name, condition)
    parts = [first, _matching(dialect, name, condition)]
    if dialect == "postgresql" and name == ANYWHERE:
        parts = parts[1:]
    every = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(every).limit(_MOST)


def of_kinds(kinds: Sequence[str]) -> ColumnElement[bool]:
    """The empty text keeps planners from walking the index of kinds, which would be most of the table."""
    # As values each: a list that SQLAlchemy would lay out anew with every question costs more than the rest.
    return (DOCUMENTS.c.kind + "").in_([literal(kind) for kind in kinds])


def record_ids(typed: list[str]) -> Select[Any]:
    """The record ids of all documents, of whatever kind, that have every typed word."""
    dialect = db.dialect()
    statement = select(DOCUMENTS.c.record_id)
    if dialect == "sqlite":
        statement = statement.join(_INDEX, DOCUMENTS.c.id == _INDEX.c.rowid)
    match = _match(dialect, typed, beginnings=True)
    return statement.where(_fits(dialect, "search_index", "typed").bindparams(typed=match))


def record_id_if_it_fits(typed: list[str], id_column: SQLColumnExpression[int]) -> Select[Any]:
    """The same asked of one record after the other: `id_column` is the outer query's. For words that so
    many have that a list meets its fifty soon, while gathering all of them would take long."""
    return select(DOCUMENTS.c.record_id).where(DOCUMENTS.c.record_id == id_column, _has_words(typed))


def are_common(typed: list[str]) -> bool:
    """Whether a good part of all documents have these words, as the newest ones say."""
    newest = select(DOCUMENTS.c.id).order_by(DOCUMENTS.c.id.desc()).limit(_PROBED)
    statement = select(func.count()).where(DOCUMENTS.c.id.in_(newest), _has_words(typed))
    return int(db.session().execute(statement).scalar_one()) >= _PROBED / _COMMON


def _has_words(typed: list[str]) -> ColumnElement[bool]:
    """A test of one document by its text, without the index."""
    dialect = db.dialect()
    if dialect == "sqlite":
        return _no_word_missing(bindparam(None, json.dumps(typed), unique=True))
    match: ColumnElement[Any] = bindparam(None, _match(dialect, typed, beginnings=True), unique=True)
    return DOCUMENTS.c.vector.bool_op("@@")(cast(match, TSQUERY))


def _no_word_missing(typed: ColumnElement[Any]) -> ColumnElement[bool]:
    text_of = _own_text() + " " + DOCUMENTS.c.elsewhere
    word = func.json_each(typed).table_valued(column("value", Text())).c.value
    return not_(exists().where(func.instr(text_of, " " + word) == 0))


def has_own_words(typed: Sequence[str]) -> ColumnElement[bool]:
    """That a record itself has every typed word, and not only what is shown of another one."""
    return and_(*(_own_text().contains(" " + word, autoescape=True) for word in typed))


def _own_text() -> ColumnElement[str]:
    return " " + DOCUMENTS.c.title_key + " " + DOCUMENTS.c.body


def _titles(name: str, condition: ColumnElement[bool]) -> Select[Any]:
    in_range = and_(
        DOCUMENTS.c.title_key >= bindparam("title"), DOCUMENTS.c.title_key < bindparam(f"title_{name}")
    )
    return _ranked(0).where(in_range, condition).order_by(DOCUMENTS.c.title_key).limit(_MOST)


def _matching(dialect: str, name: str, condition: ColumnElement[bool]) -> Select[Any]:
    index = _INDEX if name == ANYWHERE else _TITLE_INDEX
    fits = _fits(dialect, index.name, f"match_{name}")
    if dialect == "sqlite":
        joined = _ranked(1).join(index, DOCUMENTS.c.id == index.c.rowid)
        return joined.where(fits, condition).limit(_MOST)
    # Told of the limit, PostgreSQL would read the whole table in the hope of early hits. OFFSET hides it.
    found = _ranked(1).where(fits, condition).offset(0).subquery()
    return select(found).limit(_MOST)


def _newest(condition: ColumnElement[bool]) -> Select[Any]:
    """A look at the newest documents: words that nearly all have (a city, a state) are met there at once,
    while FTS5 gives no hit of a beginning before it has gathered all of them."""
    newest = select(DOCUMENTS.c.id).order_by(DOCUMENTS.c.id.desc()).limit(_PROBED)
    fits = _no_word_missing(bindparam("typed"))
    return _ranked(1).where(DOCUMENTS.c.id.in_(newest), fits, condition).limit(_MOST)


def _ranked(rank: int) -> Select[Any]:
    return select(literal_column(str(rank)).label("rank"), *_COLUMNS)


def _fits(dialect: str, index: str, name: str) -> TextClause:
    """Whether the text of a document fits, asked of the full-text index."""
    if dialect == "sqlite":
        return text(f"{index} MATCH :{name}")
    return text(f"search_document.vector @@ CAST(:{name} AS tsquery)")


def _match(dialect: str, typed: list[str], *, in_title: bool = False, beginnings: bool) -> str:
    """The typed words, which hold neither quotes nor signs, in the index's own language."""
    if dialect == "sqlite":
        return " AND ".join(f'"{word}"{"*" if beginnings else ""}' for word in typed)
    mark, star = "=" if in_title else "", ":*" if beginnings else ""
    return " & ".join(f"'{mark}{word}'{star}" for word in typed)
