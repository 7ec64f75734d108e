"""The words of school data: what files say, what we keep, and what people read."""

from collections.abc import Mapping
from typing import Any, Final

from crm.plugin_api import lazy_gettext as _

LONGEST_ID: Final = 255
"""Characters of a number, or of an id in a system: OneRoster allows so many."""
GRADES: Final = ("PK", "TK", "K", *(str(number) for number in range(1, 14)))
"""In order: prekindergarten, the transitional kindergarten of some states, kindergarten, and the thirteenth
year that some high schools have."""

GRADE_WORDS: Final[Mapping[str, str]] = {
    "pk": "PK", "pre-k": "PK", "prek": "PK", "prekindergarten": "PK", "pre-kindergarten": "PK",
    "ps": "PK", "p3": "PK", "p4": "PK", "it": "PK", "pr": "PK",
    "preschool/prekindergarten": "PK", "-1": "PK", "-2": "PK", "-3": "PK",
    "tk": "TK", "transitional kindergarten": "TK",
    "k": "K", "kg": "K", "kf": "K", "kh": "K", "kindergarten": "K", "0": "K", "00": "K",
    "first grade": "1", "second grade": "2", "third grade": "3", "fourth grade": "4", "fifth grade": "5",
    "sixth grade": "6", "seventh grade": "7", "eighth grade": "8", "ninth grade": "9", "tenth grade": "10",
    "eleventh grade": "11", "twelfth grade": "12",
    "thirteenth grade": "13",
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7",
    "eighth": "8", "ninth": "9", "tenth": "10", "eleventh": "11", "twelfth": "12",
    "k5": "K", "5k": "K", "k4": "PK", "4k": "PK",
}  # fmt: skip
"""As CEDS codes (OneRoster), Ed-Fi descriptors and spreadsheets write them, folded."""

RACES: Final = {
    "american_indian": _("American Indian or Alaska Native"),
    "asian": _("Asian"),
    "black": _("Black or African American"),
    "hispanic": _("Hispanic or Latino"),
    "pacific": _("Native Hawaiian or other Pacific Islander"),
    "white": _("White"),
    "several": _("Two or more races"),
}
RELATIONS: Final[Mapping[str, Any]] = {
    "mother": _("Mother"),
    "father": _("Father"),
    "parent": _("Parent"),
    "guardian": _("Guardian"),
    "stepmother": _("Stepmother"),
    "stepfather": _("Stepfather"),
    "grandmother": _("Grandmother"),
    "grandfather": _("Grandfather"),
    "grandparent": _("Grandparent"),
    "aunt": _("Aunt"),
    "uncle": _("Uncle"),
    "sister": _("Sister"),
    "brother": _("Brother"),
    "sibling": _("Sibling"),
    "foster parent": _("Foster parent"),
    "caregiver": _("Caregiver"),
}
"""What somebody who cares for a student is to them, as rosters write it, folded. Kept as it was written."""
GENDERS: Final = {"female": _("Female"), "male": _("Male"), "nonbinary": _("Nonbinary")}
HOUSING: Final = {
    "housed": _("Has a home"),
    "homeless": _("Homeless"),
    "foster": _("Foster care"),
}
LANGUAGES: Final = {"en": "English", "es": "Español"}
"""Languages of letters and reports, each by its own name."""
BANDS: Final = {
    "satisfactory": _("Satisfactory"),
    "at_risk": _("At risk"),
    "moderate": _("Moderate chronic absence"),
    "severe": _("Severe chronic absence"),
    "short": _("Too few days to say"),
    "pre_k": _("Prekindergarten, in no rate"),
}
KINDS: Final = {
    "excused": _("Excused absence"),
    "unexcused": _("Unexcused absence"),
    "suspension": _("Suspension"),
    "unstated": _("Absent, nobody said whether excused"),
    "tardy": _("Tardy"),
    "tardy_long": _("Tardy by more than 30 minutes"),
    "present": _("Present"),
}
ABSENT_KINDS: Final = frozenset({"excused", "unexcused", "suspension", "unstated"})
SUBGROUPS: Final = {
    "race": _("Race and ethnicity"),
    "gender": _("Gender"),
    "english_learner": _("English learners"),
    "disability": _("Students with disabilities"),
    "disadvantaged": _("Economically disadvantaged"),
    "housing": _("Housing"),
}


TRUANCY: Final[Mapping[str, Any]] = {
    "ct_month": _("Four or more days without an excuse in one month."),
    "ct_year": _("Ten or more days without an excuse in the school year."),
    "ca_days": _("Three or more full days without an excuse."),
    "ca_mixed": _(
        "Three or more in all of full days without an excuse and of tardies of more than 30 minutes."
    ),
    "sc_row": _("Three days of school in a row without an excuse."),
    "sc_total": _("Five or more days without an excuse."),
}
"""Why somebody is truant, by the codes of `crm_schools.truancy`."""


def fold(text: str) -> str:
    """As codes and words of files are compared: without capitals and without spaces around."""
    return " ".join(text.split()).casefold()


def relation_words(relation: str) -> str:
    """What somebody is to a student, in the language of the reader where it is one of those known."""
    return str(RELATIONS.get(fold(relation).replace("step-", "step").replace("step ", "step"), relation))


def grade_of(text: str) -> str | None:
    """The grade that a word means, such as `03`, `KG` or `Third grade`; empty for none said, None for a word
    that is no grade."""
    word = fold(text[:60]).removeprefix("grade ").strip()
    if not word:
        return ""
    if word in GRADE_WORDS:
        return GRADE_WORDS[word]
    head = word.removesuffix(" grade").rstrip("stndrh")
    number = str(int(head)) if head.isdecimal() else ""
    return number if number in GRADES else None


def grade_order(grade: str) -> int:
    """Where a grade stands in a list; what is no grade stands last."""
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def year_words(school_year: int) -> str:
    """A school year as people write it: 2025–26."""
    return f"{school_year - 1}–{school_year % 100:02d}"


def year_of(day_month: int, day_year: int) -> int:
    """The school year to which a day belongs: those from July on end in the next calendar year."""
    return day_year + 1 if day_month >= 7 else day_year
