"""The blueprint, and how its views get a contact."""

import re

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from crm.access import load
from crm.contacts.duplicates import former
from crm.contacts.facts import fact, facts
from crm.contacts.models import Contact
from crm.contacts.services import load_parts
from crm.contacts.words import NOT_BY, barred_by, birth_words, file_words, label_words, no_mail_words
from crm.pages import say

_PIECES = re.compile(r"[^@./]*[@./]|[^@./]+")
blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")


def contact_or_404(contact_id: int, permission: str | None = None, *, whole: bool = True) -> Contact:
    """The contact; 404 for outsiders, 403 without the permission. With all that hangs on it if `whole`.

    The page of a record that was merged leads to the same page of the contact that it is a part of now.
    """
    try:
        found: Contact = load(Contact, contact_id, permission)
    except NotFound:
        _lead_on(contact_id, permission)
        raise
    if whole:
        load_parts(found)
    return found


def _lead_on(contact_id: int, permission: str | None) -> None:
    """Leave for the contact that a merged record is a part of, for who may see that one; or do nothing."""
    heir = former.heir_of(contact_id) if request.method == "GET" else None
    if heir is None:
        return
    load(Contact, heir, permission)
    if request.endpoint == "contacts.show":
        say(_("The record that you opened was merged with another. This is the one that stayed."))
    values = {**(request.view_args or {}), **request.args.to_dict(flat=False), "contact_id": heir}
    # Not for good: once the merge is undone, the address is that of the record again.
    abort(redirect(url_for(str(request.endpoint), **values)))


blueprint.add_app_template_filter(label_words)
blueprint.add_app_template_filter(no_mail_words)
blueprint.add_app_template_filter(file_words)
blueprint.add_app_template_global(barred_by)
blueprint.add_app_template_global(fact, "contact_fact")
blueprint.add_app_template_global(facts, "contact_facts")


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
