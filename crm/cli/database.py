"""`rollcall init` and `rollcall db`: the database and its migrations."""

from typing import Any

import click

from crm.cli.support import answer, application, command_actor, json_option


@click.command()
@json_option
def init(as_json: bool) -> None:
    """Make the tables and the first roles, and print the link with which the first person signs in.

    Run it as often as you like; what is there stays.
    """
    from crm.config import load

    changed = _upgrade()
    url = _setup_url()
    data: dict[str, Any] = {"changed": changed, "setup_url": url}
    if url:
        text = f"Rollcall is ready. Start it with `rollcall serve`, then choose your password here:\n{url}"
    else:
        text = f"Rollcall is set up. Sign in at {load().base_url}."
    answer(as_json, data, text)


def _setup_url() -> str | None:
    """The link for the first administrator, good once for seven days; None when somebody has an account."""
    from crm import db as database
    from crm.accounts import services

    with application(), database.transaction(command_actor(), "accounts.begin"):
        return None if services.is_set_up() else services.setup_url()


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
    """Migrate, then hand new permissions to the roles they are meant for."""
    from crm import db as database
    from crm.accounts import services
    from crm.config import load
    from crm.plugin_host import migrations

    changed = migrations.upgrade(load())
    with application(), database.transaction(command_actor(), "accounts.seed_roles", "Added default roles"):
        services.seed_roles()
    return changed
