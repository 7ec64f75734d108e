"""The fields of an event, declared once for lists, filters and export."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, not_, select

from crm import db
from crm.access import current_actor, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition
from crm.events.models import Event
from crm.events.permissions import EDIT, VIEW
from crm.events.services import reading
from crm.events.words import KINDS, STATUSES
from crm.fields.filters import as_id
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Preset, RecordType

COMING, PAST = "coming", "past"


def _time_filter(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
    """Coming ones are those that are not over."""
    coming = Event.ends_at > db.now()
    tests = {COMING: coming, PAST: not_(coming)}
    found = tests.get(values[0], false())
    return not_(found) if operator == "not" else found


def _name_of(model: Any, key: Any) -> ColumnElement[str]:
    return select(model.name).where(model.id == key).correlate(Event).scalar_subquery()


def _seen_name_of(model: Any, column: Any) -> Callable[[Sequence[int]], Mapping[int, Any]]:
    """Gets the names of the records that events belong to, as far as the reader may see them."""

    def fetch(ids: Sequence[int]) -> Mapping[int, Any]:
        with system("the events were listed for the reader"):
            referring = select(Event.id, column).where(db.among(Event.id, ids), column.is_not(None))
            keys = {row[0]: row[1] for row in db.session().execute(referring)}
        named = visible(model, current_actor()).where(db.among(model.id, sorted(set(keys.values()))))
        rows = db.session().execute(named.with_only_columns(model.id, model.name))
        names = {row[0]: row[1] for row in rows}
        return {each: names[key] for each, key in keys.items() if key in names}

    return fetch


def _by_id(column: Any) -> Callable[[str, Sequence[str]], ColumnElement[bool]]:
    def test(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
        if operator in {"empty", "filled"}:
            nothing: ColumnElement[bool] = column.is_(None)
            return nothing if operator == "empty" else not_(nothing)
        found: ColumnElement[bool] = column == as_id(values[0])
        return found if operator == "is" else not_(found)

    return test


def _names(model: Any) -> Callable[[], Sequence[tuple[str, Any]]]:
    def choices() -> Sequence[tuple[str, Any]]:
        if model is User:
            with system("accounts by name"):
                statement = select(User.id, User.name).order_by(User.name)
                return [(str(row[0]), row[1]) for row in db.session().execute(statement)]
        found = visible(model, current_actor()).with_only_columns(model.id, model.name).order_by(model.name)
        return [(str(row[0]), row[1]) for row in db.session().execute(found)]

    return choices


def _yes(ids: Sequence[int]) -> Mapping[int, Any]:
    return {each: found[0] for each, found in reading.counts(ids).items()}


def _came(ids: Sequence[int]) -> Mapping[int, Any]:
    return {each: found[1] for each, found in reading.counts(ids).items()}


WHAT, WHERE, WHO = _("What"), _("Where"), _("Who")

FIELDS: tuple[Field, ...] = (
    Field("title", _("Title"), expression=Event.title, section=WHAT, sortable=True),
    Field("kind", _("Kind"), "choice", Event.kind, section=WHAT, choices=lambda: tuple(KINDS.items())),
    Field("status", _("Status"), "choice", Event.status, section=WHAT,
          choices=lambda: tuple(STATUSES.items())),
    Field("when", _("Coming or past"), "choice", None, section=WHAT, listable=False, filter=_time_filter,
          exportable=False, choices=lambda: ((COMING, _("Coming")), (PAST, _("Past")))),
    Field("starts_at", _("Begin"), "datetime", Event.starts_at, section=WHAT, sortable=True),
    Field("ends_at", _("End"), "datetime", Event.ends_at, section=WHAT),
    Field("place", _("Place"), expression=Event.place, section=WHERE),
    Field("online_url", _("Online"), "link", Event.online_url, section=WHERE),
    Field("time_zone", _("Time zone"), expression=Event.time_zone, section=WHERE),
    Field("coalition", _("Coalition"), "choices", fetch=_seen_name_of(Coalition, Event.coalition_id),
          section=WHO,
          filter=_by_id(Event.coalition_id), choices=_names(Coalition)),
    Field("campaign", _("Campaign"), "choices", fetch=_seen_name_of(Campaign, Event.campaign_id),
          section=WHO,
          filter=_by_id(Event.campaign_id), choices=_names(Campaign)),
    Field("owner", _("Looked after by"), "choice", _name_of(User, Event.owner_user_id), section=WHO,
          filter=_by_id(Event.owner_user_id), choices=_names(User)),
    Field("yes", _("Come"), "number", fetch=_yes, section=WHO, filterable=False, exportable=False),
    Field("came", _("Came"), "number", fetch=_came, section=WHO, filterable=False, exportable=False),
    Field("capacity", _("Seats"), "number", Event.capacity, section=WHO),
    Field("description", _("About"), "long_text", Event.description, section=WHAT),
)  # fmt: skip


def quick_filter(text: str, actor: Actor) -> ColumnElement[bool]:
    """What the list's own search field means: any word of what search knows."""
    # Imported here because search reads the providers that events declare.
    from crm.search.services import matching_ids_clause

    return Event.id.in_(matching_ids_clause(text, "events", actor))


def record_type() -> RecordType:
    columns = ("title", "starts_at", "kind", "place", "coalition", "yes", "status")
    return RecordType(
        "events",
        _("Events"),
        _("Event"),
        Event,
        VIEW,
        Event.title,
        "events.show",
        "events.index",
        FIELDS,
        default_columns=columns,
        default_sort="starts_at",
        quick_filter=quick_filter,
        id_argument="event_id",
        icon="calendar-event",
        edit_permission=EDIT,
        presets=(
            Preset("coming", _("Coming"), (("when", "is", COMING),), sort="starts_at"),
            Preset(
                "past",
                _("Past"),
                (("when", "is", PAST),),
                sort="-starts_at",
                columns=("title", "starts_at", "kind", "coalition", "came", "status"),
            ),
            Preset("all", _("Everything"), sort="-starts_at"),
        ),
    )
