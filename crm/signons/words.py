"""The words of open letters. Keys are stored, words translated."""

from crm.i18n import lazy_gettext as _

STATUSES = {"open": _("Open"), "closed": _("Closed")}
SIGNATURE_STATUSES = {
    "unconfirmed": _("Email not confirmed"),
    "waiting": _("To approve"),
    "approved": _("Approved"),
    "refused": _("Refused"),
    "withdrawn": _("Withdrawn"),
}
