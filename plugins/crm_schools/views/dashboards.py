"""How a district and its schools stand: numbers without names."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from flask import url_for
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, db, go, render, requires, visible
from crm_schools import figures, first_days, settings, words
from crm_schools.figures import Count, Place
from crm_schools.models import District, School
from crm_schools.permissions import VIEW
from crm_schools.views import answers, places
from crm_schools.views.blueprint import blueprint

FIRST_GRADES: Final = ("PK", "TK", "K")
_WHERE: Final = frozenset({"school_id", "district_id", "year", "after", "report"})
"""Arguments of a list of students that do not limit of whom it is."""


@blueprint.get("/")
@requires(VIEW)
def index() -> Response:
    """The districts that the reader may see, each with its rate; the only one opens by itself."""
    actor = current_actor()
    districts = list(db.session().scalars(visible(District, actor).order_by(District.name)))
    schools = list(db.session().scalars(visible(School, actor).order_by(School.name).limit(2)))
    if len(schools) == 1:
        return go(url_for("schools.school", school_id=schools[0].id))
    if len(districts) == 1 and schools:
        return go(url_for("schools.district", district_id=districts[0].id))
    found = [figures.place_of(actor, district, None, None) for district in districts[:50]]
    rows = [(place, figures.by_year(place).get(place.school_year, Count())) for place in found]
    return render("schools/index.html", None, rows=rows, **shared())


def shared() -> dict[str, Any]:
    """What the templates of numbers need besides the numbers."""
    return {
        "words": words,
        "grade_label": places.grade_label,
        "relation_words": words.relation_words,
        "label_of": places.label_of,
        "bands": figures.BANDS,
        "percent": places.percent,
        "points": places.points,
        "tenths": places.tenths,
        "signed": places.signed,
        "one_digit": places.one_digit,
        "number_behind": number_behind,
        "month_name": places.month_name,
        "weekday_name": places.weekday_name,
    }


def number_behind(place: Place, chosen: Mapping[str, str]) -> int | None:
    """The number of a school's page that leads to its list of students with these arguments; None where it is
    not one by band alone, or one that this reader sees otherwise."""
    limits = {name: value for name, value in chosen.items() if name not in _WHERE}
    band = limits.pop("band", "")
    if (
        place.school is None
        or place.least
        or len(limits) > 1
        or not limits.keys() <= figures.DIMENSIONS.keys()
    ):
        return None
    count = figures.total(place)
    for name, value in limits.items():
        count = figures.by_value(place, name).get("" if value == "none" else value)
    if count is None:
        return None
    return {"chronic": count.chronic, "rated": count.rated, **count.bands}.get(band)


@blueprint.get("/district/<int:district_id>")
@requires(VIEW)
def district(district_id: int) -> Response:
    return _dashboard(places.of_district(district_id))


@blueprint.get("/school/<int:school_id>")
@requires(VIEW)
def school(school_id: int) -> Response:
    return _dashboard(places.of_school(school_id))


def _dashboard(place: Place) -> Response:
    years = figures.by_year(place)
    total = years.get(place.school_year, Count())
    school_id = place.school.id if place.school is not None else None
    law = settings.truancy_of(place.district, settings.held(place.district, place.school_year, school_id))
    grades = sorted(figures.by_value(place, "grade").items(), key=lambda row: words.grade_order(row[0]))
    return render(
        "schools/dashboard.html",
        None,
        place=place,
        years=years,
        caveats=answers.caveats(place, years),
        is_newest=place.school_year >= max(years, default=0),
        total=total,
        is_empty=place.school is not None and not total.rated and not figures.with_students(place),
        before=years.get(place.school_year - 1),
        year_row=figures.year_row(place),
        grades=grades,
        months=_months(place),
        too_soon=first_days.words_of(place) if not total.rated and first_days.is_now(place) else "",
        subgroups=figures.by_subgroups(place),
        tiers=figures.tiers(place),
        unfinished=figures.unfinished(place),
        shows_bands=not figures.tells_bands(place, total),
        law=law,
        shows_truancy=law != "none" and not figures.tells_truancy(place, total),
        ranking=[] if place.school is not None else ranking(place),
        rights=places.rights(place),
        ordered=places.ordered,
        **shared(),
    )


def _months(place: Place) -> list[figures.Month]:
    """The months up to the last one with attendance; those to come would repeat it."""
    year = figures.year_row(place)
    months = figures.by_month(place)
    if year is None or year.through_on is None:
        return months
    last = (year.through_on.month - 7) % 12
    return [month for month in months if (month.number - 7) % 12 <= last]


def ranking(place: Place) -> list[tuple[int, str, Count]]:
    """The schools, the one with the highest rate first; one that closed has students in other years."""
    counts = figures.of_schools(place)
    rows = [
        (school_id, name, counts.get(school_id, Count()))
        for school_id, name in _of_year(place, counts)
        if school_id in counts or not place.least
    ]
    return sorted(rows, key=lambda row: (-(row[2].share or 0), row[1]))


def _of_year(place: Place, counts: Collection[int]) -> list[tuple[int, str]]:
    """The schools of a place that have a number in its year, or students of whom nothing is counted yet."""
    there = figures.with_students(place).union(counts) if place.school_year else place.ids
    return [school for school in place.schools if school[0] in there]


@blueprint.get("/weekdays")
@requires(VIEW)
def weekdays() -> Response:
    """How absences spread over the week; it reads every absence, so the dashboard loads it after."""
    place = places.asked()
    days = figures.by_weekday(place)
    rates = {day: missed / dates for day, (missed, dates) in days.items() if dates}
    return render(
        "schools/weekdays_page.html",
        "schools/_weekdays.html",
        place=place,
        days=days,
        rates=rates,
        **shared(),
    )


@blueprint.get("/compare")
@requires(VIEW)
def compare() -> Response:
    """Schools side by side over the years."""
    place = places.asked()
    counts = figures.by_school_and_year(place)
    years = sorted({year for _school, year in counts})[-6:]
    schools = _of_year(place, {school for school, year in counts if year == place.school_year})
    return render(
        "schools/compare.html",
        None,
        place=place,
        years=years,
        schools=schools,
        is_left_out=len(schools) < len(place.schools),
        counts=counts,
        whole=figures.by_year(place),
        caveats=answers.caveats(place, years),
        rights=places.rights(place),
        **shared(),
    )


@blueprint.get("/kindergarten")
@requires(VIEW)
def kindergarten() -> Response:
    """How children begin school: kindergarten (and before) by school, this year and before."""
    place = places.asked()
    names = dict(place.schools)
    counts = figures.by_school_and_grade(place)
    rows = [
        (school_id, names.get(school_id, place.school.name if place.school else ""), grade, count)
        for (school_id, grade), count in counts.items()
        if grade in FIRST_GRADES and count.rated
    ]
    over_years = figures.by_dimension(place, "grade")
    return render(
        "schools/kindergarten.html",
        None,
        place=place,
        rows=sorted(rows, key=lambda row: (words.grade_order(row[2]), -(row[3].share or 0), row[1])),
        over_years={
            grade: {year: count for (value, year), count in over_years.items() if value == grade}
            for grade in FIRST_GRADES
        },
        hidden=figures.hidden_by_grade(place, FIRST_GRADES),
        too_soon=0 if rows else _too_soon(place, counts),
        apart=0 if place.least else sum(count.apart for count in counts.values()),
        hidden_words=answers.hidden_words,
        later=figures.together(place, "grade", ("1", "2", "3")) or Count(),
        rights=places.rights(place),
        **shared(),
    )


def _too_soon(place: Place, counts: Mapping[tuple[int, str], Count]) -> int:
    """How many days of enrolment a rate needs where children of these grades have attendance and none is in
    a rate, else 0. Whoever may not see students is told of no grade by itself."""
    year = figures.year_row(place)
    if year is None or year.through_on is None:
        return 0
    here = [count for (_school, grade), count in counts.items() if grade in FIRST_GRADES]
    is_short = not place.least and any(count.short for count in here)
    return first_days.fewest(place) if is_short or first_days.is_now(place) else 0
