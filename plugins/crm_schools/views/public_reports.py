"""The public report: made by those who may, read by everybody, from the stored release alone."""

import csv
from io import StringIO
from types import SimpleNamespace
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, request, url_for
from flask_babel import force_locale, get_locale
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    UserError,
    current_actor,
    db,
    go,
    load,
    public,
    render,
    requires,
    say,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.transfer import safe_text
from crm_schools import publishing, settings
from crm_schools.acting.forms import LEAST_COUNT, MOST_COUNT, PublishForm
from crm_schools.figures import guarding
from crm_schools.keeping.recounting import sees_all
from crm_schools.models import District, PublicReport
from crm_schools.permissions import REPORT, VIEW
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.words import LANGUAGES

AT_ONCE = 30
"""With more schools than this, what a release would hide is worked out only when somebody asks for it."""


@blueprint.route("/public-report", methods=["GET", "POST"])
@requires(VIEW)
def public_reports() -> Response:
    """The releases of a district's year; making the next one, with its audit before anybody sees it."""
    place = places.asked()
    form = PublishForm(data={"smallest_count": guarding.SMALLEST_COUNT})
    may = _may_report(place.district.id)
    waits = len(place.schools) > AT_ONCE and "look" not in request.args
    if request.method == "POST":
        load(District, place.district.id, REPORT)
    if form.sent():
        count = form.smallest_count.data or guarding.SMALLEST_COUNT
        if "see" in request.form:
            district_id, year = place.district.id, place.school_year
            return go(url_for("schools.preview_report", district_id=district_id, year=year, count=count))
        with db.transaction(current_actor(), "schools.ask_to_publish"):
            job_id = publishing.ask(place, current_actor(), count)
        return go(url_for("jobs.show", job_id=job_id))
    return render(
        "schools/public_reports.html",
        None,
        form.status,
        place=place,
        form=form,
        may=may,
        preview=_preview(place) if may and form.status == 200 and not waits else None,
        waits=waits,
        reports=list(reversed(publishing.earlier_of(place))),
        rights=places.rights(place),
        **shared(),
    )


def _may_report(district_id: int) -> bool:

    actor = current_actor()
    statement = visible(District, actor, REPORT).where(District.id == district_id)
    return (
        actor.can(REPORT)
        and db.session().execute(statement.with_only_columns(District.id)).first() is not None
    )


def _preview(place: Any) -> dict[str, Any]:
    """What the next release would hide, and what its audit finds; or why there can be none."""
    try:
        made = publishing.prepared(place)
    except UserError as error:
        return {"problem": error.message}
    rule = publishing.rule_of(place)
    from crm_schools.suppression import is_sensitive

    numbers = made.chronic.numbers
    return {
        "all": len(numbers.groups),
        "hidden": len(made.chronic.hidden),
        "small": sum(1 for group in numbers.groups.values() if is_sensitive(group, rule)),
        "truancy": len(made.truancy.hidden - made.chronic.hidden),
        "law": settings.truancy_of(place.district, settings.held(place.district, place.school_year)),
        "found": len(made.found),
        "rule": rule,
    }


@blueprint.get("/public-report/preview")
@requires(REPORT)
def preview_report() -> Response:
    """The next release as everybody would see it, before anybody does, by the smallest count that is to be
    shown. UserError where there can be none."""
    place = places.asked()
    load(District, place.district.id, REPORT)
    count = places.number("count") or guarding.SMALLEST_COUNT
    if not LEAST_COUNT <= count <= MOST_COUNT:
        abort(404)
    if count != guarding.SMALLEST_COUNT and not sees_all(place.district, current_actor()):
        raise UserError(
            _(
                "By another smallest count somebody looks at it who may see the students of the district: "
                "several such reports together tell what each of them hides."
            )
        )
    content = publishing.content_of(place, publishing.prepared(place, count))
    rule, year = publishing.rule_of(place, count), place.school_year
    counts = {"smallest_group": rule.students, "smallest_count": rule.count}
    report = SimpleNamespace(
        id=None, district_id=place.district.id, school_year=year, made_at=db.now(), **counts
    )
    return _shown("schools/public_report.html", report, content)


@blueprint.post("/public-report/<int:report_id>/withdraw")
@requires(REPORT)
def withdraw(report_id: int) -> Response:
    """Take a release off the public page. What was seen is known: later ones are still checked against it."""
    report: PublicReport = load(PublicReport, report_id, REPORT)
    district_id, year = report.district_id, report.school_year
    with db.transaction(current_actor(), "schools.withdraw", _("Withdrew a public report")):
        db.session().get_one(PublicReport, report_id).status = "withdrawn"
    say(_("The report is no longer public."))
    return go(url_for("schools.public_reports", district_id=district_id, year=year))


def _published(report_id: int) -> PublicReport:
    with system("what is published is everybody's"):
        found = (
            db.session()
            .scalars(
                select(PublicReport).where(PublicReport.id == report_id, PublicReport.status == "published")
            )
            .one_or_none()
        )
    if found is None:
        abort(404)
    return found


def _language() -> str:
    wanted = request.args.get("lang", "")
    chosen = get_locale()
    return wanted if wanted in LANGUAGES else (chosen.language if chosen else "en")


def _page(template: str, report_id: int) -> FlaskResponse:
    report = _published(report_id)
    return _shown(template, report, report.content)


def _shown(template: str, report: Any, content: dict[str, Any]) -> FlaskResponse:
    with force_locale(_language()):
        return render(
            template,
            None,
            report=report,
            content=content,
            cells=publishing.table(content),
            dimensions=_dimensions(content),
            languages=LANGUAGES,
            language=_language(),
            ordered=places.ordered,
            **shared(),
        )


def _dimensions(content: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Each dimension that the report has, with its values in order."""
    found: dict[str, list[str]] = {}
    for dimension, school, value, _students, _counts in content["cells"]:
        if dimension and not school:
            found.setdefault(dimension, []).append(value)
    return [
        (name, sorted(found[name], key=places.ordered(name)))
        for name in publishing.DIMENSIONS
        if name in found
    ]


@blueprint.get("/public/<int:report_id>")
@public
def public_report(report_id: int) -> Response:
    """What everybody may read: no account, no small number."""
    return _page("schools/public_report.html", report_id)


@blueprint.get("/public/<int:report_id>/embed")
@public
def public_embed(report_id: int) -> Response:
    """The same in short, for the website of a district or a newspaper."""
    response = _page("schools/public_embed.html", report_id)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; frame-ancestors *; "
        "base-uri 'none'; form-action 'none'"
    )
    response.headers["Cache-Control"] = "public, max-age=600"
    response.vary.update(["Accept-Language", "Cookie"])  # By what the language of a page is chosen.
    return response


@blueprint.get("/public/<int:report_id>/report.csv")
@public
def public_csv(report_id: int) -> Response:
    """The published numbers as a file; a star stands for what is hidden."""
    report = _published(report_id)
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["school", "dimension", "value", "students", "chronically_absent", "chronic_percent", "truant"]
    )
    writer.writerows(
        [safe_text(each) if isinstance(each, str) else each for each in row]
        for row in publishing.lines(report.content)
    )
    name = f"chronic-absence-{report.school_year}-{report.number}.csv"
    return FlaskResponse(
        out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )
