"""Which plugins there are and which are enabled. Entry points are the only way in, for bundled ones too."""

import re
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from crm.config import ALL_PLUGINS
from crm.errors import ConfigurationError
from crm.plugin_api.types import API_VERSION, PluginInfo

GROUP = "crm.plugins"
NAME = re.compile(r"[a-z][a-z0-9]{1,29}")
"""No underscore: `policy_` would own the tables of a plugin named `policy_extra` too."""

CORE_FEATURES = (
    "crm.accounts",
    "crm.journal",
    "crm.fields",
    "crm.transfer",
    "crm.jobs",
    "crm.search",
    "crm.contacts",
    "crm.coalitions",
    "crm.campaigns",
    "crm.activities",
    "crm.events",
    "crm.signons",
    "crm.intake",
    "crm.calendar",
    "crm.dashboard",
    "crm.settings",
    "crm.demo",
)
"""The core's features, registered through the same hooks as a plugin, in this order."""


@dataclass(frozen=True)
class Plugin:
    """An enabled plugin: its module with the hooks and what it says of itself."""

    name: str
    module: ModuleType
    info: PluginInfo
    core: bool = False

    @property
    def package(self) -> str:
        """The dotted name under which all its modules lie."""
        return self.module.__name__.rpartition(".")[0] or self.module.__name__

    def has(self, module_name: str) -> bool:
        """Whether a module of that name belongs to this plugin."""
        return f"{module_name}.".startswith((f"{self.package}.", f"{self.module.__name__}."))


def installed() -> dict[str, str]:
    """Every plugin that is installed: name to module, enabled or not."""
    found: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        if found.get(point.name, point.value) != point.value:
            raise ConfigurationError(
                f"Two installed packages offer a plugin named {point.name}: {found[point.name]} and "
                f"{point.value}. Uninstall one."
            )
        found[point.name] = point.value
    return found


def enabled_names(setting: str) -> list[str]:
    """The names that `CRM_PLUGINS` lists. `*` stands for every installed one, `-name` leaves one out."""
    available = installed()
    wanted = [name.strip() for name in setting.split(",") if name.strip()]
    left_out = {name[1:].strip() for name in wanted if name.startswith("-")}
    named = [name for name in wanted if not name.startswith("-")]
    for name in named:
        if name != ALL_PLUGINS and name not in available:
            raise ConfigurationError(
                f"CRM_PLUGINS lists {name}, which is not installed. Install it or take it off the list."
            )
    everything = ALL_PLUGINS in named or (left_out and not named)
    return [name for name in (available if everything else dict.fromkeys(named)) if name not in left_out]


def load_core() -> list[Plugin]:
    """The core's own features."""
    found = []
    for package in CORE_FEATURES:
        module = import_module(f"{package}.plugin")
        info = module.crm_plugin()
        found.append(Plugin(info.name, module, info, core=True))
    return found


def load_enabled(setting: str) -> list[Plugin]:
    """The enabled plugins, each after those it requires; any error names the plugin and stops the boot."""
    available = installed()
    plugins = {name: load(name, available[name]) for name in enabled_names(setting)}
    return [plugins[name] for name in _ordered(plugins)]


def load(name: str, target: str) -> Plugin:
    """The plugin `name` in the module `target`; ConfigurationError when it cannot be used."""
    if not NAME.fullmatch(name):
        raise ConfigurationError(
            f"A plugin may not be named {name!r}: 2 to 30 lowercase letters and digits, a letter first."
        )
    try:
        module = import_module(target)
    except (Exception, SystemExit) as error:
        raise ConfigurationError(f"The plugin {name} could not be loaded: {error!r}") from error
    return Plugin(name, module, _described(name, module))


def _described(name: str, module: ModuleType) -> PluginInfo:
    declare = getattr(module, "crm_plugin", None)
    if declare is None:
        raise ConfigurationError(f"The plugin {name} has no crm_plugin hook in {module.__name__}.")
    try:
        info = declare()
    except (Exception, SystemExit) as error:
        raise ConfigurationError(f"The plugin {name} failed in crm_plugin: {error!r}") from error
    if not isinstance(info, PluginInfo):
        raise ConfigurationError(f"The plugin {name} must return a PluginInfo from crm_plugin.")
    if info.name != name:
        raise ConfigurationError(f"The plugin {name} calls itself {info.name}; the two names must agree.")
    if info.api_version != API_VERSION:
        raise ConfigurationError(
            f"The plugin {name} is made for plugin API {info.api_version}; this is {API_VERSION}. "
            "Install a version of it that fits."
        )
    return info


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
