"""Nobody's words are lost: a form remembers what it showed, and saving over what somebody else wrote since
is a choice."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from flask import request
from flask_babel import gettext as _
from wtforms import BooleanField, Field, FileField, HiddenField, PasswordField, SelectField, StringField

from crm.i18n import day, exact

NAME: Final = "_shown"
"""The hidden input with the fingerprint of what a form showed."""

_UNREAD: Final = (FileField, HiddenField, PasswordField)
_PLAIN: Final = (type(None), str, bool, int, float, Decimal, date, datetime, time, list, tuple)


def fingerprint(fields: Iterable[Any]) -> str:
    """A short text that tells whether a record still says what its form showed."""
    told = json.dumps([[field.name, _plain(field.object_data)] for field in _kept(fields)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def is_lost(fields: Iterable[Any]) -> bool:
    """Whether the form that came back showed something else than the record says now."""
    shown = request.form.get(NAME, "")
    return bool(shown) and shown != fingerprint(fields)


def differences(fields: Iterable[Any]) -> list[tuple[str, str]]:
    """What the record says now where that is not what was typed: (label, words; "" where a reader would
    find only a number)."""
    return [
        (str(field.label.text), _words(field))
        for field in _kept(fields)
        if _plain(field.data) != _plain(field.object_data)
    ]


def _kept(fields: Iterable[Any]) -> Iterator[Any]:
    for field in fields:
        unread = isinstance(field, _UNREAD) or not hasattr(field, "object_data")
        if not unread and isinstance(field.object_data, _PLAIN):
            yield field


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return sorted(str(each) for each in value)
    return "" if value in (None, False) else " ".join(str(value).split())


def _words(field: Field) -> str:
    value = field.object_data
    if value in (None, "", [], ()):
        return _("(empty)")
    if isinstance(field, BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, SelectField):
        choices = ((str(each[0]), str(each[1])) for each in field.iter_choices())
        return next((label for key, label in choices if key == str(value)), "")
    if isinstance(value, datetime):
        return exact(value)
    if isinstance(value, date):
        return day(value)
    return str(value) if isinstance(field, StringField) else ""
