"""The words of events: kinds, answers, states. Keys are stored, words translated."""

from crm.i18n import lazy_gettext as _

KINDS = {
    "meeting": _("Meeting"),
    "training": _("Training"),
    "press": _("Press event"),
    "other": _("Other"),
}
STATUSES = {"planned": _("Planned"), "held": _("Held"), "cancelled": _("Cancelled")}
ANSWERS = {
    "none": _("No answer"),
    "yes": _("Comes"),
    "maybe": _("Maybe"),
    "no": _("Does not come"),
    "waiting": _("On the waiting list"),
}
NONE, YES, MAYBE, NO, WAITING = "none", "yes", "maybe", "no", "waiting"
PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"

ASKED, NO_ADDRESS, SILENT = "asked", "no_address", "silent"
UNMAILED = {
    ASKED: _("They have asked not to be mailed."),
    NO_ADDRESS: _("No email address is known."),
    SILENT: _("No address of theirs takes mail from us."),
}
"""Why somebody who is invited gets no mail."""


def language_code(language: str | None) -> str:
    """The language of mail to somebody, by what their record says: `es` or `en`."""
    text = (language or "").strip().lower()
    return "es" if text[:2] == "es" or text.startswith("spanish") else "en"
