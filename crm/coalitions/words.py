"""The words that coalitions choose from. Keys are stored, words translated."""

from crm.i18n import lazy_gettext as _
from crm.i18n import lazy_pgettext

LEVELS = {"national": _("National"), "state": _("State"), "local": _("Local")}

STATUSES = {
    "prospect": _("Prospect"),
    "invited": _("Invited"),
    "active": _("Active"),
    "lapsed": _("Lapsed"),
    "left": _("Left"),
}
ENDED = frozenset({"lapsed", "left"})

ROLES = {"lead": _("Lead"), "steering": _("Steering group"), "member": _("Member")}

PLEDGES = {
    "host": _("Host"),
    "testify": _("Testify"),
    "share_data": _("Share data"),
    "sign_on": _("Sign on"),
    "give_space": _("Give space"),
    "fund": _("Fund"),
    "other": _("Something else"),
}

OUTCOMES = {
    "open": lazy_pgettext("state", "Open"),
    "kept": _("Kept"),
    "lapsed": _("Not kept"),
    "withdrawn": lazy_pgettext("commitment", "Taken back"),
}
"""What is stored of a commitment."""

STATES = {
    "open": lazy_pgettext("state", "Open"),
    "late": _("Past its date"),
    "kept": _("Kept"),
    "kept_late": _("Kept, later than promised"),
    "lapsed": _("Not kept"),
    "withdrawn": lazy_pgettext("commitment", "Taken back"),
}
"""What a commitment says on a given day."""
