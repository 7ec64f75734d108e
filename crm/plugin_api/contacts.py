"""What a plugin does with people and organizations beyond reading them. Inside a transaction."""

from crm.contacts.duplicates.former import heir_of
from crm.contacts.services import affiliate, carry_over, create, find_organization
from crm.contacts.words import phone_words

__all__ = ["affiliate", "carry_over", "create", "find_organization", "heir_of", "phone_words"]
