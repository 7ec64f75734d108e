"""The reports that districts know from spreadsheets: ten of a school, nine of a district.

Source: Attendance Works' self-calculating tools SATT (school) and DATT (district), as far as their handbooks
name their reports; “AYP” ended with the law that asked for it (2015), so a school's rate stands beside its
district's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import go, render, requires
from crm.plugin_api import lazy_gettext as _l
from crm_schools import figures, settings
from crm_schools.figures import Count, Place
from crm_schools.permissions import VIEW
from crm_schools.views import answers, places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import ranking, shared


@dataclass(frozen=True)
class Report:
    """`shape` is `years` (a dimension by school year), `bands` (a dimension by band), `students`, `schools`,
    `over_time` or `risks`; `of` says whose it is."""

    name: str
    label: Any
    shape: str
    dimension: str = ""
    of: frozenset[str] = frozenset({"school", "district"})


SCHOOL, DISTRICT = frozenset({"school"}), frozenset({"district"})
REPORTS: Final = (
    Report("grade-years", _l("Chronic absence by grade and year"), "years", "grade"),
    Report("schools", _l("School summary"), "schools", of=DISTRICT),
    Report("race", _l("By race and ethnicity"), "years", "race"),
    Report("disability", _l("Students with and without disabilities"), "years", "disability"),
    Report("students", _l("Students with moderate or severe chronic absence"), "students"),
    Report("over-time", _l("Chronic absence over time, beside the district"), "over_time", of=SCHOOL),
    Report("risks", _l("Key signs of risk over time"), "risks", of=SCHOOL),
    Report("grade", _l("Bands by grade"), "bands", "grade"),
    Report("gender", _l("By gender"), "years", "gender"),
    Report("english-learner", _l("English learners"), "years", "english_learner"),
    Report("lunch", _l("Economically disadvantaged (free or reduced lunch)"), "years", "disadvantaged"),
)
BY_NAME: Final[Mapping[str, Report]] = {report.name: report for report in REPORTS}


def offered(place: Place) -> list[Report]:
    kind = "school" if place.school is not None else "district"
    return [report for report in REPORTS if kind in report.of]


@blueprint.get("/reports")
@requires(VIEW)
def reports() -> Response:
    """The reports of a school or a district."""
    place = places.asked()
    return render(
        "schools/reports.html",
        None,
        place=place,
        reports=offered(place),
        rights=places.rights(place),
        **shared(),
    )


@blueprint.get("/reports/<name>")
@requires(VIEW)
def report(name: str) -> Response:
    place = places.asked()
    found = BY_NAME.get(name)
    if found is None or found not in offered(place):
        abort(404)
    if found.shape == "students":
        return go(url_for("schools.students", **place.arguments, band="chronic", report=1))
    values = {"years": _years, "bands": _bands, "schools": _schools, "over_time": _over_time, "risks": _risks}
    return render(
        "schools/report.html",
        None,
        place=place,
        report=found,
        rights=places.rights(place),
        is_hidden=_may_be_hidden(place, found),
        **values[found.shape](place, found),
        **shared(),
    )


def _may_be_hidden(place: Place, report: Report) -> bool:
    """Whether there are numbers of a report that this reader does not see, or else none at all."""
    if not place.least or not figures.years_of(place):
        return False
    return not report.dimension or figures.is_said(place, report.dimension)


def _values(place: Place, report: Report) -> tuple[dict[tuple[str, int], Count], list[str], list[int]]:
    counts = figures.by_dimension(place, report.dimension)
    values = sorted({value for value, _year in counts}, key=places.ordered(report.dimension))
    return counts, values, sorted({year for _value, year in counts})[-6:]


def _years(place: Place, report: Report) -> dict[str, Any]:
    counts, values, years = _values(place, report)
    now = {
        value: counts[value, place.school_year] for value in values if (value, place.school_year) in counts
    }
    return {
        "counts": counts,
        "values": values,
        "years": years,
        "now": now,
        "total": figures.by_year(place),
        "answers": [
            *answers.caveats(place, years),
            *answers.of_groups(place, now, report.dimension),
            *answers.over_years(place, counts, values),
        ],
    }


def _bands(place: Place, report: Report) -> dict[str, Any]:
    found = figures.bands_by_value(place, report.dimension)
    now = {value: found[value] for value in sorted(found, key=places.ordered(report.dimension))}
    total = {
        year: count for year, count in figures.by_year(place).items() if not figures.tells_bands(place, count)
    }
    return {"now": now, "total": total, "answers": answers.of_groups(place, now, report.dimension)}


def _schools(place: Place, _report: Report) -> dict[str, Any]:
    rows = ranking(place)
    before = figures.of_schools(place.in_year(place.school_year - 1))
    years = [place.school_year, place.school_year - 1] if before else []
    answered = [*answers.caveats(place, years), *answers.of_schools(place, rows, before)]
    # A band of a school is few students, and which of them are hidden no other page decides.
    return {"rows": rows, "before": before, "answers": answered, "shows_bands": not place.least}


def _over_time(place: Place, _report: Report) -> dict[str, Any]:
    mine = figures.by_year(place)
    return {
        "mine": mine,
        "districts": figures.district_by_year(place),
        "answers": answers.caveats(place, mine),
    }


def _risks(place: Place, _report: Report) -> dict[str, Any]:
    school_id = place.school.id if place.school is not None else None
    law = settings.truancy_of(place.district, settings.held(place.district, place.school_year, school_id))
    risks = figures.risks(place)
    return {"risks": risks, "law": law, "answers": answers.caveats(place, risks)}
