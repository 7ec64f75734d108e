"""`rollcall policy …`."""

from typing import Any

import click
from flask import current_app
from sqlalchemy import func, select

from crm.plugin_api import answer, command_actor, db, json_option, system, with_app
from crm.plugin_api.running import here
from crm_policy.models import Bill, Session, Source
from crm_policy.words import DISPOSITIONS, STAGE_NAMES, STAGES, WHY


class Stage(click.ParamType[int]):
    """A stage by its name or its number."""

    name = "stage"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).lower().replace("-", "_")
        if text.isdecimal() and int(text) in STAGES:
            return int(text)
        if text not in STAGE_NAMES:
            self.fail(f"“{value}” is no stage. Choose one of: {', '.join(STAGE_NAMES)}.", param, ctx)
        return STAGE_NAMES.index(text)


def _upper(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    return value.upper() if value else None


@click.group()
def policy() -> None:
    """Bills of the states: keep them fresh, list them, count them."""


@policy.command()
@json_option
@with_app
def sync(as_json: bool) -> None:
    """Bring every session that is kept fresh up to date, now, in this process."""
    from crm_policy.services import syncing

    actor, done = command_actor(), []
    with system("what is kept fresh"):
        ids = list(db.session().scalars(select(Source.id).where(Source.active.is_(True)).order_by(Source.id)))
    with here(current_app._get_current_object()) as process:  # type: ignore[attr-defined]  # Flask's own way.
        for source_id in ids:
            with db.transaction(actor, "policy.sync"), system("what is kept fresh"):
                job_id = syncing.ask(db.session().get_one(Source, source_id), actor).id
            job = process.run(job_id)
            done.append(
                {"source": source_id, "status": job.status, "says": job.result.get("summary") or job.error}
            )
    answer(
        as_json,
        {"sources": done},
        "\n".join(str(each["says"]) for each in done) or "Nothing is kept fresh yet.",
    )


@policy.command()
@click.option("--state", callback=_upper, help="Only of this state, such as MI.")
@click.option("--stage", type=Stage(), help=f"Only at this stage: {', '.join(STAGE_NAMES)}, or its number.")
@click.option("--disposition", type=click.Choice(list(DISPOSITIONS)), help="Only of which this became.")
@click.option(
    "--count", is_flag=True, help="Count by stage and by what became of them, with the rule that says so."
)
@click.option("--limit", default=50, show_default=True)
@json_option
@with_app
def bills(as_json: bool, count: bool, limit: int, **wanted: Any) -> None:
    """List bills, or count them."""
    clauses = [getattr(Bill, name) == value for name, value in wanted.items() if value is not None]
    with system("the command line sees every bill"):
        if count:
            columns = (Bill.stage, Bill.disposition, Bill.source_why)
            rows = db.session().execute(
                select(*columns, func.count(Bill.id)).where(*clauses).group_by(*columns).order_by(*columns)
            )
            found: list[dict[str, Any]] = [
                {
                    "stage": row[0],
                    "stage_name": STAGE_NAMES[row[0]],
                    "disposition": row[1],
                    "why": row[2],
                    "bills": row[3],
                }
                for row in rows
            ]
            text = "\n".join(
                f"{each['bills']:>7}  {STAGES[each['stage']]}, "
                f"{DISPOSITIONS[each['disposition']]}: {WHY.get(each['why'], '')}"
                for each in found
            )
            answer(as_json, {"counts": found}, text)
            return
        rows = db.session().execute(
            select(Bill.state, Session.identifier, Bill.identifier, Bill.stage, Bill.disposition, Bill.title)
            .join(Session, Session.id == Bill.session_id)
            .where(*clauses)
            .order_by(Bill.sort_key, Bill.id)
            .limit(limit)
        )
        listed: list[dict[str, Any]] = [
            dict(zip(("state", "session", "identifier", "stage", "disposition", "title"), row, strict=True))
            for row in rows
        ]
        for each in listed:
            each["stage_name"] = STAGE_NAMES[each["stage"]]
    text = "\n".join(
        f"{each['state']} {each['identifier']:<9} {STAGES[each['stage']]}: {each['title'][:70]}"
        for each in listed
    )
    answer(as_json, {"bills": listed}, text or "No such bills.")


@policy.command()
@click.argument("words")
@click.option("--also", default="", help="And any of these.")
@click.option("--without", default="", help="But none of these.")
@click.option("--state", "states", default="")
@json_option
@with_app
def find(as_json: bool, **values: Any) -> None:
    """Look for bills with any of WORDS (commas between them, a star for any end)."""
    from crm_policy.services import searching

    hits, kept = searching.preview(values, command_actor())
    found = [{"state": row.state, "identifier": row.identifier, "title": row.title} for row in hits]
    text = "\n".join(f"{each['state']} {each['identifier']:<9} {each['title'][:120]}" for each in found)
    answer(as_json, {"bills": found, "kept_away": kept}, f"{text}\n{len(found)} bills; {kept} kept away.")


@policy.command()
@json_option
@with_app
def names(as_json: bool) -> None:
    """Names that sources gave and that nobody placed yet."""
    from crm_policy.services import work

    rows = [
        {
            "name": each.name,
            "state": each.state,
            "chamber": each.chamber,
            "district": each.district,
            "candidates": each.candidates,
        }
        for each in work.open_names(command_actor())
    ]
    answer(
        as_json,
        {"names": rows},
        "\n".join(f"{row['state']} {row['chamber']} {row['district']}: {row['name']}" for row in rows),
    )
