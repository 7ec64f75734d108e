"""The report: on the screen, on paper, as a file, and, if an administrator says so, for everybody."""

import time
from datetime import date, timedelta
from typing import Any

from flask import abort, make_response, request
from werkzeug.wrappers import Response

from crm.plugin_api import Actor, current_actor, public, render, requires, runtime, setting
from crm.plugin_api.words import day_here
from crm_media import words
from crm_media.forms.common import whole
from crm_media.forms.reports import ReportForm
from crm_media.permissions import VIEW
from crm_media.services import bills, reports
from crm_media.views.blueprint import blueprint

FRESH = 600
"""Seconds that the figures for everybody may be old."""
EMBED_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
)


def _known(day: date | None) -> date | None:
    """A day of our time; one that no calendar of ours holds counts as left out."""
    return day if day is not None and 1990 <= day.year <= 2100 else None


def _asked(actor: Actor) -> tuple[ReportForm, reports.Report]:
    """The form as the address fills it in, and its report; a day that is none counts as left out."""
    form = ReportForm(formdata=request.args)
    form.validate()
    today = day_here()
    ends = _known(form.ends.data) or today
    begins = _known(form.begins.data) or (ends - timedelta(days=364)).replace(day=1)
    begins, ends = min(begins, ends), max(begins, ends)
    form.begins.data, form.ends.data = begins, ends
    by = form.by.data if form.by.data in reports.BY else "outlet"
    form.by.data = by
    for each in form:
        each.errors = ()  # What makes no sense counts as left out; nobody has sent this form.
    return form, reports.make(actor, begins, ends, form.campaign_id.data or 0, by)


@blueprint.get("/report")
@requires(VIEW)
def report() -> Response:
    form, found = _asked(current_actor())
    query = {
        name: value for name, value in request.args.items() if name in {"begins", "ends", "by", "campaign_id"}
    }
    return render(
        "media/report.html", None, form=form, report=found, words=words, query=query,
        is_public=bool(setting("media.public")),
    )  # fmt: skip


@blueprint.get("/before")
@requires(VIEW)
def before() -> Response:
    """Coverage in the districts of those who decide about a bill next."""
    actor = current_actor()
    if not bills.tracked(actor):
        return render("media/before.html", None, tracked=False)
    bill_id, days = request.args.get("bill", 0, type=whole), request.args.get("days", "")
    days = days if days in words.BEFORE_DAYS else "90"
    since = day_here() - timedelta(days=int(days))
    found = bills.before_a_vote(bill_id, since, actor) if 0 < bill_id < 2**63 else None
    return render(
        "media/before.html", None, tracked=True, days=days, choices=bills.choices(actor, bill_id),
        asked=bill_id, found=found, since=since, words=words, leans=_leans(),
    )  # fmt: skip


def _leans() -> Any:
    from crm_policy import public

    return public.LEANS


@blueprint.get("/report.pdf")
@requires(VIEW)
def report_pdf() -> Response:
    from crm_media import pdf

    _form, found = _asked(current_actor())
    answer: Any = make_response(pdf.make(found, runtime().config.organization_name))
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = 'attachment; filename="media-report.pdf"'
    return answer  # type: ignore[no-any-return]  # A response of Flask's.


def _public_figures() -> reports.Report:
    """Counted once in ten minutes, however often it is asked for."""
    ends, moment = day_here(), time.monotonic()
    known: dict[date, tuple[float, reports.Report]] = runtime().kept.setdefault("media report", {})
    if ends not in known or moment - known[ends][0] > FRESH:
        found = reports.make(Actor.system(), (ends - timedelta(days=364)).replace(day=1), ends)
        known.clear()
        known[ends] = moment, found
    return known[ends][1]


@blueprint.get("/public/report")
@public
def public_report() -> Response:
    """Numbers of the last twelve months for everybody, in a frame of other sites, too: no person is named."""
    if not setting("media.public"):
        abort(404)
    response = render("media/public_report.html", None, report=_public_figures(), words=words)
    response.headers["Cache-Control"] = f"public, max-age={FRESH}"
    response.headers["Content-Security-Policy"] = EMBED_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
