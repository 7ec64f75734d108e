"""What a plugin does with people and organizations beyond reading them. Inside a transaction."""

from crm.contacts.duplicates.former import heir_of
from crm.contacts.services import affiliate, create, find_organization
from crm.contacts.words import phone_words
from crm.transfer.people.sets import PeopleInSets
from crm.transfer.record import ContactRecord
from crm.transfer.record import Email as EmailRecord
from crm.transfer.record import Phone as PhoneRecord

__all__ = [
    "ContactRecord",
    "EmailRecord",
    "PeopleInSets",
    "PhoneRecord",
    "affiliate",
    "create",
    "find_organization",
    "heir_of",
    "phone_words",
]
