"""Bills of an import, with everything that is told of them: what is new, what changed, and writing that.

Nothing is ever removed: what a source tells no more is marked with the day since when, and a section that
came empty where there was something counts as not sent. What staff wrote is in columns and rows of its own.
"""

from crm_policy.importing.bills.columns import age
from crm_policy.importing.bills.hearings import (
    hearing_at,
    off_agenda,
    put_on_agenda,
    standing,
)
from crm_policy.importing.bills.merging import keep_hashes, mark_found, mark_missing, unseen
from crm_policy.importing.bills.planning import changed_sections, left_as_here, plan
from crm_policy.importing.bills.writing import write, write_bills

__all__ = [
    "age",
    "changed_sections",
    "hearing_at",
    "keep_hashes",
    "left_as_here",
    "mark_found",
    "mark_missing",
    "off_agenda",
    "plan",
    "put_on_agenda",
    "standing",
    "unseen",
    "write",
    "write_bills",
]
