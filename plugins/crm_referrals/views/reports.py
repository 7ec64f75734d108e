"""The ledger of unmet needs, and how agencies do."""

from flask import request
from werkzeug.wrappers import Response

from crm.plugin_api import render, requires
from crm_referrals import words
from crm_referrals.models import Unmet
from crm_referrals.permissions import LEDGER
from crm_referrals.services import effect, performance
from crm_referrals.services import ledger as counting
from crm_referrals.services.finding import whole
from crm_referrals.views.blueprint import blueprint


@blueprint.get("/ledger")
@requires(LEDGER)
def ledger() -> Response:
    """Which needs nobody met, by kind, reason, district and the first digits of the ZIP code."""
    years = counting.school_years()
    asked = whole(request.args.get("year", ""))
    year = asked if asked in years else None
    around_help = effect.together()
    return render(
        "referrals/ledger.html",
        None,
        total=counting.total(),
        years=years,
        year=year,
        categories=counting.by(Unmet.category, year),
        reasons=counting.by(Unmet.reason, year),
        districts=counting.by(Unmet.district, year),
        zips=counting.by(Unmet.zip3, year),
        words=words,
        least=counting.LEAST,
        agencies=performance.performance(),
        by_agency=around_help.by_agency,
        services=around_help.by_service,
    )


@blueprint.get("/ledger/short")
@requires(LEDGER)
def unmet_panel() -> Response:
    """What families wait for in vain, in a few lines: the panel of a campaign."""
    counts = [each for each in counting.unmet() if each.count is not None]
    return render(
        "referrals/ledger_short.html",
        "referrals/_ledger_short.html",
        counts=counts[:5],
        words=words,
        least=counting.LEAST,
    )
