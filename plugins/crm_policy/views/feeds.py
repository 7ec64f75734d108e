"""Monday's page, the panels and cards for other pages, and what programs of others read: RSS and
calendars."""

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from flask import abort, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Actor,
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
from crm.plugin_api.choosing import options
from crm.plugin_api.lists import read_as
from crm.plugin_api.outside import Item, address_of, as_file, write
from crm.plugin_api.records import User
from crm_policy import words
from crm_policy.forms import FeedForm, SourceForm
from crm_policy.models import Bill, Feed, Source
from crm_policy.permissions import IMPORT, VIEW
from crm_policy.services import digest, feeding, searching, syncing
from crm_policy.services import monday as mondays
from crm_policy.views.blueprint import blueprint, do, save

SHOWN = 100
KINDS = ("rss", "atom", "ics")


@blueprint.get("/monday")
@requires(VIEW)
def monday() -> Response:
    actor = current_actor()
    query = "mine" if "mine" in request.args else request.args.get("list", "")
    found = mondays.page(actor, query)
    choices = feeding.named(actor, found.pop("searches"), found.pop("states"))
    shown: dict[str, Any] = {"words": words, "query": query, "choices": choices, "most": mondays.MOST}
    return render("policy/monday.html", None, **shown, **found)


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
    """One's own feeds. An address is shown once, when it is made."""
    actor = current_actor()
    if actor.user_id is None:
        abort(403)
    form, fresh = FeedForm(), ""
    form.query.choices = options(feeding.choices(actor))
    if form.sent():
        token = token_urlsafe(32)
        values = {"user_id": actor.user_id, "name": form.name.data or "", "query": form.query.data or ""}
        values["by_mail"] = form.by_mail.data
        with db.transaction(actor, "policy.feed"):
            db.session().add(Feed(token_hash=_hash(token), **values))
        fresh = token
    with system("one's own feeds"):
        mine = list(db.session().scalars(select(Feed).where(Feed.user_id == actor.user_id).order_by(Feed.id)))
    links = [(kind, address_of("policy.feed", token=fresh, kind=kind)) for kind in KINDS] if fresh else []
    return render(
        "policy/feeds.html",
        None,
        form.status if not fresh else 200,
        form=form,
        feeds=[(each, feeding.words_of(each.query, actor)) for each in mine],
        links=links,
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
    """Bills and hearings are public facts; positions and work of ours are never in a feed. It shows what its
    owner may see now, and nothing once their account is closed."""
    with system("somebody with the address of a feed"):
        row = (
            db.session()
            .execute(
                select(Feed, User).join(User, User.id == Feed.user_id).where(Feed.token_hash == _hash(token))
            )
            .first()
        )
        owner = read_as(row[1]) if row is not None else None
        if row is None or owner is None or not owner.can(VIEW) or kind not in KINDS:
            abort(404)
        return _written(kind, row[0], owner)


def _written(kind: str, found: Feed, owner: Actor) -> Response:
    if kind == "ics":
        return _calendar(found, owner)
    bills = feeding.bills(found.query, owner, SHOWN)
    text = feeding.atom(found, bills) if kind == "atom" else feeding.rss(found, bills)
    return Response(text, mimetype=f"application/{kind}+xml")


def _calendar(found: Feed, owner: Actor) -> Response:
    now = db.now()
    items = [
        Item(
            uid=f"hearing-{hearing.id}@policy",
            title=f"{hearing.state} {hearing.committee_name}: {', '.join(bill.identifier for bill in bills)}",
            starts=words.held_on(hearing) if hearing.all_day else hearing.starts_at,
            stamp=now,
            ends=words.held_on(hearing) if hearing.all_day else hearing.starts_at + timedelta(hours=1),
            place=hearing.place,
            url=address_of("policy.hearing", hearing_id=hearing.id),
            cancelled=hearing.status == "cancelled",
        )
        for hearing, bills in feeding.hearings(found.query, owner, now)
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
