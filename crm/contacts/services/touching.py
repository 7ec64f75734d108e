"""A contact changed when what hangs on it did."""

from crm import db
from crm.contacts.models import Contact


def touch(contact: Contact) -> None:
    """Say that the contact changed, when only rows that hang on it did."""
    contact.version += 1
    contact.updated_at = db.now()
