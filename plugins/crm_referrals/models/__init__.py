"""What this plugin keeps.

The directory is journaled and can be undone. Needs, referrals, consents and disclosures are not: what was
sent cannot be unsent, and each step of them has an event of its own that is never changed.
"""

from crm.plugin_api.files import name_files
from crm_referrals.models.directory import Agency, Capacity, Location, Placing, Proposal, Service, ServiceTerm
from crm_referrals.models.needs import (
    Consent,
    Disclosure,
    Event,
    FormerGuardian,
    Message,
    Need,
    Offer,
    Referral,
    Reminder,
    Unmet,
)

name_files(Consent, "scan_key")

__all__ = [
    "Agency",
    "Capacity",
    "Consent",
    "Disclosure",
    "Event",
    "FormerGuardian",
    "Location",
    "Message",
    "Need",
    "Offer",
    "Placing",
    "Proposal",
    "Referral",
    "Reminder",
    "Service",
    "ServiceTerm",
    "Unmet",
]
