"""The pages of contacts, one module for each thing one does with them."""

from crm.contacts.views import (
    affiliations,
    bulk,
    cards,
    erasing,
    files,
    lists,
    notes,
    printing,
    records,
    tags,
)
from crm.contacts.views.blueprint import blueprint

__all__ = [
    "affiliations",
    "blueprint",
    "bulk",
    "cards",
    "erasing",
    "files",
    "lists",
    "notes",
    "printing",
    "records",
    "tags",
]
