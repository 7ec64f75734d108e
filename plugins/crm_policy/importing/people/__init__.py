"""Legislators and committees of an import.

The same person comes from two sources under two numbers. They are joined where chamber, district and surname
agree and both sat there at the same time; whoever might be somebody else waits in a queue for a person's
word."""

from crm_policy.importing.people.known import legislators_by_reference
from crm_policy.importing.people.names import family_key, reference_of
from crm_policy.importing.people.persons import bring_up_to_date, create, newest_term, settle
from crm_policy.importing.people.planning import plan
from crm_policy.importing.people.writing import write

__all__ = [
    "bring_up_to_date",
    "create",
    "family_key",
    "legislators_by_reference",
    "newest_term",
    "plan",
    "reference_of",
    "settle",
    "write",
]
