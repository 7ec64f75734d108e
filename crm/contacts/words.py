"""The words that contacts choose from: channels, labels, sectors. Keys are stored, words translated."""

from collections.abc import Callable, Iterable
from typing import Any

from jinja2.filters import do_filesizeformat

from crm.i18n import day, language_name
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


def phone_words(number: str) -> str:
    """A phone number as the pages show it."""
    # Imported here because pages read the journal, and the journal reads models that use these words.
    from crm.pages import phone

    return phone(number)


def birth_words(value: str) -> str:
    """A birth date as far as it is known: a whole day in the reader's language, else as it is stored."""
    return day(value) if len(value) == 10 else value.removeprefix("--")


def channel_words(channel: str) -> str:
    return str(NOT_BY.get(channel, channel))


NO_MAIL = {"asked": _("No mail to this address"), "bounced": _("Mail to this address came back")}
"""Why nothing is mailed to one address, while others of the same contact may be."""


def no_mail_words(why: str) -> str:
    return str(NO_MAIL.get(why, why))


def size_words(size: int) -> str:
    """The size of a file in the unit that suits it."""
    return str(do_filesizeformat(size))


def file_words(media_type: str) -> str:
    """The kind of a file as people call it."""
    return _FILES.get(media_type, media_type.rsplit("/", 1)[-1].rsplit(".", 1)[-1].upper())


_FILES = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/msword": "Word",
    "application/vnd.ms-excel": "Excel",
    "application/vnd.ms-powerpoint": "PowerPoint",
    "text/plain": "TXT",
    "text/calendar": "iCalendar",
    "text/vcard": "vCard",
}

COLUMN_WORDS: dict[str, Callable[[Any], str]] = {
    "label": label_words,
    "number": phone_words,
    "birth_date": birth_words,
    "language": language_name,
    "channel": channel_words,
    "no_mail_why": no_mail_words,
    "size": size_words,
    "media_type": file_words,
}
"""How stored values of columns read, for the history and for handing over what is held."""
