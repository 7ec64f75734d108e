"""`rollcall import` and `rollcall export`."""

import json
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import click
from flask import current_app, g

from crm.cli.support import answer, command_actor, counted, json_option, with_app
from crm.errors import UserError

if TYPE_CHECKING:
    from crm.jobs.models import Job

_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)
_FILES = click.Path(exists=True, path_type=Path)
_NEW = click.Path(dir_okay=False, writable=True, path_type=Path)
_OPTIONS = ("format", "codes", "district", "dates")
"""Choices of kinds that read files themselves."""
_COUNTED = ("create", "update", "unchanged", "rejected")


@click.command("import")
@click.argument("kind")
@click.argument("files", nargs=-1, required=True, metavar="PATH...", type=_FILES)
@click.option("--map", "map_file", type=_PATH, help="A JSON file with a target for each header.")
@click.option("--match", "match_key", help="By what rows are recognized: best, external_id, email, …")
@click.option("--fill", is_flag=True, help="Only fill what is empty; what is there wins over the file.")
@click.option("--plan", "plan_only", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--confirm", is_flag=True, help="Agree to what a plan asks to be confirmed.")
@click.option("--remarks", is_flag=True, help="Say what was noticed about rows, as a plan does; with names.")
@click.option(
    "--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Write what is rejected here."
)
@click.option("--format", help="What the files are, where a kind knows several forms.")
@click.option("--codes", type=_PATH, help="For attendance: a CSV or JSON file that says what codes mean.")
@click.option("--district", help="For files of schools: whose they are, by name or number.")
@click.option("--dates", help="For files of schools: day-first (22/9/2025) or month-first (9/22/2025).")
@json_option
@with_app
def import_(kind: str, files: Sequence[Path], as_json: bool, plan_only: bool, **options: Any) -> None:
    """Import files of KIND, such as contacts: CSV, XLSX or vCard. They are one change, undone as one.

    The exit code is 1 when no row of them could be imported."""
    with packed(kind, files) as ready:
        _import(kind, ready, as_json, plan_only, **options)


def _import(kind: str, files: Sequence[Path], as_json: bool, plan_only: bool, **options: Any) -> None:
    from crm.jobs.inline import here
    from crm.transfer import at_once
    from crm.transfer.remarks import Remarks

    actor = command_actor()
    mode = "fill" if options["fill"] else None
    chosen = {name: value for name in _OPTIONS if (value := options[name]) is not None}
    if "codes" in chosen:
        chosen["codes"] = _text_of(chosen["codes"])
    mapping, confirmed = _read_map(options["map_file"]), options["confirm"]
    wishes = at_once.Wishes(mapping, options["match_key"], mode, plan_only, confirmed, chosen)
    at_once.refuse_bad_files(kind, files, actor, chosen, wishes.mapping)
    total: Counter[str] = Counter()
    change_set_id, remarks = None, Remarks(several=len(files) > 1, says_rows=plan_only or options["remarks"])
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask's own way to the application.
    with here(app) as process, _Progress(as_json) as watch:
        at_once.finish_what_broke_off(process, watch)
        for number, path in enumerate(files, 1):
            run = at_once.import_file(process, kind, path, wishes, change_set_id=change_set_id, watch=watch)
            total.update(run.outcome or run.counts)
            remarks.take(path.name, run)
            change_set_id = run.change_set_id or change_set_id
            if options["rejected"] is not None:
                at_once.write_left_out(run, options["rejected"], number if len(files) > 1 else 0)
            if plan_only:
                at_once.discard_plan(run.id, actor)
    named = (*_COUNTED, *(("skipped",) if total["skipped"] else ()))
    found: dict[str, Any] = {name: total[name] for name in named}
    told = {**found, **remarks.told, "change_set": change_set_id}
    answer(as_json, told, "\n".join([*remarks.lines, _text(found, change_set_id, plan_only)]))
    if found["rejected"] and not any(found[name] for name in _COUNTED[:-1]):
        click.get_current_context().exit(1)


@contextmanager
def packed(kind: str, paths: Sequence[Path]) -> Iterator[list[Path]]:
    """The files, each folder as a zip of what is in it; only for kinds that read files of their own."""
    from crm.transfer import runs
    from crm.transfer.kinds import OpensFiles

    if any(path.is_dir() for path in paths) and not isinstance(runs.importer(kind).handler, OpensFiles):
        raise UserError(f"A folder cannot be imported as {kind}; name the files in it.")
    with TemporaryDirectory(prefix="rollcall-import-") as place:
        yield [_zipped(path, Path(place)) if path.is_dir() else path for path in paths]


def _zipped(folder: Path, place: Path) -> Path:
    target = place / f"{folder.resolve().name}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            archive.write(file, file.relative_to(folder.parent).as_posix())
    return target


@click.command()
@click.argument("kind")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "vcf"]), default="csv", show_default=True)
@click.option(
    "--list", "list_id", type=int, help="Only what is in this shared list; its number stands in its address."
)
@click.option("--output", type=_NEW, help="The file to write; the standard output if it is not named.")
@json_option
@with_app
def export(kind: str, form: str, output: Path | None, list_id: int | None, as_json: bool) -> None:
    """Write all records of KIND, such as contacts, with every field that can be imported again."""
    from crm.transfer.exporting import Export, Wanted

    _refuse_output(output, form, as_json)
    g.crm_actor = command_actor()  # Fields ask for whom their values are.
    made = Export(Wanted(kind, form, query=_query_of(kind, list_id)), g.crm_actor)
    ids = made.ids()
    if form != "vcf":
        made.prepare(ids)
    if output is None:
        made.write(ids, sys.stdout.buffer)
        return
    unfinished = output.with_name(f".{output.name}.part")
    try:
        with unfinished.open("wb") as out:
            made.write(ids, out)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
    told = {"kind": kind, "format": form, "records": len(ids), "file": str(output)}
    answer(as_json, told, f"Wrote {counted(len(ids), 'record', 'records')} to {output}.")


def _refuse_output(output: Path | None, form: str, as_json: bool) -> None:
    if output is not None:
        if not output.parent.is_dir():
            raise UserError(f"The folder {output.parent} does not exist. Nothing was written.")
    elif as_json:
        raise UserError("With --json the records need a file of their own; name it with --output.")
    elif form == "xlsx" and sys.stdout.isatty():
        raise UserError("A workbook cannot be shown on a terminal; name a file with --output.")


def _query_of(kind: str, list_id: int | None) -> str:
    """The address of a list; a number that is no list must not write everybody."""
    from crm.fields.lists import find

    if list_id is None:
        return ""
    saved = find(list_id, command_actor())
    if saved is None or saved.record_type != kind:
        raise UserError(f"There is no shared list {list_id} of {kind}. Its number stands in its address.")
    return f"list={list_id}"


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except ValueError as error:
        raise UserError(f"{path} is not a text in UTF-8.") from error


def _read_map(path: Path | None) -> Mapping[str, str] | None:
    if path is None:
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not JSON: {error}.") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise UserError(f'{path} must hold one object such as {{"First Name": "given_name"}}.')
    return found


def _text(found: Mapping[str, int], change_set_id: int | None, plan_only: bool) -> str:
    words = ("would be added", "would be changed") if plan_only else ("added", "changed")
    text = (
        f"{found['create']} {words[0]}, {found['update']} {words[1]}, {found['unchanged']} unchanged, "
        f"{found['rejected']} rejected."
    )
    if skipped := found.get("skipped"):
        rows = counted(skipped, "row was", "rows were")
        text += f"\n{rows} left out, since somebody changed the same meanwhile: import the file again."
    if found["rejected"] and not any(found[name] for name in _COUNTED[:-1]):
        text += "\nNo row of it can be imported. --rejected FILE writes each with its reason."
    if change_set_id is not None and not plan_only:
        text += f"\n`rollcall undo {change_set_id}` takes it back."
    return text


class _Progress:
    """A line on a terminal that says how far it is; nothing where nobody reads along."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet or not sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if not self.quiet:
            click.echo("\r\033[K", nl=False, err=True)

    def __call__(self, job: "Job") -> None:
        if not self.quiet:
            percent = f"{job.percent} %" if job.percent is not None else ""
            click.echo(f"\r\033[K{job.title} {percent}", nl=False, err=True)
