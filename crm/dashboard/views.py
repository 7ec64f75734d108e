"""The home page: cards that features and plugins offer, each loaded on its own."""

from flask import Blueprint
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, signed_in
from crm.plugin_api.types import Card
from crm.plugin_host.host import Failure
from crm.runtime import runtime

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@signed_in
def home() -> Response:
    return htmx.render("dashboard/home.html", None, cards=cards())


def cards() -> list[Card | Failure]:
    """The cards this actor may see, lightest first; a failed one is a small notice."""
    actor = current_actor()
    found = [
        card
        for _plugin, card in runtime().plugins.each("crm_dashboard_cards", actor=actor)
        if isinstance(card, Failure) or card.permission is None or actor.can(card.permission)
    ]
    return sorted(found, key=lambda card: 1000 if isinstance(card, Failure) else card.weight)
