"""What the forms share."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from crm.plugin_api import Form
from crm.plugin_api import lazy_gettext as _
from crm.plugin_api.choosing import options

SHORT, LONG = Length(max=200), Length(max=5000)
COMMAS = _("Separate several with commas.")


def near(_form: Any, field: Any) -> None:
    """A day that a plan of ours can have; a slip of the pen lies in another century."""
    if field.data is not None and not 1990 <= field.data.year <= 2100:
        raise ValidationError(_("Write a day between 1990 and 2100."))


def number(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def whole(value: Any) -> int:
    """The id that an address or a button sends; 0, which no row has, for what is none."""
    return number(value) or 0


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def choice(label: Any, words: Any, empty: Any = None, **values: Any) -> SelectField:
    """A select over a mapping of stored value to words; `empty` is what no choice reads."""

    def choices() -> Sequence[Any]:
        return options([*([("", empty)] if empty is not None else []), *words.items()])

    if empty is not None:
        values.setdefault("default", "")
    return SelectField(label, choices=choices, coerce=_text, **values)


class Checks(SelectMultipleField):
    """Any number of few things, each with a box to tick; `data` is a list of ids."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any, offered: Callable[[], Iterable[tuple[int, Any]]], **values: Any) -> None:
        super().__init__(label, coerce=int, choices=lambda: options(offered()), **values)


class BillText(StringField):
    """The state and number of a bill; where state policy is there, what fits is offered while one types."""


class OutletText(StringField):
    """The name of an outlet; those that are known are offered, so that none comes to be there twice."""

    def __init__(self, label: Any, validators: Any = None, **values: Any) -> None:
        values["render_kw"] = {"list": "outlet-names", "autocomplete": "off"}
        super().__init__(label, validators, **values)


class NumberChoice(SelectField):
    """One of few records, or none; `data` is an id or None."""

    def __init__(
        self, label: Any, offered: Callable[[], Iterable[tuple[int, Any]]], empty: Any = "", **values: Any
    ) -> None:
        super().__init__(label, coerce=number, choices=lambda: options([("", empty), *offered()]), **values)


def values_of(form: Form) -> dict[str, Any]:
    """What stands in the form, spaces around texts left out. `status` is a word of every form's own, so a
    field for that column is `standing`."""
    fields = [each for each in form if each.name != "csrf_token"]
    return {"status" if each.name == "standing" else each.name: _value(each) for each in fields}


def _value(field: Any) -> Any:
    if field.data is None and type(field) in {StringField, TextAreaField, BillText, OutletText}:
        return ""
    return field.data.strip() if isinstance(field.data, str) else field.data


def keep_unseen(row: Any, form: Form, *names: str) -> None:
    """What somebody may not see, and so cannot choose anew, stays as it is."""
    for name in names:
        if name not in form:
            continue
        present: Any = getattr(row, name)
        field: Any = form[name]
        if present is not None and present not in {field.coerce(each[0]) for each in field.iter_choices()}:
            delattr(form, name)
