"""The blueprint, and how its views get a contact."""

import re

from flask import Blueprint
from markupsafe import Markup

from crm.access import load
from crm.contacts.models import Contact
from crm.contacts.services import load_parts
from crm.contacts.words import NOT_BY, barred_by, birth_words, file_words, label_words

_PIECES = re.compile(r"[^@./]*[@./]|[^@./]+")
blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")


def contact_or_404(contact_id: int, permission: str | None = None, *, whole: bool = True) -> Contact:
    """The contact; 404 for outsiders, 403 without the permission. With all that hangs on it if `whole`."""
    found: Contact = load(Contact, contact_id, permission)
    if whole:
        load_parts(found)
    return found


blueprint.add_app_template_filter(label_words)
blueprint.add_app_template_filter(file_words)
blueprint.add_app_template_global(barred_by)


@blueprint.app_template_filter()
def not_by(channel: str) -> str:
    """A wish not to be contacted, in words."""
    return str(NOT_BY.get(channel, channel))


@blueprint.app_template_filter()
def partial_day(value: str | None) -> str:
    return birth_words(value) if value else ""


@blueprint.app_template_filter()
def breakable(text: str) -> Markup:
    """An address that may go on in the next line after "@", "." and "/", and nowhere else."""
    return Markup("<wbr>").join(_PIECES.findall(text))
