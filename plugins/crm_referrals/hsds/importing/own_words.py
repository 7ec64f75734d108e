"""What was changed here since a file was brought in: it stays, and is told, unless whoever brings one in lets
the file win."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext
from crm_referrals.hsds.importing.outcome import Outcome
from crm_referrals.models import Service

_LABELS: Final = {
    "name": lazy_gettext("Name"),
    "alternate_name": lazy_gettext("Other name"),
    "description": lazy_gettext("Description"),
    "phone": lazy_gettext("Phone"),
    "email": lazy_gettext("Email"),
    "website": lazy_gettext("Website"),
    "url": lazy_gettext("Website"),
    "status": lazy_gettext("Status"),
    "application_process": lazy_gettext("How to apply"),
    "eligibility_description": lazy_gettext("Who may come"),
    "fees_description": lazy_gettext("Cost"),
    "minimum_age": lazy_gettext("Youngest age"),
    "maximum_age": lazy_gettext("Oldest age"),
    "area_codes": lazy_gettext("Area"),
    "language_codes": lazy_gettext("Languages"),
    "kind": lazy_gettext("Kind"),
    "address": lazy_gettext("Street"),
    "city": lazy_gettext("City"),
    "state": lazy_gettext("State"),
    "postal_code": lazy_gettext("ZIP code"),
    "latitude": lazy_gettext("Latitude"),
    "longitude": lazy_gettext("Longitude"),
    "transportation": lazy_gettext("How to get there"),
    "terms": lazy_gettext("Kind of need"),
    "parts.schedules": lazy_gettext("Opening hours"),
    "parts.required_documents": lazy_gettext("What to bring"),
}
"""What is said to stay; what goes with one of these is not named besides."""

_TOGETHER: Final = (
    {"address", "city", "state", "postal_code", "latitude", "longitude", "parts.addresses"},
    {"minimum_age", "maximum_age"},
    {"language_codes", "parts.languages"},
    {"area_codes", "parts.service_areas"},
)
"""What is one thing in several fields: half of it from here and half of a file would be nobody's address."""


def heeded(row: Any, values: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    """The values of a file as they may be written to a row."""
    if outcome.overwrite:
        lists = (each for each in row.staff_fields if each.startswith("parts."))
        _let_go(row, {*values, *(each for each in lists if not _is_shared(each)), *_lists_of(values)})
        return dict(values)
    found, stays = dict(values), []
    for name in _whole(row.staff_fields):
        list_name = name.removeprefix("parts.")
        if name in found and found[name] != getattr(row, name):
            stays.append(name)
            found[name] = getattr(row, name)
        elif name != list_name and found["parts"].get(list_name) != row.parts.get(list_name):
            stays.append(name)
            others = {key: rows for key, rows in found["parts"].items() if key != list_name}
            found["parts"] = others | ({list_name: row.parts[list_name]} if list_name in row.parts else {})
    if "name" in row.staff_fields and "sort_name" in found:
        found["sort_name"] = row.sort_name
    _tell(row, stays, outcome)
    return found


def kinds(service: Service, known: set[str], ours: set[str], outcome: Outcome) -> set[str]:
    """The kinds of need that a file says in our own words; what was said here stays."""
    if "terms" not in service.staff_fields:
        return ours
    if outcome.overwrite:
        if ours:
            _let_go(service, {"terms"})
        return ours
    if ours and ours != known:
        _tell(service, ["terms"], outcome)
    return known


def _whole(names: Iterable[str]) -> list[str]:
    """The same with all that is one thing with any of them."""
    found = set(names)
    return sorted(found.union(*(each for each in _TOGETHER if each & found)))


def _is_shared(name: str) -> bool:
    return any(name in each for each in _TOGETHER)


def _lists_of(values: Mapping[str, Any]) -> set[str]:
    return {f"parts.{name}" for name in values["parts"]}


def _let_go(row: Any, names: set[str]) -> None:
    gone = _whole(names)
    left = [each for each in row.staff_fields if each not in gone]
    if left != row.staff_fields:
        row.staff_fields = left


def _tell(row: Any, names: list[str], outcome: Outcome) -> None:
    """Say what stays. Where a confidential place is, and what it is called, is not told; to most not even
    that the file names it."""
    if getattr(row, "is_confidential", False) and not outcome.tells_all:
        return
    said = [str(label) for name, label in _LABELS.items() if name in names]
    if said:
        hidden = getattr(row, "is_confidential", False)
        where = _("Confidential place no. %(number)s", number=row.id) if hidden else row.name or row.uid
        outcome.kept(where, _("Changed here, so it stays as it is: %(names)s.", names=", ".join(said)))
