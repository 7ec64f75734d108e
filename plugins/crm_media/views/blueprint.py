"""The blueprint, and what its views share: a form that saves something, a button that does something."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from crm.plugin_api import Form, UserError, current_actor, db, go, render, say
from crm.plugin_api.sets import Change
from crm_media.permissions import EDIT
from crm_media.services import bills, coverage, press
from crm_media.times import month, short_month, zone_name, zoned

_HERE = Path(__file__).parents[1]
blueprint = Blueprint(
    "media",
    __name__,
    url_prefix="/media",
    template_folder=str(_HERE / "templates"),
    static_folder=str(_HERE / "static"),
)


EVERYBODYS = frozenset(
    f"media.{each}"
    for each in ("new_clip", "clip_by_hand", "decide", "feed", "ask_feeds", "query", "edit_message",
                 "begin_messages", "new_plan", "copy_plan")
)  # fmt: skip
"""Views that begin a record which is everybody's."""


@blueprint.before_request
def _ask_who_begins() -> None:
    """What is everybody's is begun by those alone who may change it afterwards: not by who has a part of
    everything."""
    actor = current_actor()
    if request.endpoint in EVERYBODYS and actor.can(EDIT) and not actor.can_everywhere(EDIT):
        abort(403)


@blueprint.context_processor
def _values() -> dict[str, Any]:
    return {
        "bills_offered": lambda: bills.tracked(current_actor()),
        "zoned": zoned,
        "month_name": month,
        "short_month": short_month,
        "zone_name": zone_name,
        "outlet_names": lambda: press.outlet_names(current_actor()),
    }


def save(  # noqa: PLR0913  # What a form's page says and does; all but `form` and `write` are words.
    form: Form,
    write: Callable[[Change], Any],
    action: str,
    sentence: str,
    back: str | Callable[[], str],
    title: str,
    *,
    label: str = "",
    cancel: str = "",
    template: str = "media/form.html",
    alone: bool = False,
    **values: Any,
) -> Response:
    """A page with a form: shown, or what it holds is written when it came back. `back` may be a function
    where the address is known only afterwards; `cancel` is then where one goes without saving. `alone` as in
    `db.transaction`: nobody writes between what it looks up and what it keeps."""
    status = None
    if form.sent():
        try:
            with db.transaction(current_actor(), action, sentence, alone=alone) as change:
                write(change)
        except coverage.AlreadyKept:
            raise
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
        else:
            say(sentence, change)
            return go(back() if callable(back) else back)
    address = cancel or (back if isinstance(back, str) else "")
    return render(
        template, None, status or form.status, form=form, title=title, back=address, save=label, **values
    )


def do(
    write: Callable[[Change], Any], action: str, sentence: str, back: str, *, alone: bool = False
) -> Response:
    """Something done by a button; the message offers undo."""
    with db.transaction(current_actor(), action, sentence, alone=alone) as change:
        write(change)
    say(sentence, change)
    return go(back)
