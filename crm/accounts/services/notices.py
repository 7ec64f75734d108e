"""Messages that tell somebody what was changed about their account; always to the address it had before."""

from collections.abc import Callable
from typing import Any

from flask_babel import force_locale

from crm import db
from crm.accounts import mail
from crm.accounts.models import User
from crm.i18n import LANGUAGES
from crm.i18n import lazy_gettext as _

PASSWORD_CHANGED = _("Your password was changed")
EMAIL_CHANGED = _("Your email address was changed")
APP_ADDED = _("An authenticator app was added to your account")
APP_REMOVED = _("The authenticator app was removed from your account")
PASSKEY_ADDED = _("A passkey was added to your account")
PASSKEY_REMOVED = _("A passkey was removed from your account")
CODES_MADE = _("New recovery codes were made for your account")
CODE_USED = _("A recovery code was used to sign in to your account")
FACTORS_REMOVED = _("An administrator removed the second step from your account")


def tell(user: User, what: Any, more: Callable[[], str] | None = None, to: str | None = None) -> None:
    """Write to the user about a change of their account, in their language. Inside a transaction, whose
    change set is kept in the history even where it holds nothing that can be shown."""
    if change := db.current_change():
        change.require_id()
    with force_locale(user.language if user.language in LANGUAGES else "en"):
        sentence, rest = str(what), more() if more else ""
    mail.compose(user, "notice", "notice", to=to, what=sentence, more=rest)
