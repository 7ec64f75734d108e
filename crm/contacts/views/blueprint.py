"""The blueprint, and how its views get a contact."""

from flask import Blueprint

from crm.access import load
from crm.contacts.models import Contact
from crm.contacts.services import load_parts
from crm.contacts.words import label_words
from crm.i18n import day

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")


def contact_or_404(contact_id: int, permission: str | None = None, *, whole: bool = True) -> Contact:
    """The contact; 404 for outsiders, 403 without the permission. With all that hangs on it if `whole`."""
    found: Contact = load(Contact, contact_id, permission)
    if whole:
        load_parts(found)
    return found


blueprint.add_app_template_filter(label_words)


@blueprint.app_template_filter()
def partial_day(value: str | None) -> str:
    """A birth date as far as it is known: a whole day in the reader's language, else as it is stored."""
    if not value:
        return ""
    return day(value) if len(value) == 10 else value.removeprefix("--")
