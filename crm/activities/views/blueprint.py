"""The blueprint, and where its pages lead back to."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request, url_for

from crm.access import current_actor
from crm.accounts.redirects import safe_path
from crm.activities.choices import ABOUT, name_of
from crm.activities.words import ICONS, KINDS, RHYTHMS
from crm.pages import url_for_known

blueprint = Blueprint("activities", __name__, url_prefix="/activities")
ORIGINS = ("contact_id", "event_id", "campaign_id", "coalition_id", "commitment_id", "activity_id")
"""Where somebody came from who logs something or makes a task: the most particular first."""


@blueprint.app_template_filter()
def activity_kind(kind: str) -> str:
    return str(KINDS.get(kind, kind))


@blueprint.app_template_filter()
def activity_icon(kind: str) -> str:
    return ICONS.get(kind, "note")


@blueprint.app_template_filter()
def rhythm(task: Any) -> str:
    """How a task repeats, in words: “every 2 weeks”."""
    every = task.repeat_every
    one, many = RHYTHMS.get(task.repeat, ("", ""))
    return str(one if every == 1 else many) % {"count": every} if one else ""


def back_to(default: str) -> str:
    """Where the form was that was sent: a page of ours, or the default."""
    given = request.form.get("back", "")
    return safe_path(given) or default


def origin(about: Mapping[str, Any], default: str) -> tuple[str, str]:
    """The address and the name of the page that a new activity or task was begun from."""
    for column in ORIGINS:
        if (record_id := about.get(column)) is not None:
            kind = ABOUT[column]
            url = url_for_known(kind.endpoint, **{kind.argument: record_id})
            if url is not None:
                return url, name_of(column, record_id)
    return url_for(default), ""


def may(permission: str) -> bool:
    return current_actor().can(permission)
