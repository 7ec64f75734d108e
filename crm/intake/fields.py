"""The fields of forms and answers, declared once for lists, filters and export."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import url_for
from flask_babel import ngettext
from sqlalchemy import ColumnElement, case, func, or_, select

from crm.access import current_actor
from crm.access.actor import Actor
from crm.i18n import lazy_gettext as _
from crm.intake import noticing
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.intake.permissions import ANSWERS, EDIT, HELP, VIEW
from crm.intake.words import ALWAYS, ANSWER_STATUSES, FIELDS, KINDS, PROOFS, STATUSES
from crm.intake.words import HELP as HELP_KIND
from crm.plugin_api.types import Field, Linked, Preset, RecordType


def _answer_fields(model: Any) -> tuple[Field, ...]:
    form_name = (
        select(PublicForm.name).where(PublicForm.id == model.form_id).correlate(model).scalar_subquery()
    )
    texts = [
        Field(name, label, "long_text" if name == "message" else "text", getattr(model, name))
        for name, label in (*ALWAYS.items(), *FIELDS.items())
    ]
    return (
        Field("name", _("Name"), expression=model.given_name + " " + model.family_name, sortable=False),
        *texts,
        Field("form", _("Form"), expression=form_name),
        Field("status", _("Status"), "choice", model.status, choices=lambda: tuple(ANSWER_STATUSES.items())),
        Field("consent", _("Consent"), "long_text", model.consent),
        Field("language", _("Language"), "language", model.language),
        Field("confirmed_at", _("Confirmed"), "datetime", model.confirmed_at),
        Field("created_at", _("Sent"), "datetime", model.created_at, sortable=True),
        _others(model),
        *((_proof(model),) if model is HelpRequest else ()),
    )


def _proof(model: Any) -> Field:
    """Whether the address that a request for help names is the sender's: it waits for staff before that."""
    known = case((model.email == "", "none"), (model.confirmed_at.is_(None), "open"), else_="confirmed")
    return Field("proof", _("Email confirmed"), "choice", known, choices=lambda: tuple(PROOFS.items()))


def _others(model: Any) -> Field:
    """That the same address sent more, with the way to it."""

    def found(ids: Sequence[int]) -> Mapping[int, Any]:
        counts = noticing.others_of(model, ids, current_actor())
        place = "intake.help_request" if model is HelpRequest else "intake.form_answer"
        return {
            each: Linked(_same_words(count), url_for(place, answer_id=each, _anchor="others"))
            for each, count in counts.items()
        }

    return Field("others", _("The same address sent"), fetch=found, filterable=False, exportable=False)


def _same_words(count: int) -> str:
    return str(ngettext("%(shown)s more", "%(shown)s more", count, shown=count))


def _quick(model: Any) -> Any:
    def clause(text: str, _actor: Actor) -> ColumnElement[bool]:
        columns = (model.given_name, model.family_name, model.email, model.organization)
        return or_(*(column.icontains(text, autoescape=True) for column in columns))

    return clause


def _answers(name: str, label: Any, one: Any, model: Any, permission: str, place: str) -> RecordType:
    helps = model is HelpRequest
    unconfirmed = (("status", "is", "waiting"), ("proof", "is", "open")) if helps else _UNCONFIRMED
    return RecordType(
        name, label, one, model, permission, model.given_name + " " + model.family_name,
        f"intake.{place}", f"intake.{place}s", _answer_fields(model),
        default_columns=("name", "email", "proof" if helps else "form", "others", "status", "created_at"),
        default_sort="-created_at", quick_filter=_quick(model), id_argument="answer_id", icon="inbox",
        presets=(
            Preset("waiting", _("To look at"), (("status", "is", "waiting"),)),
            Preset("accepted", _("Taken over"), (("status", "is", "accepted"),)),
            Preset("unconfirmed", _("Email not confirmed"), unconfirmed),
            Preset("spam", _("Spam"), (("status", "is", "spam"),)),
            Preset("all", _("Everything")),
        ),
    )  # fmt: skip


_UNCONFIRMED: Final = (("status", "is", "unconfirmed"),)


def record_types() -> Sequence[RecordType]:
    answers, requests = (
        case((
            PublicForm.kind == HELP_KIND if model is HelpRequest else PublicForm.kind != HELP_KIND,
            select(func.count(model.id)).where(model.form_id == PublicForm.id).correlate(PublicForm)
            .scalar_subquery(),
        ))
        for model in (FormAnswer, HelpRequest)
    )  # fmt: skip
    forms = (
        Field("name", _("Name"), expression=PublicForm.name, sortable=True),
        Field("kind", _("Kind"), "choice", PublicForm.kind, choices=lambda: tuple(KINDS.items())),
        Field("status", _("Status"), "choice", PublicForm.status, choices=lambda: tuple(STATUSES.items())),
        Field("answers", _("Answers"), "number", answers, permission=ANSWERS, filterable=False),
        Field("requests", _("Requests for help"), "number", requests, permission=HELP, filterable=False),
        Field("created_at", _("Created"), "datetime", PublicForm.created_at, sortable=True),
    )  # fmt: skip
    return (
        RecordType(
            "public_forms", _("Public forms"), _("Public form"), PublicForm, VIEW, PublicForm.name,
            "intake.show", "intake.index", forms,
            default_columns=("name", "kind", "status", "answers", "requests"),
            default_sort="name", id_argument="form_id", edit_permission=EDIT, icon="clipboard-list",
            quick_filter=lambda text, _actor: PublicForm.name.icontains(text, autoescape=True),
        ),
        _answers("form_answers", _("Answers to forms"), _("Answer to a form"), FormAnswer, ANSWERS,
                 "form_answer"),
        _answers("help_requests", _("Requests for help"), _("Request for help"), HelpRequest, HELP,
                 "help_request"),
    )  # fmt: skip
