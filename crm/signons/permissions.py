"""Who may see open letters, and who may write them and decide about signatures."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from crm.access.actor import Actor, Scopes
from crm.accounts.permissions import STAFF
from crm.campaigns.permissions import campaigns_in
from crm.coalitions.permissions import coalitions_in
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission, Visibility
from crm.signons.models import Letter, LetterText, Signature, SignInvitation

VIEW, EDIT = "signons.view", "signons.edit"


def permissions() -> Iterable[Permission]:
    return (
        Permission(VIEW, _("See open letters and who signed"), roles=STAFF),
        Permission(
            EDIT, _("Write open letters, invite signers, approve signatures"), roles=("organizer", "policy")
        ),
    )


def letter_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a coalition: its letters and those of its campaigns."""
    return or_(Letter.coalition_id.in_(coalitions_in(scopes)), Letter.campaign_id.in_(campaigns_in(scopes)))


def _part(model: Any) -> Visibility:
    """Whoever sees a letter sees its texts, signatures and invitations."""
    return Visibility(
        model,
        VIEW,
        lambda actor, scopes: model.letter_id.in_(select(Letter.id).where(letter_rule(actor, scopes))),
    )


def visibility() -> Iterable[Visibility]:
    return (Visibility(Letter, VIEW, letter_rule), *map(_part, (LetterText, Signature, SignInvitation)))
