"""Files of a contact: attaching, fetching and taking away; and the photo."""

from typing import BinaryIO, cast

from flask import Response, abort, flash, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from crm import db, htmx
from crm.access import current_actor, load, requires
from crm.contacts.files import accepting, attaching, pictures, storage
from crm.contacts.models import Attachment, Contact
from crm.contacts.permissions import EDIT, VIEW
from crm.contacts.views.blueprint import blueprint
from crm.errors import UserError
from crm.pages import say

SANDBOX = "sandbox; default-src 'none'"
MOST_AT_ONCE = 20
PHOTO_TYPES = ",".join(kind.media_type for kind in accepting.FORMATS.values() if "image/" in kind.media_type)


def _contact(contact_id: int, permission: str | None = None) -> Contact:
    found: Contact = load(Contact, contact_id, permission)
    return found


def _attachment(contact_id: int, attachment_id: int) -> Attachment:
    statement = select(Attachment).where(Attachment.id == attachment_id, Attachment.contact_id == contact_id)
    return db.session().scalars(statement).one_or_none() or abort(404)


def _uploads(name: str) -> list[FileStorage]:
    """The files of a form, those alone that somebody chose; raises UserError when there is none."""
    found = [each for each in request.files.getlist(name) if each.filename]
    if not found:
        raise UserError(_("Choose a file first."))
    if len(found) > MOST_AT_ONCE:
        raise UserError(_("At most %(most)s files can be attached at once.", most=MOST_AT_ONCE))
    return found


def _accept(each: FileStorage) -> accepting.Upload:
    return accepting.accept(each.filename or "", cast(BinaryIO, each.stream))


def _accept_each(chosen: list[FileStorage], refused: list[str]) -> list[accepting.Upload]:
    """The files that can be kept, the sentences about the others in `refused`; UserError when none can."""
    found = []
    for each in chosen:
        try:
            found.append(_accept(each))
        except UserError as error:
            refused.append(error.message)
    if not found:
        raise UserError(" ".join(refused))
    return found


@blueprint.get("/<int:contact_id>/files")
@requires(VIEW)
def files(contact_id: int) -> Response:
    return _panel(_contact(contact_id))


def _panel(contact: Contact, error: str = "") -> Response:
    return htmx.render(
        "contacts/files/page.html",
        "contacts/files/_panel.html",
        422 if error else 200,
        contact=contact,
        files=attaching.files_of(contact.id),
        accepted=",".join(accepting.FORMATS),
        most=accepting.LARGEST // accepting.MEGABYTE,
        error=error,
    )


@blueprint.post("/<int:contact_id>/files")
@requires(EDIT)
def attach(contact_id: int) -> BaseResponse:
    contact, actor = _contact(contact_id, EDIT), current_actor()
    refused: list[str] = []
    try:
        uploads = _accept_each(_uploads("file"), refused)
        with db.transaction(actor, "contacts.attach") as change:
            attaching.attach(contact, uploads, actor)
            change.summary = ngettext(
                "Attached a file to %(name)s",
                "Attached %(count)s files to %(name)s",
                len(uploads),
                count=len(uploads),
                name=contact.name,
            )
    except UserError as error:
        return _panel(_contact(contact_id, EDIT), error.message)
    say(ngettext("The file is attached.", "The files are attached.", len(uploads)), change)
    for sentence in refused:
        flash(sentence, "error")
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


@blueprint.get("/<int:contact_id>/files/<int:attachment_id>")
@requires(VIEW)
def download(contact_id: int, attachment_id: int) -> Response:
    """The file itself, never shown by the browser as a page of ours."""
    _contact(contact_id)
    attachment = _attachment(contact_id, attachment_id)
    path = storage.path_of(attachment.storage_key)
    if not path.exists():
        raise UserError(
            _(
                "The content of “%(name)s” is missing. Ask an administrator to bring back the files folder.",
                name=attachment.file_name,
            )
        )
    response = send_file(
        path, attachment.media_type, as_attachment=True, download_name=attachment.file_name, conditional=False
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<int:contact_id>/files/<int:attachment_id>/delete")
@requires(EDIT)
def detach(contact_id: int, attachment_id: int) -> BaseResponse:
    contact = _contact(contact_id, EDIT)
    attachment = _attachment(contact_id, attachment_id)
    with db.transaction(
        current_actor(), "contacts.attach", _("Deleted a file of %(name)s", name=contact.name)
    ) as change:
        attaching.detach(contact, attachment)
    say(_("The file is deleted."), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


@blueprint.get("/<int:contact_id>/photo")
@requires(VIEW)
def photo(contact_id: int) -> Response:
    contact = _contact(contact_id)
    jpeg = storage.read(contact.photo_key) if contact.photo_key else b""
    if not jpeg:
        abort(404)
    response = Response(jpeg, mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = SANDBOX
    # The address changes with the photo.
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.route("/<int:contact_id>/photo/change", methods=["GET", "POST"])
@requires(EDIT)
def change_photo(contact_id: int) -> BaseResponse:
    """Choose a photo, or take it away."""
    contact = _contact(contact_id, EDIT)
    if request.method == "GET":
        return _photo_form(contact)
    try:
        jpeg = None if request.form.get("remove") else _posted_photo()
    except UserError as error:
        return _photo_form(contact, error.message)
    with db.transaction(
        current_actor(), "contacts.photo", _("Photo of %(name)s", name=contact.name)
    ) as change:
        attaching.set_photo(contact, jpeg)
    say(_("The photo is saved.") if jpeg else _("The photo is removed."), change)
    return htmx.go(url_for("contacts.show", contact_id=contact_id))


def _posted_photo() -> bytes:
    chosen = _uploads("photo")[0]
    return pictures.photo(_accept(chosen).content, chosen.filename or "")


def _photo_form(contact: Contact, error: str = "") -> Response:
    return htmx.render(
        "contacts/files/photo_page.html",
        "contacts/files/_photo_form.html",
        422 if error else 200,
        contact=contact,
        error=error,
        types=PHOTO_TYPES,
    )
