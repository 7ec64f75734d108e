"""The school's side: a student's needs, matching, consent, sending."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask import abort, request, url_for
from flask_babel import force_locale
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Conflict,
    UserError,
    current_actor,
    db,
    go,
    load,
    render,
    require,
    requires,
    runtime,
    say,
    system,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.files import answer_file
from crm_referrals import links, states, words
from crm_referrals.forms import CloseForm, ConsentForm, NeedForm
from crm_referrals.models import Agency, Consent, Disclosure, Need, Referral, Service
from crm_referrals.permissions import COORDINATE, REFER, VIEW
from crm_referrals.services import consenting, directory, matching, needs, notices, portal, stepping
from crm_referrals.views.blueprint import blueprint
from crm_schools.public import Student, looked, student_for, students_in


def _student(student_id: int) -> Student:
    """The student, for whoever may see them by the rules of schools."""
    student = student_for(current_actor(), student_id)
    if student is None:
        abort(404)
    return student


def seen(student_ids: Iterable[int]) -> None:
    """Write down that the reader sees these students now. What was loaded before has to be loaded again."""
    with db.transaction(current_actor(), "referrals.look"):
        looked(current_actor(), student_ids, "referral")


def may_refer(student_id: int) -> bool:
    """Whether the reader refers this very student: one may see more students than one refers."""
    scopes = current_actor().scopes(REFER)
    if scopes.everything:
        return True
    statement = students_in(scopes).where(Student.id == student_id)
    with system("whether the reader refers a student"):
        return db.session().execute(statement).first() is not None


def name_of(student_id: int) -> str:
    """The name of a student whose need or referral was loaded for this reader."""
    with system("the student of a need that was loaded for this reader"):
        return db.session().get_one(Student, student_id).name


@blueprint.get("/student/<int:student_id>")
@requires(VIEW)
def of_student(student_id: int) -> Response:
    """The needs of a student: the panel of their page, and a page of its own."""
    from crm.plugin_api import visible

    seen([_student(student_id).id])
    student = _student(student_id)
    found = visible(Need, current_actor()).where(Need.student_id == student.id).order_by(Need.id.desc())
    rows = [(need, needs.attempts_of(need.id)) for need in db.session().scalars(found)]
    agencies = _agency_names([each for _need, attempts in rows for each in attempts])
    return render(
        "referrals/needs/of_student.html",
        "referrals/needs/_of_student.html",
        student=student,
        rows=rows,
        words=words,
        agencies=agencies,
    )


def _agency_names(referrals: list[Referral]) -> dict[int, str]:
    from sqlalchemy import select

    ids = sorted({each.agency_id for each in referrals})
    return directory.pairs(select(Agency.id, Agency.name).where(db.among(Agency.id, ids)))


@blueprint.route("/student/<int:student_id>/new", methods=["GET", "POST"])
@requires(REFER)
def new_need(student_id: int) -> Response:
    """Say what a student needs; what is known is filled in."""
    student = _student(student_id)
    if not may_refer(student.id):
        abort(403)
    form = NeedForm()
    guardian = needs.guardian_of(student.id)
    if request.method == "GET" and guardian is not None:
        form.language.data = (guardian.language or "en")[:2]
        form.zip_code.data = needs.zip_of(guardian.id)
    if form.sent():
        names = (
            "category",
            "cause",
            "urgency",
            "language",
            "contact_preference",
            "contact_prohibited",
            "zip_code",
            "note",
        )
        values = {name: form[name].data for name in names}
        with db.transaction(current_actor(), "referrals.need", _("Wrote down a need")):
            need = needs.open_need(student, values, current_actor())
            looked(current_actor(), [student.id], "referral")
        return go(url_for("referrals.match", need_id=need.id))
    return render(
        "referrals/needs/new.html", None, form.status, form=form, student=student, guardian=guardian
    )


@blueprint.get("/needs/<int:need_id>")
@requires(VIEW)
def need(need_id: int) -> Response:
    """A need with its attempts, its consents and what was disclosed."""
    from sqlalchemy import select

    row: Need = load(Need, need_id)
    seen([row.student_id])
    row = load(Need, need_id)
    attempts = needs.attempts_of(row.id)
    with system("what was disclosed for a need that was loaded for this reader"):
        ids = [each.id for each in attempts]
        disclosures = (
            db.session().scalars(select(Disclosure).where(db.among(Disclosure.referral_id, ids))).all()
        )
    services = directory.pairs(
        select(Service.id, Service.name).where(db.among(Service.id, [each.service_id for each in attempts]))
    )
    return render(
        "referrals/needs/show.html",
        None,
        need=row,
        name=name_of(row.student_id),
        attempts=attempts,
        consents=needs.consents_of(row.id),
        is_of_age=consenting.is_of_age(row.student_id),
        disclosures=disclosures,
        words=words,
        services=services,
        agencies=_agency_names(attempts),
        close=CloseForm(),
        states=states,
        now=db.now(),
        most_tries=consenting.MOST_TRIES,
        **_beside_consents(needs.consents_of(row.id)),
    )


def _beside_consents(consents: list[Consent]) -> dict[str, Any]:
    """The names of their parties, and the links of those that wait."""
    from sqlalchemy import select

    ids = sorted({int(party) for each in consents for party in each.parties})
    return {
        "party_names": directory.pairs(select(Agency.id, Agency.name).where(db.among(Agency.id, ids))),
        "consent_links": {
            each.id: links.address(links.CONSENT, each.id, each.link_version)
            for each in consents
            if each.status == "asked" and each.method == "link"
        },
    }


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


@blueprint.post("/consents/<int:consent_id>/link")
@requires(REFER)
def renew_link(consent_id: int) -> Response:
    """Send a new link for a consent that waits; the old one ends."""
    row: Consent = load(Consent, consent_id, REFER)
    need_id, email = row.need_id, request.form.get("email", "")
    with db.transaction(current_actor(), "referrals.consent_link", _("Sent a new link for a consent")):
        consenting.renew_link(load(Consent, consent_id, REFER), email)
    say(
        _("A new link is on its way. The old one works no more.")
        if email
        else _("The old link works no more. Give the new one to the family yourself.")
    )
    return go(url_for("referrals.need", need_id=need_id))


@blueprint.route("/needs/<int:need_id>/match", methods=["GET", "POST"])
@requires(REFER)
def match(need_id: int) -> Response:
    """Services that could meet a need, each with its reasons; one chooses."""
    row: Need = load(Need, need_id, REFER)
    seen([row.student_id])
    row = load(Need, need_id, REFER)
    found = matching.matches(row, db.now().date())
    if request.method == "POST":
        chosen = directory.whole(request.form.get("service_id", ""))
        service = db.session().get(Service, chosen) if chosen is not None else None
        if service is None:
            abort(400)
        service_id = service.id
        follows = _followed(row)
        with db.transaction(current_actor(), "referrals.draft", _("Chose a service for a need")):
            row = db.session().get_one(Need, row.id) if row in db.session() else row
            needs.offer(row, [each.as_row() for each in found], service_id)
            referral = needs.draft(row, db.session().get_one(Service, service_id), current_actor(), follows)
        return go(url_for("referrals.consent", need_id=row.id, referral=referral.id))
    attempts = needs.attempts_of(row.id)
    return render(
        "referrals/needs/match.html",
        None,
        need=row,
        found=found,
        words=words,
        name=name_of(row.student_id),
        tried=[each for each in attempts if each.state in {"declined", "failed", "forwarded", "expired"}],
        agencies=_agency_names(attempts),
        proposed=needs.proposed(attempts),
    )


def _followed(row: Need) -> Referral | None:
    ended = [
        each
        for each in needs.attempts_of(row.id)
        if each.state in {"declined", "failed", "forwarded", "expired"}
    ]
    return ended[-1] if ended else None


@blueprint.route("/needs/<int:need_id>/consent", methods=["GET", "POST"])
@requires(REFER)
def consent(need_id: int) -> Response:
    """Ask for a consent, or write down one that was signed on paper or here."""
    row: Need = load(Need, need_id, REFER)
    seen([row.student_id])
    row = load(Need, need_id, REFER)
    drafts = _unsent(row.id)
    agencies = _agency_names(drafts)
    guardian = needs.guardian_of(row.student_id)
    covered = [each for each in drafts if consenting.live(row.id, each.agency_id, db.now().date())]
    if drafts and len(covered) == len(drafts):
        return go(url_for("referrals.show", referral_id=drafts[-1].id))
    form = ConsentForm()
    if request.method == "GET":
        with force_locale(row.language if row.language in runtime().config.languages else "en"):
            form.purpose.data = str(needs.PURPOSE)  # The family reads it.
        form.disclosed.data = [*words.MINIMUM, "guardian", "phone", "grade"]
        form.expires_on.data = date.today() + timedelta(days=365)  # noqa: DTZ011  # Filled in, to be changed.
        form.signer_name.data = guardian.name if guardian else ""
    if form.sent():
        return _save_consent(row, form)
    return render(
        "referrals/needs/consent.html",
        None,
        form.status,
        need=row,
        form=form,
        agencies=agencies,
        drafts=drafts,
        words=words,
        name=name_of(row.student_id),
        guardian=guardian,
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
        parties = _ticked(_unsent(row.id))
        made = consenting.write(row, parties, values, actor.label)
        meant = [each for each in _unsent(row.id) if each.agency_id in parties]
        if made.method == "link":
            if form.email.data:
                notices.ask_for_consent(made, form.email.data)
            for each in meant:
                if each.state == "draft":
                    stepping.take(each, "ask_consent", stepping.By.school(actor), {})
        ids = [each.id for each in meant]
    say(_("The consent is asked for.") if made.method == "link" else _("The consent is written down."))
    if made.method == "link" or not ids:
        return go(url_for("referrals.need", need_id=row.id))
    return go(url_for("referrals.show", referral_id=ids[-1]))


@blueprint.post("/needs/<int:need_id>/consent/paper")
@requires(REFER)
def consent_paper(need_id: int) -> Response:
    """The form to sign by hand: exactly the agencies and the details that are ticked. Nothing is kept."""
    row: Need = load(Need, need_id, REFER)
    seen([row.student_id])
    row = load(Need, need_id, REFER)
    form, drafts = ConsentForm(), _unsent(need_id)
    parties = _ticked(drafts)
    if not form.sent() or not parties:
        raise UserError(_("Say first what for, for which agencies, what may be told, and until when."))
    names = _agency_names(drafts)
    told = list(form.disclosed.data or ())
    packet = needs.packet(row, told)
    return render(
        "referrals/needs/paper.html",
        None,
        name=name_of(row.student_id),
        agencies=[names[each] for each in parties],
        form=form,
        packet=packet,
        missing=[words.DISCLOSABLE[each] for each in told if each not in packet],
        words=words,
    )


@blueprint.post("/needs/<int:need_id>/close")
@requires(REFER)
def close_need(need_id: int) -> Response:
    load(Need, need_id, REFER)
    form = CloseForm()
    if not form.sent():
        return go(url_for("referrals.need", need_id=need_id))
    with db.transaction(current_actor(), "referrals.close_need", _("Closed a need")):
        needs.close(load(Need, need_id, REFER), form.status.data, form.reason.data or "")
    say(_("The need is closed."))
    return go(url_for("referrals.need", need_id=need_id))


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


@blueprint.get("/student/<int:student_id>/disclosures")
@requires(VIEW)
def disclosures(student_id: int) -> Response:
    """Who got what about a student, as a file (34 CFR 99.32)."""
    from crm.plugin_api import visible

    seen([_student(student_id).id])
    student = _student(student_id)
    rows = db.session().scalars(
        visible(Disclosure, current_actor())
        .where(Disclosure.student_id == student.id)
        .order_by(Disclosure.id)
    )
    table = [[_("Date"), _("Party"), _("Legitimate interest"), _("Basis"), _("Reason"), _("What"), _("By")]]
    for each in rows:
        told = ", ".join(str(words.TOLD.get(name, name)) for name in each.disclosed)
        basis = _("Consent") if each.basis == "consent" else _("Emergency")
        table.append(
            [each.at.isoformat(), each.party, each.interest, basis, each.reason, told, each.by_label]
        )
    response = render("referrals/plain.txt", None, text=portal.sheet(table))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = "attachment; filename=disclosures.csv"
    return response


@blueprint.post("/disclosures/<int:disclosure_id>/review")
@requires(COORDINATE)
def review(disclosure_id: int) -> Response:
    """Somebody else looks whether an emergency was one."""
    require(Disclosure, disclosure_id, COORDINATE)
    row: Disclosure = load(Disclosure, disclosure_id)
    if stepping.sender_of(row.referral_id) == current_actor().user_id:
        raise UserError(_("You sent it yourself, so somebody else has to review it."))
    with db.transaction(current_actor(), "referrals.review", _("Reviewed an emergency disclosure")):
        row.reviewed_at, row.reviewed_by = db.now(), current_actor().label
    return go(url_for("referrals.board", view="emergencies"))
