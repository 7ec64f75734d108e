"""Parts of other pages: events of a contact, a coalition, a campaign, and the card of the home page."""

from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, load, requires, visible
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition
from crm.contacts.models import Contact
from crm.events.models import Event, Guest
from crm.events.permissions import EDIT, VIEW
from crm.events.services import reading
from crm.events.views.blueprint import blueprint
from crm.events.words import CANCELLED

SHOWN = 8


@blueprint.get("/of-contact/<int:contact_id>")
@requires(VIEW)
def of_contact(contact_id: int) -> Response:
    """What somebody is invited to or came to, the newest first."""
    load(Contact, contact_id)
    statement = (
        visible(Guest, current_actor())
        .join(Event, Event.id == Guest.event_id)
        .where((Guest.contact_id == contact_id) | (Guest.organization_id == contact_id))
        .order_by(Event.starts_at.desc(), Guest.id.desc())
        .limit(SHOWN)
        .add_columns(Event)
    )
    rows = [(row[0], row[1]) for row in db.session().execute(statement)]
    return htmx.render(
        "events/panels/page.html",
        "events/panels/_contact.html",
        part="events/panels/_contact.html",
        rows=rows,
        contact_id=contact_id,
        now=db.now(),
    )


@blueprint.get("/of-coalition/<int:coalition_id>")
@requires(VIEW)
def of_coalition(coalition_id: int) -> Response:
    load(Coalition, coalition_id)
    return _of(Event.coalition_id == coalition_id, coalition_id=coalition_id)


@blueprint.get("/of-campaign/<int:campaign_id>")
@requires(VIEW)
def of_campaign(campaign_id: int) -> Response:
    load(Campaign, campaign_id)
    return _of(Event.campaign_id == campaign_id, campaign_id=campaign_id)


def _of(condition: Any, **belongs: Any) -> Response:
    actor = current_actor()
    coming = db.session().scalars(reading.coming(actor, condition).limit(SHOWN)).all()
    past = db.session().scalars(reading.past(actor, condition).limit(SHOWN)).all()
    return htmx.render(
        "events/panels/page.html",
        "events/panels/_record.html",
        part="events/panels/_record.html",
        coming=coming,
        past=past,
        counts=reading.counts([each.id for each in (*coming, *past)]),
        plan=url_for("events.new", **belongs) if actor.can(EDIT) else None,
    )


@blueprint.get("/card")
@requires(VIEW)
def card() -> Response:
    """The next events on the home page."""
    actor = current_actor()
    statement = reading.coming(actor, Event.status != CANCELLED).limit(6).add_columns(reading.mine(actor))
    rows = [(row[0], bool(row[1])) for row in db.session().execute(statement)]
    return htmx.render(
        "events/panels/page.html",
        "events/panels/_card.html",
        part="events/panels/_card.html",
        rows=rows,
        counts=reading.counts([each.id for each, _mine in rows]),
        may_plan=actor.can(EDIT),
    )
