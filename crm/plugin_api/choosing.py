"""Fields of forms that choose a contact or an account, and which rows of a list were chosen. The macros of
`_macros/contacts.html` draw them."""

from crm.accounts.reaching import who_may, who_may_each
from crm.contacts.choosing import ContactField, ContactsField, UserField
from crm.fields.choosing import chosen_ids, looked_for
from crm.forms import options

__all__ = [
    "ContactField",
    "ContactsField",
    "UserField",
    "chosen_ids",
    "looked_for",
    "options",
    "who_may",
    "who_may_each",
]
