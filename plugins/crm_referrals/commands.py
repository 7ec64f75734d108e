"""`rollcall import services`, `rollcall export services` and `rollcall referrals`."""

import sys
from pathlib import Path

import click
from sqlalchemy import select

from crm.plugin_api import UserError, answer, command_actor, db, json_option, system, with_app

_PATH = click.Path(exists=True, path_type=Path)


@click.command("import-services")
@click.argument("path", type=_PATH)
@click.option("--map", "map_file", type=_PATH, help="A JSON file: file name, column, HSDS entity.field.")
@click.option("--plan", "plan_only", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--overwrite", is_flag=True, help="Let the file win over what was changed here since.")
@click.option(
    "--take-away-places",
    is_flag=True,
    help="Take away places that came with an earlier file of this sender and are not in it any more.",
)
@click.option("--sender", default="", help="Whose directory it is; told from the file's name without it.")
@json_option
@with_app
def import_services(
    path: Path,
    map_file: Path | None,
    plan_only: bool,
    overwrite: bool,
    take_away_places: bool,
    sender: str,
    as_json: bool,
) -> None:
    """Import a directory (`rollcall import services PATH`): HSDS as JSON, a folder or zip of CSV, or any
    vendor's CSV with --map."""
    from crm_referrals.hsds import importing
    from crm_referrals.services import places

    mapping = importing.mapping_of(map_file.read_bytes()) if map_file else None
    outcome = importing.Outcome(overwrite=overwrite, sender=sender.strip()[:80])
    found = importing.read(path, mapping, outcome)
    change_set_id = None
    if plan_only:
        importing.plan(found, outcome, command_actor())
    else:
        with db.transaction(
            command_actor(), "referrals.import", f"Imported services from {path.name}"
        ) as change:
            importing.apply(found, outcome)
            if take_away_places:
                places.take_away((each.service_id, each.location_id) for each in outcome.gone)
        change_set_id = change.id
    said = {**outcome.as_object(), "change_set": change_set_id}
    lines = [f"{outcome.created} added, {outcome.updated} changed, {outcome.unchanged} unchanged."]
    lines += [f"{each.kind}: {each.where}: {each.text}" for each in outcome.notes]
    away = "stays" if not take_away_places else "would go" if plan_only else "was taken away"
    lines += [f"not in it any more: {each.service}: {each.place} ({away})" for each in outcome.gone]
    if outcome.kindless:
        count = len(outcome.kindless)
        lines.append(f"{count} of the services have no kind of need, so no referral finds them.")
    for word, count in outcome.unknown_words.most_common(20):
        lines.append(f"no kind of need: {word} ({count})")
    if change_set_id is not None:
        lines.append(f"`rollcall undo {change_set_id}` takes it back.")
    answer(as_json, said, "\n".join(lines))


@click.command("export-services")
@click.option("--format", "form", type=click.Choice(["hsds"]), default="hsds", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="The zip to write; the standard output if it is not named.",
)
@with_app
def export_services(form: str, output: Path | None) -> None:
    """Write the directory (`rollcall export services`) as an HSDS data package, a zip of CSV files."""
    from crm_referrals.hsds import files

    content = files.package()
    if output is None:
        if sys.stdout.isatty():
            raise UserError("A zip cannot be shown on a terminal; name a file with --output.")
        sys.stdout.buffer.write(content)
        return
    output.write_bytes(content)
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
