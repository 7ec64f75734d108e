"""Feeds are asked, what a query finds comes to the inbox once, and somebody decides."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import func, select

from crm.plugin_api import Actor, JobRun, UserError, db, jobs, now, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import FEEDS, Unreachable, Wish, fetch
from crm.plugin_api.sets import Change, insert, reserve
from crm.plugin_api.words import clean_note, squash
from crm_media.models import Clip, Feed, Item, Query
from crm_media.reading import feed as reading
from crm_media.reading import page, sentences, urls
from crm_media.services import copies, coverage
from crm_media.services.matching import Matcher, Wanted
from crm_media.texts import among_texts
from crm_media.times import here

log = logging.getLogger(__name__)
ACTION: Final = "media.intake"
READ: Final = "media.read"
MOST_SHOWN: Final = 40
MOST_WAITING: Final = 20_000
OLDEST: Final = timedelta(days=400)
_COLUMNS: Final = (
    "id", "feed_id", "guid_hash", "url", "url_key", "title", "title_key", "summary", "author", "outlet_name",
    "published_at", "sorted_at", "found_by", "status", "clip_id",
)  # fmt: skip


def save_feed(feed: Feed, values: Mapping[str, Any]) -> Feed:
    """Keep a feed; UserError for one that is asked already."""
    address = urls.clean(values["url"])
    if not address:
        raise UserError(_("A web address begins with https:// or http://."))
    feed.url, feed.url_key = address, urls.key(address)
    with system("no feed is asked twice"):
        same = select(Feed.name).where(Feed.url_key == feed.url_key, Feed.id != (feed.id or 0))
        if (name := db.session().scalars(same).first()) is not None:
            raise UserError(_("This feed is asked already: “%(name)s”.", name=name))
    feed.name = squash(values["name"]) or urls.site(address)
    feed.outlet_name = squash(values["outlet_name"])
    feed.takes_all, feed.active = values["takes_all"], values["active"]
    feed.etag = feed.modified = feed.error = ""
    feed.failures = 0
    db.session().add(feed)
    db.session().flush()
    return feed


def feed_of_file(name: str) -> Feed:
    """What the pieces of a file belong to: a feed that nobody asks."""
    key = f"file {name}"[:300]
    with system("the feed of a file"):
        found = db.session().scalars(select(Feed).where(Feed.url_key == key)).first()
    if found is None:
        found = Feed(name=name[:200], url_key=key, active=False)
        db.session().add(found)
        db.session().flush()
    return found


def remove_feed(feed: Feed, change: Change) -> None:
    with system("a feed that was loaded for the actor goes with what came from it"):
        ids = db.session().scalars(select(Item.id).where(Item.feed_id == feed.id)).all()
        change.delete(db.table(Item), ids)
    db.session().delete(feed)
    db.session().flush()


def save_query(query: Query, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(query, name, squash(value) if isinstance(value, str) else value)
    if sentences.pattern(query.words) is None:
        raise UserError(_("Give at least one word to look for."))
    db.session().add(query)
    db.session().flush()


def matcher() -> Matcher:
    with system("what is looked for in every feed"):
        rows = db.session().scalars(select(Query).where(Query.active.is_(True)).order_by(Query.id)).all()
    return Matcher(Wanted(each.id, each.words, each.also, each.without) for each in rows)


@dataclass
class Taken:
    """What came of a feed: pieces in it, new ones for the inbox, known ones, those that no query finds."""

    read: int = 0
    new: int = 0
    known: int = 0
    unwanted: int = 0
    notes: list[str] = field(default_factory=list)


def take(feed: Feed, found: reading.Feed, change: Change) -> Taken:
    """Put into the inbox what is new and wanted. The same piece comes once, through whichever feed, and
    not at all where it is among the coverage."""
    taken = Taken(read=len(found.items))
    if not found.whole:
        taken.notes.append(_("The feed is damaged; what could be read of it was read."))
    hashes = [sha256(each.guid.encode("utf-8", "replace")).hexdigest() for each in found.items]
    known = _known(feed.id, hashes, [urls.key(each.url) for each in found.items])
    finder, rows, moment = matcher(), [], now()
    for item, guid_hash in zip(found.items, hashes, strict=True):
        key = urls.key(item.url)
        if guid_hash in known or (key and key in known):
            taken.known += 1
            continue
        numbers = finder.find(f"{item.title}. {item.summary} {item.full}".rstrip())
        too_old = item.published is not None and item.published < moment - OLDEST
        if too_old or not (numbers or feed.takes_all):
            taken.unwanted += 1
            continue
        known |= {guid_hash, key}
        rows.append(_row(feed, item, guid_hash, key, numbers, moment))
    taken.new = len(rows)
    _write(rows, change)
    return taken


def _known(feed_id: int, hashes: Sequence[str], keys: Sequence[str]) -> set[str]:
    wanted = [each for each in keys if each]
    with system("which pieces came in before"):
        here = select(Item.guid_hash).where(Item.feed_id == feed_id, among_texts(Item.guid_hash, hashes))
        found = set(db.session().scalars(here))
        found |= set(db.session().scalars(select(Item.url_key).where(among_texts(Item.url_key, wanted))))
        kept = db.session().scalars(select(Clip.url_key).where(among_texts(Clip.url_key, wanted)))
        return found | {each for each in kept if each}


def _row(feed: Feed, item: reading.Item, guid: str, key: str, numbers: list[int], moment: Any) -> list[Any]:
    outlet = item.outlet or feed.outlet_name or urls.site(item.url)
    title_key = coverage.title_key(item.title, outlet)
    at = item.published or moment
    return [feed.id, guid, item.url, key, item.title, title_key, item.summary, item.author, outlet,
            item.published, at, numbers, "new", None]  # fmt: skip


def _write(rows: list[list[Any]], change: Change) -> None:
    if not rows:
        return
    table = db.table(Item)
    ids = reserve(table, len(rows))
    insert(table, _COLUMNS, [(number, *row) for number, row in zip(ids, rows, strict=True)])
    change.created(table, ids)


# When a feed is asked.

PATIENCE: Final = 2
"""So many failures in a row, and it is asked as ever."""
GIVEN_UP: Final = 14
"""After so many nobody asks it any more: a fortnight at most."""


def next_try(feed: Feed) -> datetime | None:
    """When a feed that cannot be read is asked again: each time after twice as long, up to a day. None where
    that was given up, or its turn is every hour."""
    if feed.failures <= PATIENCE or given_up(feed) or feed.checked_at is None:
        return None
    return feed.checked_at + min(timedelta(hours=2 ** (feed.failures - PATIENCE)), timedelta(days=1))


def given_up(feed: Feed) -> bool:
    return feed.failures >= GIVEN_UP


def may_ask(feed: Feed) -> bool:
    """Whether it is the turn of a feed; the clock of the hourly job is not exact to the minute."""
    moment = next_try(feed)
    return not given_up(feed) and (moment is None or moment <= now() + timedelta(minutes=10))


def failing(actor: Actor) -> int:
    """How many feeds of those that are asked could not be read lately."""
    wanted = visible(Feed, actor).where(Feed.active.is_(True), Feed.failures > PATIENCE)
    return int(db.session().execute(wanted.with_only_columns(func.count(Feed.id))).scalar_one())


# The job.


def ask(feed_ids: Sequence[int], actor: Actor) -> Any:
    """Ask for feeds to be read. Inside a transaction."""
    return jobs.enqueue(ACTION, {"feeds": list(feed_ids)}, _("Read feeds"), actor)


def step(run: JobRun) -> bool:
    """Ask one feed, and write what came with the mark of how far the job is."""
    left = run.cursor.get("left")
    if left is None:
        with system("which feeds are asked"):
            all_of_them = select(Feed).where(Feed.active.is_(True)).order_by(Feed.id)
            due = [each.id for each in db.session().scalars(all_of_them) if may_ask(each)]
            left = run.args.get("feeds") or due
    if not left:
        return True
    with system("the feed whose turn it is"):
        feed = db.session().get(Feed, left[0], populate_existing=True)
    outcome = _ask(feed) if feed is not None and feed.url else None
    with db.transaction(
        run.actor, ACTION, _("Read the feed “%(name)s”", name=feed.name if feed else "")
    ) as change:
        run.cursor["left"] = left[1:]
        new = _settle(left[0], outcome, change) if outcome is not None else 0
        run.cursor["new"] = run.cursor.get("new", 0) + new
        run.progress(run.cursor.get("done", 0) + 1, run.cursor.get("done", 0) + len(left))
        run.cursor["done"] = run.cursor.get("done", 0) + 1
        run.result["summary"] = _("%(count)s new in the inbox", count=run.cursor["new"])
        if len(left) == 1:
            run.finish()
    return len(left) == 1


def _ask(feed: Feed) -> Any:
    """What the feed answers: the pieces and marks of the next visit, or a sentence and, where it is to be
    given up at once, as how many failures that counts."""
    headers = {"If-None-Match": feed.etag} if feed.etag else {}
    headers |= {"If-Modified-Since": feed.modified} if feed.modified else {}
    try:
        found = fetch(feed.url, Wish(FEEDS, headers))
        if found.status == 304:
            return None, found
        return reading.read(found.content, found.charset, found.url, now()), found
    except Unreachable as error:
        if error.why == "refused":
            return _("%(why)s Nobody asks it any more.", why=error.message), GIVEN_UP
        return str(error.message), None
    except UserError as error:
        return str(error.message), None
    except Exception as error:  # noqa: BLE001 - whatever one feed holds, those behind it are still asked.
        # Its words may be in the error's, so only what kind it is goes to the log.
        log.error("feed %s could not be read: %s", feed.id, type(error).__name__)  # noqa: TRY400
        return _("What it sent could not be read."), None


def _settle(feed_id: int, outcome: Any, change: Change) -> int:
    with system("the feed that was asked"):
        feed = db.session().get(Feed, feed_id, populate_existing=True)
    if feed is None:
        return 0
    found, answer = outcome
    feed.checked_at = now()
    if isinstance(found, str):
        feed.error, feed.failures = found[:500], max(feed.failures + 1, answer or 0)
        return 0
    feed.succeeded_at, feed.failures = now(), 0
    feed.etag, feed.modified = (
        answer.headers.get("ETag", "")[:300],
        answer.headers.get("Last-Modified", "")[:100],
    )
    if found is None:
        return 0
    taken = take(feed, found, change)
    feed.error = " ".join(taken.notes)
    return taken.new


# The inbox.


@dataclass
class Shown:
    """A piece in the inbox with those that print the same, and the names of the queries that found it."""

    item: Item
    copies: list[Item]
    queries: list[str]


def inbox(actor: Actor, query_id: int = 0, limit: int = MOST_SHOWN) -> list[Shown]:
    """What waits, newest first; pieces of one title stand together."""
    statement = (
        visible(Item, actor).where(Item.status == "new").order_by(Item.sorted_at.desc(), Item.id.desc())
    )
    if query_id:
        found = db.session().execute(statement.with_only_columns(Item.id, Item.found_by).limit(MOST_WAITING))
        ids = [row.id for row in found if query_id in row.found_by][: limit * 10]
        statement = statement.where(db.among(Item.id, ids))
    rows = db.session().scalars(statement.limit(limit * 10)).all()
    names = {each.id: each.name for each in queries(actor)}
    groups: dict[str, Shown] = {}
    for row in rows:
        words = len(row.title_key.split())
        key = row.title_key if words >= coverage.FEWEST_WORDS else f"#{row.id}"
        if key in groups and not copies.alike(_print(groups[key].item), _print(row)):
            key = f"#{row.id}"
        if key in groups:
            groups[key].copies.append(row)
        elif len(groups) < limit:
            groups[key] = Shown(row, [], [names[each] for each in row.found_by if each in names])
    return list(groups.values())


def _print(item: Item) -> copies.Print:
    return copies.Print(item.outlet_name, here(item.sorted_at), item.summary)


def waiting(actor: Actor) -> int:
    statement = visible(Item, actor).where(Item.status == "new").with_only_columns(func.count(Item.id))
    return int(db.session().execute(statement).scalar_one())


def queries(actor: Actor) -> Sequence[Query]:
    return db.session().scalars(visible(Query, actor).order_by(Query.name, Query.id).limit(500)).all()


def feeds(actor: Actor) -> Sequence[Feed]:
    return db.session().scalars(visible(Feed, actor).order_by(Feed.name, Feed.id).limit(500)).all()


def still_new(items: Sequence[Item]) -> list[Item]:
    """Those about which nobody has decided meanwhile; they are held until the transaction ends. UserError
    where there are none."""
    with system("pieces that were loaded for the actor are decided about once"):
        statement = select(Item).where(db.among(Item.id, [each.id for each in items]), Item.status == "new")
        held = statement.order_by(Item.id).with_for_update().execution_options(populate_existing=True)
        found = list(db.session().scalars(held))
    if not found:
        raise UserError(_("Somebody has decided about these pieces already."))
    return found


def ignore(items: Sequence[Item], change: Change) -> None:
    with system("pieces that were loaded for the actor"):
        change.update(db.table(Item), [each.id for each in items], {"status": "ignored"})


def keep(items: Sequence[Item], actor: Actor, change: Change) -> list[Clip]:
    """Make coverage of pieces, the oldest first, so that copies belong to it; their pages are read
    afterwards."""
    made = []
    for item in sorted(items, key=lambda each: (each.sorted_at, each.id)):
        values = {"title": item.title, "url": item.url, "outlet_name": item.outlet_name,
                  "author": item.author,
                  "published_on": here(item.sorted_at), "text": item.summary, "messages": None}  # fmt: skip
        try:
            clip = coverage.save(Clip(), values, actor, change)
        except coverage.AlreadyKept as error:
            item.status, item.clip_id = "kept", error.clip_id
            continue
        item.status, item.clip_id = "kept", clip.id
        made.append(clip)
        if clip.url:
            jobs.enqueue(READ, {"clip_id": clip.id}, _("Read the page of a piece"), actor)
    db.session().flush()
    return made


def _as_it_came(clip_id: int) -> coverage.Came:
    """What stood in a clip when it was kept: in what differs now somebody wrote meanwhile."""
    with system("the pieces that became a clip"):
        items = db.session().scalars(select(Item).where(Item.clip_id == clip_id).order_by(Item.id)).all()
    return coverage.Came(
        frozenset(squash(each.title) for each in items),
        frozenset(squash(each.outlet_name) for each in items),
        frozenset(here(each.sorted_at) for each in items if each.published_at is None),
        frozenset(clean_note(each.summary) for each in items),
    )


def read_page(run: JobRun) -> bool:
    """Read the page of a clip that came from a feed: its whole text, and what the feed did not say. Whatever
    somebody wrote by hand since it was kept stays."""
    with system("the piece whose page is read"):
        clip = db.session().get(Clip, run.args["clip_id"], populate_existing=True)
    if clip is None:
        return True
    asked = clip.url_key
    try:
        found = fetch(clip.url)
    except Unreachable as error:
        with db.transaction(run.actor, READ):
            run.result["summary"] = error.message
            run.finish()
        return True
    about = page.read(found.content, found.charset, found.url, now())
    with db.transaction(run.actor, READ, _("Read the page of “%(title)s”", title=clip.title)) as change:
        with system("the piece whose page was read"):
            key = run.args["clip_id"]
            clip = db.session().get(Clip, key, populate_existing=True, with_for_update=True)
        same = clip is not None and clip.url_key == asked  # Else somebody corrected its address.
        if clip and same and not coverage.fill(clip, about, run.actor, change, _as_it_came(clip.id)):
            run.result["summary"] = _("The page shows readers a notice alone; what the feed said stays.")
        run.finish()
    return True
