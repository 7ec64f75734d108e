"""The words of media relations."""

from typing import Any, Final

from crm.plugin_api import lazy_gettext as _

OUTLETS: Final[dict[str, Any]] = {
    "newspaper": _("Newspaper"),
    "online": _("Online"),
    "radio": _("Radio"),
    "tv": _("Television"),
    "magazine": _("Magazine"),
    "wire": _("News agency"),
    "podcast": _("Podcast"),
    "newsletter": _("Newsletter"),
    "other": _("Something else"),
}
REPORTERS: Final[dict[str, Any]] = {
    "reporter": _("Reporter"),
    "editor": _("Editor"),
    "producer": _("Producer"),
    "columnist": _("Columnist"),
    "desk": _("Desk"),
    "freelance": _("Freelance"),
}
CHANNELS: Final[dict[str, Any]] = {
    "email": _("Email"),
    "phone": _("Phone"),
    "text": _("Text message"),
    "social": _("Social media"),
}
PERSPECTIVES: Final[dict[str, Any]] = {
    "parent": _("Parent or family"),
    "student": _("Student"),
    "teacher": _("Teacher or principal"),
    "health": _("Health"),
    "district": _("District or state"),
    "business": _("Business"),
    "faith": _("Faith community"),
    "research": _("Research"),
    "advocate": _("Advocate"),
    "other": _("Somebody else"),
}
"""From where somebody speaks: what a report on diversity counts."""
AVAILABLE: Final[dict[str, Any]] = {"yes": _("Yes"), "ask": _("Ask first"), "no": _("Not now")}
BOOKINGS: Final[dict[str, Any]] = {
    "asked": _("Asked"),
    "agreed": _("Agreed"),
    "done": _("Done"),
    "declined": _("Declined"),
}
STALE_DAYS: Final = 180
"""People of the press change posts often: after half a year somebody should look again."""
