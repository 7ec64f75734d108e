"""What the commands of press work do: feeds are read in this process, mail that came back is noted."""

from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from crm.plugin_api import UserError, command_actor, db, now, system
from crm.plugin_api.outside import refuse_inside
from crm.plugin_api.running import here
from crm_media.models import Feed
from crm_media.reading import feed as reading
from crm_media.reading import urls
from crm_media.services import intake


def of_file(path: Path) -> dict[str, Any]:
    try:
        found = reading.read(path.read_bytes(), "", "", now())
    except UserError as error:
        return {"feed": path.name, "new": 0, "error": error.message, "failed": True}
    with db.transaction(command_actor(), intake.ACTION, f"Read the feed “{path.name}”") as change:
        taken = intake.take(intake.feed_of_file(path.name), found, change)
    return {
        "feed": path.name, "read": taken.read, "new": taken.new, "known": taken.known,
        "unwanted": taken.unwanted, "error": " ".join(taken.notes), "failed": False,
    }  # fmt: skip


def ids_of(addresses: list[str]) -> list[int]:
    """The feeds of these addresses, kept from now on; all that are asked where none is named."""
    for each in addresses:
        refuse_inside(urls.clean(each) or each)
    with db.transaction(command_actor(), "media.feed", "Feeds of the command line"):
        for each in addresses:
            with system("which feeds are kept"):
                known = db.session().scalars(select(Feed).where(Feed.url_key == urls.key(each))).first()
            if known is None:
                about = {"url": each, "name": "", "outlet_name": "", "takes_all": False, "active": True}
                intake.save_feed(Feed(), about)
    wanted = {urls.key(each) for each in addresses}
    with system("which feeds are kept"):
        rows = db.session().execute(select(Feed.id, Feed.url_key, Feed.active).order_by(Feed.id))
        return [row[0] for row in rows if (row[1] in wanted if wanted else row[2])]


def read_now(ids: list[int]) -> list[dict[str, Any]]:
    done = []
    with here(current_app._get_current_object()) as process:  # type: ignore[attr-defined]  # Flask's own way.
        for feed_id in ids:
            with db.transaction(command_actor(), intake.ACTION):
                job_id = intake.ask([feed_id], command_actor()).id
            job = process.run(job_id)
            with system("what came of a feed"):
                feed = db.session().get_one(Feed, feed_id, populate_existing=True)
            failed = bool(feed.failures or job.error)
            error = feed.error or job.error or ""
            done.append({"feed": feed.name, "url": feed.url, "new": job.cursor.get("new", 0),
                         "error": error, "failed": failed})  # fmt: skip
    return done
