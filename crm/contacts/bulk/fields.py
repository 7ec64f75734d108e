"""Giving one field of many contacts the same value."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Length

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.bulk import own_fields
from crm.contacts.bulk.state import NO_SUCH_FIELD, Arguments, State, touch_many
from crm.contacts.editing import FIELDS
from crm.contacts.models import Contact
from crm.contacts.words import SECTORS
from crm.errors import UserError
from crm.forms import Form
from crm.i18n import language_name, lazy_gettext

GROUPS = (
    (lazy_gettext("People and organizations"), ("sector", "language", "description")),
    (lazy_gettext("People alone"), ("job_title", "pronouns")),
)
"""What may be alike for many; names, dates of birth and ids are each one's own."""
NAMES = tuple(name for _label, names in GROUPS for name in names)
EMPTY = lazy_gettext("Empty takes it away.")


def _choices() -> dict[str, list[tuple[str, Any]]]:
    offered: dict[str, list[tuple[str, Any]]] = {"": [("", _("Choose a field"))]}
    offered |= {str(label): [(name, FIELDS[name].label) for name in names] for label, names in GROUPS}
    own = own_fields.choices()
    return offered | ({_("Own fields"): own} if own else {})


class FieldForm(Form):
    custom_type = "contacts"
    field = SelectField(
        lazy_gettext("Field"),
        choices=_choices,
        default="",
        render_kw={"data-shows": "", "data-autofocus": "", "required": True},
    )
    sector = SelectField(
        lazy_gettext("Sector"), default="", choices=lambda: [("", lazy_gettext("(none)")), *SECTORS.items()]
    )
    language = StringField(
        lazy_gettext("Language"),
        [Length(max=60)],
        description=lazy_gettext("A name such as Spanish, or a code such as es. Empty takes it away."),
    )
    job_title = StringField(
        lazy_gettext("Job title"),
        [Length(max=200)],
        description=EMPTY,
    )
    pronouns = StringField(lazy_gettext("Pronouns"), [Length(max=60)], description=EMPTY)
    description = TextAreaField(
        lazy_gettext("About"), [Length(max=20_000)], description=EMPTY, render_kw={"rows": 4}
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """What stands in the input of another own field does not matter."""
        for each in self:
            if each.name != self.field.data and own_fields.is_own(each.name):
                each.process_errors = []
        return bool(super().validate(extra_validators))


def arguments(form: Any) -> Arguments:
    name = form.field.data
    if own_fields.is_own(name):
        return own_fields.arguments(form[name])
    if name not in NAMES:
        raise UserError(_("Choose the field first."))
    return {"field": name, "value": FIELDS[name].clean(form[name].data or "") or ""}


def _label(arguments: Arguments) -> Any:
    name = arguments["field"]
    return arguments["label"] if own_fields.is_own(name) else FIELDS[name].label


def title(arguments: Arguments) -> str:
    label, value = _label(arguments), in_words(arguments, arguments["value"])
    if not value:
        return _("Empty the field “%(field)s”", field=label)
    return _("Set “%(field)s” to “%(value)s”", field=label, value=value)


def sentence(arguments: Arguments, count: int) -> str:
    return str(
        ngettext(
            "%(field)s of %(count)s contact",
            "%(field)s of %(count)s contacts",
            count,
            field=_label(arguments),
            count=count,
        )
    )


def in_words(arguments: Arguments, value: Any) -> str:
    if own_fields.is_own(arguments["field"]):
        return own_fields.in_words(arguments, value)
    if arguments["field"] == "language":
        return language_name(value)
    choices = FIELDS[arguments["field"]].choices
    return str(choices.get(value, value)) if choices else value


def shown(arguments: Arguments, seen: Any) -> tuple[str, str]:
    return in_words(arguments, seen), in_words(arguments, arguments["value"])


def read(arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    if own_fields.is_own(arguments["field"]):
        return own_fields.read(arguments, ids)
    field, column = FIELDS[arguments["field"]], getattr(Contact, arguments["field"])
    with system("the ids were checked against what the actor may see"):
        rows = db.session().execute(select(Contact.id, Contact.kind, column).where(db.among(Contact.id, ids)))
        return {
            each: State(value or "", (value or "") == arguments["value"])
            if kind in field.kinds
            else State(refusal=NO_SUCH_FIELD)
            for each, kind, value in rows
        }


def write(arguments: Arguments, ids: Sequence[int], _actor: Actor) -> None:
    if own_fields.is_own(arguments["field"]):
        own_fields.write(arguments, ids)
        return
    touch_many(ids, **{arguments["field"]: arguments["value"] or None})
