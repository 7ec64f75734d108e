"""The list page: every feature's list view is one call of `show_list`."""

from typing import Any

from flask import request
from markupsafe import Markup
from werkzeug.wrappers import Response

from crm import htmx
from crm.access import current_actor
from crm.fields.listing import Listing, ListState
from crm.fields.lists import current, differs, may_remove, saved_lists, saved_state
from crm.fields.permissions import SHARE
from crm.menu import kept_html, offered_by_rights
from crm.plugin_api.types import BulkAction


def show_list(record_type: str, page: str = "fields/list_page.html", **values: Any) -> Response:
    """The list of a record type as its address asks for it. `page` extends `fields/list_page.html`."""
    actor = current_actor()
    state = saved_state(record_type, ListState.from_args(record_type, request.args), actor)
    listing = Listing(state, actor)
    own, actions = current(record_type, state, actor), bulk_actions(record_type)
    return htmx.render(
        page,
        "fields/_list.html",
        listing=listing,
        list=listing.page(),
        saved_lists=() if htmx.wants_fragment() else saved_lists(record_type, actor),
        own_list=own if own is not None and own.owner_user_id == actor.user_id else None,
        removable_list=own if own is not None and may_remove(own, actor) else None,
        may_share=actor.can_everywhere(SHARE),
        differs=differs(state, own),
        open_list=own,
        by_hand=listing.by_hand,
        explains=bool(state.filters or state.rules or own is not None),
        bulk_actions=actions,
        exports=any(each.name == "export" for each in actions),
        **values,
    )


def bulk_actions(record_type: str) -> list[BulkAction]:
    """What this actor may do with chosen rows, lightest first."""
    found = offered_by_rights("crm_bulk_actions", current_actor(), record_type=record_type)
    return sorted(found, key=lambda action: action.weight)


def bulk_menu(record_type: str) -> Markup:
    """The buttons for chosen rows."""
    template = "fields/_bulk_menu.html"
    return kept_html(("bulk", record_type), template, lambda: {"bulk_actions": bulk_actions(record_type)})
