"""Forms of accounts."""

from typing import Any
from zoneinfo import available_timezones

from wtforms import (
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from crm.accounts.passwords import LONGEST, SHORTEST
from crm.forms import Form, options
from crm.i18n import LANGUAGES
from crm.i18n import lazy_gettext as _

EMAIL, NAME = Length(max=254), Length(max=200)
ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)
"""Where attendance coalitions are; they come first."""


def time_zones() -> list[Any]:
    """The site's own zone, those of the United States, then every other."""
    rest = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    first = [("", _("As this site")), *((zone, zone.replace("_", " ")) for zone in ZONES)]
    return options([*first, *((zone, zone.replace("_", " ")) for zone in rest if zone not in ZONES)])


def new_password_field() -> PasswordField:
    return PasswordField(
        _("New password"),
        [InputRequired(_("Choose a password."))],
        description=_("At least %(count)s characters. A few words make a good one.", count=SHORTEST),
        render_kw={"autocomplete": "new-password", "minlength": SHORTEST},
    )


class SignInForm(Form):
    email = EmailField(
        _("Email"),
        [InputRequired(_("Write the email address of your account.")), EMAIL],
        render_kw={"autocomplete": "username webauthn", "autofocus": True},
    )
    password = PasswordField(
        _("Password"),
        [InputRequired(_("Write your password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class CodeForm(Form):
    """The code of an authenticator app."""

    code = StringField(
        _("Code"),
        [InputRequired(_("Write the code that the app shows now.")), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "class_": "form-control rc-code"},
    )
    next = HiddenField()


class RecoveryCodeForm(Form):
    code = StringField(
        _("Recovery code"),
        [InputRequired(_("Write one of your recovery codes.")), Length(max=40)],
        description=_("One of the codes that you kept when you set up the second step. Each works once."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    next = HiddenField()


class ConfirmForm(Form):
    """Who are you, again? The code is asked of those who have an app."""

    password = PasswordField(
        _("Password"),
        [Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password", "autofocus": True},
    )
    code = StringField(
        _("Code"),
        [Length(max=40)],
        description=_("From your authenticator app, or a recovery code."),
        render_kw={"autocomplete": "one-time-code"},
    )
    next = HiddenField()


class SetupForm(Form):
    name = StringField(
        _("Your name"),
        [InputRequired(_("Write your name.")), NAME],
        render_kw={"autocomplete": "name", "autofocus": True},
    )
    email = EmailField(
        _("Your email"),
        [InputRequired(_("Write your email address.")), EMAIL],
        render_kw={"autocomplete": "username"},
    )
    password = new_password_field()


class InvitationForm(Form):
    """What an invited person fills in."""

    name = StringField(
        _("Your name"), [InputRequired(_("Write your name.")), NAME], render_kw={"autocomplete": "name"}
    )
    password = new_password_field()


class ForgotForm(Form):
    email = EmailField(
        _("Email"),
        [InputRequired(_("Write the email address of your account.")), EMAIL],
        render_kw={"autocomplete": "username", "autofocus": True},
    )


class NewPasswordForm(Form):
    password = new_password_field()


class ChangePasswordForm(Form):
    current = PasswordField(
        _("Current password"),
        [InputRequired(_("Write the password that you sign in with now.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    password = new_password_field()


class ProfileForm(Form):
    name = StringField(
        _("Name"), [InputRequired(_("Write your name.")), NAME], render_kw={"autocomplete": "name"}
    )
    language = SelectField(
        _("Language"), choices=lambda: options([("", _("As my browser")), *LANGUAGES.items()]), default=""
    )
    time_zone = SelectField(_("Time zone"), choices=time_zones, default="")
    theme = RadioField(
        _("Colors"),
        choices=lambda: options([("auto", _("As my device")), ("light", _("Light")), ("dark", _("Dark"))]),
        default="auto",
    )


class EmailForm(Form):
    email = EmailField(
        _("New email"),
        [InputRequired(_("Write the new address.")), EMAIL],
        description=_("We send a link there. Until you open it, you sign in with the address that you have."),
        render_kw={"autocomplete": "email"},
    )


class GrantForm(Form):
    """A role, and over what. `scope` is `everything` or a kind and an id, such as `organization:12`."""

    role = SelectField(_("Role"), coerce=int)
    scope = HiddenField()


class InviteForm(GrantForm):
    name = StringField(
        _("Name"), [InputRequired(_("Write the person’s name.")), NAME], render_kw={"autocomplete": "off"}
    )
    email = EmailField(
        _("Email"),
        [InputRequired(_("Write the person’s email address.")), EMAIL],
        description=_("The invitation goes there."),
        render_kw={"autocomplete": "off"},
    )


class AccountForm(Form):
    """What an administrator can change about somebody."""

    name = StringField(_("Name"), [InputRequired(_("Write the person’s name.")), NAME])
    email = EmailField(
        _("Email"),
        [InputRequired(_("Write the person’s email address.")), EMAIL],
        description=_("When it changes, a notice goes to the old address."),
    )


class RoleForm(Form):
    label = StringField(_("Name"), [InputRequired(_("A role needs a name.")), Length(max=100)])
    description = TextAreaField(_("What it is for"), [Length(max=500)], render_kw={"rows": 2})
    permissions = SelectMultipleField(
        _("May"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False), validate_choice=False
    )


class PasskeyForm(Form):
    """What the browser answers; filled in by crm/static/js/passkeys.js."""

    credential = HiddenField(validators=[InputRequired(), Length(max=20_000)])
    name = StringField(
        _("Name"),
        [Length(max=60)],
        description=_("So that you know it again, such as “Work laptop”."),
        render_kw={"autocomplete": "off"},
    )
    next = HiddenField()
