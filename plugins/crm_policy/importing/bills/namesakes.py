"""Sponsors of one name: two people whom their source tells apart are two, one whom it names twice is one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crm_policy.importing.bills.columns import COLUMNS
from crm_policy.models import Sponsor

Key = tuple[str, str, int]
"""Folded name, role, and which of that name."""
_WHO, _NAME, _ROLE, _REFERENCE = (
    COLUMNS[Sponsor].index(name) for name in ("legislator_id", "name_key", "role", "reference")
)
_NAMESAKE: Final = -1


def add_sponsor(found: dict[Key, tuple[Any, ...]], values: tuple[Any, ...]) -> None:
    """Add the values of a sponsor, without `namesake`, unless that person stands there already in this
    role."""
    number = 0
    while (key := (values[_NAME], values[_ROLE], number)) in found:
        before = found[key]
        if not _says_who(values) or not _says_who(before) or _person(before) == _person(values):
            found[key] = before if _says_who(before) or not _says_who(values) else (*values, number)
            return
        number += 1
    found[key] = (*values, number)


def as_stored(
    told: Mapping[Key, tuple[Any, ...]], rows: Sequence[Any], people: Mapping[str, int]
) -> dict[Key, tuple[Any, ...]]:
    """What a source tells, each of several of one name under the number that this person has here: sources
    change their order, and one of them may have left."""
    here: dict[tuple[str, str], dict[int, Any]] = {}
    for row in rows:
        here.setdefault((row.name_key, row.role), {})[row.namesake] = row
    groups: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for (name, role, _number), values in told.items():
        groups.setdefault((name, role), []).append(values)
    found: dict[Key, tuple[Any, ...]] = {}
    for place, some in groups.items():
        for number, values in _numbered(some, here.get(place, {}), people).items():
            found[(*place, number)] = (*values[:_NAMESAKE], number)
    return found


def _numbered(
    told: Sequence[tuple[Any, ...]], here: Mapping[int, Any], people: Mapping[str, int]
) -> dict[int, tuple[Any, ...]]:
    if len(told) == 1 and len(here) <= 1:
        return {next(iter(here), 0): told[0]}
    found: dict[int, tuple[Any, ...]] = {}
    left = []
    for values in told:
        same = (number for number, row in here.items() if number not in found and _is(row, values, people))
        number = next(same, None)
        if number is None:
            left.append(values)
        else:
            found[number] = values
    for values in left:
        found[_place(values, here, found)] = values
    return found


def _place(values: tuple[Any, ...], here: Mapping[int, Any], taken: Mapping[int, Any]) -> int:
    """A stored row that does not say who it is, or that anybody may be who is not told apart; else a new
    one."""
    for number, row in here.items():
        unknown = row.legislator_id is None and not row.reference
        if number not in taken and (unknown or not _says_who(values)):
            return number
    number = 0
    while number in here or number in taken:
        number += 1
    return number


def _is(row: Any, values: tuple[Any, ...], people: Mapping[str, int]) -> bool:
    who, reference = _person(values)
    if who is not None:
        return bool(who in (row.legislator_id, people.get(row.reference)))
    return bool(reference) and bool(row.reference == reference)


def _person(values: tuple[Any, ...]) -> tuple[int | None, str]:
    return values[_WHO], values[_REFERENCE]


def _says_who(values: tuple[Any, ...]) -> bool:
    return values[_WHO] is not None or bool(values[_REFERENCE])
