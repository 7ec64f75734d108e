"""For whom a release is alone, and until when: wherever somebody looks at it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, not_, select

from crm.plugin_api import Actor, Contact, current_actor, db, now, system, visible
from crm.plugin_api import gettext as _
from crm_media.models import Outlet, Release
from crm_media.times import zoned


def holds(release: Release, at: datetime | None = None) -> bool:
    """Whether one outlet has it alone at this moment."""
    return release.exclusive_until is not None and (at or now()) < release.exclusive_until


def outlet_of(release: Release) -> str:
    """The outlet that a release is promised to alone; empty where there is none."""
    if release.exclusive_outlet_id is None:
        return ""
    with system("the outlet that a release is promised to, which was loaded before"):
        name = select(Contact.name).join(Outlet, Outlet.contact_id == Contact.id)
        return db.session().scalar(name.where(Outlet.id == release.exclusive_outlet_id)) or ""


def said_of(ids: Sequence[int]) -> Mapping[int, Any]:
    """For a list, which says beside it until when: the outlet that has each release alone, or that had it."""
    statement = (
        visible(Release, current_actor())
        .where(db.among(Release.id, ids), Release.exclusive_outlet_id.is_not(None))
        .with_only_columns(Release)
    )
    return {each.id: _named(each) for each in db.session().scalars(statement)}


def _named(release: Release) -> str:
    outlet = outlet_of(release)
    return outlet if holds(release) else _("%(outlet)s (over)", outlet=outlet)


def in_words(release: Release) -> str:
    """Such as “Harbor County Ledger, until Mar 2, 2027, 8:00 AM EST (UTC−5)”; empty without an outlet."""
    outlet = outlet_of(release)
    if not outlet or holds(release):
        until = zoned(release.exclusive_until)
        return _("%(outlet)s, until %(moment)s", outlet=outlet, moment=until) if outlet else ""
    return _("%(outlet)s (over)", outlet=outlet)


def promises(contact_id: int, actor: Actor) -> Sequence[Release]:
    """Releases that an outlet has alone now, as far as the reader may see them."""
    statement = (
        visible(Release, actor)
        .join(Outlet, Outlet.id == Release.exclusive_outlet_id)
        .where(Outlet.contact_id == contact_id, Release.exclusive_until > now())
        .order_by(Release.exclusive_until, Release.id)
    )
    return db.session().scalars(statement).all()


def promised_to(operator: str, values: Sequence[str]) -> ColumnElement[bool]:
    """For a list: releases that an outlet of such a name has or had alone."""
    named = visible(Contact, current_actor()).join(Outlet, Outlet.contact_id == Contact.id)
    if operator not in {"empty", "filled"}:
        text = (values[0] if values else "").lower()
        named = named.where(func.lower(Contact.name).contains(text, autoescape=True))
    found = Release.exclusive_outlet_id.in_(named.with_only_columns(Outlet.id))
    held = Release.exclusive_outlet_id.is_not(None)
    return not_(held & found) if operator in {"empty", "not", "not_contains"} else found
