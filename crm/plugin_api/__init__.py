"""All that a plugin may import from the core. What is not here may change without notice.

docs/plugins.md shows each in use. What a module of the core defines is loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import *  # noqa: F403  # The types are the API; their module lists them.
from crm.plugin_api.types import __all__ as _types

if TYPE_CHECKING:
    from flask_babel import ngettext as ngettext

    from crm import access as access
    from crm import bulk as bulk
    from crm import db as db
    from crm import jobs as jobs
    from crm.access import Actor as Actor
    from crm.access import Scopes as Scopes
    from crm.access import current_actor as current_actor
    from crm.access import load as load
    from crm.access import public as public
    from crm.access import require as require
    from crm.access import requires as requires
    from crm.access import signed_in as signed_in
    from crm.access import system as system
    from crm.access import visible as visible
    from crm.access import visible_clause as visible_clause
    from crm.accounts.freshness import fresh as fresh
    from crm.accounts.mail import send_mail as send_mail
    from crm.accounts.tokens import address_of as address_of
    from crm.cli.support import answer as answer
    from crm.cli.support import command_actor as command_actor
    from crm.cli.support import json_option as json_option
    from crm.cli.support import with_app as with_app
    from crm.contacts.models import Affiliation as Affiliation
    from crm.contacts.models import Contact as Contact
    from crm.contacts.models import Organization as Organization
    from crm.contacts.models import Person as Person
    from crm.db import Base as Base
    from crm.db import CustomColumn as CustomColumn
    from crm.db import Folded as Folded
    from crm.db import Id as Id
    from crm.db import now as now
    from crm.errors import Conflict as Conflict
    from crm.errors import UserError as UserError
    from crm.fields.custom.values import apply_custom as apply_custom
    from crm.fields.custom.values import without_custom as without_custom
    from crm.fields.pages import show_list as show_list
    from crm.fields.prepared import prepared as prepared
    from crm.forms import Form as Form
    from crm.forms import options as options
    from crm.htmx import go as go
    from crm.htmx import render as render
    from crm.i18n import day_here as day_here
    from crm.i18n import gettext as gettext
    from crm.i18n import lazy_gettext as lazy_gettext
    from crm.i18n import lazy_pgettext as lazy_pgettext
    from crm.pages import offered as offered
    from crm.pages import say as say
    from crm.runtime import enabled as enabled
    from crm.runtime import runtime as runtime
    from crm.settings.services import setting as setting

_PLACES = {
    "flask_babel": ("ngettext",),
    "crm": ("access", "bulk", "db", "jobs"),
    "crm.access": (
        "Actor",
        "Scopes",
        "current_actor",
        "load",
        "public",
        "require",
        "requires",
        "signed_in",
        "system",
        "visible",
        "visible_clause",
    ),
    "crm.accounts.freshness": ("fresh",),
    "crm.accounts.mail": ("send_mail",),
    "crm.accounts.tokens": ("address_of",),
    "crm.cli.support": ("answer", "command_actor", "json_option", "with_app"),
    "crm.contacts.models": ("Affiliation", "Contact", "Organization", "Person"),
    "crm.db": ("Base", "CustomColumn", "Folded", "Id", "now"),
    "crm.errors": ("Conflict", "UserError"),
    "crm.fields.custom.values": ("apply_custom", "without_custom"),
    "crm.fields.pages": ("show_list",),
    "crm.fields.prepared": ("prepared",),
    "crm.forms": ("Form", "options"),
    "crm.htmx": ("go", "render"),
    "crm.i18n": ("day_here", "gettext", "lazy_gettext", "lazy_pgettext"),
    "crm.pages": ("offered", "say"),
    "crm.runtime": ("enabled", "runtime"),
    "crm.settings.services": ("setting",),
}
_WHERE = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [*_WHERE, *_types, "hookimpl"]  # noqa: PLE0604  # Every part is a list of names.


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"crm.plugin_api has no {name}")
    module = import_module(_WHERE[name])
    return getattr(module, name) if hasattr(module, name) else import_module(f"{_WHERE[name]}.{name}")
