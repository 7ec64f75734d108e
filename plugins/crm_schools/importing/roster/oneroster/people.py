"""What a row about a student or a guardian says of themselves."""

import sqlite3
from typing import Any, Final

from crm.plugin_api.transfer import Problem
from crm_schools.importing.dates import day_of, yes_or_no
from crm_schools.importing.roster import records
from crm_schools.importing.roster.cells import says_nothing

NAMES: Final = ("given_name", "family_name")
RACES: Final = {
    "americanIndianOrAlaskaNative": "american_indian",
    "asian": "asian",
    "blackOrAfricanAmerican": "black",
    "nativeHawaiianOrOtherPacificIslander": "pacific",
    "white": "white",
}
GONE: Final = "tobedeleted"
GUARDIAN_COLUMNS: Final = (
    ("phone", "sms"),
    ("phone", "phone"),
    ("email", "email"),
    ("given_name", "givenName"),
    ("family_name", "familyName"),
)
"""What is kept of a guardian; a phone that people answer comes before one for messages."""


def named(user: sqlite3.Row, columns: set[str]) -> dict[str, str]:
    """What is kept of a guardian."""
    told = {
        ours: str(user[theirs]).strip()
        for ours, theirs in GUARDIAN_COLUMNS
        if theirs in columns and str(user[theirs]).strip()
    }
    # A given or a family name may be Null; both are no name.
    is_named = not all(says_nothing(told.get(name, "")) for name in NAMES)
    return told if is_named else {name: text for name, text in told.items() if name not in NAMES}


def is_gone(row: sqlite3.Row) -> bool:
    """Whether a delta takes this row back."""
    return "status" in row.keys() and str(row["status"]).strip().casefold() == GONE  # noqa: SIM118  # Rows have no `in`.


def listed(text: Any) -> list[str]:
    return [each.strip() for each in str(text or "").split(",") if each.strip()]


def demographics(row: sqlite3.Row, problems: list[Problem]) -> dict[str, Any]:
    names = row.keys()

    def of(name: str) -> str:
        return str(row[name]).strip() if name in names else ""

    born = day_of(of("birthDate")) if of("birthDate") else None
    if of("birthDate") and (born is None or born.year < 1990):
        problems.append(Problem("schools_birth_date", "", of("birthDate")))
        born = None
    flags = {ours: bool(yes_or_no(of(theirs))) for theirs, ours in RACES.items()}
    race = records.race_of(flags, yes_or_no(of("hispanicOrLatinoEthnicity")))
    if not race and yes_or_no(of("demographicRaceTwoOrMoreRaces")):
        race = "several"
    gender = {"male": "male", "female": "female", "other": "nonbinary"}.get(of("sex").casefold(), "")
    return {"birth_date": born.isoformat() if born else "", "race": race, "gender": gender}
