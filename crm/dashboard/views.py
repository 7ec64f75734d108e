"""The home page: cards that features and plugins offer, each loaded on its own."""

from flask import Blueprint
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import signed_in
from crm.pages import offered

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@signed_in
def home() -> Response:
    return htmx.render("dashboard/home.html", None, cards=offered("crm_dashboard_cards"))
