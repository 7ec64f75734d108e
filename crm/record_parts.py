"""What the page of every record has dozens of, written in Python: a step of Jinja for each costs more than
what it shows."""

from collections.abc import Iterable
from typing import Any

from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from crm.addresses import address
from crm.fields.cells import text
from crm.i18n import gettext as _
from crm.pages import icon_image

IN_DIALOG = ' hx-target="#dialog-place" hx-swap="innerHTML"'


def panels(found: Iterable[Any]) -> Markup:
    """What features and plugins add to the page of a record: each loads by itself, a failed one is a small
    notice."""
    return Markup("\n".join(map(_panel, found)))  # noqa: S704  # Each part is escaped below.


def _panel(panel: Any) -> str:
    if not hasattr(panel, "endpoint"):
        words = _("The part of “%(plugin)s” cannot be shown right now.", plugin=panel.plugin)
        return f'<div class="alert alert-warning mb-0" role="note">{text(words)}</div>'
    target, title = text(address(panel.endpoint, **panel.arguments)), f"panel-{text(panel.name)}-title"
    again = ", contact:changed from:body" if panel.name == "timeline" else ""
    return (
        f'<section class="card" aria-labelledby="{title}">'
        f'<div class="card-header"><h2 class="card-title" id="{title}">{text(panel.label)}</h2></div>'
        f'<div class="rc-panel" hx-get="{target}" hx-trigger="load{again}" hx-swap="innerHTML">'
        f'<div class="card-body"><a class="rc-subtle" href="{target}">{text(_("Open"))}</a></div></div>'
        "</section>"
    )


def buttons(actions: Iterable[Any], style: str) -> Markup:
    """Actions with a record, one after the other; `style` names classes. Failed ones are left out: another
    notice tells of them."""
    shown = [_button(each, style) for each in actions if hasattr(each, "endpoint")]
    return Markup("".join(shown))  # noqa: S704  # Each part is escaped below.


def _button(action: Any, style: str) -> str:
    target = text(address(action.endpoint, **action.arguments))
    shown = f"{icon_image(action.icon) if action.icon else ''}{text(action.label)}"
    if action.method == "POST":
        token = f'<input type="hidden" name="csrf_token" value="{generate_csrf()}">'
        button = f'<button class="{style}">{shown}</button>'
        return f'<form method="post" action="{target}">{token}{button}</form>'
    dialog = f' hx-get="{target}"{IN_DIALOG}' if action.dialog else ""
    return f'<a class="{style}" href="{target}"{dialog}>{shown}</a>'
