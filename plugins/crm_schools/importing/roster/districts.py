"""Which stored district a district of a file is that nobody knows by its number or its name."""

from collections.abc import Collection, Sequence

from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import BadFile
from crm_schools.importing.places import Places
from crm_schools.importing.roster.records import Record
from crm_schools.importing.roster.schools import has_number
from crm_schools.importing.roster.structure import Structure


def by_schools(
    structure: Structure, district: Record, schools: Sequence[Record], others: Collection[int | None] = ()
) -> int | None:
    """The district of which most of these schools are known by all that is said of them: it got another name
    and number. None for a new one. BadFile where it may be either: many districts have a school of the same
    name, hardly any two have the same names for most of theirs. `others` are not looked at: the file names
    them, too."""
    for known, name in structure.places.districts.items():
        places = structure.within(known)
        if known in others or not schools:
            continue
        if 2 * sum(_is_known(places, line) for line in schools) > len(schools):
            return known
        alike = 2 * sum(places.named(line["name"]) is not None for line in schools)
        if alike > len(schools) and alike > len(places.name_of):
            raise _may_be(district, name)
    return None


def _is_known(places: Places, line: Record) -> bool:
    """Whether number, id and name find one school: an id alone does not, since systems count from 1."""
    school = places.by_source(line.get("source_id") or "")
    is_numbered = not has_number(line) or places.school(line["key"]) == school
    return school is not None and is_numbered and places.named(line["name"]) == school


def _may_be(district: Record, known: str) -> BadFile:
    return BadFile(
        _(
            "“%(name)s” (%(number)s) is not known here, and most of its schools are called as those of "
            "“%(known)s”. If it is that district, write its number on the page of the district (Change the "
            "district); if it is another one, add it first with its number (Schools, Add a district). Then "
            "look through the file again.",
            name=district["name"],
            number=district["key"],
            known=known,
        )
    )
