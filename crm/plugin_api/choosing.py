"""Fields of forms that choose a contact or an account. The macros of `_macros/contacts.html` draw them."""

from crm.accounts.reaching import who_may
from crm.contacts.choosing import ContactField, ContactsField, UserField
from crm.forms import options

__all__ = ["ContactField", "ContactsField", "UserField", "options", "who_may"]
