"""What contacts offer to lists, to the page of a record and to the home page."""

from collections.abc import Iterable

from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.bulk.actions import ACTIONS
from crm.contacts.models import Contact
from crm.contacts.permissions import BULK, DATA, EDIT, ERASE, EXPORT, MERGE, VIEW
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Action, BulkAction, Card, Panel


def bulk_actions(actor: Actor) -> Iterable[BulkAction]:
    """Actions on the chosen rows of a list of contacts."""
    for action in ACTIONS.values() if actor.can(BULK) else ():
        yield BulkAction(
            f"contacts.{action.name}",
            action.label,
            action.endpoint or f"contacts.bulk_{action.name}",
            action.permission,
            action.icon,
            "contacts",
            action.weight,
            action.danger,
        )
    if actor.can(MERGE):
        yield BulkAction(
            "contacts.merge", _("Merge"), "contacts.bulk_merge", MERGE, "arrow-merge", "contacts", 55
        )
    yield BulkAction(
        "contacts.emails", _("Copy emails"), "contacts.bulk_emails", EXPORT, "mail", "contacts", 60
    )
    yield BulkAction("contacts.print", _("Print"), "contacts.bulk_print", EXPORT, "printer", "contacts", 80)


def actions(contact: Contact) -> Iterable[Action]:
    """What can be done with one contact, beside changing it in place."""
    this = {"contact_id": contact.id}
    return (
        Action(_("Photo"), "contacts.change_photo", this, "photo", EDIT, weight=50, dialog=True),
        Action(_("vCard"), "contacts.vcard", this, "download", VIEW, weight=60),
        Action(_("QR code"), "contacts.qr", this, "qrcode", VIEW, weight=61, dialog=True),
        Action(_("Print"), "contacts.print_view", this, "printer", VIEW, weight=62),
        Action(_("Merge with …"), "contacts.merge_with", this, "arrow-merge", MERGE, weight=70),
        Action(_("Everything we hold"), "contacts.subject_data_page", this, "file-text", DATA, weight=90),
        Action(_("Erase for good"), "contacts.erase", this, "user-off", ERASE, weight=95, danger=True),
    )


def panels(contact: Contact) -> Iterable[Panel]:
    """Parts of a contact's page that load by themselves. Changes stand in the timeline, each with a way to
    its details; the journal offers the whole history on a page of its own."""
    this = {"contact_id": contact.id}
    return (
        Panel("files", _("Files"), "contacts.files", this, VIEW, weight=40),
        Panel("timeline", _("Timeline"), "contacts.timeline_of", this, VIEW, weight=60),
    )


def cards(actor: Actor) -> Iterable[Card]:
    """Cards of the home page; where there is nobody yet, what to do first."""
    if not actor.can(VIEW):
        return
    with system("whether this installation is new"):
        begun = db.session().execute(select(Contact.id).limit(1)).first() is not None
    if not begun:
        yield Card("begin", _("Begin here"), "contacts.card_begin", permission=VIEW, weight=10, width=12)
        return
    yield Card("numbers", _("Contacts"), "contacts.card_numbers", permission=VIEW, weight=10)
    yield Card("incomplete", _("Worth completing"), "contacts.card_incomplete", permission=EDIT, weight=20)
    yield Card("recent", _("Changed last"), "contacts.card_recent", permission=VIEW, weight=40, width=6)
