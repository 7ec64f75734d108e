"""The pages. Each declares its permission."""

from crm_referrals.views import agency, consents, directory, families, hsds, needs, referrals, reports
from crm_referrals.views.blueprint import blueprint, interface

__all__ = [
    "agency",
    "blueprint",
    "consents",
    "directory",
    "families",
    "hsds",
    "interface",
    "needs",
    "referrals",
    "reports",
]
