"""Parts of other pages: the cards of the home page."""

from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.campaigns import asks, report
from crm.campaigns.models import Ask, Campaign
from crm.campaigns.permissions import ASK, EDIT, VIEW
from crm.campaigns.views.blueprint import blueprint
from crm.campaigns.words import ANSWERS, OPEN_ANSWERS, STATUSES

MOST = 5


@blueprint.get("/cards/goals")
@requires(VIEW)
def card_goals() -> Response:
    """Campaigns that run, one's own first, with their goals."""
    actor = current_actor()
    mine = (Campaign.owner_user_id == (actor.user_id or 0)).desc()
    statement = visible(Campaign, actor).where(Campaign.status == "active")
    found = db.session().scalars(statement.order_by(mine, Campaign.end_date, Campaign.id).limit(MOST)).all()
    return htmx.render(
        "campaigns/part_page.html",
        "campaigns/_card_goals.html",
        part="campaigns/_card_goals.html",
        title=None,
        children=report.with_goals(found, actor),
        statuses=STATUSES,
        may_add=actor.can(EDIT),
    )


@blueprint.get("/cards/asks")
@requires(ASK)
def card_asks() -> Response:
    """Asks that one has made or plans, the oldest first."""
    actor = current_actor()
    statement = (
        visible(Ask, actor)
        .where(Ask.asked_by_user_id == (actor.user_id or 0), Ask.answer.in_(OPEN_ANSWERS))
        .order_by(Ask.asked_on, Ask.id)
        .limit(8)
    )
    return htmx.render(
        "campaigns/part_page.html",
        "campaigns/_card_asks.html",
        part="campaigns/_card_asks.html",
        title=None,
        asks=asks.shown(db.session().scalars(statement).all(), actor),
        answers=ANSWERS,
    )
