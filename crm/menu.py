"""The menu, and what else is offered by rights alone: asked once for all who have the same."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from flask import render_template, request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from crm import access
from crm.access.actor import Actor
from crm.addresses import address
from crm.plugin_api.types import NavItem, Text
from crm.plugin_host.host import Failure
from crm.runtime import kept, runtime


def offered_by_rights(hook: str, actor: Actor, **arguments: Hashable) -> list[Any]:
    """What features and plugins answer to a hook whose answer depends on rights and arguments alone, as
    far as the actor may have it. Kept until the process ends, unless one of them failed."""
    key = (hook, actor.grants, actor.roles, *arguments.values())
    try:
        return kept(key, lambda: _offered(hook, actor, arguments))
    except _Incomplete as some:
        return some.found


class _Incomplete(Exception):
    """One of those asked failed, so that what the others answered is not kept."""

    def __init__(self, found: list[Any]) -> None:
        super().__init__()
        self.found = found


def _offered(hook: str, actor: Actor, arguments: Mapping[str, Any]) -> list[Any]:
    answers = [each for _plugin, each in runtime().plugins.each(hook, actor=actor, **arguments)]
    whole = [each for each in answers if not isinstance(each, Failure)]
    found = [each for each in whole if _may(actor, each.permission)]
    if len(whole) < len(answers):
        raise _Incomplete(found)
    return found


def _may(actor: Actor, permission: str | None) -> bool:
    return permission in (None, access.SIGNED_IN) or actor.can(permission)


AREAS = {
    "": "",
    "coalition": _("The coalition"),
    "policy": _("Policy and media"),
    "schools": _("Schools and agencies"),
}
"""The headings of a long menu, in their order."""
SHORT = 8
"""Up to so many entries are seen at a glance and need no headings."""


def navigation(*sections: str) -> list[NavItem]:
    """The entries of these sections (the main one by default) that this actor may open, lightest first."""
    found = offered_by_rights("crm_nav_items", access.current_actor())
    wanted = [item for item in found if item.section in (sections or ("main",))]
    return sorted(wanted, key=lambda item: (item.section, item.weight))


def menu() -> Markup:
    """The entries of the menu as they look on this page."""
    here = _open_entry(request.script_root + request.path)

    def values() -> dict[str, Any]:
        return {"areas": _by_area(navigation()), "settings": navigation("settings"), "open": here}

    return kept_html(("menu", here), "_menu.html", values)


def _by_area(items: list[NavItem]) -> list[tuple[Text, list[NavItem]]]:
    """The entries under their headings; a short menu has none."""
    if len(items) <= SHORT:
        return [("", items)]
    found = [(label, [each for each in items if each.area == area]) for area, label in AREAS.items()]
    return [(label, entries) for label, entries in found if entries]


def page_start() -> Markup:
    """The head of every page without its title: what it loads, in a development server anew each time."""
    if runtime().config.development:
        return Markup(render_template("_head.html"))  # noqa: S704  # Escaped by the template.
    return kept(("head", request.script_root), lambda: Markup(render_template("_head.html")))  # noqa: S704  # Same.


def kept_html(name: Hashable, template: str, values: Callable[[], Mapping[str, Any]]) -> Markup:
    """A part of a page that is the same for all who have the same rights; it shows nothing of anybody.
    `values` gives what the template needs, when it is first asked for."""
    actor = access.current_actor()
    key = (name, actor.grants, actor.roles, str(get_locale()), request.script_root)
    return kept(key, lambda: Markup(render_template(template, **values())))  # noqa: S704  # Escaped by the template.


def _open_entry(path: str) -> tuple[str, str]:
    """Section and address of the entry where the reader is: of those that lie below one another the nearest,
    and one of the settings before the others."""
    found = [
        (section == "settings", len(above), section, place)
        for section, place, above in _entries(access.current_actor())
        if path == place or (above != "/" and f"{path}/".startswith(above.rstrip("/") + "/"))
    ]
    return max(found)[2:] if found else ("", "")


def _entries(actor: Actor) -> list[tuple[str, str, str]]:
    """Section and address of each entry, and the path below which it is the open one."""

    def make() -> list[tuple[str, str, str]]:
        items = navigation("main", "settings")
        places = [(item, address(item.endpoint, **item.arguments)) for item in items]
        root = request.script_root
        return [(item.section, place, root + item.under if item.under else place) for item, place in places]

    return kept(("entries", actor.grants, actor.roles, request.script_root), make)
