"""The kinds of custom fields: how what is typed becomes a value, and how a value is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from flask_babel import gettext as _

from crm.errors import UserError
from crm.fields.models import CustomField
from crm.fields.numbers import number_in
from crm.i18n import decimal, lazy_gettext

Stored = Literal["text", "number", "boolean", "list"]
LONGEST, LONGEST_LINE = 20_000, 500
SEPARATOR: Final = "; "


@dataclass(frozen=True)
class FieldKind:
    """A kind of custom field. `stored` is the JSON type of its values, `field_kind` what lists call it."""

    name: str
    label: Any
    field_kind: str
    stored: Stored = "text"
    sortable: bool = True


KINDS: Final[Mapping[str, FieldKind]] = {
    each.name: each
    for each in (
        FieldKind("text", lazy_gettext("Text"), "text"),
        FieldKind("long_text", lazy_gettext("Long text"), "long_text", sortable=False),
        FieldKind("number", lazy_gettext("Number"), "number", "number"),
        FieldKind("date", lazy_gettext("Date"), "date"),
        FieldKind("boolean", lazy_gettext("Yes or no"), "boolean", "boolean"),
        FieldKind("choice", lazy_gettext("One choice"), "choice"),
        FieldKind("choices", lazy_gettext("Several choices"), "choices", "list", sortable=False),
        FieldKind("link", lazy_gettext("Web page"), "link"),
        FieldKind("email", lazy_gettext("Email"), "email"),
        FieldKind("phone", lazy_gettext("Phone"), "phone"),
    )
}
_YES = frozenset({"yes", "y", "true", "1", "x", "on", "sí", "si", "s", "verdadero"})
_NO = frozenset({"no", "n", "false", "0", "off", "falso"})


def text_of(field: CustomField, value: Any) -> str:
    """A value as people and files have it: numbers plain, days in ISO, choices by their labels."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return SEPARATOR.join(_label(field, str(each)) for each in value)
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return _label(field, str(value)) if field.kind == "choice" else str(value)


def words_of(field: CustomField, value: Any) -> str:
    """A value as people read it on a page: a number with the separators of their language, and all else as
    `text_of` has it."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return decimal(value) if is_number and field.kind == "number" else text_of(field, value)


def stored_text(value: Any) -> str:
    """A value as imports compare it, the same in every language; `value_of` reads it back."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return SEPARATOR.join(str(each) for each in value)
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def _label(field: CustomField, key: str) -> str:
    return next((label for known, label in field.choices if known == key), key)


def value_of(field: CustomField, text: str, *, stored: bool = False) -> Any:
    """The value of what was typed or stood in a file; None for nothing. UserError, with a sentence that names
    the field, for what does not fit. Files say choices as people do; a text that is `stored`, or comes from
    the select of a form, says them by their keys."""
    text = text.replace("\0", "").strip()
    if not text:
        return None
    readers = {
        "number": _number,
        "date": _date,
        "boolean": _boolean,
        "link": _link,
        "email": _email,
        "phone": _phone,
    }
    most = LONGEST if field.kind in {"long_text", "choices"} else LONGEST_LINE
    if len(text) > most:
        raise UserError(
            _("“%(field)s” is too long: at most %(most)s characters.", field=field.label, most=most)
        )
    if field.kind in {"choice", "choices"}:
        return (_choice if field.kind == "choice" else _choices)(field, text, stored)
    reader = readers.get(field.kind)
    if reader is not None:
        return reader(field, text)
    return text.replace("\r\n", "\n") if field.kind == "long_text" else " ".join(text.split())


def checked_value(field: CustomField, text: str) -> Any:
    """The value of what was typed, which may be nothing only where the field may be empty."""
    found = value_of(field, text, stored=True)
    if found is None and field.required:
        raise UserError(_("“%(field)s” must be filled in.", field=field.label))
    return found


def _number(field: CustomField, text: str) -> int | float:
    found = number_in(text)
    if found is None:
        raise UserError(_("“%(value)s” is not a number for “%(field)s”.", value=text[:80], field=field.label))
    return int(found) if found == int(found) else found


def _date(field: CustomField, text: str) -> str:
    from crm.fields.filters import as_day

    return as_day(_Named(field.label), text[:80]).isoformat()  # type: ignore[arg-type]  # Its label alone is read.


@dataclass(frozen=True)
class _Named:
    label: str


def _boolean(field: CustomField, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise UserError(
        _("“%(value)s” is neither yes nor no for “%(field)s”.", value=text[:80], field=field.label)
    )


def _choice(field: CustomField, text: str, stored: bool) -> str:
    written = " ".join(text.split())
    folded = written.casefold()
    # A renamed choice keeps its key, so the label of another may read like it.
    pairs = [(str(key), str(label)) for key, label in field.choices]
    by_key = [key for key, _label in pairs if key == written]
    by_label = [key for key, label in pairs if label == written]
    by_label += [key for key, label in pairs if label.casefold() == folded]
    found = (by_key + by_label) if stored else (by_label + by_key)
    found += [key for key, _label in pairs if key.casefold() == folded]
    if found:
        return found[0]
    raise UserError(_("“%(value)s” is no choice of “%(field)s”.", value=text[:80], field=field.label))


def _choices(field: CustomField, text: str, stored: bool) -> list[str]:
    """Each once, in the order of the field's choices, however they were written."""
    parts = [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]
    found = {_choice(field, part, stored) for part in parts}
    return [str(key) for key, _label in field.choices if key in found]


def _link(field: CustomField, text: str) -> str:
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or "." not in parts.netloc or " " in address:
        raise UserError(_("“%(value)s” is no web page for “%(field)s”.", value=text[:80], field=field.label))
    return address


def _email(field: CustomField, text: str) -> str:
    name, _at, host = text.partition("@")
    if not name or "." not in host or " " in text or "@" in host:
        raise UserError(
            _("“%(value)s” is no email address for “%(field)s”.", value=text[:80], field=field.label)
        )
    return text


def _phone(field: CustomField, text: str) -> str:
    from crm.transfer.cleaning.phones import clean_phone

    number, extension, _code = clean_phone(text[:80])
    if not number:
        raise UserError(
            _("“%(value)s” is no phone number for “%(field)s”.", value=text[:80], field=field.label)
        )
    return f"{number} x{extension}" if extension else number
