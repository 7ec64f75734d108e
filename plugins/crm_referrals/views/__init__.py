"""The pages. Each declares its permission."""

from crm_referrals.views import (
    agencies,
    agency,
    consents,
    directory,
    entries,
    exchange,
    families,
    hsds,
    needs,
    places,
    referrals,
    reports,
)
from crm_referrals.views.blueprint import blueprint, interface

__all__ = [
    "agencies",
    "agency",
    "blueprint",
    "consents",
    "directory",
    "entries",
    "exchange",
    "families",
    "hsds",
    "interface",
    "needs",
    "places",
    "referrals",
    "reports",
]
