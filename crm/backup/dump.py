"""Making a backup: one look at the whole database while others go on working, then the attachments."""

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, inspect

from crm.accounts.mail import is_secret
from crm.backup import rows
from crm.backup.archive import BLOCK, FOLDERS, FilePart, Manifest, TablePart, Writer
from crm.config import Config
from crm.db import make_engine, now
from crm.errors import UserError
from crm.plugin_host import checks, migrations

DERIVED = frozenset({"search_document"})
"""Tables that are made anew from the others when a backup is brought back."""

OUTBOX = "outgoing_mail"
VERSIONS = "alembic_version"


def back_up(config: Config, target: Path) -> Manifest:
    """Write everything to the file `target`, which must not exist; returns what it holds."""
    with Writer.to(target) as writer, _reading(config) as connection:
        manifest = _manifest(config, connection)
        if not manifest.branches:
            raise UserError("There is nothing to back up: the database has no tables yet.")
        for table in sorted(set(our_tables(config, connection)) - DERIVED):
            manifest.tables[table] = _table(writer, connection, table)
        manifest.sequences = sequences(connection, list(manifest.tables))
        for path in _data_files(config.data_dir):
            _file(writer, config.data_dir, path, manifest)
        writer.finish(manifest)
    return manifest


def dump_tables(config: Config, target: Path, prefix: str) -> Manifest:
    """Write only the tables whose names begin with `prefix`, and the journal of their rows' changes."""
    with Writer.to(target) as writer, _reading(config) as connection:
        manifest = _manifest(config, connection)
        for table in all_tables(connection):
            if table.startswith(prefix):
                manifest.tables[table] = _table(writer, connection, table)
        writer.finish(manifest)
    return manifest


@contextmanager
def _reading(config: Config) -> Iterator[Connection]:
    """A transaction that sees the database as it is now, whatever is written meanwhile."""
    engine = make_engine(config)
    options = {} if config.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        with engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def _manifest(config: Config, connection: Connection) -> Manifest:
    return Manifest(
        made_at=now().isoformat(timespec="seconds"),
        rollcall=version("rollcall"),
        database=connection.dialect.name,
        key_mark=key_mark(config),
        branches=branch_revisions(connection),
    )


def key_mark(config: Config) -> str:
    """Tells one secret key from another and nothing about either."""
    return hmac.new(config.secret_key.encode(), b"backup", hashlib.sha256).hexdigest()[:16]


def branch_revisions(connection: Connection) -> dict[str, str]:
    """Where the core and every plugin that ever made tables here stand, installed or not."""
    found = {}
    for table in inspect(connection).get_table_names():
        if table == VERSIONS or table.startswith(f"{VERSIONS}_"):
            name = table.removeprefix(VERSIONS).removeprefix("_") or migrations.CORE
            revision = connection.exec_driver_sql(f'SELECT version_num FROM "{table}"').scalar()  # noqa: S608  # A table of Alembic's.
            if revision:
                found[name] = str(revision)
    return dict(sorted(found.items()))


def all_tables(connection: Connection) -> list[str]:
    """Every table that holds data of its own: no full-text index, no version of migrations."""
    names = inspect(connection).get_table_names()
    if connection.dialect.name == "sqlite":
        kinds = connection.exec_driver_sql("PRAGMA table_list").all()
        derived = {name for _schema, name, kind, *_rest in kinds if kind in {"virtual", "shadow"}}
        names = [name for name in names if name not in derived]
    return sorted(name for name in names if not name.startswith(VERSIONS))


def our_tables(config: Config, connection: Connection) -> list[str]:
    """The tables of the core and of the plugins, those of absent plugins too, and nobody else's."""
    core, *_plugins = migrations.branches(config)
    prefixes = tuple(f"{name}_" for name in branch_revisions(connection) if name != migrations.CORE)
    known = checks.core_tables()
    if migrations.current_revision(core, connection) != migrations.head(core, connection):
        return all_tables(connection)  # An older version had tables that this one does not know.
    return [name for name in all_tables(connection) if name in known or name.startswith(prefixes)]


def _table(writer: Writer, connection: Connection, table: str) -> TablePart:
    part = TablePart(rows.columns_of(connection, table))
    with writer.part(f"tables/{table}.jsonl") as sink:
        found = rows.read(connection, table, part.columns)
        if table == OUTBOX:
            found = _without_links(found, [name for name, _kind in part.columns])
        while batch := list(islice(found, rows.BATCH)):
            sink.write(b"".join(orjson.dumps(row) + b"\n" for row in batch))
            part.rows += len(batch)
    part.sha256 = sink.sha256
    return part


def _without_links(found: Iterator[list[Any]], columns: list[str]) -> Iterator[list[Any]]:
    """Messages whose links open accounts, without their texts: a backup lies where others may read it."""
    places = {name: at for at, name in enumerate(columns)}
    for row in found:
        if is_secret(row[places["purpose"]]):
            row[places["body"]], row[places["html"]] = "", None
        yield row


def sequences(connection: Connection, tables: list[str]) -> dict[str, int]:
    """The highest id that each table has ever given out."""
    if connection.dialect.name == "sqlite":
        if "sqlite_sequence" not in _sqlite_names(connection):
            return {}
        found = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all()
        return {name: int(seq) for name, seq in found if name in tables and seq}
    return {table: last for table in tables if (last := _postgresql_sequence(connection, table))}


def _sqlite_names(connection: Connection) -> set[str]:
    return set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())


def _postgresql_sequence(connection: Connection, table: str) -> int:
    statement = "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass)"
    return int(connection.exec_driver_sql(statement, (f'"{table}"',)).scalar() or 0)


def _data_files(data_dir: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for folder, _names, files in os.walk(data_dir / name):
            yield from (Path(folder) / file for file in sorted(files) if not file.startswith("new-"))


def _file(writer: Writer, data_dir: Path, path: Path, manifest: Manifest) -> None:
    name = path.relative_to(data_dir).as_posix()
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return  # Erased since the folder was listed.
    with file, writer.part(f"files/{name}", packed=False) as sink:
        while block := file.read(BLOCK):
            sink.write(block)
    manifest.files[name] = FilePart(sink.size, sink.sha256)
