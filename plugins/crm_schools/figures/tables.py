"""Numbers by year, school, grade and subgroup, as far as the reader may see them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import select

from crm.plugin_api import db, system
from crm_schools.figures.guarding import (
    harmless,
    rule_of,
    safe_bands,
    shows_school,
    shows_total,
    shows_value,
    tells_what_rules_did,
)
from crm_schools.figures.places import WHY, Count, Place, totals, years_of
from crm_schools.figures.tally import SUBGROUPS, Tally, tally
from crm_schools.models import Rating
from crm_schools.suppression import Group, is_sensitive


def tally_of(place: Place) -> Tally:
    """What was counted of the place's year. One school is counted alone where it is not needed whole."""
    alone = place.school.id if place.school is not None and not place.least else None
    found: Tally = place.remembered(
        "tally", lambda: tally(place.district.id, place.school_year, alone, once=place.once)
    )
    return found


def _of_district(place: Place) -> Tally:
    """The same of each school of the district by itself."""
    once = bool(place.least)
    found: Tally = place.remembered(
        "schools", lambda: tally(place.district.id, place.school_year, None, once=once)
    )
    return found


def _everywhere(place: Place) -> bool:
    """Whether the place is all of its district, schools that are gone too."""
    return place.school is None and place.whole


def total(place: Place) -> Count | None:
    """All of the place in its year; None where there is nobody, or nothing that this reader may see. Of some
    schools of a district those count that may be seen by themselves."""
    counts = _of_schools(place)
    if _everywhere(place):
        found = harmless(place, totals(counts.values()))
        return found if counts and shows_total(place, found) else None
    seen = [count for school, count in counts.items() if shows_school(place, school)]
    return harmless(place, totals(seen)) if seen else None


def _of_schools(place: Place) -> dict[int, Count]:
    found = tally_of(place).schools()
    return {school: count for school, count in found.items() if _everywhere(place) or school in place.ids}


def by_year(place: Place) -> dict[int, Count]:
    """All of the place in each year, as far as this reader may see it."""
    found = {year: total(place.in_year(year)) for year in sorted(years_of(place))}
    return {year: count for year, count in found.items() if count is not None}


def of_schools(place: Place) -> dict[int, Count]:
    """Of each school its own students, in the year; one who went to two schools stands in both, as in EDFacts
    FS195. For whoever may not see the students each counts once, at the school where they went last."""
    names = {each for each, _name in place.schools}
    return {
        school: harmless(place, count)
        for school, count in _of_district(place).schools().items()
        if school in names and shows_school(place, school)
    }


def hidden_schools(place: Place) -> int:
    """How many schools of the place have students of whom this reader sees no number."""
    return sum(
        1
        for school, count in _of_district(place).schools().items()
        if school in place.ids and count.rated and not shows_school(place, school)
    )


def by_school_and_year(place: Place) -> dict[tuple[int, int], Count]:
    """The same of each year."""
    return {
        (school, year): count
        for year in _years_of_district(place)
        for school, count in of_schools(place.in_year(year)).items()
    }


def _years_of_district(place: Place) -> list[int]:
    statement = select(Rating.school_year).where(Rating.district_id == place.district.id).distinct()
    with system(WHY):
        return sorted(db.session().scalars(statement))


def _of_values(place: Place, dimension: str) -> tuple[dict[str, Count], dict[str, list[int]]]:
    """By value the students of the place, and the schools where they are."""
    found: dict[str, Count] = {}
    schools: dict[str, list[int]] = {}
    for (school, value), count in tally_of(place).values(dimension).items():
        if _everywhere(place) or school in place.ids:
            found.setdefault(value, Count()).put(count)
            if count.rated:
                schools.setdefault(value, []).append(school)
    return found, schools


def by_value(place: Place, dimension: str) -> dict[str, Count]:
    """By the value of one dimension, in the year; a value of nobody in a rate is no group."""
    found, schools = _of_values(place, dimension)
    parts = {value: None if _everywhere(place) else schools.get(value, []) for value in found}
    return {
        value: harmless(place, count)
        for value, count in found.items()
        if count.rated and (not place.least or shows_value(place, dimension, value, parts[value]))
    }


def bands_by_value(place: Place, dimension: str) -> dict[str, Count]:
    """The same of those whose bands this reader may see, too."""
    found, shown = _of_values(place, dimension)[0], by_value(place, dimension)
    safe = safe_bands(place, found, set(found) - set(shown))
    return {value: shown[value] for value in safe if value in shown}


def together(place: Place, dimension: str, values: Iterable[str]) -> Count | None:
    """Some groups as one; None where one of them is hidden from this reader, or nobody is there."""
    found, shown = _of_values(place, dimension)[0], by_value(place, dimension)
    wanted = [value for value in values if value in found and found[value].rated]
    return totals(shown[value] for value in wanted) if wanted and shown.keys() >= set(wanted) else None


def district_by_year(place: Place) -> dict[int, Count]:
    """The whole district, beside a school of it. Who does not see all of it gets only a total of which the
    rest tells nobody about the few students of other schools."""
    whole = replace(place, school=None)
    if whole.whole:
        return by_year(whole)
    found: dict[int, Count] = {}
    for year in _years_of_district(place):
        counts = tally(place.district.id, year, None, once=True).schools()
        rest = totals(count for school, count in counts.items() if school not in whole.ids)
        all_of_them = totals(counts.values()).without_unrated()
        is_safe = not is_sensitive(Group(rest.rated, (rest.chronic,)), rule_of(place.district))
        if is_safe and not tells_what_rules_did(whole.in_year(year), all_of_them):
            found[year] = all_of_them
    return found


def by_dimension(place: Place, dimension: str) -> dict[tuple[str, int], Count]:
    """By the value of one dimension and the school year, all years."""
    return {
        (value, year): count
        for year in years_of(place)
        for value, count in by_value(place.in_year(year), dimension).items()
    }


def by_subgroups(place: Place) -> Mapping[str, dict[str, Count]]:
    """Of each subgroup dimension of which anybody said anything, its values in the year."""
    found = {name: by_value(place, name) for name in SUBGROUPS}
    return {name: groups for name, groups in found.items() if set(groups) - {""}}


def is_said(place: Place, dimension: str) -> bool:
    """Whether anybody said a value of a dimension of any student who is counted, shown or hidden."""
    return any(
        value and count.rated
        for (school, value), count in _of_district(place).values(dimension).items()
        if school in place.ids
    )


def hidden_by_grade(place: Place, grades: Iterable[str]) -> int:
    """How many schools have students of some grades of none of which this reader sees a number."""
    wanted, counts = set(grades), _of_district(place).values("grade")
    shown: dict[int, bool] = {}
    for (school, grade), count in counts.items():
        if school in place.ids and grade in wanted and count.rated:
            is_shown = shows_value(place, "grade", grade, [school])
            shown[school] = shown.get(school, False) or is_shown
    return sum(not is_shown for is_shown in shown.values())


def by_school_and_grade(place: Place) -> dict[tuple[int, str], Count]:
    """By the id of the school and the grade, in the year: of each school its own students, see
    `of_schools`."""
    return {
        (school, grade): harmless(place, count)
        for (school, grade), count in _of_district(place).values("grade").items()
        if school in place.ids and shows_value(place, "grade", grade, [school])
    }
