"""Elements of the Ed-Fi interchanges, and the objects of its API that hold the same, with plain names."""

from collections import defaultdict
from collections.abc import Mapping
from typing import IO, Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile
from crm_schools.importing import xml
from crm_schools.importing.roster.cells import said

DAY_KINDS: Final = {
    "instructional day": "instruction", "make-up day": "makeup", "holiday": "holiday",
    "teacher only day": "staff", "weather day": "weather",
}  # fmt: skip
RACES: Final = {
    "american indian - alaska native": "american_indian",
    "american indian - alaskan native": "american_indian",
    "asian": "asian",
    "black - african american": "black",
    "native hawaiian - pacific islander": "pacific",
    "white": "white",
}

CALLED: Final = {"FirstName": "given", "LastSurname": "family"}
"""What elements are called in tables, whose rules of empty cells hold here, too."""


def is_json(stream: IO[bytes]) -> bool:
    """Whether a file, from where it is read, begins as JSON does."""
    return stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def json_kind(found: Mapping[str, Any], name: str) -> str:
    """Which resource an object is: by what it alone has."""
    for key, kind in (
        ("entryDate", "StudentSchoolAssociation"), ("studentUniqueId", "Student"), ("schoolId", "School"),
        ("localEducationAgencyId", "LocalEducationAgency"), ("totalInstructionalDays", "Session"),
        ("calendarEvents", "CalendarDate"), ("studentReference", "StudentEducationOrganizationAssociation"),
    ):  # fmt: skip
        if key in found:
            return kind
    raise BadFile(_("“%(name)s” holds objects of no Ed-Fi resource that a roster needs.", name=name))


def as_xml(found: Mapping[str, Any]) -> xml.Record:
    """An object of the API as the element of the interchange would be: last names of paths, capitalized."""
    record: xml.Record = defaultdict(list)

    def walk(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, name)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, key)
        elif value is not None:
            text = ("true" if value else "false") if isinstance(value, bool) else str(value)
            record[key[:1].upper() + key[1:].removesuffix("Descriptor")].append(text)

    walk(dict(found), "")
    return record


def last(record: xml.Record) -> dict[str, list[str]]:
    """Texts by the last name of their path."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, texts in record.items():
        found[path.rpartition("/")[2]] += texts
    return found


def spoken(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Those of the texts that say anything: some systems write NULL where there is nothing. What a table's
    name columns keep stays here, too."""
    kept = {
        name: [text for text in texts if said(CALLED.get(name, name), text)] for name, texts in found.items()
    }
    return {name: texts for name, texts in kept.items() if texts}
