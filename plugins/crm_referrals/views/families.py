"""What a family sees by its link: how far it is and whom to call. No name, no category."""

from flask import request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import Actor, UserError, db, go, public, render, runtime, say, system
from crm.plugin_api import gettext as _
from crm_referrals import links, words
from crm_referrals.models import Agency, Need, Referral, Service
from crm_referrals.services import disclosing, notices, pooling, signers, stepping
from crm_referrals.states import OPEN
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.speaking import link_unknown, speaking


def _by_link(token: str) -> Referral | None:
    told = links.read_family(token)
    with system("a family opens its link"):
        referral = db.session().get(Referral, told[0]) if told else None
    if referral is None or told is None or referral.link_version != told[1]:
        return None
    if signers.is_of_age(referral.student_id):  # It is theirs now, nobody else's (34 CFR 99.5).
        return referral if told[2] == links.STUDENT else None
    if disclosing.has_barred_family(referral) or disclosing.is_barred(referral.student_id, told[2] or None):
        return None
    return referral


@blueprint.get("/family/<token>")
@public
def family_link(token: str) -> Response:
    referral = _by_link(token)
    with speaking(_spoken(referral)):
        if referral is None:
            return link_unknown()
        return _page(token, referral)


def _spoken(referral: Referral | None) -> str:
    """The language of a family, as the school wrote it down."""
    if referral is None:
        return ""
    with system("in what language a family reads its link"):
        return db.session().get_one(Need, referral.need_id).language


def _page(token: str, referral: Referral, problem: UserError | None = None) -> Response:
    agency, service = (
        db.session().get_one(Agency, referral.agency_id),
        db.session().get_one(Service, referral.service_id),
    )
    return render(
        "referrals/family.html",
        None,
        problem.status if problem else 200,
        problem=problem.message if problem else "",
        referral=referral,
        words=words,
        agency=agency,
        is_private=service.is_sensitive or signers.is_private(referral.need_id, [agency.id]),
        token=token,
        languages=runtime().config.languages,
        may_end=referral.state in OPEN,
    )


@blueprint.post("/family/<token>/end")
@public
def family_end(token: str) -> Response:
    """The family does not want this help any more."""
    referral = _by_link(token)
    with speaking(_spoken(referral)) as language:
        if referral is None:
            return link_unknown()
        try:
            return _end(token, referral, language)
        except UserError as error:  # Told here, in the family's language.
            return _page(token, _by_link(token) or referral, error)


def _end(token: str, referral: Referral, language: str) -> Response:
    if request.form.get("sure") != "1":
        raise UserError(_("Tick that you are sure. Nothing was changed."))
    whose = (links.read_family(token) or (0, 0, 0))[2]
    by, referral_id = stepping.By("family", words.kept(words.FAMILY)), referral.id
    with (
        stepping.refuse_loudly(referral_id, referral.state, "withdraw", by),
        db.transaction(Actor(None, by.label), "referrals.family", _("A family ended a referral")),
        system("a family ends its referral by its link"),
    ):
        again = db.session().get_one(Referral, referral_id)
        pooling.withdraw(again, by, words.kept(words.NOT_WANTED))
        notices.to_school(again, "ended")
        token = links.family_token(again.id, again.link_version, whose)
    say(_("It is ended. The school and the agency know it."))
    return go(url_for("referrals.family_link", token=token, language=language))
