"""A consent by a link, in the language of the family. Opening it tells and changes nothing."""

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import Actor, UserError, day_here, db, go, public, render, runtime, system
from crm.plugin_api import gettext as _
from crm.plugin_api.outside import begin_guess, guessed_right
from crm_referrals import words
from crm_referrals.forms import SignForm
from crm_referrals.models import Agency, Consent
from crm_referrals.services import asking, consenting, signers, stepping
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.speaking import link_unknown, speaking


def _of(consent: Consent | None) -> str:
    return consent.language if consent else ""


@blueprint.route("/consent/<token>", methods=["GET", "POST"])
@public
def consent_link(token: str) -> Response:
    """What is asked, and a form to sign it; the date of birth shows that one knows the student."""
    consent = asking.find_by_link(token)
    with speaking(_of(consent)) as language:
        if consent is None:
            return link_unknown()
        form = SignForm()
        if asking.is_answerable(consent) and request.method == "POST":
            answered = _posted(token, consent.id, form)
            return answered or go(url_for("referrals.consent_link", token=token, language=language))
        return _page(token, form)


def _posted(token: str, consent_id: int, form: SignForm) -> Response | None:
    """What is wrong with an answer; None when it was taken. Whoever knew the date of birth goes on reading
    what it is about, with all that was written."""
    if request.form.get("show") == "1":
        return _shown(token, consent_id, form)
    is_whole = form.sent()
    if form.birth_date.data is None:
        return _page(token, form)
    try:
        _prove(consent_id, form)
    except UserError as error:
        return _page(token, form, error)
    if not is_whole:
        return _page(token, form, is_shown=True)
    try:
        _answer(token, form)
    except UserError as error:
        return _page(token, form, error, is_shown=True)
    return None


def _shown(token: str, consent_id: int, form: SignForm) -> Response:
    """What a private consent is about, for whoever knows the student's date of birth."""
    if form.birth_date.data is None:
        return _page(token, form, UserError(_("Write the date of birth.")))
    try:
        _prove(consent_id, form)
    except UserError as error:
        return _page(token, form, error)
    return _page(token, form, is_shown=True)


def _page(token: str, form: SignForm, error: UserError | None = None, *, is_shown: bool = False) -> Response:
    consent = asking.find_by_link(token)
    if consent is None:
        return link_unknown()
    found = select(Agency).where(db.among(Agency.id, consent.parties)).order_by(Agency.sort_name)
    return render(
        "referrals/consent/page.html",
        None,
        max(error.status, 422) if error else form.status,
        consent=consent,
        form=form,
        token=token,
        agencies=[_called(consent, each) for each in db.session().scalars(found)],
        words=words,
        languages=runtime().config.languages,
        is_shown=is_shown or not signers.is_private(consent.need_id, consent.parties),
        is_of_age=signers.is_of_age(consent.student_id),
        may_take_back=consenting.may_take_back(consent),
        is_locked=asking.is_locked(consent),
        is_answerable=asking.is_answerable(consent),
        problem=error.message if error else "",
    )


def _called(consent: Consent, agency: Agency) -> str:
    """An agency under the name that is kept with the consent; where it has another now, with both."""
    shown = consenting.renamed(consent, agency)
    return f"{shown} ({_('called %(name)s now', name=agency.name)})" if shown else agency.name


def _answer(token: str, form: SignForm) -> None:
    said_no = request.form.get("no") == "1"
    if not said_no and not form.agrees.data:
        raise UserError(_("Tick that you have read it and agree, or say no."))
    name = form.signer_name.data or ""
    with db.transaction(Actor(None, name), "referrals.sign", _("A consent was answered")), system("as above"):
        consent = asking.held_by_link(token)
        if said_no:
            consenting.refuse(consent, name)
        else:
            consent.strokes = consenting.drawn(form.strokes.data or "")
            consenting.sign(consent, name, form.signer_relation.data, day_here())


def _prove(consent_id: int, form: SignForm) -> None:
    """Whoever answers knows the student's date of birth. A try counts before it is judged, in a
    transaction of its own, so that many at once cannot pass together; too many lock the link for good."""
    with (
        db.transaction(Actor.nobody(), "referrals.guess"),
        system("somebody answers by the link of a consent"),
    ):
        attempt = begin_guess(f"referrals consent {consent_id}")
        born = asking.try_birth_date(consent_id)
    if form.birth_date.data != born:
        with system("somebody answers by the link of a consent"):
            locked = asking.is_locked(db.session().get_one(Consent, consent_id))
        if locked:
            raise asking.Locked(asking.locked_sentence())
        raise UserError(
            _("This is not the date of birth that the school has. Look again, or call the school.")
        )
    with db.transaction(Actor.nobody(), "referrals.guess"), system("as above"):
        guessed_right(attempt)
        db.session().get_one(Consent, consent_id).tries = 0


@blueprint.post("/consent/<token>/new-link")
@public
def new_link_wanted(token: str) -> Response:
    """The family asks the school for a new link, since this one is locked or too old."""
    consent = asking.find_by_link(token)
    if consent is None:
        return link_unknown()
    consent_id = consent.id
    with speaking(_of(consent)) as language:
        with db.transaction(Actor.nobody(), "referrals.new_link"), system("a family asks for a new link"):
            begin_guess(f"referrals new link {consent_id}")
            asking.want_new_link(db.session().get_one(Consent, consent_id))
        return go(url_for("referrals.consent_link", token=token, language=language))


@blueprint.post("/consent/<token>/revoke")
@public
def revoke_link(token: str) -> Response:
    """The family takes its consent back by the same link."""
    consent = asking.find_by_link(token)
    if consent is None or consent.status != "signed" or not consenting.may_take_back(consent):
        return link_unknown()
    consent_id, name = consent.id, consent.signer_name
    with speaking(_of(consent)):
        if request.form.get("sure") != "1":
            return _page(token, SignForm(), UserError(_("Tick that you are sure. Nothing was changed.")))
        with (
            db.transaction(Actor(None, name), "referrals.revoke", _("Revoked a consent")),
            system("as above"),
        ):
            consenting.revoke(db.session().get_one(Consent, consent_id), stepping.By("family", name))
        return render("referrals/consent/revoked.html", None)
