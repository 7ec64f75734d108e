"""`rollcall backup` and `rollcall restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crm.cli.support import answer, application, json_option
from crm.errors import UserError

if TYPE_CHECKING:
    from flask import Flask

    from crm.backup.archive import Manifest

PLACES = 8
"""Workers that are looked for before a restore; each takes the lowest free place."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Write everything into one FILE: records, history, accounts, attachments.

    Rollcall may go on working meanwhile. The file holds personal data, so keep it as safe as the database.
    It does not hold the secret key.
    """
    from crm.backup import back_up
    from crm.config import load

    manifest = back_up(load(), file.absolute())
    key = (
        "The secret key is not in it: keep the file secret_key of the data folder (or CRM_SECRET_KEY) apart."
    )
    answer(as_json, {"file": str(file), **_told(manifest)}, f"{file}: {_counted(manifest)}.\n{key}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Replace the records that are here; a copy of them is kept.")
@click.option("--without", multiple=True, metavar="PLUGIN", help="Leave out the data of a plugin.")
@click.option("--check", is_flag=True, help="Only read the file and compare every part with its hash.")
@json_option
def restore(file: Path, replace: bool, without: tuple[str, ...], check: bool, as_json: bool) -> None:
    """Bring back a backup, all of it or nothing. Stop `rollcall serve` and workers first.

    It may come from SQLite and go into PostgreSQL, or the other way round. Afterwards nobody is signed in,
    and mail and background work that were waiting are not taken up again.
    """
    if check:
        _check(file, as_json)
        return
    from crm.backup import restore as bring_back

    with application() as app:
        _require_no_worker(app)
        done = bring_back(app, file, replace=replace, without=frozenset(without))
    lines = [f"Restored {_counted(done.manifest)} from {file}."]
    if done.safety_copy:
        lines.append(f"What was here before is in {done.safety_copy}.")
    data: dict[str, Any] = {
        "file": str(file),
        **_told(done.manifest),
        "safety_copy": str(done.safety_copy) if done.safety_copy else None,
        "warnings": list(done.warnings),
    }
    answer(as_json, data, "\n".join([*lines, *done.warnings]))


def _check(file: Path, as_json: bool) -> None:
    from crm.backup.archive import Reader

    reader = Reader(file)
    try:
        reader.verify()
        manifest = reader.manifest
    finally:
        reader.close()
    answer(as_json, {"file": str(file), **_told(manifest)}, f"{file} is whole: {_counted(manifest)}.")


def _require_no_worker(app: "Flask") -> None:
    from crm.jobs.places import PREFIX, occupied

    runtime = app.extensions["crm"]
    if any(occupied(runtime, f"{PREFIX}{number}") for number in range(1, PLACES + 1)):
        raise UserError("Rollcall is running. Stop it (and every worker) first, then restore.")


def _told(manifest: "Manifest") -> dict[str, Any]:
    return {
        "made_at": manifest.made_at,
        "rollcall": manifest.rollcall,
        "tables": {name: part.rows for name, part in manifest.tables.items()},
        "files": len(manifest.files),
    }


def _counted(manifest: "Manifest") -> str:
    contacts = manifest.tables["contact"].rows if "contact" in manifest.tables else 0
    return (
        f"{contacts:,} contacts, {manifest.rows:,} rows in {len(manifest.tables)} tables, "
        f"{len(manifest.files):,} files, made {manifest.made_at}"
    )
