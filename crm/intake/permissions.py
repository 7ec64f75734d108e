"""Who may build public forms, and who may read what was answered."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from crm.access.actor import Actor, Scopes
from crm.accounts.permissions import STAFF
from crm.campaigns.permissions import campaigns_in
from crm.coalitions.permissions import coalitions_in
from crm.i18n import lazy_gettext as _
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.plugin_api.types import Permission, Visibility

VIEW, EDIT = "intake.view", "intake.edit"
ANSWERS, HELP = "intake.answers", "intake.help"


def permissions() -> Iterable[Permission]:
    organizer = ("organizer",)
    return (
        Permission(VIEW, _("See public forms"), roles=STAFF),
        Permission(EDIT, _("Build, open and close public forms"), roles=organizer),
        Permission(ANSWERS, _("Read and handle answers to public forms"), roles=organizer),
        Permission(
            HELP,
            _("Read and handle requests for help"),
            _("They are confidential: nobody else sees them, and no search finds them."),
            roles=organizer,
        ),
    )


def form_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: its forms and those of its campaigns."""
    return or_(
        PublicForm.coalition_id.in_(coalitions_in(scopes)), PublicForm.campaign_id.in_(campaigns_in(scopes))
    )


def _answers(model: Any, permission: str) -> Visibility:
    def rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        found: ColumnElement[bool] = model.form_id.in_(select(PublicForm.id).where(form_rule(actor, scopes)))
        return found

    return Visibility(model, permission, rule)


def visibility() -> Iterable[Visibility]:
    return (
        Visibility(PublicForm, VIEW, form_rule),
        _answers(FormAnswer, ANSWERS),
        _answers(HelpRequest, HELP),
    )
