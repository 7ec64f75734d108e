"""The mail of the morning: what is late and what is due, of every feature, once a day at about seven.

An hourly job looks where it is morning. The mark that somebody's day was looked at is written together with
the mail, so a crash neither loses one nor sends two.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urljoin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import current_app, g, render_template
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from sqlalchemy import select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import mail
from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.activities.models import MorningMail
from crm.i18n import LANGUAGES
from crm.plugin_api.types import DigestItem, JobRun
from crm.runtime import runtime

log = logging.getLogger(__name__)
JOB: Final = "activities.morning_mail"
PURPOSE: Final = "morning"
FROM, UNTIL = 7, 12
"""Hours of the reader's clock: from when it is sent, and when it is too late for a mail of the morning."""
MOST_SHOWN: Final = 60


def step(run: JobRun) -> bool:
    """The step of `activities.morning_mail`: one account after the other."""
    if not write_next(db.now(), run.actor):
        with db.transaction(run.actor, JOB):
            run.finish()
        return True
    return False


def write_next(moment: datetime, actor: Actor) -> bool:
    """Look at the day of one account where it is morning at this moment and it was not done yet; False when
    there is none."""
    found = next(_due(moment), None)
    if found is None:
        return False
    user_id, day = found
    composed = _composed(user_id, day)
    with db.transaction(actor, JOB):
        if mark(user_id, day) and composed is not None:
            recipient, subject, text, html = composed
            mail.send(recipient, subject, text, PURPOSE, html)
    return True


def _composed(user_id: int, day: date) -> tuple[str, str, str, str] | None:
    """As `compose`; a mistake of ours costs this one's mail and no other's."""
    try:
        return compose(user_id, day)
    except Exception:
        if current_app.testing:
            raise
        log.exception("the morning mail of account %s could not be written", user_id)
        return None


def _due(moment: datetime) -> Iterator[tuple[int, date]]:
    """Accounts in use that want the mail, with the day it is for them."""
    statement = (
        select(User.id, User.time_zone, MorningMail.day)
        .outerjoin(MorningMail, MorningMail.user_id == User.id)
        .where(User.active.is_(True), MorningMail.wanted.is_not(False))
        .order_by(User.id)
    )
    with system("where it is morning"):
        rows = db.session().execute(statement).all()
    for user_id, zone, last in rows:
        local = moment.astimezone(_zone(zone))
        if FROM <= local.hour < UNTIL and (last is None or last < local.date()):
            yield user_id, local.date()


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or runtime().config.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def mark(user_id: int, day: date) -> bool:
    """Note that the day was looked at, inside a transaction; False when it was already or is not wanted."""
    with system("one mail a day"):
        row = (
            db.session()
            .scalars(select(MorningMail).where(MorningMail.user_id == user_id).with_for_update())
            .one_or_none()
        )
        if row is None:
            row = MorningMail(user_id=user_id, wanted=True, day=None)
            db.session().add(row)
        if not row.wanted or (row.day is not None and row.day >= day):
            return False
        row.day = day
        db.session().flush()
    return True


def compose(user_id: int, day: date) -> tuple[str, str, str, str] | None:
    """Address, subject, text and HTML of somebody's mail, as they see things; None when there is nothing to
    say. The subject names nobody: it is read over shoulders."""
    with current_app.test_request_context(base_url=runtime().config.base_url):
        with system("whose mail it is"):
            user = db.session().get_one(User, user_id)
        actor = actor_for(user)
        g.crm_user, g.crm_actor = user, actor
        language = user.language if user.language in LANGUAGES else "en"
        with force_locale(language):
            sections = _sections(actor, day)
            if not sections:
                return None
            return (user.email, *_rendered(user, day, sections))


def _sections(actor: Actor, day: date) -> dict[str, list[DigestItem]]:
    """The items of all features below their headings; a feature that fails is left out."""
    found: dict[str, list[DigestItem]] = {}
    for _plugin, item in runtime().plugins.each("crm_digest", actor=actor, today=day):
        if isinstance(item, DigestItem) and sum(map(len, found.values())) < MOST_SHOWN:
            found.setdefault(str(item.section), []).append(item)
    late_first = sorted(found.items(), key=lambda pair: not any(item.late for item in pair[1]))
    return dict(late_first)


def _rendered(user: User, day: date, sections: Mapping[str, list[DigestItem]]) -> tuple[str, str, str]:
    config = runtime().config
    count = sum(map(len, sections.values()))
    subject = _("Your day: 1 thing") if count == 1 else _("Your day: %(count)s things", count=count)
    values: dict[str, Any] = {
        "person": user,
        "day": day,
        "sections": sections,
        "site": config.organization_name,
        "site_url": config.base_url,
        "link": lambda path: urljoin(f"{config.base_url}/", path),
        "language": str(get_locale()),
    }
    text = render_template("activities/mail/morning.txt", **values).strip() + "\n"
    return subject, text, render_template("activities/mail/morning.html", **values)


# One's own setting.


def is_wanted(user_id: int) -> bool:
    statement = select(MorningMail.wanted).where(MorningMail.user_id == user_id)
    with system("one's own setting"):
        return db.session().execute(statement).scalar() is not False


def want(user_id: int, wanted: bool) -> None:
    """Switch one's mail on or off. Inside a transaction."""
    with system("one's own setting"):
        row = db.session().scalars(select(MorningMail).where(MorningMail.user_id == user_id)).one_or_none()
        if row is None:
            row = MorningMail(user_id=user_id)
            db.session().add(row)
        row.wanted = wanted
        db.session().flush()


def quieten() -> None:
    """After a restore nobody gets a mail today that they may have had before it. Inside its transaction."""
    latest = (datetime.now(UTC) + timedelta(hours=14)).date()
    with system("a restored backup sends nothing by itself"):
        known = set(db.session().scalars(select(MorningMail.user_id)))
        db.session().execute(update(MorningMail).values(day=latest))
        for user_id in db.session().scalars(select(User.id)).all():
            if user_id not in known:
                db.session().add(MorningMail(user_id=user_id, day=latest))
        db.session().flush()
