"""The forms for contacts. What they give to services is a plain mapping of clean text."""

from collections.abc import Sequence
from typing import Any

from flask import request
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from crm.contacts.words import SECTORS
from crm.forms import Form
from crm.i18n import lazy_gettext as _

SHORT, LONG = Length(max=200), Length(max=20_000)


class ContactForm(Form):
    """A new person or organization: what is usually known at first; the rest is added on their page."""

    custom_type = "contacts"

    kind = HiddenField()
    name = StringField(_("Name"), [SHORT])
    given_name = StringField(_("Given name"), [SHORT])
    family_name = StringField(_("Family name"), [SHORT])
    email = StringField(_("Email"), [SHORT], render_kw={"type": "email", "autocomplete": "off"})
    phone = StringField(_("Phone"), [SHORT], render_kw={"type": "tel", "autocomplete": "off"})
    organization = StringField(_("Organization"), [SHORT], render_kw={"list": "organization-names"})
    role = StringField(_("Role there"), [SHORT])
    sector = SelectField(_("Sector"), default="", choices=lambda: [("", _("Not known")), *SECTORS.items()])
    street = StringField(_("Street"), [SHORT])
    city = StringField(_("City"), [SHORT])
    region = StringField(_("State"), [SHORT])
    postal_code = StringField(_("ZIP code"), [SHORT])
    tags = StringField(_("Tags"), [SHORT], description=_("Separate several with commas."))
    note = TextAreaField(_("Note"), [LONG], render_kw={"rows": 3})

    def values(self) -> dict[str, Any]:
        """What `services.create` takes."""
        found: dict[str, Any] = {each.name: each.data or "" for each in self if each.name != "csrf_token"}
        found["emails"] = [{"address": self.email.data, "primary": True}]
        found["phones"] = [{"number": self.phone.data, "primary": True}]
        found["addresses"] = [{name: found[name] for name in ("street", "city", "region", "postal_code")}]
        found["tags"] = split_tags(self.tags.data or "")
        return found


class AffiliationForm(Form):
    """A person's part in an organization."""

    organization = StringField(_("Organization"), [SHORT], render_kw={"list": "organization-names"})
    role = StringField(_("Role"), [SHORT])
    department = StringField(_("Department"), [SHORT])
    start_date = DateField(_("Since"), [Optional()])
    end_date = DateField(_("Until"), [Optional()])
    is_primary = BooleanField(_("Their main organization"))


class TagForm(Form):
    """A tag, described so that it keeps its meaning. `owners` are ids and names of users."""

    name = StringField(_("Name"), [Length(max=60)], render_kw={"data-autofocus": "", "autocomplete": "off"})
    description = StringField(_("What it is for"), [Length(max=500)])
    owner = SelectField(
        _("Who looks after it"),
        coerce=lambda value: int(value) if value else None,
        description=_("The person to ask what it means."),
    )

    def __init__(self, owners: Sequence[tuple[int, str]], **values: Any) -> None:
        super().__init__(**values)
        self.owner.choices = [("", _("Nobody yet")), *((str(each), name) for each, name in owners)]


def split_tags(text: str) -> list[str]:
    """The names in a text with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


def posted_rows(names: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a group of fields as posted: `row-0-label`, `row-0-address`, `row-1-label`…

    `primary` is the number of the row that leads.
    """
    numbers = sorted({int(key.split("-")[1]) for key in request.form if _is_row(key)})
    rows = []
    for number in numbers:
        row = {name: request.form.get(f"row-{number}-{name}", "")[:500] for name in ("id", *names)}
        if request.form.get("primary") == str(number):
            row["primary"] = "1"
        if not request.form.get(f"row-{number}-remove"):
            rows.append(row)
    return rows


def _is_row(key: str) -> bool:
    parts = key.split("-")
    return len(parts) == 3 and parts[0] == "row" and parts[1].isdecimal() and len(parts[1]) < 6
