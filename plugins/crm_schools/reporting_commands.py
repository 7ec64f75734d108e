"""`rollcall schools report public`: the public report as everybody sees it, with what its audit found."""

from typing import Any

import click
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, answer, command_actor, db, json_option, system, with_app
from crm.plugin_api import gettext as _
from crm_schools import figures, publishing
from crm_schools.models import District


@click.group("report")
def report() -> None:
    """Reports of a district."""


@report.command("public")
@click.option("--district", default="", help="Name, NCES id or local id; needed where there are several.")
@click.option(
    "--year", type=int, default=None, help="School year by the year in which it ends, such as 2026."
)
@click.option("--publish", is_flag=True, help="Publish it, instead of only showing it.")
@json_option
@with_app
def public_report(district: str, year: int | None, publish: bool, as_json: bool) -> None:
    """Show (or publish) the public report: small numbers taken out, and what an attack on it finds."""
    actor = command_actor()
    place = figures.place_of(actor, _district(district), None, year)
    made = publishing.prepared(place)
    content = publishing.content_of(place, made)
    report_id = _published(place, actor) if publish else None
    shown = [each for each in content["cells"] if each[3] is not None]
    result = {
        **content,
        "cells": [_cell(each) for each in content["cells"]],
        "rule": {
            "smallest_group": publishing.rule_of(place).students,
            "smallest_count": publishing.rule_of(place).count,
        },
        "hidden": len(made.chronic.hidden),
        "hidden_truancy": len(made.truancy.hidden),
        "recoverable": len(made.found),
        "report_id": report_id,
    }
    sentence = _(
        "%(shown)s of %(all)s numbers of %(district)s are shown, %(hidden)s are hidden; the audit recovers "
        "%(found)s.",
        shown=len(shown),
        all=len(content["cells"]),
        district=content["district"],
        hidden=len(made.chronic.hidden),
        found=len(made.found),
    )
    answer(as_json, result, sentence)


def _published(place: figures.Place, actor: Actor) -> int:
    with db.transaction(actor, "schools.publish", _("Published a report")):
        return publishing.publish(place, actor).id


def _cell(each: list[Any]) -> dict[str, Any]:
    dimension, school, value, students, counts = each
    return {
        "dimension": dimension or None,
        "school": school or None,
        "value": value or None,
        "students": students,
        "chronic": counts[0] if counts else None,
        "truant": counts[1] if counts else None,
        "hidden": students is None,
    }


def _district(text: str) -> District:
    with system("the command line may see every district"):
        rows = db.session().scalars(select(District).order_by(District.name)).all()
    fitting = [
        row
        for row in rows
        if not text or text.lower() in {row.name.lower(), row.nces_id.lower(), row.local_id.lower()}
    ]
    if len(fitting) == 1:
        return fitting[0]
    if not rows:
        raise UserError(_("There is no school district yet. Import a roster first."))
    raise UserError(_("Say which district: %(names)s.", names=", ".join(row.name for row in rows[:20])))
