"""Monday's page, the panels and cards for other pages, and what programs of others read: RSS and
calendars."""

from datetime import timedelta
from email.utils import format_datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from xml.sax.saxutils import escape

from flask import abort, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    current_actor,
    db,
    go,
    load,
    public,
    render,
    requires,
    say,
    setting,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import Item, address_of, as_file, write
from crm_policy import words
from crm_policy.forms import FeedForm, SourceForm
from crm_policy.models import Bill, Feed, Source
from crm_policy.permissions import IMPORT, VIEW
from crm_policy.services import digest, searching, syncing
from crm_policy.views.blueprint import blueprint, do, save

SHOWN = 100


@blueprint.get("/monday")
@requires(VIEW)
def monday() -> Response:
    actor = current_actor()
    mine = "mine" in request.args
    return render(
        "policy/monday.html",
        None,
        words=words,
        mine=mine,
        inbox=searching.count_inbox(actor),
        **digest.monday(actor, mine=mine),
    )


@blueprint.get("/card")
@requires(VIEW)
def card() -> Response:
    actor = current_actor()
    return render(
        "policy/panel_page.html",
        "policy/_card.html",
        part="card",
        title=_("Bills"),
        words=words,
        inbox=searching.count_inbox(actor),
        bills=digest.changed(actor, db.now() - digest.WEEK, limit=6),
    )


@blueprint.get("/of-campaign/<int:campaign_id>")
@requires(VIEW)
def of_campaign(campaign_id: int) -> Response:
    from crm.plugin_api.records import Campaign

    load(Campaign, campaign_id)
    statement = (
        visible(Bill, current_actor())
        .where(Bill.campaign_id == campaign_id)
        .order_by(Bill.priority.desc(), Bill.sort_key)
    )
    return render(
        "policy/panel_page.html",
        "policy/_bills.html",
        part="bills",
        title=_("Bills"),
        words=words,
        bills=list(db.session().scalars(statement.limit(50))),
    )


# Feeds.


@blueprint.route("/feeds", methods=["GET", "POST"])
@requires(VIEW)
def feeds() -> Response:
    """One's own feeds of tracked bills. An address is shown once, when it is made."""
    actor = current_actor()
    if actor.user_id is None:
        abort(403)
    form, fresh = FeedForm(), ""
    if form.sent():
        token = token_urlsafe(32)
        with db.transaction(actor, "policy.feed"):
            db.session().add(
                Feed(
                    user_id=actor.user_id,
                    name=form.name.data or "",
                    token_hash=_hash(token),
                    query=request.form.get("state", "")[:2],
                )
            )
        fresh = token
    with system("one's own feeds"):
        mine = list(db.session().scalars(select(Feed).where(Feed.user_id == actor.user_id).order_by(Feed.id)))
    links = (
        [(kind, address_of("policy.feed", token=fresh, kind=kind)) for kind in ("rss", "ics")]
        if fresh
        else []
    )
    return render(
        "policy/feeds.html", None, form.status if not fresh else 200, form=form, feeds=mine, links=links
    )


@blueprint.post("/feeds/<int:feed_id>/end")
@requires(VIEW)
def end_feed(feed_id: int) -> Response:
    found: Feed = load(Feed, feed_id)
    if found.user_id != current_actor().user_id:
        abort(404)
    with db.transaction(current_actor(), "policy.feed"):
        db.session().delete(found)
    say(_("The address does not work any more."))
    return go(url_for("policy.feeds"))


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@blueprint.get("/feed/<token>.<kind>")
@public
def feed(token: str, kind: str) -> Response:
    """Bills and hearings are public facts; positions and work of ours are never in a feed."""
    with system("somebody with the address of a feed"):
        found = db.session().scalars(select(Feed).where(Feed.token_hash == _hash(token))).first()
        if found is None or kind not in ("rss", "ics"):
            abort(404)
        return _rss(found) if kind == "rss" else _calendar(found)


def _rss(found: Feed) -> Response:
    statement = select(Bill).where(Bill.triage == "tracked").order_by(Bill.changed_at.desc()).limit(SHOWN)
    if found.query:
        statement = statement.where(Bill.state == found.query)
    items = "".join(
        f"<item><title>{escape(f'{each.state} {each.identifier}: {each.title[:120]}')}</title>"
        f"<link>{escape(address_of('policy.bill', bill_id=each.id))}</link>"
        f'<guid isPermaLink="false">bill-{each.id}-{int(each.changed_at.timestamp())}</guid>'
        f"<pubDate>{format_datetime(each.changed_at)}</pubDate>"
        f"<description>{escape(f'{words.STAGES[each.stage]}. {each.last_action}')}</description></item>"
        for each in db.session().scalars(statement)
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{escape(found.name)}</title><link>{escape(address_of('policy.index'))}</link>"
        f"<description>{escape(_('Bills that we track'))}</description>{items}</channel></rss>"
    )
    return Response(text, mimetype="application/rss+xml")


def _calendar(found: Feed) -> Response:
    from crm.plugin_api import Actor

    now = db.now()
    items = [
        Item(
            uid=f"hearing-{hearing.id}@policy",
            title=f"{hearing.state} {hearing.committee_name}: {', '.join(bill.identifier for bill in bills)}",
            starts=hearing.starts_at,
            stamp=now,
            ends=hearing.starts_at + timedelta(hours=1),
            place=hearing.place,
            url=address_of("policy.hearing", hearing_id=hearing.id),
            cancelled=hearing.status == "cancelled",
        )
        for hearing, bills in digest.hearings(
            Actor.system(), now - timedelta(days=30), now + timedelta(days=365), 500
        )
        if not found.query or hearing.state == found.query
    ]
    return as_file(write(items, name=found.name), "hearings.ics")


# Kept fresh from services.


@blueprint.get("/sources")
@requires(IMPORT)
def sources() -> Response:
    rows = list(
        db.session().scalars(visible(Source, current_actor()).order_by(Source.provider, Source.state))
    )
    keys = {
        "legiscan": bool(setting("policy.legiscan_key")),
        "openstates": bool(setting("policy.openstates_key")),
    }
    return render("policy/sources.html", None, rows=rows, keys=keys, words=words)


@blueprint.route("/sources/new", methods=["GET", "POST"])
@requires(IMPORT)
def new_source() -> Response:
    form = SourceForm()
    return save(
        form,
        lambda _change: syncing.add(form.values()),
        "policy.source",
        _("A session is kept fresh"),
        url_for("policy.sources"),
        _("Keep a session fresh"),
    )


@blueprint.post("/sources/<int:source_id>/now")
@requires(IMPORT)
def sync_now(source_id: int) -> Response:
    found: Source = load(Source, source_id, IMPORT)
    made: list[Any] = []
    with db.transaction(current_actor(), "policy.sync"):
        made.append(syncing.ask(found, current_actor()).id)
    return go(url_for("jobs.show", job_id=made[0]))


@blueprint.post("/sources/<int:source_id>/delete")
@requires(IMPORT)
def delete_source(source_id: int) -> Response:
    found: Source = load(Source, source_id, IMPORT)
    return do(
        lambda _change: db.session().delete(found),
        "policy.source",
        _("Not kept fresh any more; its bills stay"),
        url_for("policy.sources"),
    )
