"""The pages. Each declares its permission."""

from crm_referrals.views import (
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
