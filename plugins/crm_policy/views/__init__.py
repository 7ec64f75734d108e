"""The pages of policy."""

from crm_policy.views import (
    bills,
    elements,
    feeds,
    finding,
    hearings,
    letters,
    lists,
    papers,
    people,
    removing,
    sessions,
    work,
    years,
)
from crm_policy.views.blueprint import blueprint

__all__ = [
    "bills",
    "blueprint",
    "elements",
    "feeds",
    "finding",
    "hearings",
    "letters",
    "lists",
    "papers",
    "people",
    "removing",
    "sessions",
    "work",
    "years",
]
