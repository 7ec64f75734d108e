"""Every hook there is, with its exact arguments. docs/plugins.md says when each is called.

Declared once at boot: the hooks that return an iterable of declarations. Per request: those that get an
actor; each implementation is called on its own, and one that fails costs its own part of the page. Of
the domain: they run inside the transaction of what happens.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click
import pluggy
from flask import Blueprint

from crm.access.actor import Actor
from crm.plugin_api import types

hookspec = pluggy.HookspecMarker("crm")
hookimpl = pluggy.HookimplMarker("crm")


# Declared once at boot.


@hookspec(firstresult=True)
def crm_plugin() -> types.PluginInfo:
    """Say who this plugin is. Every plugin has exactly one."""


@hookspec
def crm_blueprints() -> Iterable[Blueprint]:
    """Blueprints with the plugin's pages; name and URL prefix are the plugin's name."""


@hookspec
def crm_permissions() -> Iterable[types.Permission]:
    """Permissions that the plugin's views and services check."""


@hookspec
def crm_record_types() -> Iterable[types.RecordType]:
    """Kinds of records for lists, import and export."""


@hookspec
def crm_fields(record_type: str) -> Iterable[types.Field]:
    """More fields for a record type of the core or of another plugin."""


@hookspec
def crm_relations() -> Iterable[types.Relation]:
    """Records that belong to others, for conditions of lists."""


@hookspec
def crm_history_words() -> Iterable[types.ColumnWords]:
    """What columns and their stored values are called in the history of records."""


@hookspec
def crm_search_providers() -> Iterable[types.SearchProvider]:
    """Records that the search box finds."""


@hookspec
def crm_importers() -> Iterable[types.Importer]:
    """Kinds of import."""


@hookspec
def crm_exporters() -> Iterable[types.Exporter]:
    """Kinds of export."""


@hookspec
def crm_jobs() -> Iterable[types.JobKind]:
    """Background work, with or without a schedule."""


@hookspec
def crm_cli() -> Iterable[click.Command]:
    """Commands or groups below `rollcall`."""


@hookspec
def crm_visibility() -> Iterable[types.Visibility]:
    """Protected tables and who may see which of their rows."""


@hookspec
def crm_withheld() -> Iterable[types.Withheld]:
    """Rows of tables, of others too, that are kept from people whose roles would show them."""


@hookspec
def crm_reserved_ids() -> Iterable[types.ReservedIds]:
    """External ids of contacts that nobody gives or asks for who may not know those who have them."""


@hookspec
def crm_roles() -> Iterable[types.DefaultRole]:
    """Roles that a new installation begins with."""


@hookspec
def crm_scope_kinds() -> Iterable[types.ScopeKind]:
    """Kinds of records that a grant can be limited to."""


@hookspec
def crm_settings() -> Iterable[types.Setting]:
    """What administrators set in a page."""


@hookspec
def crm_measures() -> Iterable[types.Measure]:
    """Ways to count what a campaign has reached."""


# Per request.


@hookspec
def crm_nav_items(actor: Actor) -> Iterable[types.NavItem]:
    """Entries of the navigation; those without permission are left out by the core."""


@hookspec
def crm_contact_panels(contact: Any, actor: Actor) -> Iterable[types.Panel]:
    """Panels of a contact's page."""


@hookspec
def crm_contact_actions(contact: Any, actor: Actor) -> Iterable[types.Action]:
    """Actions in the header of a contact's page."""


@hookspec
def crm_record_panels(kind: str, record_id: int, actor: Actor) -> Iterable[types.Panel]:
    """Panels of the page of a coalition, campaign, event or student (`kind`)."""


@hookspec
def crm_dashboard_cards(actor: Actor) -> Iterable[types.Card]:
    """Cards of the home page."""


@hookspec
def crm_bulk_actions(record_type: str, actor: Actor) -> Iterable[types.BulkAction]:
    """Actions on the chosen rows of a list."""


@hookspec
def crm_timeline_entries(
    contact: Any, actor: Actor, before: datetime | None, limit: int
) -> Iterable[types.TimelineEntry]:
    """What happened with a contact, newest first, at most `limit` and only before that moment."""


@hookspec
def crm_calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, mine: bool
) -> Iterable[types.CalendarEntry]:
    """What is dated from the moment `begins` and before `ends`; with `mine` only the actor's own. It goes
    into feeds, too, so it holds no student data."""


@hookspec
def crm_digest(actor: Actor, today: date) -> Iterable[types.DigestItem]:
    """What the morning mail of the actor says."""


@hookspec
def crm_responsibilities(
    contact: Any, user_id: int | None, organization_id: int | None, actor: Actor
) -> Iterable[types.Responsibility]:
    """What a person answers for, as a contact and as the account that belongs to them; with an organization
    only what they do on its behalf."""


@hookspec
def crm_public_figures(state: str, contact_ids: Sequence[int] | None) -> Iterable[types.PublicFigure]:
    """Numbers about many people in a state (two letters) that anybody may see: of these organizations, or of
    the state's largest parts when it is None."""


# Of the domain.


@hookspec
def crm_hand_over(items: Sequence[types.Responsibility], heirs: types.Heirs) -> None:
    """Give those of the items that are this feature's to their heirs, inside the transaction."""


@hookspec
def crm_contact_merge(survivor: Any, loser: Any) -> None:
    """Move every row that refers to `loser` to `survivor`, inside the transaction of the merge."""


@hookspec
def crm_contact_export(contact: Any) -> Iterable[types.DataSection]:
    """All that the plugin holds about a contact."""


@hookspec
def crm_contact_erase(contact: Any) -> None:
    """Remove every row about a contact that no law demands to keep, inside the transaction."""


@hookspec
def crm_contact_delete(ids: Sequence[int]) -> None:
    """Contacts are deleted: delete rows about them, or empty the columns that name them, through the
    journal, so that undo brings them back; inside the transaction."""


@hookspec
def crm_contact_kept(ids: Sequence[int]) -> Iterable[int]:
    """Those of these contacts that `crm_contact_delete` would refuse to delete, by id: whoever deletes many
    reads so beforehand, and the others go."""


@hookspec
def crm_records_joined(kind: str, heirs: Mapping[int, int]) -> None:
    """Records of a plugin were here twice and become one: by the id of each that goes that of its heir. Give
    the heir what names the other by number, through the journal; inside the transaction."""


@hookspec
def crm_changed(touched: Mapping[str, Collection[int]]) -> None:
    """Records were written, by whatever way: keep right what follows from them, inside the transaction."""


@hookspec
def crm_undoing(change_set_id: int) -> None:
    """Somebody is about to undo a change, at once or in parts: UserError stops it before anything is written,
    where what comes back must not stand beside what is there by now."""


@hookspec
def crm_mail_leaves(mail_id: int, purpose: str) -> Iterable[str]:
    """A message is about to leave the outbox: say why it may not, and note that it did not, inside the
    transaction; it is then removed. No answer lets it go."""


@hookspec
def crm_restored() -> None:
    """A backup was brought back: end whatever would act by itself, inside the transaction."""


@hookspec
def crm_demo(actor: Actor) -> Iterable[types.DemoAccount]:
    """The made-up coalition was just loaded: add made-up records of this plugin, the same ones each time, and
    name who of an organization among them may be signed in as."""
