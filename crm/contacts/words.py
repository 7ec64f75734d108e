"""The words that contacts choose from: channels, labels, sectors. Keys are stored, words translated."""

from collections.abc import Iterable

from crm.i18n import lazy_gettext as _

CHANNELS = {
    "email": _("Email"),
    "phone": _("Phone calls"),
    "text": _("Text messages"),
    "mail": _("Letters"),
    "all": _("Any contact at all"),
}

NOT_BY = {
    "all": _("Do not contact at all"),
    "email": _("Do not email"),
    "phone": _("Do not phone"),
    "text": _("Do not text"),
    "mail": _("Do not send letters"),
}
"""What somebody asked for, in words; the widest wish first."""

BARRED = {"emails": "email", "phones": "phone", "addresses": "mail"}
"""The channel that each group of rows is for."""


def barred_by(group: str, channels: Iterable[str]) -> str:
    """The wish that speaks against a group of rows, in words; empty when there is none."""
    asked = set(channels)
    found = next((each for each in ("all", BARRED.get(group, "")) if each in asked), None)
    return str(NOT_BY[found]) if found else ""


SECTORS = {
    "school": _("School"),
    "district": _("School district"),
    "health": _("Health"),
    "housing": _("Housing"),
    "food": _("Food"),
    "transport": _("Transport"),
    "mental_health": _("Mental health"),
    "youth": _("Youth work"),
    "family": _("Family services"),
    "justice": _("Justice"),
    "faith": _("Faith community"),
    "business": _("Business"),
    "philanthropy": _("Philanthropy"),
    "government": _("Government"),
    "media": _("Media"),
    "higher_education": _("Higher education"),
    "nonprofit": _("Other nonprofit"),
}

EMAIL_LABELS = {"work": _("Work"), "home": _("Home"), "other": _("Other")}
PHONE_LABELS = {
    "mobile": _("Mobile"),
    "work": _("Work"),
    "home": _("Home"),
    "fax": _("Fax"),
    "work_fax": _("Work fax"),
    "home_fax": _("Home fax"),
    "pager": _("Pager"),
    "other": _("Other"),
}
ADDRESS_LABELS = {"work": _("Work"), "home": _("Home"), "mailing": _("Mailing"), "other": _("Other")}
LINK_LABELS = {"website": _("Website"), "social": _("Social media"), "other": _("Other")}
LABELS = {**EMAIL_LABELS, **PHONE_LABELS, **ADDRESS_LABELS, **LINK_LABELS}


def label_words(label: str) -> str:
    """A stored label in the reader's language; one of somebody's own stays as it is."""
    return str(LABELS.get(label, label))
