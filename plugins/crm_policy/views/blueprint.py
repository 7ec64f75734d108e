"""The blueprint, and what its views share: a dialog that saves something, a page that is a table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, load, render, say
from crm.plugin_api import gettext as _
from crm.plugin_api.sets import Change
from crm_policy.forms import PolicyForm
from crm_policy.models import Bill
from crm_policy.permissions import EDIT
from crm_policy.services import naming

LONGEST_ID = 19
_HERE = Path(__file__).parents[1]
blueprint = Blueprint(
    "policy",
    __name__,
    url_prefix="/policy",
    template_folder=str(_HERE / "templates"),
    static_folder=str(_HERE / "static"),
)


def for_all() -> None:
    """403 unless the reader may work on policy over everything: for what a form makes new for everybody."""
    if not current_actor().can_everywhere(EDIT):
        abort(403)


def load_bill(bill_id: int, permission: str | None = None) -> Bill:
    """The bill; 404 for outsiders, 403 without the permission. The page of a bill that was here twice leads
    to the same page of the one that stayed."""
    try:
        found: Bill = load(Bill, bill_id, permission)
    except NotFound:
        _lead_on(bill_id, permission)
        raise
    return found


def _lead_on(bill_id: int, permission: str | None) -> None:
    heir = naming.heir_of(bill_id) if request.method == "GET" else None
    if heir is None:
        return
    load(Bill, heir, permission)
    if request.endpoint == "policy.bill":
        say(_("The bill that you opened was here twice. This is the one that stayed."))
    values = {**(request.view_args or {}), **request.args.to_dict(flat=False), "bill_id": heir}
    # Not for good: once its joining is undone, the address is that of the bill again.
    abort(redirect(url_for(str(request.endpoint), **values)))


def number_of(name: str) -> int:
    """The id that an address gives under a name; 0, which no row has, for what is none."""
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < LONGEST_ID else 0


def save(
    form: PolicyForm,
    write: Callable[[Change], Any],
    action: str,
    sentence: str,
    back: str,
    title: str,
    **values: Any,
) -> Response:
    """A dialog (a page of its own without script): shown, or what it holds is written when it came back."""
    sent = form.sent()
    status = form.status
    if sent:
        try:
            with db.transaction(current_actor(), action, sentence) as change:
                write(change)
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
        else:
            say(sentence, change)
            return go(back)
    return dialog("policy/_form.html", status, form=form, back=back, title=title, **values)


def dialog(template: str, status: int = 200, **values: Any) -> Response:
    return render("policy/dialog_page.html", template, status, **values)


def do(write: Callable[[Change], Any], action: str, sentence: str, back: str) -> Response:
    """Something done by a button; the message offers undo."""
    with db.transaction(current_actor(), action, sentence) as change:
        write(change)
    say(sentence, change)
    return go(back)
