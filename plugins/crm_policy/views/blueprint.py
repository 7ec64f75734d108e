"""The blueprint."""
from flask import Blueprint
from werkzeug.wrappers import Response
from crm.plugin_api import requires, show_list
from crm_policy.permissions import VIEW
blueprint = Blueprint("policy", __name__, url_prefix="/policy", template_folder="../templates")
for ep in ("index","legislators","hearings"):
    pass
@blueprint.get("/")
@requires(VIEW)
def index() -> Response:
    return show_list("policy_bill")
@blueprint.get("/legislators")
@requires(VIEW)
def legislators() -> Response:
    return show_list("policy_legislator")
@blueprint.get("/hearings")
@requires(VIEW)
def hearings() -> Response:
    return show_list("policy_hearing")
@blueprint.get("/bills/<int:bill_id>")
@requires(VIEW)
def bill(bill_id: int) -> Response: ...
@blueprint.get("/legislators/<int:legislator_id>")
@requires(VIEW)
def legislator(legislator_id: int) -> Response: ...
@blueprint.get("/hearings/<int:hearing_id>")
@requires(VIEW)
def hearing(hearing_id: int) -> Response: ...
