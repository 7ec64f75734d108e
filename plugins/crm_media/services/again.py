"""A release once more: a correction to those who got it, or its words for others."""

from typing import Final

from sqlalchemy import select

from crm.plugin_api import Actor, db, now, system
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import delivery
from crm_media.models import Recipient, Release
from crm_media.services import outreach
from crm_media.services.turns import lock

_KEPT_AGAIN: Final = (
    "kind", "topics", "areas", "follow_ups", "campaign_id", "language", "bill", "bill_id", "answers_to",
)  # fmt: skip


def draft_of_correction(release: Release) -> Release | None:
    """The correction of a release that was begun and has not left yet. Whoever asks holds the release until
    the transaction ends, so that two do not begin one each."""
    lock(release)
    with system("the correction of a release that was loaded for the actor"):
        statement = select(Release).where(
            Release.corrects_id == release.id, Release.status != "sent", Release.sending.is_(False)
        )
        return db.session().scalars(statement.order_by(Release.id.desc()).limit(1)).first()


def again(release: Release, actor: Actor, *, correction: bool) -> Release:
    """A new draft with the words and facts of a release. As a correction it goes to those who got this one,
    under what is left of its embargo and its exclusive; else nobody is chosen yet and its times are its
    own."""
    made = Release(**{name: getattr(release, name) for name in _KEPT_AGAIN}, status="draft")
    name = release.name
    made.name = _("%(name)s (correction)", name=name) if correction else _("%(name)s (again)", name=name)
    made.name = made.name[:200]
    if correction:
        made.corrects_id = release.id
        _keep_promises(release, made)
    db.session().add(made)
    db.session().flush()
    text = outreach.approved(release) or outreach.newest_version(release.id)
    if text is not None:
        subject = _("Correction: %(subject)s", subject=text.subject) if correction else text.subject
        outreach.write(made, subject[:200], text.body, actor)
    if correction:
        add_who_got(release, made)
    return made


def _keep_promises(release: Release, made: Release) -> None:
    """What still holds of the embargo and the exclusive holds for the correction, too."""
    moment = now()
    if release.embargo_until is not None and moment < release.embargo_until:
        made.embargo_until = release.embargo_until
    if release.exclusive_until is not None and moment < release.exclusive_until:
        made.exclusive_outlet_id = release.exclusive_outlet_id
        made.exclusive_until = release.exclusive_until


def add_who_got(release: Release, made: Release) -> None:
    """Whoever has the wrong words gets the right ones as soon: who had them under embargo, under embargo.
    What the draft says already of those who are in it stays."""
    with system("who got a release that was loaded for the actor"):
        got = select(Recipient).where(
            Recipient.release_id == release.id,
            Recipient.sent_at.is_not(None),
            Recipient.status.not_in(["bounced", "left_out"]),
        )
        found = db.session().scalars(got.order_by(Recipient.id)).all()
        states = delivery([each.mail_id for each in found if each.mail_id])
        left = [each for each in found if states.get(each.mail_id or 0, ("", ""))[0] != "failed"]
        rows = {each.contact_id: each for each in left}
        chosen = select(Recipient).where(Recipient.release_id == made.id)
        there = {each.contact_id for each in db.session().scalars(chosen)}
        outreach.add(made, [each for each in rows if each not in there])
        for each in db.session().scalars(chosen):
            if each.contact_id not in there:
                each.early, each.sought = rows[each.contact_id].early, rows[each.contact_id].sought
        db.session().flush()
