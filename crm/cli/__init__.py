"""The command line. Exit codes: 0 all went well, 1 it did not (a sentence says why), 2 a wrong call."""

import json
import os
import sys
from collections.abc import Sequence

import click

from crm.cli.program import program
from crm.errors import UserError

__all__ = ["main", "run"]


def main() -> None:
    """The program `rollcall`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; what goes wrong is said in a sentence."""
    try:
        code = program.main(list(arguments), prog_name="rollcall", standalone_mode=False)
    except click.ClickException as error:
        return _refuse(error.format_message(), arguments, error)
    except UserError as error:
        return _refuse(error.message, arguments)
    except click.Abort:
        return _refuse("Stopped; nothing more was done.", arguments)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain again while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if sentence := _sentence(error):
            return _refuse(sentence, arguments)
        raise
    return code if isinstance(code, int) else 0


def _refuse(message: str, arguments: Sequence[str], error: click.ClickException | None = None) -> int:
    if "--json" in arguments:
        click.echo(json.dumps({"error": message}))
    elif isinstance(error, click.UsageError):
        error.show()
    else:
        click.echo(message, err=True)
    return 1 if error is None else error.exit_code


def _sentence(error: Exception) -> str:
    """Words for what an administrator can put right; empty for a mistake of ours, which keeps its trace."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    if isinstance(error, OperationalError | ProgrammingError):
        cause = str(error.orig).strip().splitlines()[0]
        if "no such table" in cause or "does not exist" in cause or "no such column" in cause:
            return f"The database is not ready ({cause}). Run `rollcall db upgrade`."
        if isinstance(error, OperationalError):
            return f"The database does not answer ({cause}). Check CRM_DATABASE_URL with `rollcall doctor`."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return ""
