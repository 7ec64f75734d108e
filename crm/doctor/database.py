"""The database: reachable, sound, and at its newest version."""

import sqlite3
from collections.abc import Iterator

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from crm.config import Config
from crm.doctor.finding import Finding, fail, ok, warn
from crm.plugin_host import discovery, migrations
from crm.plugin_host.absent import names_with_tables

OLDEST_SQLITE = (3, 38, 0)
OLDEST_POSTGRESQL = 140000


def reach(config: Config, engine: Engine) -> Finding:
    where = make_url(config.database_url).render_as_string(hide_password=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        return fail("Database", f"{where} does not answer ({cause})", "Start it, or change CRM_DATABASE_URL.")
    return ok("Database", where)


def of_engine(engine: Engine) -> Iterator[Finding]:
    """What only one of the two database systems can have wrong."""
    if engine.dialect.name == "sqlite":
        yield from _sqlite(engine)
    else:
        yield _postgresql(engine)


def _sqlite(engine: Engine) -> Iterator[Finding]:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield fail("SQLite", f"{sqlite3.sqlite_version} is too old", "Use a newer Python; it brings SQLite.")
        return
    yield ok("SQLite", sqlite3.sqlite_version)
    restore = "Restore a backup: rollcall restore FILE --replace."
    with engine.connect() as connection:
        damage = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if list(damage) != ["ok"]:
        yield fail("Integrity", f"the file is damaged: {damage[0]}", restore)
    elif broken:
        yield fail("Integrity", f"rows of {broken[0][0]} refer to what is not there", restore)
    else:
        yield ok("Integrity", "the file is sound, and every reference leads somewhere")


def _postgresql(engine: Engine) -> Finding:
    with engine.connect() as connection:
        number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if number < OLDEST_POSTGRESQL:
        return fail("PostgreSQL", f"version {number // 10000} is too old", "Use PostgreSQL 14 or newer.")
    if encoding != "UTF8":
        return fail("PostgreSQL", f"keeps text as {encoding}", "Use a database with ENCODING 'UTF8'.")
    return ok("PostgreSQL", f"version {number // 10000}")


def migrated(config: Config, engine: Engine) -> Iterator[Finding]:
    if pending := migrations.pending(config, engine):
        yield fail("Tables", "; ".join(pending), "Make a backup, then run `rollcall db upgrade`.")
        return
    yield ok("Tables", "at their newest version")
    if drift := migrations.drift(config, engine):
        yield fail("Drift", drift[0], "Somebody changed the tables by hand; undo that or restore a backup.")
    else:
        yield ok("Drift", "the tables are as the program expects them")


def absent(config: Config, engine: Engine) -> Iterator[Finding]:
    """Plugins that keep something here and are not enabled."""
    enabled = discovery.enabled_names(config.plugins)
    with engine.connect() as connection:
        names = [name for name in names_with_tables(connection) if name not in enabled]
    for name in names:
        yield warn(
            "Plugins",
            f"{name} keeps data here but is not enabled; contacts it knows cannot be merged or erased",
            f"Enable it again, or remove its data: rollcall plugin purge {name}",
        )
