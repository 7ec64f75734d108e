"""What public forms bring to the search box, the home page, timelines, and to handing over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, literal, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact
from crm.i18n import LANGUAGES
from crm.i18n import lazy_gettext as lazy
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.intake.permissions import ANSWERS, EDIT, HELP, VIEW
from crm.intake.services import touch
from crm.intake.words import KINDS
from crm.plugin_api.types import Card, Heirs, Responsibility, SearchProvider, TimelineEntry
from crm.signons.permissions import EDIT as EDIT_LETTERS

FORM: Final = "intake.form"


def search_provider() -> SearchProvider:
    """Forms alone: what people answer is found by no search."""
    return SearchProvider(
        "public_forms", lazy("Public forms"), "intake_form", PublicForm, _documents, PublicForm.id,
        "intake.show", "clipboard-list", VIEW, id_argument="form_id",
    )  # fmt: skip


def _documents(chosen: ColumnElement[bool]) -> Select[Any]:
    titles = [func.coalesce(PublicForm.texts[code]["title"].as_string(), "") for code in LANGUAGES]
    columns: tuple[Any, ...] = (
        PublicForm.id.label("record_id"), PublicForm.name.label("title"),
        literal("").label("subtitle"), (titles[0] + "\n" + titles[1]).label("body"),
    )  # fmt: skip
    return select(*columns).where(chosen)


def cards(actor: Actor) -> Iterable[Card]:
    """What came in from outside and waits, for whoever may handle any of it."""
    if any(actor.can(each) for each in (ANSWERS, HELP, EDIT_LETTERS)):
        yield Card("intake", lazy("From outside"), "intake.card", weight=12, width=6, roles=("organizer",))


def timeline(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """Answers that were taken over into somebody's record."""
    for model, permission, endpoint in (
        (FormAnswer, ANSWERS, "intake.form_answer"), (HelpRequest, HELP, "intake.help_request")
    ):  # fmt: skip
        if not actor.can(permission):
            continue
        statement = (
            visible(model, actor, permission)
            .join(PublicForm, PublicForm.id == model.form_id)
            .where(model.contact_id == contact.id)
            .order_by(model.created_at.desc(), model.id.desc())
            .limit(limit)
            .add_columns(PublicForm.name)
        )
        if before is not None:
            statement = statement.where(model.created_at < before)
        with system("whoever may read an answer may know its form"):
            rows = db.session().execute(statement).all()
        for row, name in rows:
            address = url_for(endpoint, answer_id=row.id)
            yield TimelineEntry(row.created_at, "inbox", _("Answered “%(name)s”", name=name), "", "", address)


def responsibilities(user_id: int | None, actor: Actor) -> Iterable[Responsibility]:
    """Forms whose answers somebody is told of."""
    if user_id is None or not actor.can(EDIT):
        return
    statement = visible(PublicForm, actor, EDIT).where(
        PublicForm.notify_user_id == user_id, PublicForm.status != "closed"
    )
    for form in db.session().scalars(statement.order_by(PublicForm.name, PublicForm.id)):
        address = url_for("intake.show", form_id=form.id)
        kind = str(KINDS[form.kind])
        yield Responsibility(FORM, form.id, _("Public form"), form.name, "user", kind, address)


def hand_over(items: Sequence[Responsibility], heirs: Heirs) -> None:
    """Tell the account that takes over of answers."""
    if heirs.user_id is None:
        return
    with system("a hand-over reaches what the leaving person answers for"):
        for item in items:
            form = db.session().get(PublicForm, item.record_id) if item.kind == FORM else None
            if form is not None:
                form.notify_user_id = heirs.user_id
                touch(form)
        db.session().flush()
