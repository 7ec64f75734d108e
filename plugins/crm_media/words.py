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
STALE_DAYS: Final = 180
"""People of the press change posts often: after half a year somebody should look again."""
