"""Feeds, saved queries, and the inbox of what they find."""

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, load, ngettext, now, render, requires, visible
from crm.plugin_api import gettext as _
from crm_media.forms.common import values_of, whole
from crm_media.forms.intake import FeedForm, QueryForm
from crm_media.models import Feed, Item, Query
from crm_media.permissions import EDIT, VIEW
from crm_media.services import intake
from crm_media.views.blueprint import blueprint, do, save


@blueprint.get("/inbox")
@requires(VIEW)
def inbox() -> Response:
    """What came in and waits for a decision."""
    actor = current_actor()
    chosen = request.args.get("query", 0, type=whole)
    return render(
        "media/inbox.html",
        None,
        rows=intake.inbox(actor, chosen),
        count=intake.waiting(actor),
        queries=intake.queries(actor),
        feeds=intake.feeds(actor),
        failing=intake.failing(actor),
        chosen=chosen,
        can_edit=actor.can_everywhere(EDIT),
    )


@blueprint.post("/inbox/decide")
@requires(EDIT)
def decide() -> Response:
    """Keep pieces as coverage, or put them away; with a piece those that print the same."""
    ids = [whole(each) for each in request.form.getlist("ids")][:1000]
    statement = visible(Item, current_actor(), EDIT).where(db.among(Item.id, ids), Item.status == "new")
    found = list(db.session().scalars(statement))
    if not found:
        raise UserError(_("Somebody has decided about these pieces already."))
    back = url_for("media.inbox", query=request.form.get("query") or None)
    if request.form.get("to") == "keep":
        sentence = ngettext(
            "Kept %(num)s piece; its page is read next",
            "Kept %(num)s pieces; their pages are read next",
            len(found),
        )
        return do(lambda change: intake.keep(intake.still_new(found), current_actor(), change),
                  "media.inbox", sentence, back, alone=True)  # fmt: skip
    sentence = ngettext("Put away %(num)s piece", "Put away %(num)s pieces", len(found))
    return do(lambda change: intake.ignore(intake.still_new(found), change), "media.inbox", sentence, back,
              alone=True)  # fmt: skip


@blueprint.get("/feeds")
@requires(VIEW)
def feeds() -> Response:
    actor = current_actor()
    return render(
        "media/feeds.html",
        None,
        next_try=intake.next_try,
        given_up=intake.given_up,
        late=now(),
        feeds=intake.feeds(actor),
        queries=intake.queries(actor),
        can_edit=actor.can_everywhere(EDIT),
    )


@blueprint.route("/feeds/new", methods=["GET", "POST"], defaults={"feed_id": None})
@blueprint.route("/feeds/<int:feed_id>", methods=["GET", "POST"])
@requires(EDIT)
def feed(feed_id: int | None) -> Response:
    """A feed; one that is new is read at once."""
    row: Feed = load(Feed, feed_id, EDIT) if feed_id is not None else Feed(active=True)
    form = FeedForm(row)

    def write(_change: Any) -> None:
        intake.save_feed(row, values_of(form))
        if row.active:
            intake.ask([row.id], current_actor())

    sentence = _("Saved the feed “%(name)s”; it is being read", name=form.name.data or form.url.data or "")
    return save(form, write, "media.feed", sentence, url_for("media.feeds"), row.name or _("New feed"))


@blueprint.post("/feeds/<int:feed_id>/remove")
@requires(EDIT)
def remove_feed(feed_id: int) -> Response:
    row: Feed = load(Feed, feed_id, EDIT)
    sentence = _("Removed the feed “%(name)s” and what came from it", name=row.name)
    return do(lambda change: intake.remove_feed(row, change), "media.feed", sentence, url_for("media.feeds"))


@blueprint.post("/feeds/<int:feed_id>/ask")
@requires(EDIT)
def ask_feed(feed_id: int) -> Response:
    """Try one feed again now, whatever became of it before."""
    row: Feed = load(Feed, feed_id, EDIT)
    return do(
        lambda _change: intake.ask([row.id], current_actor()),
        "media.feed",
        _("“%(name)s” is being read", name=row.name),
        url_for("media.feeds"),
    )


@blueprint.post("/feeds/ask")
@requires(EDIT)
def ask_feeds() -> Response:
    """Read every feed now."""
    ids = [each.id for each in intake.feeds(current_actor()) if each.active]
    if not ids:
        raise UserError(_("Add a feed first."))
    return do(
        lambda _change: intake.ask(ids, current_actor()),
        "media.feed",
        _("The feeds are being read"),
        url_for("media.inbox"),
    )


@blueprint.route("/queries/new", methods=["GET", "POST"], defaults={"query_id": None})
@blueprint.route("/queries/<int:query_id>", methods=["GET", "POST"])
@requires(EDIT)
def query(query_id: int | None) -> Response:
    """A saved query. Saving it asks the feeds anew, for what was not wanted before may be now."""
    row: Query = load(Query, query_id, EDIT) if query_id is not None else Query(active=True)
    form = QueryForm(row)

    def write(_change: Any) -> None:
        intake.save_query(row, values_of(form))
        ids = [each.id for each in intake.feeds(current_actor()) if each.active]
        for each in intake.feeds(current_actor()):
            each.etag = each.modified = ""
        if ids:
            intake.ask(ids, current_actor())

    sentence = _("Saved the query “%(name)s”", name=form.name.data or "")
    return save(form, write, "media.query", sentence, url_for("media.feeds"), row.name or _("New query"))


@blueprint.post("/queries/<int:query_id>/remove")
@requires(EDIT)
def remove_query(query_id: int) -> Response:
    row: Query = load(Query, query_id, EDIT)

    def write(_change: Any) -> None:
        db.session().delete(row)
        db.session().flush()

    return do(write, "media.query", _("Removed the query “%(name)s”", name=row.name), url_for("media.feeds"))
