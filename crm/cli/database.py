"""`rollcall init` and `rollcall db`: the database and its migrations."""

import click

from crm.cli.support import answer, json_option


@click.group()
def db() -> None:
    """Look after the database's tables."""


@db.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Bring the database to the newest version; running it twice does no harm."""
    changed = _upgrade()
    answer(as_json, {"changed": changed}, "\n".join(changed) or "The database is at its newest version.")


@db.command()
@json_option
def check(as_json: bool) -> None:
    """Say whether the database is at its newest version and as the code expects it."""
    from crm.config import load
    from crm.db import make_engine
    from crm.plugin_host import migrations

    config = load()
    engine = make_engine(config)
    try:
        pending = migrations.pending(config, engine)
        drift = [] if pending else migrations.drift(config, engine)
    finally:
        engine.dispose()
    problems = [*pending, *drift]
    answer(
        as_json,
        {"pending": pending, "drift": drift},
        "\n".join(problems) or "The database is as it should be.",
    )
    click.get_current_context().exit(1 if problems else 0)


@db.command()
@click.argument("name")
@click.option("-m", "--message", required=True, help="What the revision does, in a few words.")
def revision(name: str, message: str) -> None:
    """Write a revision for the core (NAME is core) or a plugin from what its models say."""
    from crm.config import load
    from crm.plugin_host import migrations

    click.echo(str(migrations.revision(load(), name, message)))


def _upgrade() -> list[str]:
    from crm.config import load
    from crm.plugin_host import migrations

    return migrations.upgrade(load())
