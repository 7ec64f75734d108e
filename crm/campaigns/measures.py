"""What campaigns themselves can count for their goals."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Select, func, not_, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.campaigns import names
from crm.campaigns.models import Ask, Campaign, Supporter, Target
from crm.campaigns.words import RUNGS, SUPPORT
from crm.contacts.models import Contact, ContactTag, Tag
from crm.contacts.permissions import VIEW
from crm.fields.filters import as_id
from crm.i18n import day
from crm.plugin_api.types import Counted, Measure
from crm.runtime import runtime

Parameters = Mapping[str, Any]


def measures() -> Iterable[Measure]:
    return (
        Measure("campaigns.yes", lazy_gettext("Asks answered yes"), Ask, _answered_yes, _show_asks),
        Measure(
            "campaigns.support",
            lazy_gettext("Targets that support us"),
            Target,
            _supporting,
            _show_targets,
            help=lazy_gettext("Those who lean our way and champions."),
        ),
        Measure(
            "campaigns.rung",
            lazy_gettext("Supporters at a rung of the ladder or above"),
            Supporter,
            _at_rung,
            _show_supporters,
            (("rung", lazy_gettext("Rung"), _rungs),),
        ),
        Measure(
            "campaigns.tagged",
            lazy_gettext("Contacts with a tag"),
            ContactTag,
            _tagged,
            _show_tagged,
            (("tag", lazy_gettext("Tag"), _tags), ("when", lazy_gettext("Counted"), _when)),
            help=lazy_gettext("Such as districts that adopted the policy, when each gets that tag."),
        ),
    )


def _answered_yes(campaign_id: int, _parameters: Parameters) -> Select[Any]:
    return select(Ask.id).where(Ask.campaign_id == campaign_id, Ask.answer == "yes")


def _supporting(campaign_id: int, _parameters: Parameters) -> Select[Any]:
    return select(Target.id).where(Target.campaign_id == campaign_id, Target.support >= 1)


def _at_rung(campaign_id: int, parameters: Parameters) -> Select[Any]:
    rung = as_id(str(parameters.get("rung", ""))) or 1
    return select(Supporter.id).where(Supporter.campaign_id == campaign_id, Supporter.rung >= rung)


def _tagged(campaign_id: int, parameters: Parameters) -> Select[Any]:
    """Of contacts whom everybody sees who may see contacts: all read the same number. A copy of a campaign
    begins at zero, so it keeps in `from` when it was made."""
    statement = select(ContactTag.id).where(ContactTag.tag_id == as_id(str(parameters.get("tag", ""))))
    withheld = runtime().access.withheld(Contact, Actor.only(VIEW), ContactTag.contact_id)
    if withheld is not None:
        statement = statement.where(not_(withheld))
    if parameters.get("when") != "since":
        return statement
    begins = (
        select(func.coalesce(Campaign.start_date, func.date(Campaign.created_at)))
        .where(Campaign.id == campaign_id)
        .scalar_subquery()
    )
    statement = statement.where(func.date(ContactTag.created_at) >= begins)
    if copied := parameters.get("from"):
        statement = statement.where(ContactTag.created_at >= datetime.fromisoformat(copied))
    return statement


def _rungs() -> Sequence[tuple[str, Any]]:
    return [(str(number), label) for number, label in RUNGS.items()]


def _tags() -> Sequence[tuple[str, Any]]:
    rows = db.session().execute(select(Tag.id, Tag.name).order_by(Tag.name_key))
    return [(str(row.id), row.name) for row in rows]


def _when() -> Sequence[tuple[str, Any]]:
    return [
        ("since", lazy_gettext("Tagged since the campaign began")),
        ("all", lazy_gettext("Everybody who has the tag")),
    ]


def _person(contact_id: int, known: Mapping[int, str]) -> tuple[str, str | None]:
    """Name and address of a contact, as far as the reader may see them."""
    if contact_id not in known:
        return names.hidden(), None
    return known[contact_id], url_for("contacts.show", contact_id=contact_id)


def _show_asks(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    asks = db.session().scalars(visible(Ask, actor).where(db.among(Ask.id, ids)).order_by(Ask.id)).all()
    known = names.contacts((each.contact_id for each in asks), actor)
    return [
        Counted(
            known.get(each.contact_id) or names.hidden(),
            url_for("campaigns.ask", ask_id=each.id),
            f"{each.what} · {day(each.answered_on or each.asked_on)}",
        )
        for each in asks
    ]


def _show_targets(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    statement = visible(Target, actor).where(db.among(Target.id, ids)).order_by(Target.id)
    targets = db.session().scalars(statement).all()
    known = names.contacts((each.contact_id for each in targets), actor)
    return [
        Counted(*_person(each.contact_id, known), str(SUPPORT.get(each.support or 0, ""))) for each in targets
    ]


def _show_supporters(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    statement = visible(Supporter, actor).where(db.among(Supporter.id, ids)).order_by(Supporter.id)
    supporters = db.session().scalars(statement).all()
    known = names.contacts((each.contact_id for each in supporters), actor)
    return [
        Counted(
            *_person(each.contact_id, known),
            _("%(rung)s since %(day)s", rung=RUNGS[each.rung], day=day(each.since)),
        )
        for each in supporters
    ]


def _show_tagged(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    statement = (
        visible(Contact, actor)
        .join(ContactTag, ContactTag.contact_id == Contact.id)
        .where(db.among(ContactTag.id, ids))
        .order_by(ContactTag.id)
        .with_only_columns(Contact.id, Contact.name)
    )
    return [
        Counted(row[1], url_for("contacts.show", contact_id=row[0]))
        for row in db.session().execute(statement)
    ]
