"""The fields of coalitions, memberships and commitments, declared once for lists, filters and export."""

from crm.coalitions.fields.coalitions import coalitions
from crm.coalitions.fields.commitments import commitments
from crm.coalitions.fields.contacts import contact_fields
from crm.coalitions.fields.memberships import memberships

__all__ = ["coalitions", "commitments", "contact_fields", "memberships"]
