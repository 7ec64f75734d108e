"""Attachments and photos of a contact. Inside `db.transaction`; the bytes stay on disk for undo."""

from collections.abc import Sequence
from hashlib import sha256

from flask_babel import gettext as _
from sqlalchemy import func, select

from crm import db
from crm.access.actor import Actor
from crm.contacts import services
from crm.contacts.files import storage
from crm.contacts.files.accepting import Upload
from crm.contacts.models import Attachment, Contact
from crm.errors import UserError

MOST_FILES = 200


def attach(contact: Contact, uploads: Sequence[Upload], actor: Actor) -> list[Attachment]:
    """Keep files with a contact; raises UserError when there would be too many."""
    count = select(func.count()).where(Attachment.contact_id == contact.id)
    if db.session().execute(count).scalar_one() + len(uploads) > MOST_FILES:
        raise UserError(_("A contact can have at most %(most)s files. Delete some first.", most=MOST_FILES))
    made = [_row(contact.id, upload, actor) for upload in uploads]
    db.session().add_all(made)
    services.touch(contact)
    db.session().flush()
    return made


def _row(contact_id: int, upload: Upload, actor: Actor) -> Attachment:
    return Attachment(
        contact_id=contact_id,
        file_name=upload.file_name,
        media_type=upload.media_type,
        size=len(upload.content),
        sha256=sha256(upload.content).hexdigest(),
        storage_key=storage.keep(upload.content),
        author_user_id=actor.user_id,
    )


def files_of(contact_id: int) -> Sequence[Attachment]:
    """A contact's files, newest first."""
    statement = select(Attachment).where(Attachment.contact_id == contact_id).order_by(Attachment.id.desc())
    return db.session().scalars(statement).all()


def detach(contact: Contact, attachment: Attachment) -> None:
    """Take a file away; undo brings it back."""
    db.session().delete(attachment)
    services.touch(contact)


def set_photo(contact: Contact, jpeg: bytes | None) -> None:
    """Give a contact a photo (see `pictures.photo`), or take it away."""
    contact.photo_key = storage.keep(jpeg) if jpeg is not None else None
    services.touch(contact)
