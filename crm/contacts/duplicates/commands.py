"""`rollcall duplicates find` and `rollcall duplicates evaluate`."""

import csv
import time
from typing import TextIO

import click
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.cli.support import answer, command_actor, json_option, with_app
from crm.errors import UserError


@click.group()
def duplicates() -> None:
    """Contacts that may be one."""


@duplicates.command()
@json_option
@with_app
def find(as_json: bool) -> None:
    """Look through everybody who changed since the last look, and say how many pairs there are."""
    from crm.contacts.duplicates import finding
    from crm.jobs.inline import here

    app, begun = current_app._get_current_object(), time.monotonic()  # type: ignore[attr-defined]  # The application behind the proxy.
    actor = command_actor()
    with here(app) as process:
        with db.transaction(actor, "contacts.duplicates"):
            job_id = finding.ask(actor, process.place).id
        job = process.run(job_id)
    if job.status != "done":
        raise UserError(job.error or _("It did not finish. Try again."))
    pairs = _pairs()
    seconds = round(time.monotonic() - begun, 1)
    data = {"pairs": len(pairs), "looked_at": (job.progress_total or 0) // 2, "seconds": seconds}
    answer(as_json, data, _("%(count)s possible pairs.", count=len(pairs)))


@duplicates.command()
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@json_option
@with_app
def evaluate(file: TextIO, as_json: bool) -> None:
    """Compare the queue with pairs that are known to be true.

    FILE is a CSV of two columns, the external ids of both; what is in the file and not here counts as missed.
    """
    from crm.contacts.models import Contact

    with system("external ids of the known pairs"):
        rows = db.session().execute(
            select(Contact.external_id, Contact.id).where(Contact.external_id.is_not(None))
        )
        ids = {str(row[0]): int(row[1]) for row in rows}
    known = [(row[0].strip(), row[1].strip()) for row in csv.reader(file) if len(row) >= 2]
    true = {frozenset((ids[one], ids[other])) for one, other in known if one in ids and other in ids}
    found = {frozenset(pair) for pair in _pairs()}
    hits = len(true & found)
    recall = hits / len(known) if known else 0.0
    precision = hits / len(found) if found else 0.0
    data = {
        "true": len(known),
        "proposed": len(found),
        "hits": hits,
        "recall": recall,
        "precision": precision,
    }
    sentence = _(
        "Of %(true)s true pairs %(hits)s are proposed, of %(proposed)s proposed %(hits)s are true.", **data
    )
    answer(as_json, data, sentence)


def _pairs() -> list[tuple[int, int]]:
    from crm.contacts.models import DuplicatePair

    with system("all pairs of the queue"):
        rows = db.session().execute(select(DuplicatePair.first_id, DuplicatePair.second_id))
        return [(row[0], row[1]) for row in rows]
