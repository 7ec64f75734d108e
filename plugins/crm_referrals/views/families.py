"""What a family sees by its link: how far it is and whom to call. No name, no category."""

from werkzeug.wrappers import Response

from crm.plugin_api import db, public, render, system
from crm_referrals import links, words
from crm_referrals.models import Agency, Referral, Service
from crm_referrals.views.blueprint import blueprint


@blueprint.get("/family/<token>")
@public
def family_link(token: str) -> Response:
    told = links.read(links.FAMILY, token)
    with system("a family opens its link"):
        referral = db.session().get(Referral, told[0]) if told else None
    if referral is None or told is None or referral.link_version != told[1]:
        return render("referrals/link_unknown.html", None, 404)
    return render(
        "referrals/family.html",
        None,
        referral=referral,
        words=words,
        agency=db.session().get_one(Agency, referral.agency_id),
        service=db.session().get_one(Service, referral.service_id),
    )
