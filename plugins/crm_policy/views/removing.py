"""Taking away a bill or a hearing that somebody typed in."""

from flask import url_for
from werkzeug.wrappers import Response

from crm.plugin_api import gettext as _
from crm.plugin_api import load, requires
from crm_policy.models import Bill, Hearing
from crm_policy.permissions import EDIT
from crm_policy.services import removing
from crm_policy.views.bills import name
from crm_policy.views.blueprint import blueprint, do, for_all, load_bill


@blueprint.post("/bills/<int:bill_id>/delete")
@requires(EDIT)
def delete_bill(bill_id: int) -> Response:
    """A bill that only staff knows."""
    for_all()
    found: Bill = load_bill(bill_id, EDIT)
    return do(
        lambda change: removing.remove_bill(found, change),
        "policy.bill",
        _("Removed %(name)s", name=name(found)),
        url_for("policy.index"),
    )


@blueprint.post("/hearings/<int:hearing_id>/delete")
@requires(EDIT)
def delete_hearing(hearing_id: int) -> Response:
    """A hearing that only staff knows."""
    for_all()
    found: Hearing = load(Hearing, hearing_id, EDIT)
    return do(
        lambda change: removing.remove_hearing(found, change),
        "policy.hearing",
        _("Removed the hearing of “%(name)s”", name=found.committee_name),
        url_for("policy.hearings"),
    )
