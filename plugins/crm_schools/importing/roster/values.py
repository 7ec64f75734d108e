"""What cells of a table say of a student, as we keep it; a word that nobody knows is said and left out."""

from collections.abc import Mapping
from typing import Any, Final

from crm.plugin_api.transfer import Problem
from crm_schools.importing.dates import day_of, yes_or_no
from crm_schools.words import fold

RACES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("american indian or alaska native", "american indian", "native american", "alaska native", "i", "ai",
         "american indian/alaska native", "american indian/alaskan native", "ai/an"),
        "american_indian",
    ),
    **dict.fromkeys(("asian", "a", "as"), "asian"),
    **dict.fromkeys(
        ("black or african american", "black", "african american", "black/african american", "b", "bl"),
        "black",
    ),
    **dict.fromkeys(
        ("hispanic or latino", "hispanic", "latino", "latina", "latinx", "hispanic/latino", "h", "hi"),
        "hispanic",
    ),
    **dict.fromkeys(
        ("native hawaiian or other pacific islander", "pacific islander", "native hawaiian", "p", "pi",
         "native hawaiian/pacific islander", "hawaiian/pacific islander", "nh/pi"),
        "pacific",
    ),
    **dict.fromkeys(("white", "caucasian", "w", "wh"), "white"),
    **dict.fromkeys(
        ("two or more races", "two or more", "multiracial", "multi-racial", "multiple", "m",
         "2 or more", "mu"),
        "several",
    ),
}  # fmt: skip
"""The federal groups as districts' systems write them, folded."""
GENDERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("f", "female", "girl"), "female"),
    **dict.fromkeys(("m", "male", "boy"), "male"),
    **dict.fromkeys(("x", "n", "nonbinary", "non-binary", "other"), "nonbinary"),
}
HOUSING: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("homeless", "shelter", "shelters", "doubled up", "doubled-up", "hotel/motel", "hotels/motels",
         "motel", "hotel", "unsheltered", "unaccompanied"),
        "homeless",
    ),
    **dict.fromkeys(("foster", "foster care"), "foster"),
    **dict.fromkeys(("housed", "not homeless", "permanent", "none"), "housed"),
}  # fmt: skip
"""Nighttime residences of the McKinney-Vento Act, and what else such a column says."""
FLAGS: Final[Mapping[str, Mapping[str, bool]]] = {
    "english_learner": {
        "el": True, "ell": True, "lep": True, "english learner": True, "multilingual learner": True,
        "not el": False, "non-el": False, "eo": False, "english only": False, "rfep": False, "ifep": False,
    },
    "disability": {"iep": True, "sped": True, "swd": True, "none": False},
    "disadvantaged": {
        "free": True, "reduced": True, "free/reduced": True, "frl": True, "r": True, "paid": False,
        "full price": False, "p": False, "none": False,
    },
}  # fmt: skip


def race(text: str) -> str | None:
    """The federal group; None for a word that is none."""
    found = {RACES.get(fold(part)) for part in text.replace("|", ";").split(";") if part.strip()}
    if None in found:
        return None
    if "hispanic" in found:
        return "hispanic"
    return "several" if len(found) > 1 else found.pop()


def flag(name: str, text: str, header: str) -> bool | None:
    """Yes or no as such a column says it; None for what is neither. In a column of lunches F is free."""
    if name == "disadvantaged" and fold(text) == "f" and ("lunch" in fold(header) or "frl" in fold(header)):
        return True
    said = FLAGS[name].get(fold(text))
    return said if said is not None else yes_or_no(text)


def housing(text: str) -> str | None:
    """Where a family lives; a plain yes stands in a column that asks for homelessness."""
    found = HOUSING.get(fold(text))
    if found is None and (said := yes_or_no(text)) is not None:
        return "homeless" if said else "housed"
    return found


def subgroup(name: str, text: str, header: str, problems: list[Problem]) -> Any:
    """The value of one subgroup column, None where nothing is said or nothing is understood."""
    if not text:
        return None
    found: Any
    if name == "race":
        found = race(text)
    elif name == "gender":
        found = GENDERS.get(fold(text))
    elif name == "housing":
        found = housing(text)
    else:
        found = flag(name, text, header)
    if found is None:
        problems.append(Problem("schools_not_understood", header, text))
    return found


def birth_date(text: str, problems: list[Problem]) -> str:
    """A birth date that can be, as ISO text; else empty."""
    born = day_of(text) if text else None
    if text and (born is None or born.year < 1990):
        problems.append(Problem("schools_birth_date", "", text))
        return ""
    return born.isoformat() if born else ""
