"""What the calendar declares to the rest of the program."""

from flask_babel import lazy_gettext as _

from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("calendar", _("Calendar"), "1", models="crm.calendar.models")
