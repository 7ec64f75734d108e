"""The blueprint, and what its views share: forms in dialogs, saved with a sentence and an undo."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor
from crm.coalitions.forms import SeenForm
from crm.coalitions.words import LEVELS, OUTCOMES, PLEDGES, ROLES, STATES, STATUSES
from crm.contacts.words import SECTORS
from crm.errors import Conflict, UserError
from crm.journal.recorder import Change

blueprint = Blueprint("coalitions", __name__, url_prefix="/coalitions")

WORDS = {
    "level": LEVELS, "status": STATUSES, "role": ROLES, "pledge": PLEDGES, "state": STATES,
    "outcome": OUTCOMES, "sector": SECTORS,
}  # fmt: skip


@blueprint.app_template_filter()
def coalition_words(value: str | None, of: str) -> str:
    """A stored key in words."""
    return str(WORDS[of].get(value or "", value or ""))


def asked_id(name: str) -> int | None:
    """An id out of the address; None for what cannot be one."""
    found = request.args.get(name, type=int)
    return found if found is not None and 0 < found < 2**63 else None


def dialog(title: str, form: Any, action: str, back: str, **values: Any) -> Response:
    """A form that opens over the page, and is a page of its own without script. `save` labels its button,
    `intro` says what it is about."""
    status = form.status_code if isinstance(form, SeenForm) else form.status
    shown = {"save": _("Save"), "intro": "", "danger": False, **values}
    return htmx.render(
        "coalitions/form_page.html", "coalitions/_form.html", status,
        title=title, form=form, action=action, back=back, **shown,
    )  # fmt: skip


def save(
    form: Any, name: str, summary: str, work: Callable[[Change], None], record: Any = None
) -> Change | None:
    """Do the work of a form in one transaction; None when it was refused, with the reason in the form. With
    a record the form is compared with what the record says by now, so that nothing unseen is overwritten."""
    try:
        with db.transaction(current_actor(), name, summary) as change:
            if record is not None:
                _refuse_unseen(form, record)
            work(change)
    except UserError as error:
        form.form_errors.append(error.message)
        return None
    return change


def _refuse_unseen(form: SeenForm, record: Any) -> None:
    theirs = form.clashes(record)
    if theirs:
        form.theirs = theirs
        raise Conflict(
            _(
                "Somebody else changed this while you were typing; below the form is what they wrote. Save "
                "again to keep yours, or cancel to keep theirs."
            )
        )
