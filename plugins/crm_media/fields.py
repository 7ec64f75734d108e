"""Outlets and reporters as lists, filters and export know them. A press list is a saved list of reporters."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, bindparam, func, not_, or_, select

from crm.plugin_api import (
    Actor,
    Affiliation,
    Contact,
    Field,
    Preset,
    RecordType,
    current_actor,
    db,
    now,
    system,
    visible,
)
from crm.plugin_api import lazy_gettext as _
from crm_media.models import Outlet, Reporter, Spokesperson
from crm_media.permissions import VIEW
from crm_media.services import messages
from crm_media.words import AVAILABLE, CHANNELS, OUTLETS, PERSPECTIVES, REPORTERS, STALE_DAYS

YES, NO = "yes", "no"


def last_fresh() -> date:
    """The day since which a record must have been verified to count as known."""
    return now().date() - timedelta(days=STALE_DAYS)


def is_stale(model: Any) -> ColumnElement[bool]:
    day: ColumnElement[date] = bindparam("fresh", callable_=last_fresh, type_=Date, unique=True)
    return or_(model.verified_on.is_(None), model.verified_on < day)


def _stale(model: Any) -> Callable[[str, Sequence[str]], ColumnElement[bool]]:
    def test(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
        said = YES if operator in {"filled", "empty"} else values[0]
        wanted = (said == YES) == (operator in {"is", "filled"})
        return is_stale(model) if wanted else not_(is_stale(model))

    return test


def _outlets_of(ids: Sequence[int]) -> Mapping[int, Any]:
    """Where each reporter works now, as far as the reader may see the outlets."""
    with system("the reporters were listed for the reader"):
        jobs = (
            select(Reporter.id, Affiliation.organization_id)
            .join(Affiliation, Affiliation.person_id == Reporter.contact_id)
            .where(db.among(Reporter.id, ids), Affiliation.is_current)
            .order_by(Affiliation.is_primary, Affiliation.id.desc())
        )
        rows = [(row[0], row[1]) for row in db.session().execute(jobs)]
    named = visible(Contact, current_actor()).where(db.among(Contact.id, {row[1] for row in rows}))
    found = db.session().execute(named.with_only_columns(Contact.id, Contact.name))
    names = {row[0]: row[1] for row in found}
    return {reporter: names[outlet] for reporter, outlet in rows if outlet in names}


def _works_at(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
    """By the name of an outlet that the reader may see and where somebody works now."""
    current = (
        visible(Contact, current_actor())
        .join(Affiliation, Affiliation.organization_id == Contact.id)
        .where(Affiliation.is_current)
        .with_only_columns(Affiliation.person_id)
    )
    if operator not in {"empty", "filled"}:
        text = (values[0] if values else "").lower()
        current = current.where(func.lower(Contact.name).contains(text, autoescape=True))
    found = Reporter.contact_id.in_(current)
    return not_(found) if operator in {"empty", "not", "not_contains"} else found


def _common(model: Any) -> tuple[Field, ...]:
    return (
        Field("areas", _("Areas"), expression=model.areas),
        Field("verified_on", _("Verified on"), "date", model.verified_on),
        Field("stale", _("To be verified"), "choice", listable=False, exportable=False, filter=_stale(model),
              choices=lambda: ((YES, _("Yes")), (NO, _("No")))),
        Field("note", _("Note"), "long_text", model.note),
        Field("created_at", _("Added"), "datetime", model.created_at, sortable=True),
    )  # fmt: skip


def _name() -> Field:
    return Field("name", _("Name"), expression=Contact.name, sort_expression=Contact.sort_name, sortable=True)


def _named(model: Any) -> Callable[[Select[Any]], Select[Any]]:
    return lambda statement: statement.join(Contact, Contact.id == model.contact_id)


def _found(*columns: Any) -> Callable[[str, Actor], ColumnElement[bool]]:
    def quick_filter(text: str, _actor: Actor) -> ColumnElement[bool]:
        value = text.strip().lower()
        return or_(*(func.lower(each).contains(value, autoescape=True) for each in columns))

    return quick_filter


def outlets() -> RecordType:
    fields = (
        _name(),
        Field(
            "kind", _("Kind"), "choice", Outlet.kind, choices=lambda: tuple(OUTLETS.items()), sortable=True
        ),
        Field("audience", _("Audience"), expression=Outlet.audience),
        Field("languages", _("Languages"), expression=Outlet.languages),
        Field("owner", _("Owned by"), expression=Outlet.owner),
        Field("circulation", _("Circulation"), "number", Outlet.circulation),
        Field("circulation_source", _("Source of the circulation"), expression=Outlet.circulation_source),
        *_common(Outlet),
    )
    return RecordType(
        "media_outlet", _("Outlets"), _("Outlet"), Outlet, VIEW, Contact.name,
        "media.outlet", "media.index", fields,
        default_columns=("name", "kind", "areas", "languages", "circulation", "verified_on"),
        default_sort="name",
        base=_named(Outlet),
        quick_filter=_found(Contact.name, Outlet.areas, Outlet.audience),
        id_argument="outlet_id",
        icon="news",
        presets=(Preset("all", _("All")), Preset("stale", _("To be verified"), (("stale", "is", YES),))),
    )  # fmt: skip


def reporters() -> RecordType:
    fields = (
        _name(),
        Field("kind", _("Kind"), "choice", Reporter.kind, choices=lambda: tuple(REPORTERS.items()),
              sortable=True),
        Field("outlet", _("Outlet"), fetch=_outlets_of, filter=_works_at),
        Field("beats", _("Beats"), expression=Reporter.beats),
        Field("channel", _("Best reached by"), "choice", Reporter.channel,
              choices=lambda: tuple(CHANNELS.items())),
        Field("hours", _("Hours"), expression=Reporter.hours),
        Field("do_not_chase", _("Do not chase"), "boolean", Reporter.do_not_chase),
        Field("away_until", _("Away until"), "date", Reporter.away_until),
        *_common(Reporter),
    )  # fmt: skip
    return RecordType(
        "media_reporter", _("Reporters"), _("Reporter"), Reporter, VIEW, Contact.name,
        "media.reporter", "media.reporters", fields,
        default_columns=("name", "outlet", "kind", "beats", "areas", "channel", "verified_on"),
        default_sort="name",
        base=_named(Reporter),
        quick_filter=_found(Contact.name, Reporter.beats, Reporter.areas),
        id_argument="reporter_id",
        icon="message-circle",
        presets=(Preset("all", _("All")), Preset("stale", _("To be verified"), (("stale", "is", YES),))),
    )  # fmt: skip


def _loads_of(ids: Sequence[int]) -> Mapping[int, Any]:
    return {number: each.count for number, each in messages.loads(ids).items()}


def spokespeople() -> RecordType:
    fields = (
        _name(),
        Field("perspective", _("Speaks as"), "choice", Spokesperson.perspective,
              choices=lambda: tuple(PERSPECTIVES.items()), sortable=True),
        Field("languages", _("Languages"), expression=Spokesperson.languages),
        Field("topics", _("Topics"), expression=Spokesperson.topics),
        Field("available", _("Available"), "choice", Spokesperson.available,
              choices=lambda: tuple(AVAILABLE.items())),
        Field("availability", _("When"), expression=Spokesperson.availability),
        Field("away_until", _("Away until"), "date", Spokesperson.away_until),
        Field("load", _("Interviews in 30 days"), "number", fetch=_loads_of, filterable=False),
        Field("at_most", _("At most a month"), "number", Spokesperson.at_most),
        Field("training", _("Training"), expression=Spokesperson.training),
        Field("trained_on", _("Trained on"), "date", Spokesperson.trained_on),
        Field("note", _("Note"), "long_text", Spokesperson.note),
        Field("created_at", _("Added"), "datetime", Spokesperson.created_at, sortable=True),
    )  # fmt: skip
    return RecordType(
        "media_spokesperson", _("Spokespeople"), _("Spokesperson"), Spokesperson, VIEW, Contact.name,
        "media.spokesperson", "media.spokespeople", fields,
        default_columns=("name", "perspective", "languages", "topics", "available", "load", "trained_on"),
        default_sort="name",
        base=_named(Spokesperson),
        quick_filter=_found(Contact.name, Spokesperson.topics, Spokesperson.languages),
        id_argument="spokesperson_id",
        icon="speakerphone",
        presets=(
            Preset("all", _("All")),
            Preset("free", _("Available"), (("available", "is", "yes"),)),
            Preset("untrained", _("Not trained yet"), (("trained_on", "empty", ""),)),
        ),
    )  # fmt: skip
