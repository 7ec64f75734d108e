"""Of which district an archive is: a delta may name schools alone, as its system calls them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from crm.plugin_api import gettext as _
from crm_schools.importing.columns import shared_words
from crm_schools.importing.places import Places
from crm_schools.importing.roster.oneroster.people import listed

NAMING: Final[Mapping[str, str]] = {
    "orgs": "sourcedId",
    "enrollments": "schoolSourcedId",
    "users": "orgSourcedIds",
    "roles": "orgSourcedId",
}
"""By file, the column that names schools."""
DISTRICTS: Final = frozenset({"district", "local"})


class Whose(NamedTuple):
    """The district where one is known by its id, and what has to be said first, in sentences."""

    district: int | None
    lacks: Sequence[str]


def whose(
    tables: Mapping[str, Iterator[list[str]]], district: int | None, name: str, *, is_delta: bool
) -> Whose:
    """`tables` are rows of the files of NAMING with their headers first; `district` what somebody said."""
    places = Places()
    if district is not None or not is_delta or len(places.districts) < 2:
        return Whose(district, ())
    named: set[str] = set()
    for table, rows in tables.items():
        headers = next(rows, [])
        wanted = NAMING[table] if NAMING[table] in headers else "primaryOrgSourcedId"
        if wanted not in headers:
            continue
        at, kind = headers.index(wanted), headers.index("type") if "type" in headers else None
        for row in rows:
            if kind is not None and kind < len(row) and row[kind] in DISTRICTS:
                return Whose(None, ())  # It says so itself.
            named.update(listed(row[at]) if at < len(row) else ())
    schools = {places.by_source(word) or places.school(word) for word in named} - {None}
    found = {places.district_of[school] for school in schools if school is not None}
    if len(found) == 1:
        return Whose(found.pop(), ())
    shared = [word for word in sorted(named) if places.is_shared_source(word)]
    if shared:
        return Whose(None, [shared_words(shared)])
    said = _(
        "“%(name)s” does not say of which district it is, and there are several. Say whose file this is.",
        name=name,
    )
    return Whose(None, [said])
