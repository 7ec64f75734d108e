"""The report: on the screen, on paper, as a file, and, if an administrator says so, for everybody."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import abort, make_response, request
from werkzeug.wrappers import Response

from crm.plugin_api import Actor, current_actor, public, render, requires, runtime, setting
from crm.plugin_api.outside import read_signed, signed
from crm.plugin_api.words import day_here
from crm_media import words
from crm_media.forms.common import whole
from crm_media.forms.reports import ReportForm
from crm_media.permissions import VIEW
from crm_media.services import bills, reports
from crm_media.views.blueprint import blueprint

FRESH = 600
"""Seconds that the figures for everybody may be old."""
MOST_KEPT = 200
BEFORE = "media coverage before a vote"
"""What the address of that page is signed for."""
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
    """Coverage in the districts of those who decide about a bill next; where the address names none, of the
    one whose hearing comes up first."""
    actor = current_actor()
    if not bills.tracked(actor):
        return render("media/before.html", None, tracked=False)
    bill_id, days = _bill_asked()
    choices = bills.choices(actor, bill_id)
    if "bill" not in request.args and choices:
        bill_id = choices[0][1]
    since = _since(days)
    found = bills.before_a_vote(bill_id, since, actor) if bill_id else None
    embed = signed([bill_id, days], BEFORE) if found and setting("media.public") else ""
    return render(
        "media/before.html", None, tracked=True, days=days, choices=choices, asked=bill_id, found=found,
        since=since, words=words, leans=_leans(), embed=embed,
    )  # fmt: skip


def _bill_asked() -> tuple[int, str]:
    """The bill and how far back, as the address says; 0 for what no row has."""
    bill_id, days = request.args.get("bill", 0, type=whole), request.args.get("days", "")
    return bills.standing(bill_id) if bill_id < 2**63 else 0, days if days in words.BEFORE_DAYS else "90"


def _since(days: str) -> date:
    return day_here() - timedelta(days=int(days))


@blueprint.get("/before.pdf")
@requires(VIEW)
def before_pdf() -> Response:
    from crm_media import pdf

    actor = current_actor()
    bill_id, days = _bill_asked()
    known = bill_id and bills.tracked(actor)
    found = (bills.before_a_vote(bill_id, _since(days), actor) if known else None) or abort(404)
    site = runtime().config.organization_name
    return _file(pdf.before(found, _since(days), site, _leans()), "before-a-vote.pdf")


@blueprint.get("/public/before/<token>")
@public
def public_before(token: str) -> Response:
    """The same for everybody, by an address that staff took from the page: pieces by district alone, no
    legislator and no lean."""
    asked = read_signed(token, BEFORE)
    if not asked or not setting("media.public") or not bills.tracked(Actor.system()):
        abort(404)
    bill_id, days = bills.standing(asked[0]), asked[1]
    found = _counted((bill_id, days), lambda: bills.before_a_vote(bill_id, _since(days), Actor.system()))
    return _framed("media/public_before.html", found=found, since=_since(days))


def _leans() -> Any:
    from crm_policy import public

    return public.LEANS


@blueprint.get("/report.pdf")
@requires(VIEW)
def report_pdf() -> Response:
    from crm_media import pdf

    form, found = _asked(current_actor())
    return _file(pdf.make(found, runtime().config.organization_name, form.by.data), "media-report.pdf")


def _file(content: bytes, name: str) -> Response:
    answer: Any = make_response(content)
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer  # type: ignore[no-any-return]  # A response of Flask's.


def _counted(what: Any, count: Callable[[], Any]) -> Any:
    """Figures for everybody, counted once in ten minutes, however often they are asked for."""
    key, moment = (day_here(), what), time.monotonic()
    known: dict[Any, tuple[float, Any]] = runtime().kept.setdefault("media report", {})
    if key not in known or moment - known[key][0] > FRESH:
        found = count()
        if len(known) > MOST_KEPT:
            known.clear()
        known[key] = moment, found
    return known[key][1]


def _public_figures() -> reports.Report:
    ends = day_here()
    return reports.make(Actor.system(), (ends - timedelta(days=364)).replace(day=1), ends)


@blueprint.get("/public/report")
@public
def public_report() -> Response:
    """Numbers of the last twelve months for everybody, in a frame of other sites, too: no person is named."""
    if not setting("media.public"):
        abort(404)
    return _framed("media/public_report.html", report=_counted("report", _public_figures))


def _framed(template: str, **values: Any) -> Response:
    """A page that other sites may show in a frame."""
    response = render(template, None, words=words, **values)
    response.headers["Cache-Control"] = f"public, max-age={FRESH}"
    response.vary.update(["Accept-Language", "Cookie"])  # By what the language of a page is chosen.
    response.headers["Content-Security-Policy"] = EMBED_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
