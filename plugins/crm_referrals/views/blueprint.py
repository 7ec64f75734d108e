"""The blueprint of the pages, and the one of the interface."""

from flask import Blueprint

blueprint = Blueprint(
    "referrals", "crm_referrals", url_prefix="/referrals", template_folder="templates", static_folder="static"
)
interface = Blueprint("referrals_hsds", "crm_referrals", url_prefix="/hsds")
