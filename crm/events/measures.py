"""What a campaign has reached by its events, as numbers that goals count."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Select, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.contacts.models import Contact
from crm.events import times
from crm.events.models import Event, Guest
from crm.events.words import CANCELLED
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Counted, Measure


def _held(campaign_id: int, _parameters: Mapping[str, Any]) -> Select[Any]:
    return select(Event.id).where(
        Event.campaign_id == campaign_id, Event.status != CANCELLED, Event.ends_at <= db.now()
    )


def _came(campaign_id: int, _parameters: Mapping[str, Any]) -> Select[Any]:
    return _present(Guest.contact_id, campaign_id)


def _represented(campaign_id: int, _parameters: Mapping[str, Any]) -> Select[Any]:
    return _present(Guest.organization_id, campaign_id).where(Guest.organization_id.is_not(None))


def _present(column: Any, campaign_id: int) -> Select[Any]:
    statement = select(column).join(Event, Event.id == Guest.event_id)
    return statement.where(Event.campaign_id == campaign_id, Guest.checked_in_at.is_not(None)).distinct()


def _show_events(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    statement = visible(Event, actor).where(db.among(Event.id, ids)).order_by(Event.starts_at.desc())
    return [
        Counted(each.title, url_for("events.show", event_id=each.id), times.in_words(each))
        for each in db.session().scalars(statement)
    ]


def _show_contacts(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    statement = visible(Contact, actor).where(db.among(Contact.id, ids)).order_by(Contact.sort_name)
    rows = db.session().execute(statement.with_only_columns(Contact.id, Contact.name))
    return [Counted(row[1], url_for("contacts.show", contact_id=row[0])) for row in rows]


def measures() -> Sequence[Measure]:
    return (
        Measure("events.held", _("Events held"), Event, _held, _show_events),
        Measure(
            "events.came",
            _("People who came to events"),
            Contact,
            _came,
            _show_contacts,
            help=_("Each person once, however often they came."),
        ),
        Measure(
            "events.represented",
            _("Organizations represented at events"),
            Contact,
            _represented,
            _show_contacts,
            help=_("Each organization once, whoever came for it."),
        ),
    )
