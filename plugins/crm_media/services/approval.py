"""What an approval stands for: the words, and with them when, to whom alone and with which files they go."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, now, system
from crm.plugin_api import gettext as _
from crm_media.models import Release, ReleaseFile
from crm_media.permissions import APPROVE

TIMES = ("embargo_until", "exclusive_outlet_id", "exclusive_until")


def times(release: Release) -> tuple[Any, ...]:
    return tuple(getattr(release, name) for name in TIMES)


def changed(release: Release, actor: Actor) -> None:
    """Its times or files are others than those that were approved: whoever may approve answers for that,
    with anybody else it must be approved anew. UserError where some of it has left already."""
    if release.status == "approved" and actor.can(APPROVE):
        release.approved_by, release.approved_at = actor.label, now()
    elif release.status == "approved":
        release.status, release.approved_number = "review", None
        release.approved_by, release.approved_at = "", None
    elif release.status == "sent" and not actor.can(APPROVE):
        raise UserError(_("Somebody who may approve releases must do this."))


def seen(release: Release, lines: Iterable[Any], answers: str) -> str:
    """A mark of all that the page before sending shows besides the words: it changes when one of its times,
    its files, those who get it or who gets the `answers` do."""
    with system("the files of a release that was loaded for the actor"):
        statement = select(ReleaseFile.id).where(ReleaseFile.release_id == release.id)
        files = list(db.session().scalars(statement.order_by(ReleaseFile.id)))
    who = sorted((each.row.id, bool(each.stops), each.waits) for each in lines)
    told = [each.isoformat() if hasattr(each, "isoformat") else each for each in times(release)]
    return sha256(repr((told, files, who, answers)).encode()).hexdigest()[:20]
