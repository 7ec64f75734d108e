"""Kinds of activities and repetitions in words."""

from collections.abc import Mapping
from typing import Any, Final

from crm.i18n import lazy_gettext as _
from crm.i18n import lazy_pgettext

KINDS: Final[Mapping[str, Any]] = {
    "call": _("Call"),
    "meeting": _("Meeting"),
    "email": _("Email"),
    "letter": _("Letter"),
    "visit": _("Visit"),
    "note": _("Note"),
}
ICONS: Final[Mapping[str, str]] = {
    "call": "phone",
    "meeting": "users-group",
    "email": "mail",
    "letter": "file-text",
    "visit": "map-pin",
    "note": "note",
}
WITH: Final[Mapping[str, Any]] = {
    "call": _("Call with %(who)s"),
    "meeting": _("Meeting with %(who)s"),
    "email": _("Email with %(who)s"),
    "letter": _("Letter to %(who)s"),
    "visit": _("Visit to %(who)s"),
    "note": _("Note on %(who)s"),
}
"""What an activity is called that nobody gave a subject, `%(who)s` to be filled in."""

REPEATS: Final[Mapping[str, Any]] = {
    "": _("does not repeat"),
    "day": _("days"),
    "weekday": _("weekdays"),
    "week": _("weeks"),
    "month": _("months"),
    "year": _("years"),
}
RHYTHMS: Final[Mapping[str, tuple[Any, Any]]] = {
    "day": (_("every day"), _("every %(count)s days")),
    "weekday": (_("every weekday"), _("every %(count)s weekdays")),
    "week": (_("every week"), _("every %(count)s weeks")),
    "month": (_("every month"), _("every %(count)s months")),
    "year": (_("every year"), _("every %(count)s years")),
}
STATES: Final[Mapping[str, Any]] = {"open": lazy_pgettext("state", "Open"), "done": _("Done")}
