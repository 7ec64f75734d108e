"""`rollcall services` and `rollcall referrals`."""

import json
from pathlib import Path

import click
from sqlalchemy import select

from crm.plugin_api import UserError, answer, command_actor, db, json_option, system, with_app

_PATH = click.Path(exists=True, path_type=Path)


@click.group()
def services() -> None:
    """The directory of services: bring one in, write it out."""


@services.command("import")
@click.argument("path", type=_PATH)
@click.option("--map", "map_file", type=_PATH, help="A JSON file: file name, column, HSDS entity.field.")
@json_option
@with_app
def import_(path: Path, map_file: Path | None, as_json: bool) -> None:
    """Import HSDS (JSON, a folder or zip of CSV), or any vendor's CSV with --map."""
    from crm_referrals.hsds import importing

    try:
        mapping = json.loads(map_file.read_text("utf-8")) if map_file else None
    except ValueError as error:
        raise UserError(f"{map_file} is not JSON: {error}.") from error
    outcome = importing.Outcome()
    found = importing.read(path, mapping, outcome)
    with db.transaction(command_actor(), "referrals.import", f"Imported services from {path.name}"):
        importing.apply(found, outcome)
    said = outcome.as_object()
    lines = [f"{outcome.created} added, {outcome.updated} changed, {outcome.unchanged} unchanged."]
    lines += [f"{each.kind}: {each.where}: {each.text}" for each in outcome.notes]
    answer(as_json, said, "\n".join(lines))


@services.command("export")
@click.option("--format", "form", type=click.Choice(["hsds"]), default="hsds", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True)
@with_app
def export(form: str, output: Path) -> None:
    """Write the HSDS data package as a zip."""
    from crm_referrals.hsds import files

    output.write_bytes(files.package())
    answer(False, {}, f"Written to {output} ({form}).")


@click.group()
def referrals() -> None:
    """Referrals of students to agencies."""


@referrals.command()
@json_option
@with_app
def due(as_json: bool) -> None:
    """Say which referrals are late, by number; no names."""
    from crm_referrals.models import Referral
    from crm_referrals.states import OPEN, WHOSE

    with system("which referrals are late, without names"):
        statement = select(Referral).where(Referral.state.in_(sorted(OPEN)), Referral.due_at < db.now())
        found = db.session().scalars(statement.order_by(Referral.due_at)).all()
    rows = [
        {
            "id": each.id,
            "state": each.state,
            "whose": WHOSE.get(each.state, ""),
            "due": each.due_at.isoformat() if each.due_at else None,
        }
        for each in found
    ]
    lines = [f"{row['id']}: {row['state']}, due {row['due']}, {row['whose']}" for row in rows]
    answer(as_json, {"due": rows}, "\n".join(lines) or "Nothing is late.")
