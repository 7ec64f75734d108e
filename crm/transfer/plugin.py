"""What this feature declares to the rest of the program."""

from crm.plugin_api.hookspecs import hookimpl
from crm.plugin_api.types import PluginInfo


@hookimpl
def crm_plugin() -> PluginInfo:
    return PluginInfo("transfer", "Import and export", "1")
