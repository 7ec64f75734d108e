"""All that a plugin may import from the core. What is not here may change without notice."""

from crm import access, db
from crm.access import current_actor, load, public, require, requires, signed_in, system, visible
from crm.errors import Conflict, UserError
from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import *  # noqa: F403  # The types are the API; their module lists them.
from crm.runtime import runtime

__all__ = [
    "Conflict",
    "UserError",
    "access",
    "current_actor",
    "db",
    "hookimpl",
    "load",
    "public",
    "require",
    "requires",
    "runtime",
    "signed_in",
    "system",
    "visible",
]
