"""What is stored in short, in words."""

from crm.i18n import lazy_gettext as _

KINDS = {
    "state_policy": _("State policy"),
    "public_awareness": _("Public awareness"),
    "local_practice": _("Local practice"),
}
STATUSES = {
    "planned": _("Planned"),
    "active": _("Active"),
    "paused": _("Paused"),
    "won": _("Won"),
    "closed": _("Closed"),
}
STAGES = {
    "identified": _("Identified"),
    "contacted": _("Contacted"),
    "met": _("Met"),
    "asked": _("Asked"),
    "decided": _("Decided"),
}
SUPPORT = {
    -2: _("Strongly against"),
    -1: _("Leans against"),
    0: _("Undecided"),
    1: _("Leans our way"),
    2: _("Champion"),
}
SIGNS = {-2: "−−", -1: "−", 0: "○", 1: "+", 2: "++"}
"""Support at a glance, readable without colour."""
INFLUENCE = {1: _("1, little"), 2: "2", 3: _("3, some"), 4: "4", 5: _("5, decides")}
RUNGS = {
    1: _("Aware"),
    2: _("Follows"),
    3: _("Endorses"),
    4: _("Contributes"),
    5: _("Organizes"),
    6: _("Leads"),
}
ANSWERS = {
    "planned": _("Planned"),
    "waiting": _("Waiting for an answer"),
    "yes": _("Yes"),
    "maybe": _("Maybe"),
    "no": _("No"),
}
OPEN_ANSWERS = ("planned", "waiting")
RUNNING = ("planned", "active", "paused")
"""The statuses of campaigns that are not over."""
