"""The home page: cards that features and plugins offer, each loaded on its own."""

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, signed_in
from crm.pages import offered

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@signed_in
def home() -> Response:
    """What matters most to the reader's role stands first."""
    roles = current_actor().roles
    cards = sorted(offered("crm_dashboard_cards"), key=lambda card: not _is_for(card, roles))
    return htmx.render("dashboard/home.html", None, cards=cards)


def _is_for(card: Any, roles: frozenset[str]) -> bool:
    """Whether a card is meant for somebody with one of these roles before all others."""
    return not roles.isdisjoint(getattr(card, "roles", ()))
