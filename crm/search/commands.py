"""`rollcall search rebuild`."""

import click

from crm.cli.support import answer, command_actor, json_option, with_app


@click.group()
def search() -> None:
    """Look after the index of the search box."""


@search.command()
@json_option
@with_app
def rebuild(as_json: bool) -> None:
    """Write the index anew; it follows every change by itself, so this is for repairs only."""
    from crm import db
    from crm.search.indexing import rebuild as write_anew

    with db.transaction(command_actor(), "search.rebuild"):
        count = write_anew()
    answer(as_json, {"records": count}, f"The index holds {count} records.")
