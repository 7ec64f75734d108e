"""Bringing a backup back: all of it or nothing, into SQLite or PostgreSQL, whichever it came from.

One transaction makes the tables as they were when the backup was made, fills them, compares every count
and hash, takes them to the newest version and ends whatever would act by itself. A kill at any moment
leaves what was there before.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, g
from psycopg import DatabaseError
from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.orm import Session

from crm.backup import dump, rows, translate
from crm.backup.archive import Manifest, Reader, safe_path
from crm.config import Config
from crm.db import make_engine, now
from crm.errors import UserError
from crm.plugin_host import migrations
from crm.plugin_host.migrations import Branch
from crm.runtime import Runtime

SEEDED = frozenset({"role", "known_permission"})
"""Tables that `rollcall db upgrade` fills by itself."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Restored:
    """What came back: the backup's manifest, the copy of what was there before, and a word of caution."""

    manifest: Manifest
    safety_copy: Path | None
    warnings: tuple[str, ...]


def restore(
    app: Flask, source: Path, *, replace: bool = False, without: frozenset[str] = frozenset()
) -> Restored:
    """Bring back the backup in `source`. Without `replace` only into a database without records.

    `without` leaves out the data of plugins that are not installed here. Raises UserError, with nothing
    changed, when the file is damaged, from a newer version, or needs a plugin that is missing.
    """
    runtime: Runtime = app.extensions["crm"]
    config = runtime.config
    reader = Reader(source)
    try:
        branches = _branches(reader.manifest, config, without)
        reader.verify()
        safety_copy = _make_room(config, replace)
        for name in reader.manifest.files:
            reader.extract(name, safe_path(config.data_dir, name))
        engine = make_engine(config)
        try:
            with migrations.writing(engine) as connection:
                _fill(connection, config, branches, reader, without)
                _quieten(app, connection)
        finally:
            engine.dispose()
    finally:
        reader.close()
    return Restored(reader.manifest, safety_copy, tuple(_warnings(config, reader.manifest)))


def _branches(manifest: Manifest, config: Config, without: frozenset[str]) -> list[tuple[Branch, str]]:
    """The branches to fill, each with the revision that the backup has it at."""
    here = migrations.branches(config)
    missing = sorted(set(manifest.branches) - {branch.name for branch in here} - without)
    if missing:
        raise UserError(
            f"The backup holds data of the plugin {missing[0]}, which is not enabled here. Install and "
            f"enable it, or leave its data out with --without {missing[0]}."
        )
    return [(each, manifest.branches[each.name]) for each in here if each.name in manifest.branches]


def _make_room(config: Config, replace: bool) -> Path | None:
    """Refuse to overwrite records; with `replace`, keep a copy of them first."""
    engine = make_engine(config)
    try:
        with engine.connect() as connection:
            used = [name for name in dump.all_tables(connection) if name not in SEEDED]
            if all(rows.is_empty(connection, name) for name in used):
                return None
    finally:
        engine.dispose()
    if not replace:
        raise UserError(
            "There are records in this database already. Name an empty one with CRM_DATABASE_URL, or "
            "replace what is here with --replace; a copy of it is kept."
        )
    folder = config.data_dir / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"before-restore-{now():%Y%m%d-%H%M%S-%f}.zip"
    dump.back_up(config, target)
    return target


def _fill(
    connection: Connection,
    config: Config,
    branches: list[tuple[Branch, str]],
    reader: Reader,
    without: frozenset[str],
) -> None:
    manifest = reader.manifest
    ids_before = dump.sequences(connection, dump.all_tables(connection))
    _clear(connection, config)
    for branch, revision in branches:
        migrations.upgrade_branch(branch, connection, revision)
    wanted = [name for name in manifest.tables if not name.startswith(tuple(f"{each}_" for each in without))]
    order = _order(connection, wanted)
    for table in reversed(order):
        connection.exec_driver_sql(f'DELETE FROM "{table}"')  # noqa: S608  # A table that a migration made.
    for table in order:
        _load(connection, reader, table)
    for branch in migrations.branches(config):
        migrations.upgrade_branch(branch, connection)
    _continue_ids(connection, manifest.sequences, ids_before)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")  # Or the first pages are slow until it finds the time.


def _clear(connection: Connection, config: Config) -> None:
    """Take away the tables of everybody here, those of absent plugins too."""
    branches = {branch.name: branch for branch in migrations.branches(config)}
    present = dump.branch_revisions(connection)
    for name in present:
        if name not in branches:
            migrations.drop_tables(connection, f"{name}_")
            connection.exec_driver_sql(f'DROP TABLE "{dump.VERSIONS}_{name}"')
    for branch in reversed(branches.values()):
        if branch.name in present:
            migrations.downgrade_branch(branch, connection)


def _order(connection: Connection, wanted: list[str]) -> list[str]:
    """The tables, each after those it refers to."""
    here = set(inspect(connection).get_table_names())
    if strangers := sorted(set(wanted) - here):
        raise UserError(
            f"The backup has a table {strangers[0]} that nothing here knows; nothing was changed."
        )
    known = MetaData()
    known.reflect(connection, only=wanted, resolve_fks=False)
    return [table.name for table in known.sorted_tables]


def _load(connection: Connection, reader: Reader, table: str) -> None:
    part = reader.manifest.tables[table]
    here = dict(rows.columns_of(connection, table))
    if unknown := sorted({name for name, _kind in part.columns} - set(here)):
        raise UserError(f"The backup has a column {table}.{unknown[0]} that nothing here knows.")
    columns = [(name, here[name]) for name, _kind in part.columns]
    foreign = reader.manifest.database != connection.dialect.name
    found: Iterator[list[object]] = reader.lines(table)
    if foreign and table == translate.ENTRIES:
        found = translate.entries(connection, [name for name, _kind in columns], found)
    try:
        rows.write(connection, table, columns, found, compact=foreign and connection.dialect.name == "sqlite")
    except DatabaseError as error:
        cause = str(error).strip().splitlines()[0]
        raise UserError(f"The table {table} could not be filled ({cause}). Nothing was changed.") from error
    if (count := rows.count(connection, table)) != part.rows:
        raise UserError(f"The table {table} got {count} rows instead of {part.rows}. Nothing was changed.")


def _continue_ids(connection: Connection, kept: dict[str, int], before: dict[str, int]) -> None:
    """No id is given out twice, neither the backup's nor those of what it replaces."""
    for table in inspect(connection).get_table_names():
        last = max(kept.get(table, 0), before.get(table, 0))
        if not last:
            continue
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
        else:
            statement = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"
            connection.exec_driver_sql(statement, (f'"{table}"', last))


def _quieten(app: Flask, connection: Connection) -> None:
    """Nobody is signed in, no mail goes out twice, no old work goes on."""
    runtime: Runtime = app.extensions["crm"]
    with app.app_context(), _session_on(connection) as session:
        runtime.plugins.all("crm_restored")
        session.flush()


@contextmanager
def _session_on(connection: Connection) -> Iterator[Session]:
    """What hooks get from `db.session()`: a session inside the transaction of the restore."""
    session = Session(connection, join_transaction_mode="create_savepoint")
    outer = g.pop("crm_session", None)
    g.crm_session = session
    try:
        yield session
        session.commit()
    finally:
        session.close()
        g.pop("crm_session")
        if outer is not None:
            g.crm_session = outer


def _warnings(config: Config, manifest: Manifest) -> Iterator[str]:
    if manifest.key_mark != dump.key_mark(config):
        yield (
            "This installation has another secret key than the one that the backup was made with. Bring the "
            "old file secret_key (or CRM_SECRET_KEY) back, or have second factors set up anew."
        )
