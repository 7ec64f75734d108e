"""The database: one engine, one session per application context, one way to commit.

Views and services read through `session()`. Whatever writes does so inside `transaction(...)`, which
opens a change set of the journal and is the only place that commits. SQLite waits for its turn to write
at the beginning (`BEGIN IMMEDIATE`), so a transaction never fails half way because of another writer.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from flask import Flask, current_app, g, has_app_context
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    SQLColumnExpression,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import Connection, CursorResult, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from crm.config import Config

if TYPE_CHECKING:
    from crm.access.actor import Actor
    from crm.journal.recorder import Change

WRITE_OPTION = "crm_write"
KEPT_PLAN: Final = {"crm_kept_plan": True}
"""The execution option of statements that find a few rows by their keys. How PostgreSQL goes about them is
the same whatever the values, and to think of it anew each time takes longer than to do it. Never for a
statement that a common word, a rare choice or a large scope would have done otherwise."""
UNREADABLE_VALUE: Final = "22"
"""The class of errors of PostgreSQL that are about a value."""
PROBE_AFTER: Final = 2.0
"""Seconds after which a connection that nobody used is asked whether it still lives."""
WRITERS_LOCK = 0x77726974


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always in UTC and always aware of it, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class _Listed(TypeDecorator[Sequence[int]]):
    """Ids as one text for `json_each` of SQLite: an import lists millions."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> str | None:
        try:
            return None if value is None else orjson.dumps(value).decode()
        except TypeError as error:  # No table has an id of more than 64 bits.
            raise OverflowError(str(error)) from error


Json = JSON().with_variant(JSONB(), "postgresql")
Folded = Text().with_variant(Text(collation="C"), "postgresql")
"""Text without accents or capitals, kept for sorting and matching; byte order, so that indexes serve it."""

Id = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Every table. Ids are never used again, so that undo can bring a row back under its own."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime,
        str: Text,
        dict[str, Any]: Json,
        list[str]: Json,
        list[Any]: Json,
    }
    __journaled__ = False
    __journal_subject__: tuple[str, str] | None = None
    __journal_exclude__: frozenset[str] = frozenset()
    __journal_bookkeeping__: frozenset[str] = frozenset()
    """Columns that follow every edit, such as its time: alone they are no change that anybody made."""
    __journal_rising__: frozenset[str] = frozenset()
    """Numbers among those that end something when they rise, such as the links that hold them: undo lets them
    rise once more, so that neither what was ended nor what was given out since works again."""
    __journal_label__: Any = None
    """What history calls a row of this table, such as "Email address"; translated lazily."""
    __journal_number__ = ""
    """The column with the number that people know a row by, where no name of it belongs into the history."""
    __journal_permissions__: tuple[str, str | None] | None = None
    """Who may see the history of these records and who may undo it, where no visibility rule says so; both
    must hold everywhere. None is for administrators alone."""

    __journal_secret__: tuple[str, str] | None = None
    """A column that says of a row that few may know it, and the permission that these few have everywhere: to
    others history tells nothing of a row of which it says so now, or ever did."""

    id: Mapped[int] = mapped_column(Id, primary_key=True, sort_order=-10)

    @classmethod
    def journal_within(cls, actor: Any) -> Any:
        """The condition on those records whose history is open to somebody who has the permission to see it
        over a part of everything; None when there are none."""
        return None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__table__" in cls.__dict__:
            table(cls).kwargs["sqlite_autoincrement"] = True


class CustomColumn:
    """Beside `Base` for records that administrators can give fields of their own; see `RecordType`."""

    custom: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"), sort_order=90)


def patched(column: ColumnElement[Any], given: ColumnElement[Any]) -> ColumnElement[Any]:
    """A JSON column with the keys of another object put over its own; one that is null is taken out."""
    if dialect() == "sqlite":
        return func.json_patch(column, given)
    return func.jsonb_strip_nulls(column.op("||")(given))


def table(model: type[Base]) -> Table:
    """The table of a mapped class, for work on sets."""
    return cast(Table, model.__table__)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def make_engine(config: Config) -> Engine:
    """An engine with the pragmas and transaction modes that the rest relies on."""
    if not config.is_sqlite:
        return _make_postgresql_engine(config)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        config.database_url,
        hide_parameters=True,
        connect_args={"timeout": 60, "check_same_thread": False},
        json_serializer=_write_json,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def sessions(engine: Engine) -> sessionmaker[Session]:
    """What makes the sessions of an application. On PostgreSQL each statement that only reads stands for
    itself: it sees what was committed before it either way, and to open and end a transaction around it costs
    as much as a quick statement. `transaction` opens one."""
    if engine.dialect.name == "sqlite":
        return sessionmaker(engine)
    return sessionmaker(engine.execution_options(isolation_level="AUTOCOMMIT"))


def _make_postgresql_engine(config: Config) -> Engine:
    engine = create_engine(
        config.database_url,
        hide_parameters=True,  # An error's text goes to the log, where nobody's data belongs.
        pool_size=10,
        max_overflow=10,
        # A plan made without knowing the values is a thousand times worse for a common word or a large scope
        # than planning is: only what says `KEPT_PLAN` is prepared. Compiling a plan costs more than any
        # page's query.
        connect_args={"options": "-c jit=off", "prepare_threshold": sys.maxsize},
        skip_autocommit_rollback=True,
    )
    event.listen(engine, "do_execute", _keep_plan)
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "checkout", partial(_probe, engine.dialect))
    event.listen(engine, "handle_error", _say_no_row)
    return engine


def _say_no_row(context: ExceptionContext) -> None:
    """PostgreSQL tells beside its error the row that it refused, and of a value that it cannot read the
    value: neither is for the log. What is left names the table and the rule."""
    error = context.original_exception
    told = getattr(getattr(error, "diag", None), "message_primary", None)
    if told is None:
        return
    unread = str(getattr(error, "sqlstate", "")).startswith(UNREADABLE_VALUE)
    error.args = (type(error).__name__ if unread else told,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(error).__name__}) {error}",)


def _keep_plan(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """Run a statement that says so as a prepared one; whether it was run."""
    if context is None or "crm_kept_plan" not in context.execution_options:
        return False
    cursor.execute(statement, parameters, prepare=True)
    return True


def _returned(_connection: Any, record: Any) -> None:
    record.info["returned"] = monotonic()


def _probe(dialect: Dialect, connection: Any, record: Any, _proxy: Any) -> None:
    """A connection that has rested may have been cut; a busy one need not be asked with each request."""
    if monotonic() - record.info.get("returned", monotonic()) < PROBE_AFTER:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        # The pool answers this with a new connection.
        raise DisconnectionError from error


def _write_json(value: Any) -> str:
    """As SQLite itself writes it, so that a value that the journal brings back is the same text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """The driver must not begin transactions by itself, or savepoints and BEGIN IMMEDIATE break."""
    from crm.search.words import words

    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=60000",
        "cache_size=-32000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("regexp", 2, _regexp, deterministic=True)
    connection.create_function("search_words", 1, words, deterministic=True)
    # SQLite's own knows the letters A to Z alone.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _regexp(pattern: str, value: str | None) -> bool:
    return value is not None and re.search(pattern, value) is not None


def _lower(value: Any) -> str | None:
    if isinstance(value, str):  # A list with conditions asks hundreds of times.
        return value.lower()
    return None if value is None else str(value).lower()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITE_OPTION):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # Every page begins so, and nothing can be wrong with it that SQLAlchemy would have to say.
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN")


def dialect() -> str:
    """`sqlite` or `postgresql`, for the few statements that must differ."""
    return str(current_app.extensions["crm"].engine.dialect.name)


def among(column: SQLColumnExpression[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """`column IN ids` with one bound value however many ids there are."""
    values = list(ids)
    if dialect() == "postgresql":
        return column == func.any(bindparam(None, values, type_=ARRAY(BigInteger), unique=True))
    listed = func.json_each(bindparam(None, values, type_=_Listed(), unique=True)).table_valued("value")
    return column.in_(select(listed.c.value))


def among_bound(column: SQLColumnExpression[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """The same for a statement that is put together once: the ids come as the value `name`, a list."""
    if dialect == "postgresql":
        return column == func.any(bindparam(name, type_=ARRAY(BigInteger)))
    listed = func.json_each(bindparam(name, type_=_Listed())).table_valued("value")
    return column.in_(select(listed.c.value))


def there_is(rows: Select[Any]) -> ColumnElement[bool]:
    """EXISTS, asked when a record comes. PostgreSQL would gather the rows of everybody first."""
    one: Select[Any] = rows.with_only_columns(literal_column("1"), maintain_column_froms=True)
    return one.limit(1).scalar_subquery().is_not(None)


def plain(statement: Select[Any], values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
    """What a SELECT of columns finds, past the session, which would look for records in it."""
    current = session()
    if "change" in current.info:  # What was written in this transaction counts.
        current.flush()
    return current.connection().execute(statement, values or {})


def dicts(statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a SELECT of columns as dicts: several times as fast as asking each row for its mapping."""
    result = plain(statement, values)
    names = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result.all()]


def begins_with(column: SQLColumnExpression[str], start: str) -> ColumnElement[bool]:
    """Whether a folded text begins with `start`, said so that an index on the column serves it."""
    return (column >= start) & (column < start + "\U0010ffff")


def chunks(ids: Iterable[int], size: int = 5000) -> Iterator[list[int]]:
    """The ids in lists of at most `size`."""
    batch: list[int] = []
    for each in ids:
        batch.append(each)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def session() -> Session:
    """The session of this application context; closed with it, uncommitted work thrown away."""
    if "crm_session" not in g:
        g.crm_session = current_app.extensions["crm"].sessions()
    found: Session = g.crm_session
    return found


def close_session(_error: BaseException | None = None) -> None:
    """End the context's session, if one was opened."""
    opened = g.pop("crm_session", None) if has_app_context() else None
    if opened is not None:
        opened.close()


def current_change() -> "Change | None":
    """The change being written in this session, or None outside of `transaction`."""
    found: Change | None = session().info.get("change")
    return found


begun: list[Callable[["Change"], None]] = []
"""Called with each transaction that begins, inside of it."""


@contextmanager
def transaction(
    actor: "Actor",
    action: str,
    summary: str = "",
    *,
    change_set_id: int | None = None,
    alone: bool = False,
) -> Iterator["Change"]:
    """Write: all of it or nothing, journaled as one change set.

    `action` is a stable name (`contacts.merge`), `summary` the sentence people read; it may be set later
    on the yielded change. Objects read before are read again inside, so decisions hold under the lock.
    `change_set_id` continues a change set that an earlier transaction began (long work in chunks).
    `alone` waits until every other writer has finished and keeps them waiting, as SQLite always does: for
    short work that first looks at what others did and then writes.
    """
    from crm.journal.recorder import Change

    current = session()
    if "change" in current.info:
        raise RuntimeError("a transaction is already open; services never open their own")
    current.rollback()
    change = Change(current, actor, action, summary, change_set_id, alone=alone)
    current.info["change"] = change
    try:
        _take_turn(current.connection(execution_options=_writing(current)), alone)
        for listener in begun:
            listener(change)
        yield change
        current.flush()
        change.finish()
        current.commit()
    except BaseException:
        current.rollback()
        raise
    finally:
        del current.info["change"]
    change.committed()


def _writing(current: Session) -> Mapping[str, Any]:
    """How a connection that writes differs from one that only reads; see `sessions`."""
    if current.get_bind().dialect.name == "sqlite":
        return {WRITE_OPTION: True}
    return {WRITE_OPTION: True, "isolation_level": "READ COMMITTED"}


def _take_turn(connection: Connection, alone: bool) -> None:
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        connection.execute(select(lock(WRITERS_LOCK)))


def after_commit(callback: Callable[[], None]) -> None:
    """Run `callback` once the open transaction is committed; never when it is rolled back."""
    change = current_change()
    if change is None:
        raise RuntimeError("after_commit is only for use inside a transaction")
    change.callbacks.append(callback)


def init_app(app: Flask) -> None:
    """Close the session with every application context."""
    app.teardown_appcontext(close_session)
