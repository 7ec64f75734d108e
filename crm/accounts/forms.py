"""Forms of accounts."""

from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from crm.accounts.passwords import LONGEST
from crm.forms import Form
from crm.i18n import lazy_gettext as _


class SignInForm(Form):
    email = EmailField(
        _("Email"),
        [InputRequired(_("Write the email address of your account.")), Length(max=254)],
        render_kw={"autocomplete": "username webauthn", "autofocus": True},
    )
    password = PasswordField(
        _("Password"),
        [InputRequired(_("Write your password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
