"""`rollcall undo`: takes back what one change set did, by the same code as the button on a page."""

from typing import TYPE_CHECKING, Any

import click

from crm.cli.support import answer, application, command_actor, counted, json_option
from crm.errors import UserError

if TYPE_CHECKING:
    from flask import Flask

    from crm.jobs.models import Job
    from crm.journal.undo import UndoPlan

LISTED = 20
"""So many of the records that stay are named to people; `--json` names more."""


@click.command()
@click.argument("change_set", metavar="ID", type=int)
@click.option("--plan", "only_plan", is_flag=True, help="Only say what would happen.")
@click.option("--keep", is_flag=True, help="Undo the rest where something newer stands in the way.")
@json_option
def undo(change_set: int, only_plan: bool, keep: bool, as_json: bool) -> None:
    """Take back what the change set ID did: an edit, a deletion, a merge, an import.

    The number stands in Recent changes and in what an import prints. Nothing newer is overwritten.
    """
    from crm.journal.undo import plan

    with application() as app:
        if only_plan:
            looked = plan(change_set, command_actor())
            answer(as_json, _told(looked), _words(looked, "would be"))
            return
        made, undone_by = _undo(app, change_set, keep)
        told = _told(made) if made is not None else {"change_set": change_set}
        words = _words(made, "were") if made is not None else "What an undo had begun is finished."
        answer(
            as_json,
            {**told, "undone_by": undone_by},
            f"{words}\nTo take this back: rollcall undo {undone_by}",
        )


def _undo(app: "Flask", change_set: int, keep: bool) -> "tuple[UndoPlan | None, int]":
    """Undo it here and now, however large it is; returns what was done and its own number. One that broke
    off is taken up where it was, and has no plan any more."""
    from crm.jobs.inline import here
    from crm.journal.undo import StandsInTheWay, resume, undo, unfinished_undo

    with here(app) as process:
        if (broken_off := unfinished_undo(change_set)) is not None:
            undo_id = broken_off.id
            _require_done(
                process.run(resume(change_set, command_actor(), runner=process.place), _show_progress)
            )
            return None, undo_id
        try:
            begun = undo(change_set, command_actor(), keep=keep, runner=process.place)
        except StandsInTheWay as error:
            raise UserError(f"{_words(error.plan, 'would be')}\nSay --keep to undo the rest.") from error
        if begun.job_id is not None:
            _require_done(process.run(begun.job_id, _show_progress))
    assert begun.change.id is not None
    return begun.plan, begun.change.id


def _require_done(job: "Job") -> None:
    if job.status != "done":
        raise UserError(job.error or "The undo was stopped before its end; run it again to go on.")


def _show_progress(job: "Job") -> None:
    import sys

    if sys.stderr.isatty():
        click.echo(f"\r{job.progress_done:,} of {job.progress_total or 0:,}", err=True, nl=False)


def _told(made: "UndoPlan") -> dict[str, Any]:
    return {
        "change_set": made.change_set.id,
        "summary": made.change_set.summary,
        "rows": made.rows_to_restore,
        "kept_rows": made.kept_rows,
        "kept_records": made.kept_records,
        "blocked": [{"record": each.label, "reason": each.reason} for each in made.blocked],
    }


def _words(made: "UndoPlan", verb: str) -> str:
    changes = counted(made.rows_to_restore, "change", "changes")
    if made.rows_to_restore == 1:
        verb = verb.replace("were", "was")
    lines = [f"{made.change_set.summary}: {changes} {verb} undone."]
    if made.kept_rows:
        stay = counted(made.kept_records, "record stays as it is", "records stay as they are")
        lines.append(f"{stay}, because something newer is in the way:")
        lines += [f"  {each.label}: {each.reason}" for each in made.blocked[:LISTED]]
        if made.kept_records > LISTED:
            lines.append(f"  … and {made.kept_records - LISTED:,} more.")
    return "\n".join(lines)
