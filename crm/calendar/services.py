"""The calendar: what is dated, for a page and for the private feed of a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from babel import Locale
from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _
from sqlalchemy import delete, select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.accounts.sessions import hash_token
from crm.calendar import ics
from crm.calendar.models import CalendarFeed
from crm.plugin_api.types import CalendarEntry
from crm.plugin_host.host import Failure
from crm.runtime import runtime

MONTH, WEEK, AGENDA = "month", "week", "agenda"
VIEWS = (MONTH, WEEK, AGENDA)
AGENDA_DAYS = 30
BACK, AHEAD = timedelta(days=90), timedelta(days=550)
"""How far a feed reaches."""


@dataclass(frozen=True)
class Shown:
    """An entry on one of its days: `begins` and `ends` there, empty where it began before or goes on."""

    entry: CalendarEntry
    begins: datetime | None = None
    ends: datetime | None = None
    goes_on: bool = False


@dataclass
class Day:
    """A day of the calendar with what is on it."""

    date: date
    today: bool
    within: bool
    shown: list[Shown] = field(default_factory=list)


@dataclass
class Page:
    """What a calendar page shows: weeks of days, the kinds there are, and parts that failed."""

    view: str
    day: date
    weeks: list[list[Day]]
    kinds: list[str]
    failures: list[Failure]

    @property
    def days(self) -> list[Day]:
        return [day for week in self.weeks for day in week]


def zone() -> tzinfo:
    return get_timezone() or UTC


def first_weekday() -> int:
    """The day that weeks begin with, Monday being 0."""
    found = get_locale()
    # A language alone says nothing of the country; these are in use where the coalitions are.
    return Locale(found.language, territory="US").first_week_day if found and not found.territory else 6


def page(view: str, day: date, today: date, actor: Actor, *, mine: bool, kinds: Sequence[str]) -> Page:
    """The days of a view around `day` with everything that the actor sees; `kinds` limits them."""
    first, last = span(view, day)
    begins, ends = _midnight(first), _midnight(last + timedelta(days=1))
    entries, failures = collect(actor, begins, ends, mine=mine)
    names = sorted({str(each.kind) for each in entries})
    wanted = [each for each in entries if not kinds or str(each.kind) in kinds]
    days = [Day(each, each == today, view != MONTH or each.month == day.month) for each in _days(first, last)]
    _place(days, wanted)
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)] if view != AGENDA else [days]
    return Page(view, day, weeks, names, failures)


def span(view: str, day: date) -> tuple[date, date]:
    """The first and the last day that a view shows."""
    if view == AGENDA:
        return day, day + timedelta(days=AGENDA_DAYS - 1)
    first = day.replace(day=1) if view == MONTH else day
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1) if view == MONTH else day
    begins = first - timedelta(days=(first.weekday() - first_weekday()) % 7)
    return begins, last + timedelta(days=6 - (last.weekday() - first_weekday()) % 7)


def step(view: str, day: date, forward: int) -> date:
    """The day to look at after going on, or back, by one page."""
    if view == MONTH:
        month = day.year * 12 + day.month - 1 + forward
        return date(month // 12, month % 12 + 1, 1)
    return day + timedelta(days=forward * (7 if view == WEEK else AGENDA_DAYS))


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), zone())


def collect(
    actor: Actor, begins: datetime, ends: datetime, *, mine: bool
) -> tuple[list[CalendarEntry], list[Failure]]:
    """All that is dated between two moments, in order; what failed is named."""
    answers = [
        each
        for _plugin, each in runtime().plugins.each(
            "crm_calendar_entries", actor=actor, begins=begins, ends=ends, mine=mine
        )
    ]
    found = [each for each in answers if isinstance(each, CalendarEntry)]
    return sorted(found, key=_order), [each for each in answers if isinstance(each, Failure)]


def _order(entry: CalendarEntry) -> tuple[Any, ...]:
    """Whole days first, then by the hour."""
    if isinstance(entry.starts, datetime):
        local = entry.starts.astimezone(zone())
        return local.date(), 1, local.time(), entry.title
    return entry.starts, 0, time(), entry.title


def _place(days: Sequence[Day], entries: Iterable[CalendarEntry]) -> None:
    """Put each entry onto each of its days."""
    by_date = {each.date: each for each in days}
    for entry in entries:
        first, last, begins, ends = local_span(entry)
        for number in range(min((last - first).days, 60) + 1):
            here = by_date.get(first + timedelta(days=number))
            if here is not None:
                is_first, is_last = number == 0, first + timedelta(days=number) == last
                here.shown.append(
                    Shown(entry, begins if is_first else None, ends if is_last else None, not is_first)
                )


def local_span(entry: CalendarEntry) -> tuple[date, date, datetime | None, datetime | None]:
    """First and last day in the reader's zone, and the hours when it has any. What ends at midnight does not
    touch the day that begins then."""
    if not isinstance(entry.starts, datetime):
        last = entry.ends if isinstance(entry.ends, date) and not isinstance(entry.ends, datetime) else None
        return entry.starts, max(last or entry.starts, entry.starts), None, None
    begins = entry.starts.astimezone(zone())
    ends = entry.ends.astimezone(zone()) if isinstance(entry.ends, datetime) else None
    last_moment = ends - timedelta(microseconds=1) if ends and ends > begins else begins
    return begins.date(), last_moment.date(), begins, ends


# The feed.


def feed_of(user_id: int) -> CalendarFeed | None:
    return db.session().scalars(select(CalendarFeed).where(CalendarFeed.user_id == user_id)).one_or_none()


def new_feed(user_id: int, *, everything: bool) -> str:
    """A new address for somebody's feed; the one before ends. Returns its secret part, which is not kept.
    Inside a transaction."""
    end_feed(user_id)
    token = token_urlsafe(32)
    db.session().add(CalendarFeed(user_id=user_id, token_hash=hash_token(token), everything=everything))
    db.session().flush()
    return token


def end_feed(user_id: int) -> None:
    db.session().execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))


def end_all() -> None:
    """After a restore: an address that was ended since the backup must not work again."""
    db.session().execute(delete(CalendarFeed))


def find(token: str) -> tuple[CalendarFeed, User] | None:
    """The feed of a secret and its owner, as long as they may sign in."""
    statement = (
        select(CalendarFeed, User)
        .join(User, User.id == CalendarFeed.user_id)
        .where(CalendarFeed.token_hash == hash_token(token), User.active.is_(True))
    )
    with system("a calendar program reads a feed by its secret"):
        row = db.session().execute(statement).one_or_none()
    return (row[0], row[1]) if row else None


def text_of(feed: CalendarFeed, actor: Actor) -> str:
    """What a feed says now. The same entries give the same text, so that programs need not read it twice."""
    now = db.now()
    entries, _failures = collect(actor, now - BACK, now + AHEAD, mine=not feed.everything)
    stamp = feed.created_at
    items = [_item(each, stamp) for each in entries]
    return ics.write(items, name=_("%(site)s: calendar", site=runtime().config.organization_name))


def _item(entry: CalendarEntry, stamp: datetime) -> ics.Item:
    uid = entry.key if "@" in entry.key else f"{entry.key}@{ics.domain()}"
    kind = str(entry.kind)
    return ics.Item(
        uid=uid,
        title=entry.title if isinstance(entry.starts, datetime) else f"{kind}: {entry.title}",
        starts=entry.starts,
        ends=entry.ends,
        stamp=stamp,
        place=entry.place,
        description=entry.description,
        url=runtime().config.base_url + entry.url if entry.url.startswith("/") else entry.url,
        cancelled=entry.cancelled,
    )


def note_reading(feed_id: int, text: str) -> CalendarFeed | None:
    """Note since when the feed says what it says; None when it has ended meanwhile. Inside a transaction."""
    feed = db.session().get(CalendarFeed, feed_id, populate_existing=True)
    if feed is None:
        return None
    now, digest = db.now().replace(microsecond=0), sha256(text.encode()).hexdigest()
    feed.read_at = now
    if feed.content_hash != digest:
        feed.content_hash, feed.changed_at = digest, now
    db.session().flush()
    return feed
