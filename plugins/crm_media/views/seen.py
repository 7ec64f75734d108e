"""Nobody's words are lost: a form remembers what it showed, and saving over what somebody else wrote is a
choice."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import request
from wtforms import BooleanField, SelectField

from crm.plugin_api import Conflict, Contact, Form, current_actor, db, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import ContactField
from crm.plugin_api.words import day, exact
from crm_media.forms.outreach import MomentField

FIELD = "seen"


def state_of(row: Any, form: Form) -> dict[str, Any]:
    """What a record says now, by the fields of its form."""
    names = {each.name: "status" if each.name == "standing" else each.name for each in form}
    return {name: getattr(row, column) for name, column in names.items() if hasattr(row, column)}


def fingerprint(state: Mapping[str, Any]) -> str:
    told = json.dumps([[name, str(value)] for name, value in sorted(state.items())])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def shown(status: int, now: Callable[[], Mapping[str, Any]]) -> str:
    """What a page with a form carries: what it says now, or, where what was typed needs mending, what the
    first page said."""
    first = request.form.get(FIELD, "") if status != Conflict.status else ""
    return first or fingerprint(now())


def read_again(row: Any, *, hold: bool = False) -> None:
    with system("a record that was loaded for the actor, as it is now"):
        db.session().refresh(row, with_for_update=hold or None)


def refuse_lost(state: Mapping[str, Any]) -> None:
    """Conflict where a form showed something else than there is now. Inside a transaction."""
    seen = request.form.get(FIELD, "")
    if seen and seen != fingerprint(state):
        raise Conflict(_("Somebody else changed this while you were typing. Below is what it says now."))


def differences(form: Form, state: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a record says now, where that is not what was typed: (label, words)."""
    return [
        (str(form[name].label.text), _words(form[name], value) or _("(empty)"))
        for name, value in state.items()
        if name in form and _plain(_typed(form[name])) != _plain(value)
    ]


def _typed(field: Any) -> Any:
    return field.moment() if isinstance(field, MomentField) else field.data


def _plain(value: Any) -> str:
    text = "" if value is None else str(value)
    return " ".join(text.replace(",", ", ").split())


def _words(field: Any, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(field, ContactField):
        named = visible(Contact, current_actor()).where(Contact.id == value)
        return db.session().scalar(named.with_only_columns(Contact.name)) or ""
    if isinstance(field, BooleanField):
        return _("Yes") if value else _("No")
    if isinstance(field, SelectField):
        return next((str(each[1]) for each in field.iter_choices() if str(each[0]) == str(value)), "")
    if isinstance(value, datetime):
        return exact(value)
    return day(value) if isinstance(value, date) else str(value)
