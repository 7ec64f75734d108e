"""The search box's answers, and the page that shows more of them and works without script."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, signed_in
from crm.search import near, opened, services

blueprint = Blueprint("search", __name__, url_prefix="/search")

BOX_HITS = 8
PAGE_HITS = 50
NEAR = 6


@blueprint.get("")
@signed_in
def page() -> Response:
    """Records first, then pages and actions; an empty question lists the actions."""
    text = request.args.get("q", "")[:200].strip()
    actor = current_actor()
    limit = BOX_HITS if htmx.wants_fragment() else PAGE_HITS
    hits, commands = services.find(text, actor, limit + 1), services.commands(text, actor)
    nothing = bool(text) and not hits
    return htmx.render(
        "search/page.html",
        "search/_options.html",
        text=text,
        hits=hits,
        limit=limit,
        commands=commands,
        near=near.find_near(text, actor, NEAR) if nothing and not commands else [],
        opened=[] if text else opened.last_opened(request.args.get("opened", ""), actor),
        makers=services.makers(actor) if nothing else [],
    )


@blueprint.app_context_processor
def record_here() -> dict[str, str]:
    """For every page, so that the browser can remember which records were opened."""
    return {"record_here": opened.record_here()}
