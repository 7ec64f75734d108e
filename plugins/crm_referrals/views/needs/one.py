"""One need: its attempts, consents and disclosures; closing it, and looking at emergencies afterwards."""

from typing import Any

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Conflict,
    Contact,
    UserError,
    current_actor,
    day_here,
    db,
    go,
    load,
    ngettext,
    render,
    require,
    requires,
    say,
    system,
)
from crm.plugin_api import gettext as _
from crm_referrals import links, states, words
from crm_referrals.forms import CloseForm, ReachForm, offer_languages
from crm_referrals.models import Agency, Consent, Disclosure, Need, Referral, Service
from crm_referrals.permissions import COORDINATE, REFER, VIEW
from crm_referrals.services import asking, consenting, disclosing, finding, needs, reading, signers, stepping
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.needs.shared import agency_names, may_refer, name_of, seen
from crm_schools.public import student_for


@blueprint.get("/needs/<int:need_id>")
@requires(VIEW)
def need(need_id: int) -> Response:
    """A need with its attempts, its consents and what was disclosed."""
    return _page(need_id, CloseForm())


def _page(need_id: int, close: CloseForm, status: int = 200) -> Response:
    row: Need = load(Need, need_id)
    seen([row.student_id])
    row = load(Need, need_id)
    attempts = needs.attempts_of(row.id)
    with system("what was disclosed for a need that was loaded for this reader"):
        ids = [each.id for each in attempts]
        disclosures = (
            db.session().scalars(select(Disclosure).where(db.among(Disclosure.referral_id, ids))).all()
        )
    offers = needs.offers_of(row.id)
    named = {each.service_id for each in attempts} | {each.chosen_service_id for each in offers}
    named |= {int(row["service"]) for each in offers for row in each.offered}
    services = finding.pairs(select(Service.id, Service.name).where(db.among(Service.id, sorted(named))))
    may, consents = may_refer(row.student_id), needs.consents_of(row.id)
    is_of_age = signers.is_of_age(row.student_id)
    open_to_it, unreachable = reading.readable(attempts), disclosing.unreachable(attempts)
    return render(
        "referrals/needs/show.html",
        None,
        status,
        need=row,
        may_reopen=may and needs.may_reopen(row),
        may_refer=may,
        name=name_of(row.student_id),
        attempts=attempts,
        consents=consents,
        asks_nobody={each.id for each in consents if each.status == "asked" and asking.asks_nobody(each)},
        unreachable=[each for each in attempts if each.id in open_to_it & unreachable],
        is_of_age=is_of_age,
        sees_student=student_for(current_actor(), row.student_id) is not None,
        is_reach_old=may and row.status == "open" and disclosing.speaks_of_barred(row),
        disclosures=disclosures,
        words=words,
        services=services,
        agencies=agency_names(attempts),
        close=close,
        states=states,
        now=db.now(),
        most_tries=asking.MOST_TRIES,
        offers=offers,
        running=disclosing.under_way(row.id),
        live={each.id for each in attempts if _is_ready(row, each)},
        today=day_here(),
        **_beside_consents(consents, with_links=may),
    )


def _is_ready(row: Need, attempt: Referral) -> bool:
    """Whether an attempt can be sent without another look: a consent names its agency as it is called."""
    consent = consenting.live(row.id, attempt.agency_id, day_here())
    agency = db.session().get_one(Agency, attempt.agency_id)
    return consent is not None and not consenting.renamed(consent, agency)


def _beside_consents(consents: list[Consent], *, with_links: bool) -> dict[str, Any]:
    """The names of their parties, and for whoever may hand them on the links of those that wait, each with
    the number of the one whose it is noted as: nobody else's, since it ends with them."""
    ids = sorted({int(party) for each in consents for party in each.parties})
    waiting = [
        each
        for each in consents
        if with_links and each.status == "asked" and each.method == "link" and asking.waiting_for(each)
    ]
    with system("whose the links are that whoever loaded this need hands on"):
        guardians = {each.id: db.session().get(Contact, each.contact_id or 0) for each in waiting}
    return {
        "party_names": finding.pairs(select(Agency.id, Agency.name).where(db.among(Agency.id, ids))),
        "consent_links": {
            each.id: links.address(links.CONSENT, each.id, each.link_version) for each in waiting
        },
        "phones": {number: disclosing.phone_of(each) for number, each in guardians.items()},
    }


@blueprint.route("/needs/<int:need_id>/reach", methods=["GET", "POST"])
@requires(REFER)
def change_reach(need_id: int) -> Response:
    """How to reach the family is another now, or nobody may contact them any more."""
    row: Need = load(Need, need_id, REFER)
    seen([row.student_id])
    row = load(Need, need_id, REFER)
    form, actor = ReachForm(obj=row), current_actor()
    offer_languages(form, row.language)
    if form.sent():
        values = {name: form[name].data for name in needs.REACH}
        with db.transaction(actor, "referrals.reach", _("Changed how to reach a family")):
            count = needs.change_reach(load(Need, need_id, REFER), values, form.version.data, actor)
        told = ngettext(
            "Saved. %(num)s agency reads it anew and is told.",
            "Saved. %(num)s agencies read it anew and are told.",
            count,
        )
        say(told if count else _("Saved. No agency reads anything else by it."))
        return go(url_for("referrals.need", need_id=need_id))
    guardian = disclosing.guardian_of(row.student_id)
    return render(
        "referrals/needs/reach.html",
        None,
        form.status,
        form=form,
        need=row,
        name=name_of(row.student_id),
        guardian=guardian,
        phone=disclosing.phone_of(guardian),
        running=disclosing.under_way(row.id),
    )


@blueprint.post("/needs/<int:need_id>/close")
@requires(REFER)
def close_need(need_id: int) -> Response:
    load(Need, need_id, REFER)
    form, actor = CloseForm(), current_actor()
    if not form.sent():
        return _page(need_id, form, 422)
    try:
        with db.transaction(actor, "referrals.close_need", _("Closed a need")):
            row = load(Need, need_id, REFER)
            needs.close(row, form.status.data, form.reason.data or "", stepping.By.school(actor))
    except UserError as error:
        form.form_errors.append(error.message)
        return _page(need_id, form, error.status)
    say(_("The need is closed."))
    return go(url_for("referrals.need", need_id=need_id))


@blueprint.post("/needs/<int:need_id>/reopen")
@requires(REFER)
def reopen_need(need_id: int) -> Response:
    """It was closed by mistake."""
    load(Need, need_id, REFER)
    with db.transaction(current_actor(), "referrals.reopen_need", _("Opened a need again")):
        needs.reopen(load(Need, need_id, REFER))
    say(_("The need is open again."))
    return go(url_for("referrals.need", need_id=need_id))


@blueprint.post("/disclosures/<int:disclosure_id>/review")
@requires(COORDINATE)
def review(disclosure_id: int) -> Response:
    """Somebody else looks whether an emergency was one."""
    require(Disclosure, disclosure_id, COORDINATE)
    row: Disclosure = load(Disclosure, disclosure_id)
    if row.basis != "emergency" or row.reviewed_at is not None:
        raise UserError(_("There is nothing to review: it rests on a consent, or somebody has reviewed it."))
    if stepping.sender_of(row.referral_id) == current_actor().user_id:
        raise UserError(_("You sent it yourself, so somebody else has to review it."))
    with db.transaction(current_actor(), "referrals.review", _("Reviewed an emergency disclosure")):
        row = load(Disclosure, disclosure_id)
        db.session().refresh(row, with_for_update={"key_share": True})
        if row.reviewed_at is not None:
            raise Conflict(_("Somebody else has reviewed it meanwhile."))
        row.reviewed_at, row.reviewed_by = db.now(), current_actor().label
        if request.form.get("was_none") == "1":
            row.was_none = True
            consenting.end_emergency(row.referral_id, stepping.By.school(current_actor()))
    return go(url_for("referrals.board", view="emergencies"))
