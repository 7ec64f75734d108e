"""The blueprint, and how its views get an event."""

from datetime import date
from typing import Any

from babel.dates import format_date
from flask import Blueprint, abort, url_for
from flask_babel import get_locale

from crm.access import current_actor, load
from crm.events import times, words
from crm.events.models import Event, Guest
from crm.events.services import reading

blueprint = Blueprint("events", __name__, url_prefix="/events")


@blueprint.app_context_processor
def words_of_events() -> dict[str, Any]:
    """What every template of this feature says about events."""
    return {"event_times": times, "event_words": words}


@blueprint.app_template_filter()
def month_short(value: date) -> str:
    """The month of a day in a few letters."""
    return str(format_date(value, "MMM", locale=get_locale()))


def event_or_404(event_id: int, permission: str | None = None) -> Event:
    found: Event = load(Event, event_id, permission)
    return found


def guest_or_404(event: Event, guest_id: int) -> Guest:
    return reading.guest(event.id, guest_id, current_actor()) or abort(404)


def page_of(event_id: int, part: str = "") -> str:
    return url_for("events.show", event_id=event_id, _anchor=part or None)
