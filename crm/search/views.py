"""The search box's answers, and the page that shows more of them and works without script."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, signed_in
from crm.search import services

blueprint = Blueprint("search", __name__, url_prefix="/search")

BOX_HITS = 8
PAGE_HITS = 50


@blueprint.get("")
@signed_in
def page() -> Response:
    """Records first, then pages and actions; an empty question lists the actions."""
    text = request.args.get("q", "")[:200].strip()
    actor = current_actor()
    limit = BOX_HITS if htmx.wants_fragment() else PAGE_HITS
    return htmx.render(
        "search/page.html",
        "search/_options.html",
        text=text,
        hits=services.find(text, actor, limit + 1),
        limit=limit,
        commands=services.commands(text, actor),
    )
