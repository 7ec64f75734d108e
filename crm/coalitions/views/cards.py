"""Cards of the home page."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import and_, func, select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import SCOPED, current_actor, requires, visible, visible_clause
from crm.coalitions.clauses import USUAL_DAYS, quiet_for
from crm.coalitions.models import Coalition, Commitment, Membership
from crm.coalitions.names import seen
from crm.coalitions.permissions import COMMIT, VIEW
from crm.coalitions.views.blueprint import blueprint
from crm.coalitions.views.panels import rows_of
from crm.contacts.models import Contact
from crm.i18n import today

SHOWN = 6


def _card(part: str, title: str, **values: Any) -> Response:
    back = url_for("dashboard.home")
    return htmx.render("coalitions/panel_page.html", part, part=part, title=title, back=back, **values)


@blueprint.get("/cards/commitments")
@requires(VIEW)
def card_commitments() -> Response:
    """What the reader follows up, the most urgent first."""
    own = (Commitment.owner_user_id == current_actor().user_id) & (Commitment.status == "open")
    return _card(
        "coalitions/cards/_commitments.html",
        _("Commitments"),
        rows=rows_of(own, SHOWN),
        today=today(),
        can_commit=current_actor().can(COMMIT),
    )


@blueprint.get("/cards/coalitions")
@requires(VIEW)
def card_coalitions() -> Response:
    """The coalitions with most members, and how many are invited; of those whom the reader may see."""
    seen_members = visible_clause(Membership, current_actor())
    count = func.count(Membership.id).filter(Membership.status == "active")
    invited = func.count(Membership.id).filter(Membership.status.in_(("invited", "prospect")))
    statement = (
        visible(Coalition, current_actor())
        .join(Membership, and_(Membership.coalition_id == Coalition.id, seen_members), isouter=True)
        .where(Coalition.ended_on.is_(None))
        .group_by(Coalition.id, Coalition.name, Coalition.level, Coalition.sort_name)
        .order_by(count.desc(), Coalition.sort_name)
        .limit(SHOWN)
        .with_only_columns(Coalition.id, Coalition.name, Coalition.level, count, invited)
    )
    rows = db.session().execute(statement).all()
    return _card("coalitions/cards/_coalitions.html", _("Coalitions"), rows=rows)


@blueprint.get("/cards/quiet")
@requires(VIEW)
def card_quiet() -> Response:
    """Active members of whom nothing was heard for long; counted no further than a list is."""
    silent = visible(Membership, current_actor()).where(Membership.status == "active", quiet_for(USUAL_DAYS))
    statement = (
        silent.join(Contact, seen(Membership.contact_id, current_actor()))
        .join(Coalition, Coalition.id == Membership.coalition_id)
        .order_by(Contact.sort_name, Membership.id)
        .limit(SHOWN)
        .with_only_columns(Membership.id, Contact.id, Contact.name, Coalition.name)
    )
    inner = silent.with_only_columns(Membership.id).limit(1001).subquery()
    count = select(func.count()).select_from(inner).execution_options(**{SCOPED: True})
    return _card(
        "coalitions/cards/_quiet.html",
        _("Gone quiet"),
        rows=db.session().execute(statement).all(),
        count=db.session().execute(count).scalar_one(),
        address=url_for("coalitions.members", f=["status:is:active", f"quiet:more:{USUAL_DAYS}"]),
        days=USUAL_DAYS,
    )
