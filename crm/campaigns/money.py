"""Money: typed by people, kept in cents, shown with its currency."""

import re
from decimal import Decimal
from typing import Any, Final

from babel.numbers import format_currency
from flask_babel import gettext as _
from wtforms import StringField, ValidationError

from crm.errors import UserError
from crm.i18n import number_language

CURRENCY: Final = "USD"
MOST: Final = 100_000_000_000_00
_TYPED: Final = re.compile(r"[0-9][0-9.,]*")


def cents(text: str) -> int:
    """The cents in an amount as people type it: 1,234.50 and 1.234,50, 1234,5 and 1 234. The last mark with
    one or two digits behind it is the decimal one. Raises UserError with a sentence for all else."""
    typed = re.sub(r"[\s\u00a0\u202f$]", "", text)
    whole, fraction = _split(typed) if _TYPED.fullmatch(typed) else ("", "")
    if not whole:
        raise UserError(_("“%(text)s” is not an amount. Write it as 1,234.50.", text=text.strip()[:40]))
    found = int(whole) * 100 + int(fraction.ljust(2, "0"))
    if found > MOST:
        raise UserError(_("“%(text)s” is more than can be kept here.", text=text.strip()[:40]))
    return found


def _split(typed: str) -> tuple[str, str]:
    """Whole units and fraction, both as digits; two empty texts when the marks make no sense."""
    decimal = re.search(r"[.,]([0-9]{1,2})$", typed)
    whole, fraction = (typed[: decimal.start()], decimal[1]) if decimal else (typed, "")
    if re.fullmatch(r"[0-9]+", whole):
        return whole, fraction
    grouped = re.fullmatch(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*", whole)
    if grouped is None or (decimal and typed[decimal.start()] == grouped[1]):
        return "", ""
    return re.sub(r"\D", "", whole), fraction


def plain(amount: int | None) -> str:
    """An amount as it stands in a form: 1234.50."""
    return "" if amount is None else f"{amount // 100}.{amount % 100:02}"


def money(amount: int | None) -> str:
    """An amount as people of the reader's language write it."""
    if amount is None:
        return ""
    return str(format_currency(Decimal(amount) / 100, CURRENCY, locale=number_language()))


class MoneyField(StringField):
    """An amount of money; `data` is in cents, None when the field is empty."""

    def __init__(
        self, label: Any = None, validators: Any = (), *, needed: bool = False, **values: Any
    ) -> None:
        super().__init__(label, list(validators), **values)
        self.needed, self.typed = needed, ""
        if needed:
            self.flags.required = True

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            return
        self.typed, self.data = str(valuelist[0]).strip(), None
        if not self.typed:
            if self.needed:
                raise ValidationError(_("Say how much it is."))
            return
        try:
            self.data: Any = cents(self.typed)
        except UserError as error:
            raise ValidationError(error.message) from error

    def _value(self) -> str:
        return self.typed or plain(self.data)
