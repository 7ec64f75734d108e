"""What the search box knows of events."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from crm.events.models import Event
from crm.events.permissions import VIEW
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import SearchProvider


def documents(chosen: ColumnElement[bool]) -> Select[Any]:
    body = Event.description + " " + Event.agenda + " " + Event.minutes + " " + Event.online_url
    columns: tuple[Any, ...] = (Event.id.label("record_id"), Event.title.label("title"))
    columns += (Event.place.label("subtitle"),)
    return select(*columns, body.label("body")).where(chosen)


def providers() -> Iterable[SearchProvider]:
    yield SearchProvider(
        "events",
        _("Events"),
        "event",
        Event,
        documents,
        Event.id,
        "events.show",
        "calendar-event",
        VIEW,
        id_argument="event_id",
    )
