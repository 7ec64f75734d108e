"""Which plugins there are and which are enabled. Entry points are the only way in, for bundled ones too."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from crm.config import BUNDLED_PLUGINS, Config
from crm.errors import ConfigurationError
from crm.plugin_api.types import API_VERSION, PluginInfo

GROUP = "crm.plugins"

CORE_FEATURES = (
    "crm.accounts",
    "crm.journal",
    "crm.fields",
    "crm.transfer",
    "crm.jobs",
    "crm.search",
    "crm.contacts",
    "crm.dashboard",
)
"""The core's features, registered through the same hooks as a plugin, in this order."""


@dataclass(frozen=True)
class Plugin:
    """An enabled plugin: its module with the hooks and what it says of itself."""

    name: str
    module: ModuleType
    info: PluginInfo
    core: bool = False


def installed() -> dict[str, str]:
    """Every plugin that is installed: name to module, enabled or not."""
    found: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        if found.get(point.name, point.value) != point.value:
            raise ConfigurationError(f"Two installed packages offer a plugin named {point.name}.")
        found[point.name] = point.value
    return found


def enabled_names(config: Config) -> list[str]:
    """The names `CRM_PLUGINS` lists; all installed ones by default, none when it is empty."""
    available = installed()
    wanted = config.plugins.strip()
    if wanted == BUNDLED_PLUGINS:
        return list(available)
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    for name in names:
        if name not in available:
            raise ConfigurationError(
                f"CRM_PLUGINS lists {name}, which is not installed. Install it or take it off the list."
            )
    return names


def load_core() -> list[Plugin]:
    """The core's own features."""
    found = []
    for package in CORE_FEATURES:
        module = import_module(f"{package}.plugin")
        found.append(Plugin(module.crm_plugin().name, module, module.crm_plugin(), core=True))
    return found


def load_enabled(config: Config) -> list[Plugin]:
    """The enabled plugins, each after those it requires; any error names the plugin and stops the boot."""
    available = installed()
    plugins = {name: _load(name, available[name]) for name in enabled_names(config)}
    return [plugins[name] for name in _ordered(plugins)]


def _load(name: str, target: str) -> Plugin:
    try:
        module = import_module(target)
    except Exception as error:
        raise ConfigurationError(f"The plugin {name} could not be loaded: {error}") from error
    declare = getattr(module, "crm_plugin", None)
    if declare is None:
        raise ConfigurationError(f"The plugin {name} has no crm_plugin hook in {target}.")
    info: PluginInfo = declare()
    if info.name != name:
        raise ConfigurationError(f"The plugin {name} calls itself {info.name}; the two names must agree.")
    if info.api_version != API_VERSION:
        raise ConfigurationError(
            f"The plugin {name} is made for plugin API {info.api_version}; this is {API_VERSION}. "
            "Install a version of it that fits."
        )
    return Plugin(name, module, info)


def _ordered(plugins: dict[str, Plugin]) -> list[str]:
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ConfigurationError(f"Plugins require each other in a circle: {', '.join([*path, name])}.")
        if name in order:
            return
        for required in plugins[name].info.requires:
            if required not in plugins:
                raise ConfigurationError(f"The plugin {name} requires {required}; enable it too.")
            visit(required, (*path, name))
        order.append(name)

    for name in plugins:
        visit(name, ())
    return order
