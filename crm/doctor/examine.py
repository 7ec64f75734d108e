"""All checks in the order in which they make sense: what comes later needs what came before."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from crm.config import Config, load
from crm.db import make_engine
from crm.doctor import database, records, settings
from crm.doctor.finding import Finding, fail, ok
from crm.errors import UserError


def examine(environ: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Every finding about the installation that the settings describe."""
    try:
        config = load(environ)
    except UserError as error:
        yield fail("Settings", error.message, "Change the setting; docs/running.md lists them all.")
        return
    yield from settings.findings(config)
    engine = make_engine(config)
    try:
        yield from _of_database(config, engine)
    finally:
        engine.dispose()


def _of_database(config: Config, engine: Engine) -> Iterator[Finding]:
    reached = database.reach(config, engine)
    yield reached
    if reached.level == "fail":
        return
    yield from database.of_engine(engine)
    try:
        migrated = list(database.migrated(config, engine))
        plugins = list(database.absent(config, engine))
    except UserError as error:
        yield fail("Plugins", error.message, "Put the plugin right, or leave it out of CRM_PLUGINS.")
        return
    yield from [*migrated, *plugins]
    if all(finding.level != "fail" for finding in migrated):
        yield from _of_application(config)


def _of_application(config: Config) -> Iterator[Finding]:
    from crm import create_app

    try:
        app = create_app(config)
    except UserError as error:
        yield fail("Plugins", error.message, "Put the plugin right, or leave it out of CRM_PLUGINS.")
        return
    enabled = [plugin.name for plugin in app.extensions["crm"].plugins.plugins if not plugin.core]
    yield ok("Plugins", ", ".join(enabled) or "none")
    try:
        with app.app_context():
            yield from records.findings()
    except SQLAlchemyError as error:
        yield fail("Records", str(error).splitlines()[0], "Restore a backup if the database is damaged.")
    finally:
        app.extensions["crm"].engine.dispose()
