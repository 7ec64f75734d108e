"""A consent by a link, in the language of the family. Opening it tells and changes nothing."""

from flask import request, url_for
from flask_babel import force_locale
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import Actor, UserError, db, go, public, render, runtime, system
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.forms import SignForm
from crm_referrals.models import Agency, Consent
from crm_referrals.services import consenting, stepping
from crm_referrals.views.blueprint import blueprint
from crm_schools.public import Student


def _language(consent: Consent | None) -> str:
    chosen = request.args.get("language") or (consent.language if consent else "")
    known = runtime().config.languages
    return chosen if chosen in known else request.accept_languages.best_match(known) or "en"


@blueprint.route("/consent/<token>", methods=["GET", "POST"])
@public
def consent_link(token: str) -> Response:
    """What is asked, and a form to sign it; the date of birth shows that one knows the student."""
    consent = consenting.find_by_link(token)
    with force_locale(_language(consent)):
        if consent is None or (consent.status == "asked" and (consent.link_ends_at or db.now()) < db.now()):
            return render("referrals/link_unknown.html", None, 404)
        form = SignForm()
        if consent.status == "asked" and form.sent():
            _answer(consent.id, form)
            return go(url_for("referrals.consent_link", token=token, language=_language(consent)))
        agencies = db.session().scalars(select(Agency.name).where(db.among(Agency.id, consent.parties))).all()
        return render(
            "referrals/consent/page.html",
            None,
            form.status,
            consent=consent,
            form=form,
            token=token,
            agencies=agencies,
            words=words,
            languages=runtime().config.languages,
        )


def _answer(consent_id: int, form: SignForm) -> None:
    with system("somebody answers by the link of a consent"):
        consent = db.session().get_one(Consent, consent_id)
        student = db.session().get_one(Student, consent.student_id)
    if student.birth_date is None:
        raise UserError(
            _("The school has no date of birth, so it cannot see who you are. Please sign on paper.")
        )
    if form.birth_date.data != student.birth_date:
        raise UserError(
            _("This is not the date of birth that the school has. Look again, or call the school.")
        )
    name, said_yes = form.signer_name.data or "", bool(form.agrees.data) and request.form.get("no") != "1"
    if not said_yes and request.form.get("no") != "1":
        raise UserError(_("Tick that you have read it and agree, or say no."))
    with db.transaction(Actor(None, name), "referrals.sign", _("A consent was answered")), system("as above"):
        consent = db.session().get_one(Consent, consent_id)
        if said_yes:
            consenting.sign(consent, name, form.signer_relation.data, db.now().date())
        else:
            consenting.refuse(consent, name)


@blueprint.post("/consent/<token>/revoke")
@public
def revoke_link(token: str) -> Response:
    """The family takes its consent back by the same link."""
    consent = consenting.find_by_link(token)
    if consent is None:
        return render("referrals/link_unknown.html", None, 404)
    consent_id, name = consent.id, consent.signer_name
    with db.transaction(Actor(None, name), "referrals.revoke", _("Revoked a consent")), system("as above"):
        consenting.revoke(db.session().get_one(Consent, consent_id), stepping.By("family", name))
    return render("referrals/consent/revoked.html", None)
