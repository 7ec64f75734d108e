"""What every command needs: the application around it, one way to answer, and `--json`."""

import gc
import getpass
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from flask import Flask

    from crm.access.actor import Actor

P = ParamSpec("P")
R = TypeVar("R")

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
"""Gives the command the argument `as_json`."""


@contextmanager
def application() -> Iterator["Flask"]:
    """The application that the settings describe, inside its context."""
    from crm import create_app

    app = create_app()
    gc.freeze()  # It stays as long as the command: nothing in it is worth another look.
    try:
        with app.app_context():
            yield app
    finally:
        app.extensions["crm"].engine.dispose()


def with_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application's context."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with application():
            return command(*args, **kwargs)

    return run


def command_actor() -> "Actor":
    """Whoever runs a command may do everything; history names their account on this machine."""
    from crm.access.actor import Actor

    return Actor.system(f"{_account_name()} (command line)")


def _account_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # No such user in this container.
        return f"user {os.getuid()}"


def answer(as_json: bool, data: Mapping[str, Any], text: str) -> None:
    """Say what happened: one JSON object for programs, or the text for people."""
    if as_json:
        import orjson

        click.echo(orjson.dumps(data, default=str).decode())
    elif text:
        click.echo(text)


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: `1 record`, `2,000 records`."""
    return f"{count:,} {one if count == 1 else many}"
