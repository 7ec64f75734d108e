"""What coalitions offer to lists, to the search box, to pages of records and to the home page."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from crm.coalitions.models import Coalition
from crm.coalitions.permissions import COMMIT, EDIT, VIEW
from crm.contacts.models import PERSON, Contact
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Action, Card, NavItem, Panel, SearchProvider


def documents(chosen: ColumnElement[bool]) -> Select[Any]:
    """Named with where they are. What one is part of is not everybody's to know who finds it."""
    columns: tuple[Any, ...] = (Coalition.id.label("record_id"), Coalition.name.label("title"))
    subtitle = Coalition.region.label("subtitle")
    body = (Coalition.region + " " + Coalition.description).label("body")
    return select(*columns, subtitle, body).where(chosen)


def search_providers() -> Iterable[SearchProvider]:
    return (
        SearchProvider(
            kind="coalition",
            label=_("Coalitions"),
            subject_table="coalition",
            model=Coalition,
            documents=documents,
            id_column=Coalition.id,
            endpoint="coalitions.show",
            icon="users-group",
            permission=VIEW,
            id_argument="coalition_id",
        ),
    )


def nav_items() -> Iterable[NavItem]:
    soon = {"list": "soon"}
    return (
        NavItem(_("Coalitions"), "coalitions.index", "users-group", VIEW, 30, area="coalition"),
        NavItem(
            _("Commitments"),
            "coalitions.commitments",
            "heart-handshake",
            VIEW,
            32,
            arguments=soon,
            area="coalition",
        ),
        NavItem(_("New coalition"), "coalitions.new", "users-group", EDIT, 20, "command"),
        NavItem(_("New commitment"), "coalitions.new_commitment", "heart-handshake", COMMIT, 21, "command"),
    )


def contact_panels(contact: Contact) -> Iterable[Panel]:
    this = {"contact_id": contact.id}
    return (
        Panel("coalitions", _("Coalitions"), "coalitions.of_contact", this, VIEW, weight=20),
        Panel("commitments", _("Commitments"), "coalitions.commitments_of_contact", this, VIEW, weight=25),
    )


def contact_actions(contact: Contact) -> Iterable[Action]:
    this = {"contact_id": contact.id}
    yield Action(_("New commitment"), "coalitions.new_commitment", this, "heart-handshake", COMMIT, weight=55,
                 dialog=True)  # fmt: skip
    if contact.kind == PERSON:
        yield Action(_("Hand over"), "coalitions.hand_over", this, "switch-horizontal", EDIT, weight=70)


def record_panels(kind: str, record_id: int) -> Iterable[Panel]:
    if kind == "coalition":
        this = {"coalition_id": record_id}
        yield Panel("health", _("How it is doing"), "coalitions.health_panel", this, VIEW, weight=10)
        yield Panel("commitments", _("Commitments"), "coalitions.commitments_of_coalition", this, VIEW,
                    weight=20)  # fmt: skip
    elif kind == "campaign":
        this = {"campaign_id": record_id}
        yield Panel("commitments", _("Commitments"), "coalitions.commitments_of_campaign", this, VIEW,
                    weight=40)  # fmt: skip


def cards() -> Iterable[Card]:
    return (
        Card("commitments", _("Commitments to follow up"), "coalitions.card_commitments", permission=COMMIT,
             weight=15, width=6, roles=("organizer", "policy")),
        Card("coalitions", _("Coalitions"), "coalitions.card_coalitions", permission=VIEW, weight=30,
             width=6, roles=("policy", "school", "agency")),
        Card("quiet", _("Gone quiet"), "coalitions.card_quiet", permission=VIEW, weight=35, width=6,
             roles=("organizer",)),
    )  # fmt: skip
