"""Who may see and change what media staff keep."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, true

from crm.plugin_api import Actor, Contact, Permission, Scopes, Visibility, visible
from crm.plugin_api import lazy_gettext as _
from crm_media.models import (
    Booking,
    Carries,
    Clip,
    ClipFile,
    ClipMessage,
    ClipPerson,
    Feed,
    Item,
    Mailbox,
    Message,
    Opinion,
    Outlet,
    Plan,
    PlanStep,
    Query,
    Recipient,
    Release,
    ReleaseFile,
    Reporter,
    Spokesperson,
    Submission,
    Version,
)

READERS = ("organizer", "policy", "media", "viewer")
VIEW, EDIT = "media.view", "media.edit"
OUTREACH, APPROVE = "media.outreach", "media.approve"
"""What is not out yet is seen by those alone who work on it."""


def permissions() -> Iterable[Permission]:
    return (
        Permission(
            VIEW,
            _("See press contacts, messages and coverage"),
            roles=READERS,
        ),
        Permission(EDIT, _("Work on press contacts, messages and coverage"), roles=("organizer", "media")),
        Permission(
            OUTREACH,
            _("See and write releases, pitches and op-eds"),
            roles=("organizer", "media"),
            everywhere=True,
        ),
        Permission(
            APPROVE, _("Approve releases and send them"), roles=("organizer", "media"), everywhere=True
        ),
    )


def _about(model: Any) -> Visibility:
    """Over a part of the contacts: what is kept about those."""

    def rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
        within = model.contact_id.in_(visible(Contact, actor).with_only_columns(Contact.id))
        return within  # type: ignore[no-any-return]  # The column of either model.

    return Visibility(model, VIEW, rule)


def _ours(_actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """What the coalition says, and what the papers print, is no secret of anybody's."""
    return true()


def _of_speakers(model: Any) -> Visibility:
    def rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
        within = model.spokesperson_id.in_(visible(Spokesperson, actor).with_only_columns(Spokesperson.id))
        return within  # type: ignore[no-any-return]  # The column of either model.

    return Visibility(model, VIEW, rule)


def _nobody(_actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """What leaves under embargo, and what is everybody's, is not for those to see or to change who have a
    part of everything."""
    return false()


def visibility() -> Iterable[Visibility]:
    hidden = (Release, ReleaseFile, Version, Recipient, Opinion, Submission, Mailbox)
    yield from (Visibility(each, OUTREACH, _nobody) for each in hidden)
    yield from (Visibility(each, VIEW, _ours, writing=_nobody) for each in (Plan, PlanStep))
    yield from (_about(each) for each in (Outlet, Reporter, Spokesperson))
    yield from (
        Visibility(each, VIEW, _ours, writing=_nobody)
        for each in (Message, Clip, ClipMessage, ClipFile, Feed, Item, Query)
    )
    yield _about(ClipPerson)
    yield from (_of_speakers(each) for each in (Booking, Carries))
