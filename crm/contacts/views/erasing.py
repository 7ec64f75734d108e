"""What is held about somebody: handing all of it over, and erasing all of it for good."""

from typing import Any

import orjson
from flask import Response, request, url_for
from flask_babel import gettext as _
from sqlalchemy import inspect
from werkzeug.wrappers import Response as BaseResponse

from crm import db, htmx
from crm.access import current_actor, load, requires
from crm.accounts.freshness import fresh
from crm.contacts import erasing, subject_data
from crm.contacts.models import Contact
from crm.contacts.permissions import DATA, ERASE
from crm.contacts.views.blueprint import blueprint
from crm.errors import UserError
from crm.pages import say
from crm.transfer.cleaning.text import fold


@blueprint.get("/<int:contact_id>/data")
@requires(DATA)
def subject_data_page(contact_id: int) -> BaseResponse:
    """Everything held about somebody, to be read."""
    contact: Contact = load(Contact, contact_id, DATA)
    parts = subject_data.everything(contact)
    shown = [(part, subject_data.readable(part)) for part in parts]
    return htmx.render("contacts/data/index.html", None, contact=contact, parts=shown)


@blueprint.get("/<int:contact_id>/data.json")
@requires(DATA)
@fresh
def subject_data_file(contact_id: int) -> BaseResponse:
    """The same as one JSON file."""
    contact: Contact = load(Contact, contact_id, DATA)
    held = [
        {"source": part.source, "title": part.title, "rows": part.rows}
        for part in subject_data.everything(contact)
    ]
    content = orjson.dumps(
        {"made_at": db.now(), "held": held}, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    )
    response = Response(content, mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"contact-{contact_id}.json")
    return response


@blueprint.route("/<int:contact_id>/erase", methods=["GET", "POST"])
@requires(ERASE)
@fresh
def erase(contact_id: int) -> BaseResponse:
    """First the name must be typed, then the last page asks once more."""
    contact = _to_erase(contact_id)
    if request.method == "GET":
        return _page(contact)
    if fold(request.form.get("name", "")) != fold(contact.name):
        return _page(contact, error=_("This is not the name of this contact. Type it as it stands above."))
    if "sure" not in request.form:
        return _page(contact, asked=True)
    return _erase(contact)


def _to_erase(contact_id: int) -> Contact:
    """The contact, or what history keeps of one that was deleted, for whoever may erase everywhere."""
    gone = erasing.deleted(contact_id) if current_actor().can_everywhere(ERASE) else None
    found: Contact = gone or load(Contact, contact_id, ERASE)
    return found


def _erase(contact: Contact) -> BaseResponse:
    contact_id = contact.id
    try:
        with db.transaction(current_actor(), "contacts.erase", _("Erased somebody for good")):
            erasing.erase(contact)
    except UserError as error:
        return _page(_to_erase(contact_id), error=error.message)
    say(_("Erased. What is left says only that somebody was erased, when, and by whom."))
    return htmx.go(url_for("contacts.index"))


def _page(contact: Contact, **values: Any) -> BaseResponse:
    gone = bool(inspect(contact).transient)
    history = url_for("journal.record_history", subject_table="contact", record_id=contact.id)
    return htmx.render(
        "contacts/data/erase.html",
        None,
        422 if values.get("error") else 200,
        contact=contact,
        losses=erasing.losses(contact),
        gone=gone,
        back=history if gone else url_for("contacts.show", contact_id=contact.id),
        **values,
    )
