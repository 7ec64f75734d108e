"""The form that public forms are built with."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from wtforms import HiddenField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from crm.coalitions.forms import campaign_options, coalition_options
from crm.contacts.choosing import ContactField, UserField
from crm.errors import UserError
from crm.fields.custom.values import posted
from crm.fields.filters import as_id
from crm.forms import Form
from crm.i18n import LANGUAGES, lazy_pgettext
from crm.i18n import lazy_gettext as _
from crm.intake import services
from crm.intake.models import PublicForm
from crm.intake.words import FIELDS

SHORT, LONG = Length(max=200), Length(max=5000)
NOT_ASKED, ASKED, REQUIRED = "no", "asked", "required"
PARTS = ("title", "intro", "consent", "thanks")


def _as_id(value: Any) -> int | None:
    return as_id(str(value or "")) or None


class BuildForm(Form):
    """A public form: what it says in each language, what it asks for, and where answers go."""

    custom_type = "public_forms"

    version = HiddenField()
    name = StringField(_("Name among us"), [InputRequired(_("Give the form a name.")), SHORT])
    title_en = StringField(lazy_pgettext("form", "Title"), [SHORT])
    intro_en = TextAreaField(_("Introduction"), [LONG], render_kw={"rows": 3})
    consent_en = TextAreaField(_("Consent"), [LONG], render_kw={"rows": 2})
    thanks_en = TextAreaField(_("Thanks"), [LONG], render_kw={"rows": 2})
    title_es = StringField(lazy_pgettext("form", "Title"), [SHORT])
    intro_es = TextAreaField(_("Introduction"), [LONG], render_kw={"rows": 3})
    consent_es = TextAreaField(_("Consent"), [LONG], render_kw={"rows": 2})
    thanks_es = TextAreaField(_("Thanks"), [LONG], render_kw={"rows": 2})
    coalition_id = SelectField(_("Coalition"), coerce=_as_id, choices=coalition_options,
                               description=_("Whoever joins becomes a prospective member."))  # fmt: skip
    campaign_id = SelectField(_("Campaign"), coerce=_as_id, choices=campaign_options)
    tags = StringField(_("Tags"), [SHORT], description=_("Separated by commas."))
    unknown = SelectField(
        _("People who are not here yet"),
        choices=lambda: [
            ("create", _("become contacts once confirmed")),
            ("queue", _("wait to be looked at")),
        ],
    )
    notify_user_id = UserField(_("Tell of answers"))
    sites = TextAreaField(
        _("Sites that may show this form in their pages"), [LONG],
        render_kw={"rows": 2, "placeholder": "https://example.org"}, description=_("One in each line."),
    )  # fmt: skip

    def validate_sites(self, field: TextAreaField) -> None:
        try:
            services.checked_sites(field.data or "")
        except UserError as error:
            raise ValidationError(error.message) from error

    def validate_title_en(self, field: StringField) -> None:
        if not (field.data or "").strip() and not (self.title_es.data or "").strip():
            raise ValidationError(gettext("Write a title in at least one language."))

    @property
    def questions(self) -> list[Any]:
        """The fields that say what is asked, in order."""
        return [self[f"ask_{name}"] for name in FIELDS]

    def values(self) -> dict[str, Any]:
        """What the services take; a language without a title is not offered."""
        texts = {
            code: {part: (self[f"{part}_{code}"].data or "").strip() for part in PARTS} for code in LANGUAGES
        }
        return {
            "name": self.name.data, "texts": {code: each for code, each in texts.items() if each["title"]},
            "asked": [name for name in FIELDS if self[f"ask_{name}"].data in {ASKED, REQUIRED}],
            "required": [name for name in FIELDS if self[f"ask_{name}"].data == REQUIRED],
            "coalition_id": self.coalition_id.data,
            "campaign_id": self.campaign_id.data, "unknown": self.unknown.data,
            "notify_user_id": self.notify_user_id.data,
            "tags": [each.strip() for each in (self.tags.data or "").split(",") if each.strip()],
            "sites": services.checked_sites(self.sites.data or ""),
            **posted(self),
        }  # fmt: skip


class SomebodyForm(Form):
    """Whom an answer belongs to who was not recognised."""

    somebody = ContactField(_("Who"), kinds=("person",), required=True)


def _question(label: Any) -> Any:
    return SelectField(
        label,
        choices=lambda: [
            (NOT_ASKED, gettext("not asked")),
            (ASKED, gettext("asked, may stay empty")),
            (REQUIRED, gettext("must be answered")),
        ],
        default=NOT_ASKED,
    )


for _name, _label in FIELDS.items():
    setattr(BuildForm, f"ask_{_name}", _question(_label))


def in_questions(asked: Sequence[str], required: Sequence[str]) -> dict[str, str]:
    """What is asked, as the page that changes it shows it."""
    return {
        f"ask_{name}": REQUIRED if name in required else ASKED if name in asked else NOT_ASKED
        for name in FIELDS
    }


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Some values of a form as the page that changes it shows them, to say what somebody else wrote."""
    found = dict(values)
    if "texts" in found:
        empty = {f"{part}_{code}": "" for code in LANGUAGES for part in PARTS}
        found |= {**empty, **in_fields(found.pop("texts"))}
    if "tags" in found:
        found["tags"] = ", ".join(found["tags"])
    if "sites" in found:
        found["sites"] = "\n".join(found["sites"])
    return found


def shown(form: PublicForm) -> dict[str, Any]:
    """A form as the page that changes it shows it."""
    return {
        "name": form.name, **in_questions(form.asked, form.required), "coalition_id": form.coalition_id,
        "campaign_id": form.campaign_id, "tags": ", ".join(form.tags), "unknown": form.unknown,
        "notify_user_id": form.notify_user_id, "sites": "\n".join(form.sites), "version": form.version,
        **in_fields(form.texts),
    }  # fmt: skip


def in_fields(texts: dict[str, Any]) -> dict[str, str]:
    return {f"{part}_{code}": each.get(part, "") for code, each in texts.items() for part in PARTS}
