"""Many contacts, chosen in their list, join a coalition: first the plan, then exactly that, with undo."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.coalitions.forms import JoinForm
from crm.coalitions.models import Coalition
from crm.coalitions.permissions import EDIT
from crm.coalitions.services import memberships
from crm.coalitions.views.blueprint import blueprint
from crm.coalitions.words import ENDED
from crm.contacts.bulk import plans
from crm.contacts.bulk.actions import ACTIONS, Action
from crm.contacts.bulk.state import NOT_YOURS, Arguments, State
from crm.contacts.permissions import BULK
from crm.errors import UserError
from crm.fields.choosing import chosen_ids
from crm.i18n import lazy_gettext, today


def _arguments(form: Any) -> Arguments:
    coalition = _mine(int(form.coalition.data or 0), current_actor())
    if coalition is None:
        raise UserError(_("Choose a coalition. If there is none yet, add one first."))
    since: date = form.since.data or today()
    return {
        "coalition": coalition.id,
        "name": coalition.name,
        "status": form.standing.data,
        "role": form.role.data,
        "since": since.isoformat(),
    }


def _mine(coalition_id: int, actor: Actor) -> Coalition | None:
    statement = visible(Coalition, actor, EDIT).where(Coalition.id == coalition_id)
    found: Coalition | None = db.session().scalars(statement).one_or_none()
    return found


def _title(arguments: Arguments) -> str:
    return _("Add to %(name)s", name=arguments["name"])


def _sentence(arguments: Arguments, count: int) -> str:
    return str(
        ngettext(
            "Added %(count)s member to %(name)s", "Added %(count)s members to %(name)s", count,
            count=count, name=arguments["name"],
        )
    )  # fmt: skip


def _span(arguments: Arguments) -> tuple[date, date | None]:
    since = date.fromisoformat(arguments["since"])
    return since, max(since, today()) if arguments["status"] in ENDED else None


def _read(arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    """Who belongs to it at that time already; nobody, where it is not the actor's to change any more."""
    if _mine(arguments["coalition"], current_actor()) is None:
        return {each: State(refusal=NOT_YOURS) for each in ids}
    belong = memberships.overlapping(arguments["coalition"], ids, *_span(arguments))
    return {each: State(already=each in belong) for each in ids}


def _write(arguments: Arguments, ids: Sequence[int], _actor: Actor) -> None:
    with system("whether the coalition may be changed was looked at"):
        coalition = db.session().get_one(Coalition, arguments["coalition"])
    start, end = _span(arguments)
    values = {name: arguments[name] for name in ("status", "role")}
    memberships.add_many(coalition, ids, {**values, "start_date": start, "end_date": end})


JOIN = Action(
    "coalition",
    lazy_gettext("Add to a coalition"),
    "users-group",
    EDIT,
    _read,
    _write,
    _title,
    _sentence,
    JoinForm,
    _arguments,
    weight=45,
    endpoint="coalitions.join",
)
ACTIONS[JOIN.name] = JOIN


@blueprint.post("/join")
@requires(BULK)
def join() -> Response:
    """The bar of the list of contacts sends the chosen ones here."""
    actor = current_actor()
    ids = chosen_ids("contacts", actor)
    with db.transaction(actor, "contacts.plan"):
        plan_id = plans.choose(JOIN, ids, actor).id
    return htmx.go(url_for("contacts.bulk_plan", plan_id=plan_id))
