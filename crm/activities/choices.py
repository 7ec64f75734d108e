"""What activities and tasks can belong to: the campaigns, coalitions and events that the reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import and_

from crm import db
from crm.access import current_actor, visible, visible_clause
from crm.access.actor import Actor
from crm.activities.models import Activity
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, Commitment
from crm.contacts.models import Contact
from crm.events.models import Event
from crm.forms import options
from crm.i18n import day
from crm.i18n import lazy_gettext as lazy
from crm.pages import url_for_known

MOST: Final = 200


@dataclass(frozen=True)
class Kind:
    """A kind of record that others belong to: its table, what names it, and the page that shows it."""

    column: str
    label: Any
    model: type[Any]
    name: Any
    icon: str
    endpoint: str
    argument: str


ABOUT: Final[Mapping[str, Kind]] = {
    kind.column: kind
    for kind in (
        Kind("contact_id", lazy("Contact"), Contact, Contact.name, "user", "contacts.show", "contact_id"),
        Kind("coalition_id", lazy("Coalition"), Coalition, Coalition.name, "heart-handshake",
             "coalitions.show", "coalition_id"),
        Kind("campaign_id", lazy("Campaign"), Campaign, Campaign.name, "flag", "campaigns.show",
             "campaign_id"),
        Kind("commitment_id", lazy("Commitment"), Commitment, Commitment.title, "checklist",
             "coalitions.commitment", "commitment_id"),
        Kind("activity_id", lazy("Activity"), Activity, Activity.subject, "message", "activities.show",
             "activity_id"),
        Kind("event_id", lazy("Event"), Event, Event.title, "calendar-event", "events.show", "event_id"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class About:
    """One record that an activity or a task belongs to, as it is shown."""

    label: Any
    name: str
    icon: str
    url: str | None


def campaigns(chosen: int | None = None) -> list[Any]:
    """Campaigns for a form, those that are over left out unless one is `chosen`."""
    open_ones = Campaign.status.not_in(("won", "closed")) | (Campaign.id == chosen)
    statement = visible(Campaign, current_actor()).where(open_ones).order_by(Campaign.sort_name, Campaign.id)
    return _options(statement.with_only_columns(Campaign.id, Campaign.name))


def coalitions(chosen: int | None = None) -> list[Any]:
    current = Coalition.ended_on.is_(None) | (Coalition.id == chosen)
    statement = visible(Coalition, current_actor()).where(current).order_by(Coalition.sort_name, Coalition.id)
    return _options(statement.with_only_columns(Coalition.id, Coalition.name))


def events(chosen: int | None = None) -> list[Any]:
    """The newest events with their day; the `chosen` one however old it is."""
    statement = visible(Event, current_actor()).with_only_columns(
        Event.id, Event.title, Event.starts_at, Event.time_zone
    )
    newest = statement.order_by(Event.starts_at.desc(), Event.id.desc()).limit(60)
    rows = list(db.session().execute(newest))
    if chosen is not None and chosen not in {row[0] for row in rows}:
        rows += db.session().execute(statement.where(Event.id == chosen))
    return options([("", ""), *((row[0], f"{row[1]} · {_day_there(row)}") for row in rows)])


def _day_there(row: Any) -> str:
    """The day of an event where it takes place."""
    return day(row.starts_at.astimezone(ZoneInfo(row.time_zone)).date())


def _options(statement: Any) -> list[Any]:
    rows = db.session().execute(statement.limit(MOST)).all()
    return options([("", ""), *((row[0], row[1]) for row in rows)])


def as_id(value: Any) -> int | None:
    """What a select field sends, as an id."""
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def linked(statement: Any, model: type[Any], actor: Actor, columns: Sequence[str]) -> Any:
    """The statement with the name of each record that rows of `model` belong to, as `<column>_name`; none
    where the actor may not see it."""
    for column in columns:
        kind = ABOUT[column]
        theirs = and_(kind.model.id == getattr(model, column), visible_clause(kind.model, actor))
        statement = statement.outerjoin_from(model, kind.model, theirs).add_columns(
            kind.name.label(f"{column}_name")
        )
    return statement


def links(row: Any, record: Any, columns: Sequence[str]) -> list[About]:
    """What a row of `linked` says of its record."""
    found = []
    for column in columns:
        name = getattr(row, f"{column}_name")
        if name is not None:
            kind = ABOUT[column]
            url = url_for_known(kind.endpoint, **{kind.argument: getattr(record, column)})
            found.append(About(kind.label, name, kind.icon, url))
    return found


def visible_ids(values: Mapping[str, Any]) -> dict[str, int]:
    """Those of the ids by column whose records the reader may see; what an address claims is not trusted."""
    found = {}
    for column, kind in ABOUT.items():
        wanted = as_id(values.get(column))
        if wanted is not None:
            statement = visible(kind.model, current_actor()).where(kind.model.id == wanted)
            if db.session().execute(statement.with_only_columns(kind.model.id)).first() is not None:
                found[column] = wanted
    return found


def name_of(column: str, record_id: int) -> str:
    """What a record is called that the reader may see."""
    kind = ABOUT[column]
    statement = visible(kind.model, current_actor()).where(kind.model.id == record_id)
    found = db.session().execute(statement.with_only_columns(kind.name)).scalar()
    return str(found) if found is not None else _("one that is gone")
