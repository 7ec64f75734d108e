"""The words that contacts choose from: channels, labels, sectors. Keys are stored, words translated."""

from crm.i18n import lazy_gettext as _

CHANNELS = {
    "email": _("Email"),
    "phone": _("Phone calls"),
    "text": _("Text messages"),
    "mail": _("Letters"),
    "all": _("Any contact at all"),
}

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
