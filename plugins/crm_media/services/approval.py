"""What an approval stands for: the words, and with them when, to whom alone and with which files they go."""

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from crm.plugin_api import Actor, UserError, db, now, system
from crm.plugin_api import gettext as _
from crm_media.models import Recipient, Release, ReleaseFile
from crm_media.permissions import APPROVE
from crm_media.words import GOES

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
    files = _files(release)
    who = sorted((each.row.id, bool(each.stops), each.waits) for each in lines)
    return _mark(_told(release), files, who, answers)


def guard(ids: Collection[int]) -> None:
    """These releases were written: whoever wrote them by their pages asked for approval, or has it, so what
    they are now is what was approved. An undo of such a page, which touched releases alone, asked nobody:
    UserError where it changes that, also where nobody noted yet what was approved. One that touched others,
    too, brings back a contact that was deleted or merged, as the release had it."""
    change = db.current_change()
    undone = change is not None and change.undone_subjects() == {"media_release"}
    with system("what releases go with that were written"):
        for some in db.chunks(ids):
            wanted = select(Release).where(Release.id.in_(some), Release.status.in_(GOES))
            for row in db.session().scalars(wanted.execution_options(populate_existing=True)).all():
                _compare(row, undone=undone)


def _compare(release: Release, *, undone: bool) -> None:
    terms = _terms(release)
    if terms == release.approved_terms:
        return
    if undone:
        raise UserError(
            _("It was approved with its times, files and early readers as they are. Change them on its page.")
        )
    whose = update(Release).where(Release.id == release.id)
    db.session().execute(whose.values(approved_terms=terms))  # Past the journal: no undo brings another one.
    db.session().refresh(release)


def _terms(release: Release) -> str:
    """A mark of all that is approved with the words: times, files, and who may have it early."""
    early = select(Recipient.id).where(Recipient.release_id == release.id, Recipient.early)
    return _mark(_told(release), _files(release), list(db.session().scalars(early.order_by(Recipient.id))))


def _files(release: Release) -> list[int]:
    with system("the files of a release that was loaded for the actor"):
        statement = select(ReleaseFile.id).where(ReleaseFile.release_id == release.id)
        return list(db.session().scalars(statement.order_by(ReleaseFile.id)))


def _told(release: Release) -> list[Any]:
    return [each.isoformat() if hasattr(each, "isoformat") else each for each in times(release)]


def _mark(*parts: Any) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:20]
