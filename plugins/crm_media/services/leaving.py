"""Whether a message of a release may still leave, asked of each when it leaves the outbox, whatever happened
since it was written; and taking back what waits there."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select, update

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import delivery, withdraw
from crm_media.models import Recipient, Release
from crm_media.services import outreach, past
from crm_media.services.turns import lock
from crm_media.words import GOES

_WAITS: Final = frozenset({"queued", "waiting"})


def reasons(mail_id: int) -> Iterable[str]:
    """Why the message of a recipient may not leave; they are then where they were before it was made. Inside
    the transaction that removes it."""
    with system("whose message is about to leave"):
        row = db.session().scalars(select(Recipient).where(Recipient.mail_id == mail_id)).first()
        release = db.session().get(Release, row.release_id) if row is not None else None
    if row is None or release is None:  # A reminder, which goes to those alone who have it already.
        return ()
    lock(release, row)
    line = next(iter(outreach.lines(release, Actor.system(), [row.id])), None)
    if line is None:
        why, standing = _("They are not among the press contacts any more."), "left_out"
    else:
        why, standing = _why_not(release, line), "chosen"
    if why:
        _unmake(row, standing, why)
        _none_has_left(release)
    return (why,) if why else ()


def _why_not(release: Release, line: outreach.Line) -> str:
    version = outreach.approved(release)
    if release.status not in GOES or version is None or version.id != line.row.version_id:
        return _("It is not approved any more.")
    return outreach.gate(release, line)


def hold(release: Release) -> None:
    """Nothing more leaves until somebody sends it again, neither what is still to be made nor what waits in
    the outbox; meanwhile its times can be changed and people added. What has left has left."""
    lock(release)
    if not outreach.under_way(release):
        raise UserError(_("It is not on its way."))
    release.sending = False
    db.session().flush()
    rows = _written_to(release)
    states = delivery([number for each in rows for number in (each.mail_id, each.reminder_id) if number])
    gone = withdraw([each for each, (state, _why) in states.items() if state in _WAITS], waiting=True)
    for each in rows:
        if each.mail_id in gone:
            _unmake(each, "chosen", "")
        elif each.reminder_id in gone:
            _forget_reminder(each)
    _none_has_left(release)


def _written_to(release: Release) -> Sequence[Recipient]:
    with system("who has a message, of a release that was loaded for the actor"):
        made = select(Recipient).where(Recipient.release_id == release.id, Recipient.mail_id.is_not(None))
        held = made.order_by(Recipient.id).with_for_update().execution_options(populate_existing=True)
        return db.session().scalars(held).all()


def _unmake(row: Recipient, standing: str, reason: str) -> None:
    """As if their message was never made: past the journal, as it was made."""
    past.keep(row, status=standing, reason=reason, mail_id=None, version_id=None, sent_at=None, address="")


def _forget_reminder(row: Recipient) -> None:
    """As if they were never reminded that time; when it was before that is not known any more."""
    left = row.chased - 1
    past.keep(row, chased=left, chased_at=row.chased_at if left else None, reminder_id=None)


def _none_has_left(release: Release) -> None:
    """Where nobody got it after all, it is no more than approved, so its words may change again."""
    with system("whether anything of a release has left"):
        made = select(Recipient.id).where(Recipient.release_id == release.id, Recipient.mail_id.is_not(None))
        if release.status == "sent" and db.session().scalars(made.limit(1)).first() is None:
            whose = update(Release).where(Release.id == release.id)
            db.session().execute(whose.values(status="approved"))
            db.session().refresh(release)
