"""The words of media relations."""

from datetime import date, timedelta
from typing import Any, Final

from crm.plugin_api import day_here
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
FRAMED: Final = ("chronic", "both", "truancy", "neither")
"""What a piece says in all: the order in which charts and reports show it."""
SHOWN: Final = (*FRAMED, "")
"""The same, and behind it the pieces that nobody looked at, for there was no text: they count in no share."""
FRAMES: Final[dict[str, Any]] = {
    "chronic": _("Chronic absence"),
    "contrast": _("Tells the two apart"),
    "both": _("Both"),
    "truancy": _("Truancy"),
}
RELEASES: Final[dict[str, Any]] = {
    "release": _("Press release"),
    "pitch": _("Pitch"),
    "advisory": _("Media advisory"),
    "statement": _("Statement"),
}
RELEASE_STATUSES: Final[dict[str, Any]] = {
    "draft": _("Draft"),
    "review": _("To be approved"),
    "approved": _("Approved"),
    "sent": _("Sent"),
}
GOES: Final = ("approved", "sent")
"""In these states messages may leave."""
RELEASE_LANGUAGES: Final[dict[str, Any]] = {"en": _("English"), "es": _("Spanish")}
LANGUAGE_NAMES: Final = {
    "en": frozenset({"en", "english", "ingles", "anglais"}),
    "es": frozenset({"es", "spanish", "espanol", "castellano", "espagnol"}),
}
"""What people write for these languages, in small letters without accents."""
RECIPIENTS: Final[dict[str, Any]] = {
    "chosen": _("Not sent yet"),
    "sent": _("Sent"),
    "replied": _("Replied"),
    "covered": _("Covered it"),
    "declined": _("Declined"),
    "silent": _("No answer"),
    "bounced": _("Came back"),
    "left_out": _("Left out"),
}
OPINIONS: Final[dict[str, Any]] = {"oped": _("Op-ed"), "letter": _("Letter to the editor")}
OPINION_STATUSES: Final[dict[str, Any]] = {
    "draft": _("Draft"),
    "submitted": _("Submitted"),
    "accepted": _("Accepted"),
    "declined": _("Declined"),
    "withdrawn": _("Taken back"),
    "printed": _("Printed"),
}
OUTCOMES: Final[dict[str, Any]] = {
    "declined": _("Declined"),
    "withdrawn": _("Taken back"),
    "silent": _("No answer"),
}
"""What became of a piece of ours at a paper that has it no more."""
SEPTEMBER: Final[tuple[tuple[int, Any], ...]] = (
    (84, _("Ask mayors and the governor for a proclamation")),
    (70, _("Choose this year’s message and figures")),
    (56, _("Find families and teachers who will speak, and prepare them")),
    (42, _("Write the op-ed, with a local author")),
    (28, _("Meet editorial boards")),
    (21, _("Submit the op-ed, to one paper at a time")),
    (14, _("Write the release and get it approved")),
    (7, _("Send the release under embargo to those who may have it early")),
    (0, _("The month begins: release, sign-on map, social media")),
    (-14, _("Follow up once; thank whoever covered it")),
    (-30, _("Report to the board: which message landed, and where")),
)
"""Attendance Awareness Month backwards from its first day: days before it, and what to do."""
HEARING: Final[tuple[tuple[int, Any], ...]] = (
    (21, _("Choose the message for the hearing")),
    (14, _("Prepare those who will speak")),
    (7, _("Send a media advisory with place and time")),
    (3, _("Remind reporters who have not answered")),
    (0, _("Hearing: statement ready, spokespeople at hand")),
    (-1, _("Send quotes and thank reporters")),
)
REPORT_BY: Final[dict[str, Any]] = {
    "outlet": _("Outlet"),
    "month": _("Month"),
    "speaker": _("Spokesperson"),
    "campaign": _("Campaign"),
}
BEFORE_DAYS: Final[dict[str, Any]] = {
    "30": _("A month"),
    "90": _("Three months"),
    "180": _("Half a year"),
    "365": _("A year"),
}
PLANS: Final[dict[str, Any]] = {
    "september": _("Attendance Awareness Month"),
    "hearing": _("Hearing or report"),
    "empty": _("Empty"),
}
STALE_DAYS: Final = 180
"""People of the press change posts often: after half a year somebody should look again."""


def last_fresh() -> date:
    """The day since which a record must have been verified to count as known."""
    return day_here() - timedelta(days=STALE_DAYS)
