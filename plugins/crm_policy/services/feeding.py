"""What programs of others read: the bills of a feed as RSS or Atom, and their hearings.

Which bills is written in short: empty for all that are tracked, `MI` for those of a state, `mine` for those
that its owner answers for, `search:7` for what a saved search finds, `list:7` for a saved list."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final
from xml.sax.saxutils import escape as escape_signs

from sqlalchemy import Select, select

from crm.plugin_api import Actor, db, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.lists import ids_of_list, name_of_list, saved_lists
from crm.plugin_api.outside import address_of
from crm_policy import words
from crm_policy.models import Bill, Feed, Hearing, HearingBill, Hit, SavedSearch
from crm_policy.places import PLACES, name_of

MOST_HEARINGS = 500
LONGEST_NUMBER = 19


def choices(actor: Actor) -> list[tuple[str, str]]:
    """All that a feed can be of, with its words."""
    searches = db.session().scalars(visible(SavedSearch, actor).order_by(SavedSearch.name))
    tracked = visible(Bill, actor).where(Bill.triage == "tracked").with_only_columns(Bill.state).distinct()
    states = sorted(db.session().scalars(tracked))
    return named(actor, [(each.id, each.name) for each in searches], states)


def named(actor: Actor, searches: Iterable[tuple[int, str]], states: Iterable[str]) -> list[tuple[str, str]]:
    """The same from searches (id and name) and states that are known."""
    return [
        ("", _("All that we track")),
        ("mine", _("What I answer for")),
        *((f"list:{each.id}", _("List: %(name)s", name=each.name)) for each in saved_lists("policy", actor)),
        *((f"search:{number}", _("Search: %(name)s", name=name)) for number, name in searches),
        *((state, _("Tracked in %(state)s", state=name_of(state))) for state in states),
    ]


def words_of(query: str, actor: Actor) -> str:
    kind, _colon, number = query.partition(":")
    number = number if number.isdecimal() and len(number) < LONGEST_NUMBER else "0"
    if kind == "list":
        return name_of_list(int(number), actor) or _("A list that is gone")
    if kind == "search":
        search = (
            db.session().scalars(visible(SavedSearch, actor).where(SavedSearch.id == int(number))).first()
        )
        return search.name if search else _("A search that is gone")
    return {"": _("All that we track"), "mine": _("What I answer for")}.get(query, name_of(query))


def chosen(query: str, owner: Actor) -> Select[Any]:
    """The bills of a feed as its owner sees them; none where the list is gone."""
    statement, (kind, _colon, number) = visible(Bill, owner), query.partition(":")
    number = number if number.isdecimal() and len(number) < LONGEST_NUMBER else "0"
    if kind == "list":
        ids = ids_of_list(int(number), "policy", owner)
        return statement.where(Bill.id.in_(ids) if ids is not None else Bill.id.is_(None))
    if kind == "search":
        mine = visible(SavedSearch, owner).with_only_columns(SavedSearch.id)
        hits = select(Hit.bill_id).where(Hit.search_id == int(number), Hit.search_id.in_(mine))
        return statement.where(Bill.id.in_(hits), Bill.triage != "ignored")
    statement = statement.where(Bill.triage == "tracked")
    if query == "mine":
        return statement.where(Bill.owner_user_id == owner.user_id)
    return statement.where(Bill.state == query) if query in PLACES else statement


def bills(query: str, owner: Actor, most: int) -> Sequence[Bill]:
    ordered = chosen(query, owner).order_by(Bill.changed_at.desc(), Bill.id.desc())
    return db.session().scalars(ordered.limit(most)).all()


def hearings(query: str, owner: Actor, now: datetime) -> list[tuple[Hearing, list[Bill]]]:
    """From a month ago to a year from now."""
    ids = chosen(query, owner).with_only_columns(Bill.id)
    statement = (
        visible(Hearing, owner)
        .join(HearingBill, HearingBill.hearing_id == Hearing.id)
        .join(Bill, Bill.id == HearingBill.bill_id)
        .where(
            HearingBill.bill_id.in_(ids),
            Hearing.starts_at >= now - timedelta(days=30),
            Hearing.starts_at < now + timedelta(days=365),
        )
        .order_by(Hearing.starts_at, Hearing.id)
        .limit(MOST_HEARINGS)
        .add_columns(Bill)
    )
    found: dict[int, tuple[Hearing, list[Bill]]] = {}
    for hearing, bill in db.session().execute(statement):
        found.setdefault(hearing.id, (hearing, []))[1].append(bill)
    return list(found.values())


_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def escape(text: str) -> str:
    """Text in XML, without the letters that it cannot hold: one would make the whole feed unreadable."""
    return escape_signs(_CONTROL.sub("", text))


def _facts(bill: Bill) -> tuple[str, str, str, str]:
    """Title, address, a key that is new with each change, and what happened last: public facts alone."""
    return (
        escape(f"{bill.state} {bill.identifier}: {words.cut(bill.title, 120)}"),
        escape(address_of("policy.bill", bill_id=bill.id)),
        f"bill-{bill.id}-{int(bill.changed_at.timestamp())}",
        escape(f"{_stands(bill)}. {bill.last_action}"),
    )


def _stands(bill: Bill) -> str:
    """Where it stands and what became of it, as the source says: what we say is ours."""
    stage = str(words.STAGES[bill.source_stage])
    end = "" if bill.source_disposition == "live" else str(words.DISPOSITIONS[bill.source_disposition])
    return ", ".join(filter(None, (stage, end)))


def rss(feed: Feed, rows: Sequence[Bill]) -> str:
    items = "".join(
        f'<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{key}</guid>'
        f"<pubDate>{format_datetime(bill.changed_at)}</pubDate><description>{last}</description></item>"
        for bill in rows
        for title, link, key, last in (_facts(bill),)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{escape(feed.name)}</title><link>{escape(address_of('policy.index'))}</link>"
        f"<description>{escape(_('Bills that we track'))}</description>{items}</channel></rss>"
    )


def atom(feed: Feed, rows: Sequence[Bill]) -> str:
    entries = "".join(
        f'<entry><title>{title}</title><link href="{link}"/><id>urn:rollcall:{key}</id>'
        f"<updated>{bill.changed_at.isoformat()}</updated><summary>{last}</summary></entry>"
        for bill in rows
        for title, link, key, last in (_facts(bill),)
    )
    newest = max((bill.changed_at for bill in rows), default=feed.created_at)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(feed.name)}</title><id>urn:rollcall:feed-{feed.id}</id>"
        f"<updated>{newest.isoformat()}</updated><author><name>Rollcall</name></author>"
        f'<link href="{escape(address_of("policy.index"))}"/>{entries}</feed>'
    )
