"""Events that somebody was invited to or came to, for conditions of lists."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import aliased

from crm.access import visible
from crm.access.actor import Actor
from crm.events.models import Event, Guest
from crm.events.words import ANSWERS
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Relation

_guest = aliased(Guest, name="guest_of")


def _events(actor: Actor) -> Select[Any]:
    return visible(Event, actor).join(_guest, _guest.event_id == Event.id)


def _came(operator: str, _values: Sequence[str]) -> ColumnElement[bool]:
    here: ColumnElement[bool] = _guest.checked_in_at.is_not(None)
    return here if operator == "yes" else ~here


_GUEST = (
    Field("guest_answer", _("Answer"), "choice", _guest.answer, choices=lambda: tuple(ANSWERS.items())),
    Field("guest_came", _("Came"), "boolean", filter=_came),
    Field("guest_invited", _("Invited"), "datetime", _guest.invited_at),
)


def relations() -> Iterable[Relation]:
    return (
        Relation("events_guest", "contacts", _("Guest of events"), _guest.contact_id, "events", _events,
                 _GUEST),
        Relation("events_spoken", "contacts", _("Somebody came for them to events"),
                 _guest.organization_id, "events", _events, _GUEST),
        Relation("events_of_coalition", "coalitions", _("Events"), Event.coalition_id, "events"),
        Relation("events_of_campaign", "campaigns", _("Events"), Event.campaign_id, "events"),
    )  # fmt: skip
