"""What staff see of answers before they open one: how many wait, a message about a new one, and which others
came from the same address."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import limits, mail
from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.accounts.tokens import address_of
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.intake.permissions import ANSWERS, HELP

MODELS: tuple[Any, ...] = (FormAnswer, HelpRequest)
SHOWN: Final = 10
"""So many others of the same address the page of an answer names."""
MADE_UP: Final = timedelta(days=2)
"""So long requests without email stay to be told of, should no worker have run."""
NOTICE: Final = "form_notice"


def permission_of(model: Any) -> str:
    return HELP if model is HelpRequest else ANSWERS


def is_unproven(model: Any) -> ColumnElement[bool]:
    """The condition that an answer has an address of which nobody knows yet whether it is theirs."""
    unproven: ColumnElement[bool] = model.confirmed_at.is_(None) & (model.email != "")
    return unproven


def waiting(actor: Actor) -> tuple[int, int, int]:
    """How many answers and how many requests for help wait for somebody who may handle them, and how many of
    these requests have an address that is not confirmed yet."""
    counts = []
    for model in MODELS:
        if not actor.can(permission_of(model)):
            counts.append((0, 0))
            continue
        counted = func.count(model.id), func.count(model.id).filter(is_unproven(model))
        statement = visible(model, actor, permission_of(model)).where(model.status == "waiting")
        counts.append(db.session().execute(statement.with_only_columns(*counted)).one())
    return counts[0][0], *counts[1]


def notify(row: Any, form: PublicForm) -> None:
    """Mail whoever the form names that an answer waits, once. What nobody confirmed may be a robot's, so of
    such only so many an hour are told, and the last of them says so; of the rest those that are confirmed
    later are told of then."""
    user = _told_by(form)
    if user is None or row.told_at is not None:
        return
    model = type(row)
    theirs = visible(model, actor_for(user), permission_of(model)).where(model.id == row.id)
    if db.session().execute(theirs).first() is None:  # Their role over it was taken.
        return
    left = limits.NOTICE.most if row.confirmed_at else limits.begin_notice(f"form {form.id}")
    if not left:
        return
    link = address_of("intake.answer", kind=MODELS.index(model), answer_id=row.id)
    with force_locale(user.language or "en"):
        subject = _("New answer to “%(name)s”", name=form.name)
        parts = [_unproven_words() if row.email and not row.confirmed_at else "", link,
                 _last_words() if left == 1 else ""]  # fmt: skip
        mail.send(user.email, subject, "\n\n".join(filter(None, parts)) + "\n", NOTICE)
    row.told_at = db.now()


def _told_by(form: PublicForm) -> User | None:
    """Whom a form mails that something came."""
    user = db.session().get(User, form.notify_user_id) if form.notify_user_id else None
    return user if user is not None and user.active else None


def notify_of_more() -> None:
    """Mail whoever a form names how many requests for help came that were not mailed one by one: in the last
    hour, and without email, which nobody can confirm later, since the last such mail. Once an hour, inside
    a transaction."""
    with system("forms that name somebody to be told"):
        statement = select(PublicForm).where(PublicForm.notify_user_id.is_not(None)).order_by(PublicForm.id)
        for form in db.session().scalars(statement).all():
            if (user := _told_by(form)) is not None:
                _notify_of_more(form, user)


def _notify_of_more(form: PublicForm, user: User) -> None:
    now, request = db.now(), HelpRequest
    lately = request.created_at > now - MADE_UP, request.created_at > now - limits.NOTICE.window
    rows = db.session().scalars(
        visible(request, actor_for(user), HELP).where(
            request.form_id == form.id, request.status == "waiting", request.told_at.is_(None),
            request.confirmed_at.is_(None), lately[0], or_(request.email == "", lately[1]),
        )
    ).all()  # fmt: skip
    if not rows:
        return
    with force_locale(user.language or "en"):
        subject = _("More requests from “%(name)s”", name=form.name)
        said = ngettext("%(shown)s more request for help came that was not mailed by itself.",
                        "%(shown)s more requests for help came that were not mailed one by one.",
                        len(rows), shown=f"{len(rows):,}")  # fmt: skip
        link = address_of("intake.help_requests", list="waiting")
        mail.send(user.email, subject, f"{said}\n\n{link}\n", NOTICE)
    for row in rows:
        if not row.email:  # The others are told of once more when they are confirmed.
            row.told_at = now


def _unproven_words() -> str:
    return _("They have not confirmed their email address yet. You need not wait for it to help.")


def _last_words() -> str:
    return _(
        "Several came within an hour, so the next ones may not be mailed one by one: once an hour a message "
        "says how many more came. Please look at the whole list: somebody in need may be among them."
    )


def others(row: Any, actor: Actor) -> Sequence[Any]:
    """What else came from the address of an answer, the newest first, without what looks like
    a robot's."""
    model = type(row)
    if not row.email:
        return []
    statement = visible(model, actor, permission_of(model)).where(
        model.email == row.email, model.id != row.id, model.status != "spam"
    )
    return db.session().scalars(statement.order_by(model.id.desc()).limit(SHOWN + 1)).all()


def others_of(model: Any, ids: Sequence[int], actor: Actor) -> Mapping[int, int]:
    """How many others came from the address of each answer of a page; those without any are left out."""
    run = db.session().execute
    page = visible(model, actor, permission_of(model)).where(db.among(model.id, ids), model.email != "")
    key, own = model.email, model.status != "spam"
    mine = {row[0]: (row[1], row[2]) for row in run(page.with_only_columns(model.id, key, own))}
    # By the index of the addresses: all who ever asked are not read for each page.
    all_of = visible(model, actor, permission_of(model)).where(
        own, key.in_({each for each, _own in mine.values()})
    )
    counts = {
        row[0]: row[1] for row in run(all_of.with_only_columns(key, func.count(model.id)).group_by(key))
    }
    others = {each: counts.get(address, 0) - counted for each, (address, counted) in mine.items()}
    return {each: count for each, count in others.items() if count > 0}
