"""Notes on a contact."""

from flask import abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm import db, htmx
from crm.access import current_actor, requires
from crm.contacts import services
from crm.contacts.models import Contact, Note
from crm.contacts.permissions import EDIT
from crm.contacts.views.blueprint import blueprint, contact_or_404
from crm.errors import UserError
from crm.pages import say


def _note(contact: Contact, note_id: int) -> Note:
    statement = select(Note).where(Note.id == note_id, Note.contact_id == contact.id)
    return db.session().scalars(statement).one_or_none() or abort(404)


@blueprint.post("/<int:contact_id>/notes")
@requires(EDIT)
def add_note(contact_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT)
    actor, body = current_actor(), request.form.get("body", "")
    try:
        with db.transaction(actor, "contacts.note", _("Note on %(name)s", name=contact.name)) as change:
            services.add_note(contact, body, actor)
    except UserError as error:
        return _form(contact_or_404(contact_id, EDIT), None, body, error)
    say(_("The note is saved."), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


@blueprint.route("/<int:contact_id>/notes/<int:note_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit_note(contact_id: int, note_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT, whole=False)
    note = _note(contact, note_id)
    if request.method == "GET":
        return _form(contact, note, note.body)
    body = request.form.get("body", "")
    try:
        with db.transaction(
            current_actor(), "contacts.note", _("Changed a note on %(name)s", name=contact.name)
        ) as change:
            services.change_note(note, body, request.form.get("seen", ""))
    except UserError as error:
        contact = contact_or_404(contact_id, EDIT)
        return _form(contact, _note(contact, note_id), body, error)
    say(_("The note is saved."), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


def _form(contact: Contact, note: Note | None, body: str, error: UserError | None = None) -> Response:
    """The form of a note with what was typed; a `note` of None is a new one."""
    return htmx.render(
        "contacts/note_page.html",
        "contacts/_note_form.html",
        error.status if error else 200,
        contact=contact,
        note=note,
        body=body,
        error=error.message if error else "",
    )


@blueprint.post("/<int:contact_id>/notes/<int:note_id>/delete")
@requires(EDIT)
def delete_note(contact_id: int, note_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT, whole=False)
    note = _note(contact, note_id)
    with db.transaction(
        current_actor(), "contacts.note", _("Deleted a note on %(name)s", name=contact.name)
    ) as change:
        db.session().delete(note)
    say(_("The note is deleted."), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))
