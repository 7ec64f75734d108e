"""`rollcall media …`."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import current_app

from crm.plugin_api import UserError, answer, command_actor, day_here, db, json_option, with_app

BY = ("outlet", "month", "speaker", "campaign")
"""As in `crm_media.services.reports`, which the help of the command line does without."""


@click.group()
def media() -> None:
    """Press work: read feeds, report, note mail that came back."""


@media.command("intake")
@click.argument("feeds", nargs=-1)
@json_option
@with_app
def read_feeds(as_json: bool, feeds: tuple[str, ...]) -> None:
    """Read FEEDS now, in this process: addresses (kept from then on), files, or none for all that are
    kept. The exit code is 1 when one of them could not be read; the others are read all the same."""
    from crm_media import by_hand

    files = [Path(each) for each in feeds if "://" not in each]
    if missing := [each for each in files if not each.is_file()]:
        raise UserError(f"There is no file {missing[0]}, and an address begins with https://.")
    done = [by_hand.of_file(each) for each in files]
    addresses = [each for each in feeds if "://" in each]
    if addresses or not feeds:
        done += by_hand.read_now(by_hand.ids_of(addresses))
    failed = [each["feed"] for each in done if each["failed"]]
    lines = [f"{each['feed']}: {each.get('new', 0)} new {each.get('error', '')}".strip() for each in done]
    if failed:
        lines.append(f"{len(failed)} of {len(done)} could not be read.")
    answer(as_json, {"feeds": done, "failed": failed}, "\n".join(lines) or "No feed is kept yet.")
    if failed:
        click.get_current_context().exit(1)


@media.command("report")
@click.option("--from", "begins", type=click.DateTime(["%Y-%m-%d"]), help="The first day; twelve months ago.")
@click.option("--to", "ends", type=click.DateTime(["%Y-%m-%d"]), help="The last day; today.")
@click.option("--by", type=click.Choice(BY), default="outlet", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True,
              help="How far back coverage counts before a vote.")  # fmt: skip
@json_option
@with_app
def show_report(as_json: bool, begins: datetime | None, ends: datetime | None, by: str, days: int) -> None:
    """Say which messages landed, how absence was framed, and what was printed in the districts of those who
    decide next."""
    from crm_media.services import bills, reports

    last = ends.date() if ends else day_here()
    first = begins.date() if begins else (last - timedelta(days=364)).replace(day=1)
    found = reports.as_dict(reports.make(command_actor(), first, last, by=by))
    pieces, outlets = found["pieces"], found["outlets"]
    lines = [f"{pieces} pieces in {outlets} outlets, {found['with_message']} with a message of ours."]
    lines += [f"{each['pieces']:>6}  {each['name']}" for each in found["messages"]]
    with current_app.test_request_context():  # State policy names the pages of its bills.
        votes = bills.coming_up(day_here() - timedelta(days=days), command_actor())
    found["before_votes"] = [bills.as_dict(each) for each in votes]
    lines += [
        f"{each.bill.name}, {each.where}: {each.silent} of {len(each.districts)} districts can be won "
        "and have no coverage."
        for each in votes
    ]
    answer(as_json, found, "\n".join(lines))


@media.command("returns")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@json_option
@with_app
def note_returns(as_json: bool, files: tuple[Path, ...]) -> None:
    """Note mail that came back: FILES are messages as the mail server delivers them."""
    from crm_media.reading import bounces
    from crm_media.services import returns

    noted = returns.Noted()
    for each in files:
        raw = each.read_bytes()
        action = returns.action_of(bounces.complains(raw))
        with db.transaction(command_actor(), action, "Noted mail that came back"):
            returns.take(raw, noted)
    text = f"{noted.noted} noted, {noted.unproven} that quote no message of ours."
    text += f" {noted.complaints} complained." if noted.complaints else ""
    answer(as_json, asdict(noted), text)
