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
from crm.pages import say


def _note(contact: Contact, note_id: int) -> Note:
    statement = select(Note).where(Note.id == note_id, Note.contact_id == contact.id)
    return db.session().scalars(statement).one_or_none() or abort(404)


@blueprint.post("/<int:contact_id>/notes")
@requires(EDIT)
def add_note(contact_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT, whole=False)
    actor = current_actor()
    with db.transaction(actor, "contacts.note", _("Note on %(name)s", name=contact.name)) as change:
        services.add_note(contact, request.form.get("body", ""), actor)
    say(_("The note is saved."), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


@blueprint.route("/<int:contact_id>/notes/<int:note_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit_note(contact_id: int, note_id: int) -> Response:
    contact = contact_or_404(contact_id, EDIT, whole=False)
    note = _note(contact, note_id)
    if request.method == "POST":
        with db.transaction(
            current_actor(), "contacts.note", _("Changed a note on %(name)s", name=contact.name)
        ):
            services.change_note(note, request.form.get("body", ""), request.form.get("seen", ""))
        return htmx.go(url_for("contacts.show", contact_id=contact_id))
    return htmx.render("contacts/note_page.html", "contacts/_note_form.html", contact=contact, note=note)


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
