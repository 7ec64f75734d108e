"""Texts and days: cleaned, folded for matching, and as the reader writes them."""

from crm.contacts.names import (
    organization_name_key,
    organization_sort_name,
    person_name_key,
    person_sort_name,
)
from crm.i18n import day, day_here, exact, number_language, today
from crm.search.services import matching_ids_clause
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.names import split_full_name
from crm.transfer.cleaning.phones import clean_phone
from crm.transfer.cleaning.places import STATES
from crm.transfer.cleaning.text import clean_note, fold, squash

__all__ = [
    "STATES",
    "clean_email",
    "clean_note",
    "clean_phone",
    "day",
    "day_here",
    "exact",
    "fold",
    "matching_ids_clause",
    "number_language",
    "organization_name_key",
    "organization_sort_name",
    "person_name_key",
    "person_sort_name",
    "split_full_name",
    "squash",
    "today",
]
