"""What an hour costs and what is spent, by year, for the tally of lobbying; administrators say so."""

from typing import Any

from flask import abort, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, render, requires
from crm.plugin_api import gettext as _
from crm.plugin_api.words import day_here
from crm_policy.forms import LobbyingYearForm
from crm_policy.permissions import SETTINGS
from crm_policy.services import work
from crm_policy.views.blueprint import blueprint, do, save


def _require_settings(year: int | None = None) -> None:
    """403 unless the reader sets what is everybody's; 404 for a year of which there is no report."""
    if not current_actor().can_everywhere(SETTINGS):
        abort(403)
    if year is not None and not 1990 <= year <= day_here().year + 1:
        abort(404)


@blueprint.get("/lobbying/years")
@requires(SETTINGS)
def lobbying_years() -> Response:
    _require_settings()
    return render("policy/years.html", None, years=work.all_years(), this_year=day_here().year)


@blueprint.route("/lobbying/years/<int:year>", methods=["GET", "POST"])
@requires(SETTINGS)
def lobbying_year(year: int) -> Response:
    """The numbers of a year; a new one begins with those it went by until now."""
    _require_settings(year)
    numbers = work.numbers_of_year(year)
    given: dict[str, Any] = {"hour_cost": f"{numbers.hour_cents / 100:.2f}"}
    if numbers.budget_dollars:
        given["budget"] = f"{numbers.budget_dollars}"
    delete = url_for("policy.forget_lobbying_year", year=year) if numbers.own else None
    form = LobbyingYearForm(data=given)
    return save(
        form,
        lambda _change: work.set_year(year, form.values()),
        "policy.lobbying_year",
        _("Hours and spending of %(year)s", year=year),
        url_for("policy.lobbying_years"),
        _("Hours and spending of %(year)s", year=year),
        note=" ".join(filter(None, ("" if numbers.own else numbers.in_words(), _who_follows(year)))),
        delete_address=delete,
    )


def _who_follows(year: int) -> str:
    """Whose reports change with the numbers of a year."""
    years = work.followers(year)
    if len(years) < 2:
        return _("%(year)s has no numbers of its own and goes by these, too.", year=years[0]) if years else ""
    return _(
        "%(first)s to %(last)s have no numbers of their own and go by these, too.",
        first=years[0],
        last=years[-1],
    )


@blueprint.post("/lobbying/years/<int:year>/forget")
@requires(SETTINGS)
def forget_lobbying_year(year: int) -> Response:
    _require_settings(year)
    return do(
        lambda _change: work.forget_year(year),
        "policy.lobbying_year",
        _("Removed the numbers of %(year)s", year=year),
        url_for("policy.lobbying_years"),
    )
