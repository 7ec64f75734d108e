"""What campaigns offer to the pages of contacts and coalitions, and to the home page."""

from collections.abc import Iterable

from crm.access.actor import Actor
from crm.accounts.permissions import STAFF
from crm.campaigns.permissions import ASK, VIEW
from crm.contacts.models import Contact
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Action, Card, Panel


def contact_actions(contact: Contact) -> Iterable[Action]:
    this = {"contact_id": contact.id}
    yield Action(
        _("Ask for something"), "campaigns.new_ask", this, "message-circle", ASK, weight=40, dialog=True
    )


def contact_panels(contact: Contact) -> Iterable[Panel]:
    yield Panel("asks", _("Asked for"), "campaigns.of_contact", {"contact_id": contact.id}, VIEW, weight=30)


def record_panels(kind: str, record_id: int) -> Iterable[Panel]:
    if kind == "coalition":
        this = {"coalition_id": record_id}
        yield Panel("campaigns", _("Campaigns"), "campaigns.of_coalition", this, VIEW, weight=40)


def cards(actor: Actor) -> Iterable[Card]:
    """Goals of campaigns that run; who answers for some sees their own asks, too."""
    if not actor.can(VIEW):
        return
    yield Card(
        "campaigns", _("Campaigns"), "campaigns.card_goals", permission=VIEW, weight=15, width=6,
        roles=STAFF,
    )  # fmt: skip
    if actor.can(ASK) and actor.user_id is not None:
        yield Card(
            "asks",
            _("My asks without an answer"),
            "campaigns.card_asks",
            permission=ASK,
            weight=25,
            width=6,
            roles=("policy", "media"),
        )
