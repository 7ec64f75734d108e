"""The forms of open letters."""

from collections.abc import Mapping
from typing import Any

from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from crm.coalitions.forms import campaign_options, coalition_options
from crm.contacts.choosing import ContactsField, UserField
from crm.fields.filters import as_id
from crm.forms import Form
from crm.i18n import LANGUAGES, lazy_pgettext
from crm.i18n import lazy_gettext as _

LONGEST_TEXT = 20_000


def _id(value: Any) -> int | None:
    return as_id(str(value or "")) or None


class AroundForm(Form):
    """What is around the text of a letter. `version` is the one that the form showed."""

    custom_type = "signons"

    version = HiddenField()
    title = StringField(
        lazy_pgettext("letter", "Title"), [InputRequired(_("Give the letter a title.")), Length(max=200)]
    )
    addressee = StringField(_("To whom"), [Length(max=200)])
    language = SelectField(_("Language"), choices=lambda: list(LANGUAGES.items()))
    closes_on = DateField(_("Signatures until"), [Optional()])
    coalition_id = SelectField(_("Coalition"), coerce=_id, choices=coalition_options)
    campaign_id = SelectField(_("Campaign"), coerce=_id, choices=campaign_options)
    owner_user_id = UserField(_("Looks after it"), description=_("Gets a message when a signature waits."))

    def values(self) -> Mapping[str, Any]:
        return {each.name: each.data for each in self if each.name not in {"csrf_token", "version"}}


class LetterForm(AroundForm):
    """A new letter, with its first text."""

    body = TextAreaField(
        _("Text"), [InputRequired(_("Write the text.")), Length(max=LONGEST_TEXT)], render_kw={"rows": 14}
    )


class VersionForm(Form):
    """A new version of a text. `seen` is the number of the text that the form showed."""

    seen = HiddenField()
    body = TextAreaField(
        _("Text"), [InputRequired(_("Write the text.")), Length(max=LONGEST_TEXT)], render_kw={"rows": 14}
    )
    changes = TextAreaField(
        _("What changed"),
        [InputRequired(_("Say what changed, for those who signed the earlier text.")), Length(max=2000)],
        description=_("It stands in the message to those who signed the earlier text."),
        render_kw={"rows": 3},
    )


class SignForForm(Form):
    """Staff sign for an organization."""

    organization = StringField(
        _("Organization"), [InputRequired(_("Name the organization.")), Length(max=200)]
    )
    signer_name = StringField(_("Authorized signer"), [Length(max=200)])
    signer_title = StringField(lazy_pgettext("signer", "Title"), [Length(max=200)])
    evidence = TextAreaField(
        _("How you know"), [Length(max=2000)], render_kw={"rows": 3},
        description=_("A letter, a vote of the board, a message. Only you see it."),
    )  # fmt: skip


class InviteForm(Form):
    """Organizations to invite."""

    organizations = ContactsField(_("Organizations"), kinds=("organization",))
