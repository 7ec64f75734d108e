"""Records of the core that plugins refer to, besides contacts; protected like everything that they hold."""

from crm.accounts.models import User
from crm.activities.models import Activity, Participant, Task
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition, Membership
from crm.contacts.models import Address, ContactTag, DoNotContact, Email, Phone, Tag

__all__ = [
    "Activity",
    "Address",
    "Campaign",
    "Coalition",
    "ContactTag",
    "DoNotContact",
    "Email",
    "Membership",
    "Participant",
    "Phone",
    "Tag",
    "Task",
    "User",
]
