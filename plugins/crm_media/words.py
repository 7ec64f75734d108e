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
MEDIUMS: Final[dict[str, Any]] = {
    "online": _("Online"),
    "print": _("Print"),
    "radio": _("Radio"),
    "tv": _("Television"),
    "podcast": _("Podcast"),
    "newsletter": _("Newsletter"),
    "social": _("Social media"),
}
PIECES: Final[dict[str, Any]] = {
    "news": _("News"),
    "feature": _("Feature"),
    "brief": _("Short notice"),
    "interview": _("Interview"),
    "editorial": _("Editorial"),
    "oped": _("Op-ed"),
    "letter": _("Letter to the editor"),
}
TONES: Final[dict[str, Any]] = {
    "ours": _("Tells it our way: causes, help, what works"),
    "fair": _("Fair: our side and others"),
    "plain": _("Plain facts, no side"),
    "blame": _("Blames families or students"),
    "against": _("Against what we ask for"),
}
"""The rubric: what a piece does, not how it feels."""
TONES_SHORT: Final[dict[str, Any]] = {
    "ours": _("Our way"),
    "fair": _("Fair"),
    "plain": _("Plain"),
    "blame": _("Blames"),
    "against": _("Against us"),
}
PROMINENCES: Final[dict[str, Any]] = {
    "headline": _("In the headline"),
    "main": _("The piece is about it"),
    "part": _("A part of the piece"),
    "passing": _("In passing"),
}
CLIP_ROLES: Final[dict[str, Any]] = {
    "quoted": _("Quoted"),
    "mentioned": _("Mentioned"),
    "author": _("Wrote it"),
}
FRAMINGS: Final[dict[str, Any]] = {
    "chronic": _("Chronic absence"),
    "both": _("Both"),
    "truancy": _("Truancy"),
    "neither": _("Neither"),
    "": _("Not looked at"),
}
FRAMES: Final[dict[str, Any]] = {
    "chronic": _("Chronic absence"),
    "contrast": _("Tells the two apart"),
    "both": _("Both"),
    "truancy": _("Truancy"),
}
STALE_DAYS: Final = 180
"""People of the press change posts often: after half a year somebody should look again."""
