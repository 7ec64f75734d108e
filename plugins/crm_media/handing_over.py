"""What somebody who leaves answers for in media, and giving it to an heir."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from flask import url_for
from sqlalchemy import ColumnElement, and_, or_, select

from crm.plugin_api import (
    Actor,
    Contact,
    Heirs,
    Responsibility,
    UserError,
    day_here,
    db,
    now,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as lazy
from crm.plugin_api.outside import answer_to
from crm.plugin_api.words import day
from crm_media.models import Booking, Plan, PlanStep, Recipient, Release, Spokesperson
from crm_media.permissions import EDIT, OUTREACH
from crm_media.services import answering, outreach, press
from crm_media.words import RELEASE_STATUSES

RELEASE, STEP, INTERVIEW = "media.release", "media.step", "media.interview"
MOST: Final = 500
_MAY_WAIT: Final = timedelta(days=14)
"""So long after it was made a message may still wait in the outbox."""


def responsibilities(
    contact: Contact, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[Responsibility]:
    """Of a person and their account; nothing of media is of one organization alone."""
    if organization_id is not None:
        return
    speaker = press.detail_of(Spokesperson, contact.id)
    yield from _releases(user_id, speaker, actor)
    if user_id is not None:
        yield from _steps(user_id, actor)
    if speaker is not None:
        yield from _interviews(speaker, actor)


def _releases(user_id: int | None, speaker: Any, actor: Actor) -> Iterable[Responsibility]:
    """Those that have still to leave, in whole or in part, and whose answers go to them."""
    keys = [f"user:{user_id}"] if user_id is not None else []
    keys += [f"speaker:{speaker.id}"] if speaker is not None else []
    theirs: ColumnElement[bool] = Release.answers_to.in_(keys)
    if user_id is not None:
        theirs = or_(theirs, and_(Release.answers_to == answering.SENDER, Release.sender_id == user_id))
    young = select(Recipient.release_id).where(Recipient.sent_at > now() - _MAY_WAIT)
    open_ones = or_(Release.status != "sent", Release.sending, Release.id.in_(young))
    statement = visible(Release, actor, OUTREACH).where(theirs, open_ones).order_by(Release.id).limit(MOST)
    for row in db.session().scalars(statement).all():
        if row.status != "sent" or outreach.under_way(row):
            url, how = url_for("media.release", release_id=row.id), str(RELEASE_STATUSES[row.status])
            yield Responsibility(RELEASE, row.id, lazy("Answers to a release"), row.name, "user", how, url)


def _steps(user_id: int, actor: Actor) -> Iterable[Responsibility]:
    statement = (
        visible(PlanStep, actor, EDIT)
        .join(Plan, Plan.id == PlanStep.plan_id)
        .where(PlanStep.user_id == user_id, PlanStep.done.is_(False))
        .order_by(PlanStep.due_on, PlanStep.id)
        .limit(MOST)
        .with_only_columns(PlanStep, Plan.name)
    )
    for step, plan in db.session().execute(statement).all():
        detail = f"{plan} · {_('due %(day)s', day=day(step.due_on))}"
        url = url_for("media.plans")
        yield Responsibility(STEP, step.id, lazy("Step of a media plan"), step.title, "user", detail, url)


def _interviews(speaker: Spokesperson, actor: Actor) -> Iterable[Responsibility]:
    statement = visible(Booking, actor, EDIT).where(
        Booking.spokesperson_id == speaker.id,
        Booking.status.in_(("asked", "agreed")),
        Booking.on_day >= day_here(),
    )
    url = url_for("media.spokesperson", spokesperson_id=speaker.id)
    for row in db.session().scalars(statement.order_by(Booking.on_day, Booking.id).limit(MOST)):
        detail = " · ".join(filter(None, (row.outlet, day(row.on_day))))
        yield Responsibility(INTERVIEW, row.id, lazy("Interview"), row.title, "person", detail, url)


def hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    """Give what is among the items to the heirs. UserError where interviews go to somebody who does not speak
    for us, or answers to somebody who may not see the release. Inside a transaction."""
    with system("the items were chosen among what the actor may change"):
        for item in items:
            if item.kind == RELEASE and heirs.user_id is not None:
                _give_release(item.record_id, heirs.user_id)
            elif item.kind == STEP and heirs.user_id is not None:
                db.session().get_one(PlanStep, item.record_id).user_id = heirs.user_id
            elif item.kind == INTERVIEW and heirs.contact_id is not None:
                booking = db.session().get_one(Booking, item.record_id)
                booking.spokesperson_id = _speaker(heirs.contact_id)
        db.session().flush()


def _give_release(release_id: int, user_id: int) -> None:
    """Answers go to the heir, also those to messages that wait in the outbox."""
    release = db.session().get_one(Release, release_id)
    answering.give(release, user_id)
    made = select(Recipient.mail_id, Recipient.reminder_id).where(Recipient.release_id == release_id)
    mails = [each for row in db.session().execute(made) for each in row if each]
    answer_to(mails, answering.of(release).address)


def _speaker(contact_id: int) -> int:
    found = press.detail_of(Spokesperson, contact_id)
    if found is None:
        raise UserError(_("Interviews go to somebody who speaks for us. Make them a spokesperson first."))
    return int(found.id)
