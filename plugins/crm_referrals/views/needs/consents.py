"""The school's side of a consent: asked for, written down, printed, renewed, revoked."""

from datetime import date, timedelta
from typing import Any

from flask import abort, request, url_for
from flask_babel import force_locale
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Conflict,
    UserError,
    current_actor,
    day_here,
    db,
    go,
    load,
    render,
    requires,
    runtime,
    say,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.files import answer_file
from crm_referrals import words
from crm_referrals.forms import ConsentForm, LinkForm
from crm_referrals.models import Agency, Consent, Need, Referral
from crm_referrals.permissions import REFER, VIEW
from crm_referrals.services import asking, consenting, disclosing, needs, notices, signers, stepping
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.needs.shared import agency_names, name_of, seen


@blueprint.get("/consents/<int:consent_id>/scan")
@requires(VIEW)
def scan(consent_id: int) -> Response:
    """The signed paper."""
    row: Consent = load(Consent, consent_id)
    key, kind, name, student_id = row.scan_key, row.scan_type, row.scan_name, row.student_id
    if not key:
        abort(404)
    seen([student_id])
    return answer_file(key, kind, name)


@blueprint.post("/consents/<int:consent_id>/scan")
@requires(REFER)
def add_scan(consent_id: int) -> Response:
    """The signed paper, scanned after its consent was written down."""
    need_id = load(Consent, consent_id, REFER).need_id
    with db.transaction(current_actor(), "referrals.scan", _("Added the scan of a consent")):
        consenting.add_scan(load(Consent, consent_id, REFER), request.files.get("scan"))
    say(_("The scan is kept."))
    return go(url_for("referrals.need", need_id=need_id))


@blueprint.post("/consents/<int:consent_id>/link")
@requires(REFER)
def renew_link(consent_id: int) -> Response:
    """Send a new link for a consent that waits; the old one ends."""
    row: Consent = load(Consent, consent_id, REFER)
    need_id, form = row.need_id, LinkForm()
    if not form.sent():
        raise UserError(_("This is not an email address."))
    email = form.email.data or ""
    with db.transaction(current_actor(), "referrals.consent_link", _("Sent a new link for a consent")):
        asking.renew_link(load(Consent, consent_id, REFER), email)
    say(
        _("A new link is on its way. The old one works no more.")
        if email
        else _("The old link works no more. Give the new one to the family yourself.")
    )
    return go(url_for("referrals.need", need_id=need_id))


def _is_covered(referral: Referral) -> bool:
    """Whether a consent holds that names the agency as it is called now; else the family is asked anew."""
    held = consenting.live(referral.need_id, referral.agency_id, day_here())
    return held is not None and not consenting.renamed(held, db.session().get_one(Agency, referral.agency_id))


@blueprint.route("/needs/<int:need_id>/consent", methods=["GET", "POST"])
@requires(REFER)
def consent(need_id: int) -> Response:
    """Ask for a consent, or write down one that was signed on paper or here: for what is still to be sent, or
    anew for agencies that are at work."""
    row: Need = load(Need, need_id, REFER)
    seen([row.student_id])
    row = load(Need, need_id, REFER)
    asks_again, meant = _meant(row.id)
    agencies = agency_names(meant)
    covered = [each for each in meant if _is_covered(each)]
    if meant and not asks_again and len(covered) == len(meant):
        return go(url_for("referrals.show", referral_id=meant[-1].id))
    form = ConsentForm()
    if request.method == "GET":
        _fill_in(row, form, asks_again=asks_again)
    status, is_barred = form.status, False
    if form.sent() and _signs_barred(row, form):
        is_barred = True
    elif form.sent():
        try:
            return _save_consent(row, form)
        except Conflict:
            raise  # Other agencies would stand on the page now.
        except UserError as error:
            form.form_errors.append(error.message)
            status = error.status
    row = load(Need, need_id, REFER)
    return render(
        "referrals/needs/consent.html",
        None,
        max(status, form.status),
        need=row,
        form=form,
        agencies=agencies,
        words=words,
        name=name_of(row.student_id),
        asks_again=asks_again,
        is_barred=is_barred,
    )


def _fill_in(row: Need, form: ConsentForm, *, asks_again: bool) -> None:
    """What is known already, to be looked at and changed."""
    is_of_age = signers.is_of_age(row.student_id)
    guardian = None if is_of_age else disclosing.guardian_of(row.student_id)
    with force_locale(row.language if row.language in runtime().config.languages else "en"):
        form.purpose.data = str(words.PURPOSE)  # The family reads it.
    form.disclosed.data = [*words.MINIMUM, "guardian", "phone", "grade"]
    form.expires_on.data = date.today() + timedelta(days=365)  # noqa: DTZ011  # Filled in, to be changed.
    form.signer_name.data = guardian.name if guardian else ""
    form.email.data = disclosing.email_of(guardian)
    if is_of_age:  # From 18 on it is theirs to consent, and nobody else is asked (34 CFR 99.5).
        form.signer_name.data, form.signer_relation.data = name_of(row.student_id), "student"
    if asks_again and (last := needs.consents_of(row.id)):
        form.purpose.data, form.disclosed.data = last[-1].purpose, list(last[-1].disclosed)


def _signs_barred(row: Need, form: ConsentForm) -> bool:
    """Whether somebody signs here who must not be contacted about the student, and nobody has said yet that
    it is meant: they may have the right to sign all the same."""
    is_guardian = form.method.data != "link" and form.signer_relation.data != "student"
    is_meant = request.form.get("all_the_same") == "1"
    return (
        is_guardian
        and not is_meant
        and disclosing.is_barred_name(row.student_id, form.signer_name.data or "")
    )


_SAID = (
    "method",
    "purpose",
    "disclosed",
    "expires_on",
    "signer_name",
    "signer_relation",
    "signed_on",
    "shown_approval",
    "email",
    "scan",
    "strokes",
)


def _unsent(need_id: int) -> list[Referral]:
    return [each for each in needs.attempts_of(need_id) if each.state in {"draft", "awaiting_consent"}]


def _meant(need_id: int) -> tuple[bool, list[Referral]]:
    """Whether agencies that are at work are asked for anew, and the referrals that a consent would be for."""
    unsent, running = _unsent(need_id), disclosing.under_way(need_id)
    asks_again = bool(running) and ("again" in request.args or not unsent)
    return asks_again, [*unsent, *running] if asks_again else unsent


def _ticked(drafts: list[Referral]) -> list[int]:
    """The agencies that were ticked, of those that the page showed. Conflict when there are others by now:
    nobody consents to an agency that they were not shown."""
    offered = sorted({each.agency_id for each in drafts})
    if request.form.getlist("shown") != [str(each) for each in offered]:
        raise Conflict(
            _("Other services were chosen while this page was open. Open it again, and look whom it names.")
        )
    ticked = request.form.getlist("parties")
    return [each for each in offered if str(each) in ticked]


def _save_consent(row: Need, form: ConsentForm) -> Response:
    values: dict[str, Any] = {name: form[name].data for name in _SAID}
    actor = current_actor()
    with db.transaction(actor, "referrals.consent", _("Wrote down a consent")):
        row = load(Need, row.id, REFER)
        consenting.held_need(row.id)
        asks_again, offered = _meant(row.id)
        parties = _ticked(offered)
        made = consenting.write(row, parties, values, actor.label)
        meant = [each for each in _unsent(row.id) if each.agency_id in parties]
        if made.method == "link":
            if form.email.data:
                notices.ask_for_consent(made, form.email.data)
            for each in meant:
                if each.state == "draft":
                    stepping.take(each, "ask_consent", stepping.By.school(actor), {})
                else:  # It waits for the new link as long as that asks.
                    each.due_at = stepping.due_after(each, db.now())
        ids = [each.id for each in (offered if asks_again else meant) if each.agency_id in parties]
    say(_("The consent is asked for.") if made.method == "link" else _("The consent is written down."))
    if made.method == "link" or not ids:
        return go(url_for("referrals.need", need_id=row.id))
    return go(url_for("referrals.show", referral_id=ids[-1]))


@blueprint.post("/needs/<int:need_id>/consent/paper")
@requires(REFER)
def consent_paper(need_id: int) -> Response:
    """The form to sign by hand: exactly the agencies and the details that are ticked, in the language of the
    family where there is one. Nothing is kept."""
    row: Need = load(Need, need_id, REFER)
    seen([row.student_id])
    row = load(Need, need_id, REFER)
    form, drafts = ConsentForm(), _meant(need_id)[1]
    parties = _ticked(drafts)
    if not form.sent() or not parties:
        raise UserError(_("Say first what for, for which agencies, what may be told, and until when."))
    names = agency_names(drafts)
    told = list(form.disclosed.data or ())
    packet = disclosing.packet(row, told)
    with notices.in_language(row.language):
        return render(
            "referrals/needs/paper.html",
            None,
            name=name_of(row.student_id),
            agencies=[names[each] for each in parties],
            form=form,
            packet=packet,
            missing=[words.DISCLOSABLE[each] for each in told if each not in packet],
            words=words,
            is_of_age=signers.is_of_age(row.student_id),
        )


@blueprint.post("/consents/<int:consent_id>/revoke")
@requires(REFER)
def revoke(consent_id: int) -> Response:
    """The family takes its consent back, by word of mouth."""
    row: Consent = load(Consent, consent_id, REFER)
    need_id = row.need_id
    with db.transaction(current_actor(), "referrals.revoke", _("Revoked a consent")):
        count = consenting.revoke(row, stepping.By.school(current_actor()))
    say(
        _(
            "The consent is revoked. Referrals withdrawn: %(count)s. What was read cannot be unread.",
            count=count,
        )
    )
    return go(url_for("referrals.need", need_id=need_id))
