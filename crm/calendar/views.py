"""The calendar, and the private feed of each person."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, g, make_response, request, url_for
from flask_babel import force_locale, format_date, format_time
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, public, signed_in
from crm.accounts import limits
from crm.accounts.sessions import actor_for
from crm.accounts.tokens import address_of
from crm.calendar import ics, services
from crm.i18n import LANGUAGES, today
from crm.pages import say

blueprint = Blueprint("calendar", __name__, url_prefix="/calendar")
FIRST, LAST = date(1900, 1, 1), date(2200, 1, 1)


@blueprint.get("")
@signed_in
def index() -> Response:
    """Month, week or a list of days."""
    view = request.args.get("view", services.MONTH)
    view = view if view in services.VIEWS else services.MONTH
    now = today()
    day, mine = _day(request.args.get("day", "")) or now, request.args.get("mine") == "1"
    chosen = [each[:60] for each in request.args.getlist("kind")][:20]
    page = services.page(view, day, now, current_actor(), mine=mine, kinds=chosen)

    def address(**changes: Any) -> str:
        values: dict[str, Any] = {
            "view": view,
            "day": day.isoformat(),
            "kind": chosen,
            "mine": 1 if mine else None,
        }
        return url_for("calendar.index", **{**values, **changes})

    return htmx.render(
        "calendar/index.html",
        None,
        calendar_page=page,
        title=_title(view, day),
        address=address,
        mine=mine,
        chosen=chosen,
        previous=services.step(view, day, -1).isoformat(),
        following=services.step(view, day, 1).isoformat(),
        now=now.isoformat(),
        hour=lambda moment: format_time(moment, "short"),
        long_day=lambda each: format_date(each, "EEEE, MMMM d"),
        weekdays=[format_date(each.date, "EEE") for each in page.weeks[0][:7]],
        may_plan=current_actor().can("events.edit"),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST < found < LAST else None


def _title(view: str, day: date) -> str:
    if view == services.MONTH:
        return str(format_date(day, "MMMM y")).capitalize()
    first, last = services.span(view, day)
    return f"{format_date(first, 'MMM d')} – {format_date(last, 'MMM d, y')}"


@blueprint.get("/feed")
@signed_in
def feed() -> Response:
    """What a feed is, and whether one is in use."""
    return _feed_page("")


@blueprint.post("/feed")
@signed_in
def make_feed() -> Response:
    """A new address, shown this once."""
    user_id = _user_id()
    everything = request.form.get("what") == "everything"
    with db.transaction(current_actor(), "calendar.feed"):
        token = services.new_feed(user_id, everything=everything)
    return _feed_page(address_of("calendar.feed_file", token=token))


@blueprint.post("/feed/end")
@signed_in
def end_feed() -> Response:
    with db.transaction(current_actor(), "calendar.feed"):
        services.end_feed(_user_id())
    say(_("The address does not work any more."))
    return htmx.go(url_for("calendar.feed"))


def _user_id() -> int:
    return current_actor().user_id or abort(403)


def _feed_page(shown: str) -> Response:
    return htmx.render("calendar/feed.html", None, feed=services.feed_of(_user_id()), address=shown)


@blueprint.get("/feed/<token>.ics")
@public
def feed_file(token: str) -> Response:
    """The feed for a calendar program. Who knows the address sees what its owner may see, and no more."""
    feed, user = services.find(token) or abort(404)
    feed_id = feed.id
    # Hooks ask who looks and in which zone: the owner does.
    g.crm_user, g.crm_actor = user, actor_for(user)
    actor = current_actor()
    with db.transaction(actor, "calendar.read"):
        # Counted before any work is done for it, so that a refused reading costs next to nothing.
        limits.begin_feed(feed_id)
    feed, user = services.find(token) or abort(404)
    with force_locale(user.language if user.language in LANGUAGES else "en"):
        text = services.text_of(feed, actor)
    with db.transaction(actor, "calendar.read"):
        noted = services.note_reading(feed_id, text) or abort(404)
        changed_at, digest = noted.changed_at, noted.content_hash
    response = make_response(text)
    response.headers["Content-Type"] = ics.MEDIA_TYPE
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    response.set_etag(digest)
    response.last_modified = changed_at
    return response.make_conditional(request)
