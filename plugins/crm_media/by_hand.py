"""What the commands of press work do: feeds are read in this process, mail that came back is noted."""

from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from crm.plugin_api import command_actor, db, now, system
from crm.plugin_api.running import here
from crm_media.models import Feed
from crm_media.reading import feed as reading
from crm_media.reading import urls
from crm_media.services import intake


def of_file(path: Path) -> dict[str, Any]:
    found = reading.read(path.read_bytes(), "", "", now())
    with db.transaction(command_actor(), intake.ACTION, f"Read the feed “{path.name}”") as change:
        taken = intake.take(intake.feed_of_file(path.name), found, change)
    return {
        "feed": path.name, "read": taken.read, "new": taken.new, "known": taken.known,
        "unwanted": taken.unwanted, "error": " ".join(taken.notes),
    }  # fmt: skip


def ids_of(addresses: list[str]) -> list[int]:
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


def read_now(ids: list[int]) -> list[dict[str, Any]]:
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
