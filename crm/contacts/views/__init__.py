"""The pages of contacts, one module for each thing one does with them."""

from crm.contacts.views import (
    affiliations,
    bulk,
    cards,
    duplicates,
    erasing,
    files,
    lists,
    merging,
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
    "duplicates",
    "erasing",
    "files",
    "lists",
    "merging",
    "notes",
    "printing",
    "records",
    "tags",
]
