"""What is to be done by oneself: late, today, this week, later."""

from flask import url_for
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor, requires
from crm.activities.forms import QuickTaskForm
from crm.activities.permissions import EDIT, TASKS, VIEW
from crm.activities.views import rows
from crm.activities.views.blueprint import blueprint
from crm.i18n import today


@blueprint.get("/my-day")
@requires(VIEW)
def my_day() -> Response:
    actor = current_actor()
    return htmx.render(
        "activities/my_day.html",
        None,
        day=rows.my_day(actor, today()),
        today=today(),
        waiting=rows.mail_waiting(actor),
        form=QuickTaskForm(),
        here=url_for("activities.my_day"),
        can_edit=actor.can(EDIT),
        can_see_all=actor.can(TASKS),
    )


@blueprint.get("/cards/my-day")
@requires(VIEW)
def card_my_day() -> Response:
    """The card of the home page: what is late and what is due today."""
    actor = current_actor()
    day = rows.my_day(actor, today())
    return htmx.render(
        "activities/card_page.html",
        "activities/_card.html",
        rows=(day.late + day.today)[:6],
        more=max(len(day.late) + len(day.today) - 6, 0),
        next=next(iter(day.week + day.later), None),
        back=url_for("dashboard.home"),
        can_edit=actor.can(EDIT),
    )
