"""What staff see of answers before they open one: how many wait, a message about a new one, and which others
came from the same address."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.accounts import limits, mail
from crm.accounts.models import User
from crm.accounts.sessions import actor_for
from crm.accounts.tokens import address_of
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.intake.permissions import ANSWERS, HELP

MODELS: tuple[Any, ...] = (FormAnswer, HelpRequest)
SHOWN: Final = 10
"""So many others of the same address the page of an answer names."""


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
    user = form.notify_user_id and db.session().get(User, form.notify_user_id)
    if not user or not user.active or row.told_at is not None:
        return
    model, actor = type(row), actor_for(user)
    theirs = visible(model, actor, permission_of(model)).where(model.id == row.id)
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
        mail.send(user.email, subject, "\n\n".join(filter(None, parts)) + "\n", "form_notice")
    row.told_at = db.now()


def _unproven_words() -> str:
    return _("They have not confirmed their email address yet. You need not wait for it to help.")


def _last_words() -> str:
    return _(
        "Very many came within an hour, so the next ones are not mailed one by one. Please look at the whole "
        "list now and then: somebody in need may be among them."
    )


def others(row: Any, actor: Actor) -> Sequence[Any]:
    """What else came from the address of an answer, the newest first, without what looks like
    a robot's."""
    model = type(row)
    if not row.email:
        return []
    statement = visible(model, actor, permission_of(model)).where(
        func.lower(model.email) == row.email.lower(), model.id != row.id, model.status != "spam"
    )
    return db.session().scalars(statement.order_by(model.id.desc()).limit(SHOWN + 1)).all()


def others_of(model: Any, ids: Sequence[int], actor: Actor) -> Mapping[int, int]:
    """How many others came from the address of each answer of a page; those without any are left out."""
    run = db.session().execute
    page = visible(model, actor, permission_of(model)).where(db.among(model.id, ids), model.email != "")
    key, own = func.lower(model.email), model.status != "spam"
    mine = {row[0]: (row[1], row[2]) for row in run(page.with_only_columns(model.id, key, own))}
    # The addresses first: joined with itself without an index the table would be read for each row of a page.
    all_of = visible(model, actor, permission_of(model)).where(
        own, key.in_({each for each, _own in mine.values()})
    )
    counts = {
        row[0]: row[1] for row in run(all_of.with_only_columns(key, func.count(model.id)).group_by(key))
    }
    others = {each: counts.get(address, 0) - counted for each, (address, counted) in mine.items()}
    return {each: count for each, count in others.items() if count > 0}
