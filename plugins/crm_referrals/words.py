"""Words that are stored as codes, and what they say to people."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from babel import Locale
from flask_babel import force_locale, get_locale

from crm.plugin_api import lazy_gettext as _
from crm.plugin_api import lazy_pgettext as pgettext
from crm.plugin_api import runtime

TAXONOMY_NAME = "Rollcall needs"
TAXONOMY_ID = str(uuid5(NAMESPACE_URL, "https://rollcall.example/taxonomies/needs"))

CATEGORIES: Mapping[str, Any] = {
    "transport": _("Getting to school"),
    "food": _("Food"),
    "housing": _("Housing"),
    "clothing": _("Clothes, shoes and hygiene"),
    "health": _("Health care"),
    "dental": _("Teeth and eyes"),
    "mental_health": _("Mental health"),
    "substance_use": _("Alcohol and drugs"),
    "safety": _("Safety and violence at home"),
    "legal": _("Legal help"),
    "immigration": _("Immigration"),
    "lgbtq": _("Support for LGBTQ+ youth"),
    "reproductive": _("Pregnancy and reproductive health"),
    "income": _("Money and bills"),
    "work": _("Work and training"),
    "child_care": _("Care for younger children"),
    "after_school": _("Before and after school"),
    "mentoring": _("Mentoring"),
    "tutoring": _("Tutoring"),
    "family_support": _("Support for parents"),
    "disability": _("Disability"),
    "language": _("Language and interpreting"),
}
"""Our own short list: what stands between students and school. Codes are stable."""

SENSITIVE = frozenset(
    {"mental_health", "substance_use", "safety", "legal", "immigration", "lgbtq", "reproductive"}
)
"""Never named in lists, subjects and notices."""

CAUSES: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "barriers": (
        _("Barriers: something is in the way"),
        ("transport", "food", "housing", "clothing", "health", "dental", "income", "child_care", "safety"),
    ),
    "aversion": (
        _("Aversion: school feels unsafe or too hard"),
        ("mental_health", "mentoring", "lgbtq", "tutoring", "disability"),
    ),
    "disengagement": (
        _("Disengagement: school does not seem worth it"),
        ("mentoring", "after_school", "tutoring", "work"),
    ),
    "misconceptions": (
        _("Misconceptions: absences do not seem to matter"),
        ("family_support", "language"),
    ),
}
"""Root causes of absence after Attendance Works, each with the kinds of need that often stand behind it."""

DAYS = {
    "MO": _("Monday"),
    "TU": _("Tuesday"),
    "WE": _("Wednesday"),
    "TH": _("Thursday"),
    "FR": _("Friday"),
    "SA": _("Saturday"),
    "SU": _("Sunday"),
}
"""RFC 5545's names of weekdays, as HSDS has them in `byday`."""
PLACES = {
    "physical": _("A place to go to"),
    "postal": _("An address for letters"),
    "virtual": _("By phone or online"),
}
URGENCIES = {"normal": _("Within days"), "urgent": _("Today")}
NEED_STATUSES = {
    "open": _("Still open"),
    "met": _("Met in full"),
    "partly_met": _("Met in part"),
    "unmet": _("Was not met"),
    "withdrawn": _("Withdrawn"),
}
STATUSES = {
    "active": _("Runs"),
    "inactive": _("Does not run"),
    "temporarily closed": _("Closed for a while"),
    "defunct": _("Ended"),
}
CAPACITIES = {
    "open": _("Has room"),
    "waitlist": _("Waiting list"),
    "none": _("Full"),
    "unknown": _("Not known"),
}
LANGUAGES = {
    "en": _("English"),
    "es": _("Spanish"),
    "ar": _("Arabic"),
    "zh": _("Chinese"),
    "fr": _("French"),
    "ht": _("Haitian Creole"),
    "ku": _("Kurdish"),
    "pt": _("Portuguese"),
    "so": _("Somali"),
    "sw": _("Swahili"),
    "vi": _("Vietnamese"),
}
MORE_LANGUAGES = (
    "am", "bn", "my", "yue", "km", "fa", "fil", "de", "gu", "hi", "hmn", "it", "ja", "rw", "ko", "lo", "ne",
    "om", "ps", "pl", "pa", "ro", "ru", "ta", "te", "th", "ti", "uk", "ur", "uz", "yo",
)  # fmt: skip
"""Others that families speak; their names are those of the CLDR, in the language of whoever reads."""
OURS = {code: LANGUAGES[code] for code in ("en", "es")}
"""Languages that all pages and messages are written in."""
GRADE_AGES = {
    "PK": (3, 5),
    "K": (5, 6),
    "1": (6, 7),
    "2": (7, 8),
    "3": (8, 9),
    "4": (9, 10),
    "5": (10, 11),
    "6": (11, 12),
    "7": (12, 13),
    "8": (13, 14),
    "9": (14, 15),
    "10": (15, 16),
    "11": (16, 17),
    "12": (17, 19),
    "13": (18, 20),
}
"""At what ages students usually are in a grade, for whoever has no date of birth."""

STATES = {
    "draft": _("Draft"),
    "awaiting_consent": _("Waiting for consent"),
    "sent": pgettext("referral", "Sent"),
    "reviewing": _("Being looked at"),
    "info_needed": _("Question asked"),
    "accepted": _("Accepted"),
    "waitlisted": _("On the waiting list"),
    "in_progress": _("Help has begun"),
    "on_hold": _("On hold"),
    "completed": pgettext("referral", "Done"),
    "failed": _("Did not work out"),
    "declined": _("Declined"),
    "forwarded": _("Another place proposed"),
    "withdrawn": _("Withdrawn"),
    "expired": _("Ran out"),
    "entered_in_error": _("Made by mistake"),
}

DID = {
    "ask_consent": _("Consent asked for"),
    "consented": _("Consent given"),
    "send": pgettext("referral", "Sent"),
    "open": _("Opened"),
    "ask": _("Question asked"),
    "answer": _("Question answered"),
    "accept": _("Accepted"),
    "unaccept": _("Acceptance taken back"),
    "waitlist": _("Is on the waiting list"),
    "decline": _("Declined"),
    "forward": _("Another place proposed"),
    "start": _("Help has begun"),
    "hold": _("Is on hold"),
    "complete": pgettext("referral", "Done"),
    "fail": _("Did not work out"),
    "withdraw": _("Withdrawn"),
    "expire": _("Ran out"),
    "mistake": _("Made by mistake"),
    "attempt": _("Tried to reach the family"),
    "acknowledge": _("Outcome acknowledged"),
    "follow_up": _("Followed up"),
    "end": _("Ended"),
    "end_links": _("Links to it ended"),
    "renew": _("A new consent was signed"),
    "reach": _("How to reach the family was changed"),
    "back": _("Mistake taken back"),
    "unacknowledge": _("Acknowledgement taken back"),
}
"""What an event says that somebody did."""
HELPED = {
    "enrolled": _("Enrolled, gets help"),
    "one_off": _("Got help once"),
    "partly": _("Got part of the help"),
    "already": _("Had the help already"),
}
NOT_HELPED = {
    "no_contact": _("Could not be reached"),
    "family_declined": _("The family did not want it"),
    "not_needed": _("No longer needed"),
    "age": _("Not the right age"),
    "income": _("Income too high"),
    "residence": _("Lives elsewhere"),
    "documents": _("Documents were missing"),
    "no_capacity": _("No room"),
    "no_funds": _("No money left"),
    "outside_area": _("Outside our area"),
    "not_offered": _("We do not offer this"),
    "no_show": _("Did not come"),
    "moved": _("Moved away"),
    "other": _("Something else"),
}
FOLLOW_UPS = {
    "helped": _("Still gets the help, and is at school more"),
    "same": _("Still gets the help, and misses as much as before"),
    "stopped": _("The help has stopped"),
    "unreached": _("Nobody could be reached"),
}
DECLINED_BY = {"agency": _("We cannot help"), "family": _("The family does not want it")}
OUTCOMES = {**HELPED, **NOT_HELPED}

DISCLOSABLE = {
    "name": _("Name of the student"),
    "birth_date": _("Date of birth"),
    "grade": _("Grade"),
    "school": _("School"),
    "guardian": _("Name of the parent or guardian"),
    "phone": _("Phone of the parent or guardian"),
    "language": _("Language of the family"),
    "contact_preference": _("How and when to reach them"),
    "zip_code": _("ZIP code"),
    "category": _("What is needed"),
    "note": _("What the school writes about the need"),
    "attendance": _("How many days were missed"),
}
TOLD = {
    **DISCLOSABLE,
    "message": _("A message"),
    "area": _("Where the ZIP code begins"),
    "contact_prohibited": _("Do not contact the family"),
}
"""What stands in the record of disclosures."""
REACH_IS_OLD = _(
    "The words how to reach the family were written when somebody could be contacted who must not be now. "
    "Say anew how to reach the family first."
)
AWAITS_STUDENT = _(
    "The student is 18 or older now, so it is theirs to consent. The agency keeps what it was sent; nothing "
    "more is told to it before the student has agreed."
)
MINIMUM = ("name", "language", "contact_preference", "category")
"""What every referral has to say; without these no agency can act."""
RELATIONS = {
    "parent": _("Parent"),
    "guardian": _("Guardian"),
    "foster": _("Foster parent"),
    "student": _("The student, 18 or older"),
}
METHODS = {"link": _("By a link"), "paper": _("On paper"), "screen": _("On this screen")}
NOTICES = {"at_once": _("At once"), "daily": _("Once a day"), "none": _("Not by mail")}
SIDES = {"school": _("School"), "agency": _("Agency"), "family": _("Family"), "system": _("Rollcall")}


def term_id(code: str) -> str:
    """The stable id of a term of our taxonomy."""
    return str(uuid5(NAMESPACE_URL, f"https://rollcall.example/taxonomies/needs/{code}"))


TERM_IDS = {code: term_id(code) for code in CATEGORIES}


def category_words(code: str, *, openly: bool = True) -> str:
    """What a category says; of a sensitive one, where it must not be named, only that it is one."""
    if code in SENSITIVE and not openly:
        return str(_("A private matter"))
    return str(CATEGORIES.get(code, code))


NO_DANGER = _("It was looked at afterwards: there was no such danger.")
FAMILY, REPORTS_NOTHING = _("The family"), _("This agency does not report back.")
TAKEN, REVOKED, SAID_NO, CLOSED, NOT_WANTED = (
    _("Another agency accepted it first."),
    _("The consent was revoked."),
    _("The family said no."),
    _("The need was closed."),
    _("The family does not want it any more."),
)
OLD_LINK, DANGER = _("An old link"), _("Health or safety of the student")
EMERGENCY, AGENCY_CLOSED = _("Without a consent, as an emergency"), _("The agency has closed.")
_OURS = (
    FAMILY,
    REPORTS_NOTHING,
    TAKEN,
    REVOKED,
    NO_DANGER,
    SAID_NO,
    CLOSED,
    NOT_WANTED,
    OLD_LINK,
    DANGER,
    EMERGENCY,
    AGENCY_CLOSED,
)


def kept(text: Any) -> str:
    """A sentence of ours as the database keeps it: in English, whoever acts."""
    with force_locale("en"):
        return str(text)


def languages(codes: str) -> list[str]:
    """The names of languages whose codes stand between commas; others as they were written."""
    return [language_name(each) for each in codes.split(",") if each]


def language_name(code: str) -> str:
    """The name of a language in the language of whoever reads; what is no code as it was written."""
    if code in LANGUAGES:
        return str(LANGUAGES[code])
    name = (get_locale() or Locale("en")).languages.get(code.partition("-")[0].casefold())
    return f"{name[:1].upper()}{name[1:]}" if name else code


def spoken_by(family: str) -> dict[str, str]:
    """Languages to choose from, our own first, the others by their names; that of a family is one of them."""
    more = {code: language_name(code) for code in {*MORE_LANGUAGES, family} if code and code not in LANGUAGES}
    return {code: str(name) for code, name in LANGUAGES.items()} | dict(
        sorted(more.items(), key=lambda each: each[1])
    )


_LONG: Mapping[str, str] = {
    "ara": "ar", "chi": "zh", "eng": "en", "fra": "fr", "fre": "fr", "hat": "ht", "kur": "ku", "por": "pt",
    "som": "so", "spa": "es", "swa": "sw", "vie": "vi", "zho": "zh",
}  # fmt: skip
"""Codes of three letters (ISO 639-2 and 639-3) of the languages above."""


def language_code(text: str) -> str:
    """The code of a language that somebody wrote by a code, or by its name in one of our languages; any other
    as it was written."""
    plain = text.strip().casefold()
    short = plain.partition("-")[0].partition("_")[0]
    if short in LANGUAGES or short in _LONG:
        return _LONG.get(short, short)
    for ours in OURS:
        with force_locale(ours):
            for code, name in LANGUAGES.items():
                if plain == str(name).casefold():
                    return code
    return text.strip()


def told(names: Sequence[str]) -> list[str]:
    """What was or may be told, in the order in which forms ask for it."""
    return [str(label) for name, label in TOLD.items() if name in names]


def said(text: str) -> str:
    """What the database keeps: a sentence of ours in the reader's language, anybody else's as it is."""
    if text.endswith(_BY_PHONE):
        return str(_("%(name)s, by phone")) % {"name": text.removesuffix(_BY_PHONE)}
    return next((str(each) for each in _OURS if kept(each) == text), text)


_BY_PHONE = ", by phone"


def by_phone(name: str) -> str:
    """Who wrote down what an agency said by phone, as the database keeps it."""
    return f"{name}{_BY_PHONE}"


PURPOSE = _("So that the agency can help with what keeps the student from school.")
"""What a consent is for, unless the school says it otherwise."""


def purpose_words(purpose: str) -> str:
    """What a consent is for; our own words are said in the reader's language, whatever the school reads."""
    for language in runtime().config.languages:
        with force_locale(language):
            ours = str(PURPOSE) == purpose
        if ours:
            return str(PURPOSE)
    return purpose
