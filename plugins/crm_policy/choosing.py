"""A field of a form that chooses a bill: one types its number or words of its title and takes an offer."""

from collections.abc import Sequence
from typing import Any

from wtforms import StringField, ValidationError

from crm.plugin_api import current_actor
from crm.plugin_api import gettext as _
from crm.plugin_api.words import squash
from crm_policy.services import naming


class BillField(StringField):
    """Chooses one bill that the reader may see; `data` is its id or None. Drawn by the macro `bill_field` of
    `policy/_choose.html`, which offers bills while one types."""

    def __init__(self, label: Any = None, validators: Sequence[Any] = (), **values: Any) -> None:
        super().__init__(label, list(validators), **values)
        self.typed = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if not valuelist:
            return
        self.typed, self.data = squash(str(valuelist[0])), None
        if self.typed:
            self.data: Any = chosen(self.typed)

    def _value(self) -> str:
        if self.typed or self.data is None:
            return self.typed
        bill = naming.names_of([int(self.data)], current_actor()).get(int(self.data))
        return bill.label if bill is not None else ""


def chosen(typed: str) -> int:
    """The id of the bill that was typed; ValidationError with a sentence when none or several fit."""
    found = naming.find_bills(typed, current_actor(), 2)
    if len(found) != 1:
        sentence = (
            _("Several bills fit “%(text)s”. Choose from what is offered while you type.", text=typed)
            if found
            else _("No bill fits “%(text)s”. Type its state and number, such as MI HB 12.", text=typed)
        )
        raise ValidationError(sentence)
    return found[0].id
