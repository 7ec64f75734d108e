"""The words of open letters. Keys are stored, words translated."""

from crm.i18n import lazy_gettext as _
from crm.i18n import lazy_pgettext

UNCONFIRMED, WAITING, APPROVED = "unconfirmed", "waiting", "approved"
REFUSED, WITHDRAWN, SPAM = "refused", "withdrawn", "spam"
STATUSES = {"open": lazy_pgettext("letter", "Open"), "closed": lazy_pgettext("letter", "Closed")}
SIGNATURE_STATUSES = {
    UNCONFIRMED: _("Email not confirmed"),
    WAITING: _("To approve"),
    APPROVED: _("Approved"),
    REFUSED: _("Refused"),
    WITHDRAWN: _("Withdrawn"),
    SPAM: _("Spam"),
}
SIGNER_MAIL = "sign_on_link"
"""The purpose of messages with a link by which somebody signs or withdraws; see `crm.accounts.mail`."""
RANKS = {APPROVED: 1, WAITING: 2, WITHDRAWN: 3, UNCONFIRMED: 4}
"""Of several signatures of one organization the lowest says how far it came."""
