"""The words of public forms, and the templates that one begins with."""

from typing import Any

from flask_babel import force_locale, gettext

from crm.i18n import LANGUAGES, lazy_pgettext
from crm.i18n import lazy_gettext as _

JOIN, SIGN_UP, HELP = "join", "sign_up", "help"
KINDS = {JOIN: _("Join the coalition"), SIGN_UP: _("Sign up for news"), HELP: _("Ask for help")}
STATUSES = {
    "draft": _("Draft"),
    "open": lazy_pgettext("form", "Open"),
    "closed": lazy_pgettext("form", "Closed"),
}
CONFIRM_MAIL = "form_confirm_link"
"""The purpose of messages by whose link somebody confirms their answer; see `crm.accounts.mail`."""
ANSWER_STATUSES = {
    "unconfirmed": _("Email not confirmed"),
    "waiting": _("To look at"),
    "accepted": _("Taken over"),
    "declined": _("Declined"),
    "spam": _("Spam"),
}
PROOFS = {
    "open": _("Not confirmed yet"),
    "confirmed": _("Confirmed"),
    "none": _("No email"),
}
"""What is known of the address in a request for help."""
FIELDS = {
    "phone": _("Phone"),
    "organization": _("Organization"),
    "role": _("Your role there"),
    "city": _("City"),
    "interests": _("How you would like to take part"),
    "message": _("Your message"),
}
COMPLETE = {
    "phone": "tel", "organization": "organization", "role": "organization-title", "city": "address-level2",
}  # fmt: skip
"""What browsers know to fill in."""
ALWAYS = {"given_name": _("Given name"), "family_name": _("Family name"), "email": _("Email")}
_TEMPLATES = {
    JOIN: (
        _("Join the coalition"),
        _("Together we see to it that every child is in school every day."),
        ["organization", "role", "city", "message"],
    ),
    SIGN_UP: (
        _("Sign up for news"),
        _("We write once a month about attendance in our schools."),
        ["interests"],
    ),
    HELP: (
        _("Ask for help"),
        _("Tell us what keeps a child from school. Only those who help read it."),
        ["phone", "city", "message"],
    ),
}
_CONSENT = _("I agree that this information is kept, to answer me. I can have it deleted at any time.")
_THANKS = _("Thank you. We will be in touch.")


def template(kind: str) -> dict[str, Any]:
    """What a new form of a kind says, in every language, and what it asks for."""
    title, intro, asked = _TEMPLATES[kind]
    texts = {}
    for code in LANGUAGES:
        with force_locale(code):
            texts[code] = {"title": str(title), "intro": str(intro), "consent": str(_CONSENT),
                           "thanks": str(_THANKS)}  # fmt: skip
    required = ["message"] if kind == HELP else []
    return {"name": gettext(str(title)), "texts": texts, "asked": asked, "required": required}
