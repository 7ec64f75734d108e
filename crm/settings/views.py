"""The page with all settings, by feature and plugin."""

from collections.abc import Mapping

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.errors import UserError
from crm.pages import say
from crm.plugin_api.types import Setting
from crm.plugin_host.discovery import Plugin
from crm.runtime import runtime
from crm.settings import services
from crm.settings.permissions import CHANGE

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.route("/", methods=["GET", "POST"])
@requires(CHANGE)
def index() -> Response:
    actor, error = current_actor(), ""
    if not actor.can_everywhere(CHANGE):
        abort(403)
    if request.method == "POST":
        try:
            with db.transaction(actor, "settings.change"):
                services.change(_sent(request.form), actor)
        except UserError as problem:
            error = problem.message
        else:
            say(_("The settings are saved."))
            return htmx.go(url_for("settings.index"))
    status = 422 if error else 200
    return htmx.render(
        "settings/index.html", None, status, groups=_groups(), values=services.shown(), error=error
    )


def _sent(form: Mapping[str, str]) -> dict[str, str | None]:
    """What the page sent. An empty secret stays as it is unless it is to be forgotten."""
    found: dict[str, str | None] = {}
    for name, declared in runtime().settings.items():
        value = form.get(name, "")
        if declared.kind == "secret" and not value:
            found[name] = "" if form.get(f"{name}.forget") else None
        else:
            found[name] = value
    return found


def _groups() -> list[tuple[Plugin, list[Setting]]]:
    """The settings of each feature and plugin that has some."""
    found: dict[str, tuple[Plugin, list[Setting]]] = {}
    for plugin, declared in runtime().plugins.declared("crm_settings"):
        found.setdefault(plugin.name, (plugin, []))[1].append(declared)
    return list(found.values())
