"""The pages of contacts, one module for each thing one does with them."""

from crm.contacts.views import affiliations, lists, notes, records
from crm.contacts.views.blueprint import blueprint

__all__ = ["affiliations", "blueprint", "lists", "notes", "records"]
