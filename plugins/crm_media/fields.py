"""Outlets and reporters as lists, filters and export know them. A press list is a saved list of reporters."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, bindparam, case, exists, func, not_, or_, select

from crm.plugin_api import (
    Actor,
    Affiliation,
    Contact,
    Field,
    Preset,
    RecordType,
    current_actor,
    db,
    system,
    visible,
)
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.outside import ASKED, why_no_mail
from crm.plugin_api.records import Campaign, DoNotContact, Email, Phone
from crm.plugin_api.words import fold
from crm_media.models import (
    Clip,
    ClipMessage,
    ClipPerson,
    Message,
    Outlet,
    Recipient,
    Release,
    Reporter,
    Spokesperson,
)
from crm_media.permissions import EDIT, OUTREACH, VIEW
from crm_media.services import exclusives, messages, tally
from crm_media.words import (
    AVAILABLE,
    CHANNELS,
    FRAMINGS,
    MEDIUMS,
    OUTLETS,
    PERSPECTIVES,
    PIECES,
    PROMINENCES,
    RELEASE_STATUSES,
    RELEASES,
    REPORTERS,
    TONES_SHORT,
    last_fresh,
)

YES, NO = "yes", "no"


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
        return or_(*(_has(each, text) for each in columns))

    return quick_filter


def _has(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a text has another in it, whatever their capitals and accents."""
    value = text.strip()
    return or_(
        func.lower(column).contains(value.lower(), autoescape=True),
        func.search_words(column).contains(fold(value), autoescape=True),
    )


def _found_reporter(text: str, actor: Actor) -> ColumnElement[bool]:
    """By name, beat and area, by an address, and by the outlet where they work, if the reader may see it."""
    at_work = (
        visible(Contact, actor)
        .join(Affiliation, Affiliation.organization_id == Contact.id)
        .where(Affiliation.is_current, _has(Contact.name, text))
        .with_only_columns(Affiliation.person_id)
    )
    addressed = select(Email.contact_id).where(
        Email.address_key.contains(text.strip().lower(), autoescape=True)
    )
    return or_(
        _found(Contact.name, Reporter.beats, Reporter.areas)(text, actor),
        Reporter.contact_id.in_(addressed),
        Reporter.contact_id.in_(at_work),
    )


def _main(model: Any, column: Any) -> Any:
    """The main address or number of a reporter."""
    mine = select(column).where(model.contact_id == Reporter.contact_id)
    ordered = mine.order_by(model.is_primary.desc(), model.id).limit(1)
    return ordered.correlate(Reporter).scalar_subquery()


def _unwanted() -> ColumnElement[bool]:
    """That a reporter asked for no mail, at all or at the address that the list shows."""
    asked = exists().where(
        DoNotContact.contact_id == Reporter.contact_id, DoNotContact.channel.in_(("email", "all"))
    )
    return or_(asked, func.coalesce(_main(Email, why_no_mail()), "") == ASKED)


def _who_refuse(ids: Sequence[int]) -> Mapping[int, Any]:
    with system("the reporters were listed for the reader"):
        wanted = select(Reporter.id).where(db.among(Reporter.id, ids), _unwanted())
        return dict.fromkeys(db.session().scalars(wanted), YES)


def _refuses(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
    said = YES if operator in {"filled", "empty"} else values[0]
    wanted = (said == YES) == (operator in {"is", "filled"})
    return _unwanted() if wanted else not_(_unwanted())


def _languages() -> Field:
    """In which somebody writes, or, where nobody noted that, in which their outlet comes out. Who does not
    see all outlets sees the first alone."""
    of_outlet = (
        select(Outlet.languages)
        .join(Affiliation, Affiliation.organization_id == Outlet.contact_id)
        .where(Affiliation.person_id == Reporter.contact_id, Affiliation.is_current)
        .order_by(Affiliation.is_primary.desc(), Affiliation.id)
        .limit(1)
        .correlate(Reporter)
        .scalar_subquery()
    )
    known = case((Reporter.languages != "", Reporter.languages), else_=func.coalesce(of_outlet, ""))
    label = _("Languages")
    return Field(
        "languages", label, expression=known,
        scoped=lambda _actor: Field("languages", label, expression=Reporter.languages),
    )  # fmt: skip


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
        edit_permission=EDIT,
        icon="news",
        presets=(Preset("all", _("All")), Preset("stale", _("To be verified"), (("stale", "is", YES),))),
    )  # fmt: skip


def reporters() -> RecordType:
    fields = (
        _name(),
        Field("kind", _("Kind"), "choice", Reporter.kind, choices=lambda: tuple(REPORTERS.items()),
              sortable=True),
        Field("outlet", _("Outlet"), fetch=_outlets_of, filter=_works_at),
        Field("email", _("Email"), "email", _main(Email, Email.address), beside="do_not_email"),
        Field("phone", _("Phone"), "phone", _main(Phone, Phone.number)),
        Field("do_not_email", _("Do not email"), "choice", fetch=_who_refuse, filter=_refuses,
              choices=lambda: ((YES, _("Yes")), (NO, _("No")))),
        Field("beats", _("Beats"), expression=Reporter.beats),
        _languages(),
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
        default_columns=("name", "outlet", "email", "phone", "beats", "areas", "verified_on"),
        default_sort="name",
        base=_named(Reporter),
        quick_filter=_found_reporter,
        id_argument="reporter_id",
        edit_permission=EDIT,
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
        edit_permission=EDIT,
        icon="speakerphone",
        presets=(
            Preset("all", _("All")),
            Preset("free", _("Available"), (("available", "is", "yes"),)),
            Preset("untrained", _("Not trained yet"), (("trained_on", "empty", ""),)),
        ),
    )  # fmt: skip


def _messages_of(ids: Sequence[int]) -> Mapping[int, Any]:
    """The names of the messages in each clip."""
    statement = (
        visible(ClipMessage, current_actor())
        .join(Message, Message.id == ClipMessage.message_id)
        .where(db.among(ClipMessage.clip_id, ids))
        .order_by(Message.name)
        .with_only_columns(ClipMessage.clip_id, Message.name)
    )
    found: dict[int, list[str]] = {}
    for clip_id, name in db.session().execute(statement):
        found.setdefault(clip_id, []).append(name)
    return {clip_id: ", ".join(names) for clip_id, names in found.items()}


def _has_message(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
    statement = visible(ClipMessage, current_actor())
    if operator not in {"empty", "filled"}:
        wanted = [int(each) for each in values if each.isdecimal()]
        statement = statement.where(db.among(ClipMessage.message_id, wanted))
    found = Clip.id.in_(statement.with_only_columns(ClipMessage.clip_id))
    return not_(found) if operator in {"empty", "not", "none_of", "is_not"} else found


def _message_choices() -> Sequence[tuple[str, Any]]:
    return [(str(each.id), each.name) for each in messages.messages(current_actor())]


def _people_of(ids: Sequence[int]) -> Mapping[int, Any]:
    statement = (
        visible(ClipPerson, current_actor())
        .join(Contact, Contact.id == ClipPerson.contact_id)
        .where(db.among(ClipPerson.clip_id, ids))
        .order_by(Contact.sort_name)
        .with_only_columns(ClipPerson.clip_id, Contact.name)
    )
    found: dict[int, list[str]] = {}
    for clip_id, name in db.session().execute(statement):
        found.setdefault(clip_id, []).append(name)
    return {clip_id: ", ".join(names) for clip_id, names in found.items()}


def _campaigns_of(ids: Sequence[int]) -> Mapping[int, Any]:
    statement = (
        visible(Campaign, current_actor())
        .join(Clip, Clip.campaign_id == Campaign.id)
        .where(db.among(Clip.id, ids))
        .with_only_columns(Clip.id, Campaign.name)
    )
    return {row[0]: row[1] for row in db.session().execute(statement)}


def _is_copy(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
    said = YES if operator in {"filled", "empty"} else values[0]
    wanted = (said == YES) == (operator in {"is", "filled"})
    return Clip.copy_of_id.is_not(None) if wanted else Clip.copy_of_id.is_(None)


def clips() -> RecordType:
    fields = (
        Field("title", _("Headline"), expression=Clip.title, sort_expression=Clip.title_key, sortable=True),
        Field("published_on", _("Published on"), "date", Clip.published_on, sortable=True),
        Field("outlet_name", _("Outlet"), expression=Clip.outlet_name, sortable=True),
        Field("author", _("Author"), expression=Clip.author),
        _words("medium", _("Medium"), Clip.medium, MEDIUMS),
        _words("piece", _("Kind of piece"), Clip.piece, PIECES),
        _words("framing", _("Framing"), Clip.framing, FRAMINGS),
        Field("messages", _("Messages"), "choice", fetch=_messages_of, filter=_has_message,
              choices=_message_choices),
        Field("people", _("People"), fetch=_people_of, filterable=False),
        _words("tone", _("Tone"), Clip.tone, TONES_SHORT),
        _words("prominence", _("How prominent"), Clip.prominence, PROMINENCES),
        Field("reach", _("Reach"), "number", Clip.reach),
        Field("reach_source", _("Source of the reach"), expression=Clip.reach_source),
        Field("campaign", _("Campaign"), fetch=_campaigns_of, filterable=False),
        Field("bill", _("Bill"), expression=Clip.bill),
        Field("url", _("Web address"), "link", Clip.url),
        Field("place", _("Page, program or time"), expression=Clip.place),
        Field("quote", _("Best quote"), "long_text", Clip.quote),
        Field("copy", _("Copy of another"), "choice", listable=False, exportable=False, filter=_is_copy,
              choices=lambda: ((YES, _("Yes")), (NO, _("No")))),
        Field("note", _("Note"), "long_text", Clip.note),
        Field("created_at", _("Added"), "datetime", Clip.created_at, sortable=True),
    )  # fmt: skip
    return RecordType(
        "media_clip", _("Coverage"), _("Piece"), Clip, VIEW, Clip.title,
        "media.clip", "media.clips", fields,
        default_columns=("title", "outlet_name", "published_on", "framing", "messages", "tone"),
        default_sort="-published_on",
        quick_filter=_found(Clip.title, Clip.outlet_name, Clip.author),
        id_argument="clip_id",
        edit_permission=EDIT,
        icon="news",
        presets=(
            Preset("all", _("All")),
            Preset("once", _("Without copies"), (("copy", "is", NO),)),
            Preset("truancy", _("Framed as truancy"), (("framing", "is", "truancy"),)),
            Preset("unjudged", _("Tone not judged"), (("tone", "is", ""),)),
        ),
    )  # fmt: skip


def _words(name: str, label: Any, column: Any, of: Mapping[str, Any]) -> Field:
    return Field(name, label, "choice", column, choices=lambda: tuple(of.items()), sortable=True)


def _answers_of(ids: Sequence[int]) -> Mapping[int, Any]:
    """How many of those who got each release replied, covered it or declined."""
    statement = (
        visible(Recipient, current_actor())
        .where(db.among(Recipient.release_id, ids), Recipient.status.in_(("replied", "covered", "declined")))
        .group_by(Recipient.release_id)
        .with_only_columns(Recipient.release_id, func.count(Recipient.id))
    )
    return {row[0]: row[1] for row in db.session().execute(statement)}


def releases() -> RecordType:
    fields = (
        Field("name", _("Name"), expression=Release.name, sortable=True),
        _words("kind", _("Kind"), Release.kind, RELEASES),
        _words("status", _("Status"), Release.status, RELEASE_STATUSES),
        Field("embargo_until", _("Embargo until"), "datetime", Release.embargo_until, sortable=True),
        Field("exclusive_for", _("Exclusive for"), fetch=exclusives.said_of, filter=exclusives.promised_to),
        Field("exclusive_until", _("Exclusive until"), "datetime", Release.exclusive_until, sortable=True),
        Field("sent", _("Sent"), "number", fetch=tally.left_of, filterable=False),
        Field("answers", _("Answers"), "number", fetch=_answers_of, filterable=False),
        Field("topics", _("Topics"), expression=Release.topics),
        Field("areas", _("Areas"), expression=Release.areas),
        Field("bill", _("Bill"), expression=Release.bill),
        Field("created_at", _("Added"), "datetime", Release.created_at, sortable=True),
    )
    return RecordType(
        "media_release", _("Releases and pitches"), _("Release"), Release, OUTREACH, Release.name,
        "media.release", "media.releases", fields,
        default_columns=("name", "kind", "status", "embargo_until", "exclusive_for", "exclusive_until",
                         "sent", "answers"),
        default_sort="-created_at",
        quick_filter=_found(Release.name, Release.topics),
        id_argument="release_id",
        edit_permission=OUTREACH,
        icon="send",
        presets=(
            Preset("all", _("All")),
            Preset("review", _("To be approved"), (("status", "is", "review"),)),
        ),
    )  # fmt: skip
