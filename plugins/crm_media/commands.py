"""`rollcall media …`."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy import select

from crm.plugin_api import UserError, answer, command_actor, day_here, db, json_option, now, system, with_app
from crm.plugin_api.running import here
from crm_media.models import Feed
from crm_media.reading import feed as reading
from crm_media.reading import urls
from crm_media.services import intake, reports, returns

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def media() -> None:
    """Press work: read feeds, report, note mail that came back."""


@media.command("intake")
@click.argument("feeds", nargs=-1)
@json_option
@with_app
def read_feeds(as_json: bool, feeds: tuple[str, ...]) -> None:
    """Read FEEDS now, in this process: addresses (kept from then on), files, or none for all that are
    kept."""
    files = [Path(each) for each in feeds if "://" not in each]
    if missing := [each for each in files if not each.is_file()]:
        raise UserError(f"There is no file {missing[0]}, and an address begins with https://.")
    done = [_file(each) for each in files]
    addresses = [each for each in feeds if "://" in each]
    if addresses or not feeds:
        done += _asked(_ids(addresses))
    lines = [f"{each['feed']}: {each.get('new', 0)} new {each.get('error', '')}".strip() for each in done]
    answer(as_json, {"feeds": done}, "\n".join(lines) or "No feed is kept yet.")


@media.command("report")
@click.option("--from", "begins", type=click.DateTime(["%Y-%m-%d"]), help="The first day; twelve months ago.")
@click.option("--to", "ends", type=click.DateTime(["%Y-%m-%d"]), help="The last day; today.")
@click.option("--by", type=click.Choice(reports.BY), default="outlet", show_default=True)
@json_option
@with_app
def show_report(as_json: bool, begins: datetime | None, ends: datetime | None, by: str) -> None:
    """Say which messages landed, and how absence was framed."""
    last = ends.date() if ends else day_here()
    first = begins.date() if begins else (last - timedelta(days=364)).replace(day=1)
    found = reports.as_dict(reports.make(command_actor(), first, last, by=by))
    pieces, outlets = found["pieces"], found["outlets"]
    lines = [f"{pieces} pieces in {outlets} outlets, {found['with_message']} with a message of ours."]
    lines += [f"{each['pieces']:>6}  {each['name']}" for each in found["messages"]]
    answer(as_json, found, "\n".join(lines))


@media.command("returns")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@json_option
@with_app
def note_returns(as_json: bool, files: tuple[Path, ...]) -> None:
    """Note mail that came back: FILES are messages as the mail server delivers them."""
    noted = returns.Noted()
    with db.transaction(command_actor(), "media.returns", "Noted mail that came back"):
        for each in files:
            returns.take(each.read_bytes(), noted)
    found = {"noted": noted.noted, "unknown": noted.unknown, "trying": noted.trying, "others": noted.others}
    answer(as_json, found, f"{noted.noted} noted, {noted.unknown} to addresses that we wrote nothing to.")


def _file(path: Path) -> dict[str, Any]:
    found = reading.read(path.read_bytes(), "", "", now())
    with db.transaction(command_actor(), intake.ACTION, f"Read the feed “{path.name}”") as change:
        taken = intake.take(intake.feed_of_file(path.name), found, change)
    return {
        "feed": path.name, "read": taken.read, "new": taken.new, "known": taken.known,
        "unwanted": taken.unwanted, "error": " ".join(taken.notes),
    }  # fmt: skip


def _ids(addresses: list[str]) -> list[int]:
    with db.transaction(command_actor(), "media.feed", "Feeds of the command line"):
        for each in addresses:
            with system("which feeds are kept"):
                known = db.session().scalars(select(Feed).where(Feed.url_key == urls.key(each))).first()
            if known is None:
                about = {"url": each, "name": "", "outlet_name": "", "takes_all": False, "active": True}
                intake.save_feed(Feed(), about)
    wanted = {urls.key(each) for each in addresses}
    with system("which feeds are kept"):
        rows = db.session().execute(
            select(Feed.id, Feed.url_key).where(Feed.active.is_(True)).order_by(Feed.id)
        )
        return [row[0] for row in rows if not wanted or row[1] in wanted]


def _asked(ids: list[int]) -> list[dict[str, Any]]:
    done = []
    with here(current_app._get_current_object()) as process:  # type: ignore[attr-defined]  # Flask's own way.
        for feed_id in ids:
            with db.transaction(command_actor(), intake.ACTION):
                job_id = intake.ask([feed_id], command_actor()).id
            job = process.run(job_id)
            with system("what came of a feed"):
                feed = db.session().get_one(Feed, feed_id, populate_existing=True)
            done.append(
                {"feed": feed.name, "new": job.cursor.get("new", 0), "error": feed.error or job.error or ""}
            )
    return done
