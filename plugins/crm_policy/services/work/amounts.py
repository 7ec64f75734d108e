"""Amounts of money as people write them."""

from typing import Final

from crm.plugin_api import UserError
from crm.plugin_api import gettext as _

CENTS: Final = 100


def cents(text: str) -> int:
    """`$1,200.50` as cents; UserError for what is no amount."""
    plain = (text or "").replace("$", "").replace(",", "").strip()
    if not plain:
        return 0
    whole, _dot, rest = plain.partition(".")
    if not whole.isdecimal() or (rest and not rest.isdecimal()) or len(whole) > 9:
        raise UserError(_("“%(text)s” is not an amount. Write it like 120 or 120.50.", text=text))
    return int(whole) * CENTS + int((rest + "00")[:2])
