"""A student's needs, a new one, and the record of what was disclosed."""

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import Contact, current_actor, db, go, render, requires, visible
from crm.plugin_api import gettext as _
from crm_referrals import words
from crm_referrals.forms import NeedForm, offer_languages
from crm_referrals.models import Disclosure, Need
from crm_referrals.permissions import REFER, VIEW
from crm_referrals.services import disclosing, needs, portal
from crm_referrals.views.blueprint import blueprint
from crm_referrals.views.needs.shared import agency_names, may_refer, private_among, seen, student_or_404
from crm_schools.public import Student, looked


@blueprint.get("/student/<int:student_id>")
@requires(VIEW)
def of_student(student_id: int) -> Response:
    """The needs of a student: the panel of their page, and a page of its own."""
    seen([student_or_404(student_id).id])
    student = student_or_404(student_id)
    found = visible(Need, current_actor()).where(Need.student_id == student.id).order_by(Need.id.desc())
    rows = [(need, needs.attempts_of(need.id)) for need in db.session().scalars(found)]
    agencies = agency_names([each for _need, attempts in rows for each in attempts])
    return render(
        "referrals/needs/of_student.html",
        "referrals/needs/_of_student.html",
        student=student,
        rows=rows,
        words=words,
        agencies=agencies,
        private=private_among([each for _need, attempts in rows for each in attempts]),
        may_refer=may_refer(student.id),
    )


@blueprint.route("/student/<int:student_id>/new", methods=["GET", "POST"])
@requires(REFER)
def new_need(student_id: int) -> Response:
    """Say what a student needs; what is known is filled in."""
    if not may_refer(student_or_404(student_id).id):
        abort(403)
    seen([student_id])
    student = student_or_404(student_id)
    form = NeedForm()
    guardian = disclosing.guardian_of(student.id)
    family = _language_of(guardian)
    offer_languages(form, family)
    if request.method == "GET" and guardian is not None:
        form.language.data = family or "en"
        form.zip_code.data = disclosing.zip_of(guardian.id)
        if disclosing.phone_of(guardian):
            form.contact_preference.data = _("By phone")
    known: list[Need] = []
    if form.sent() and request.form.get("all_the_same") != "1":
        known = needs.alike(student.id, form.category.data)
    if form.sent() and not known:
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
        write = needs.open_need if request.form.get("all_the_same") == "1" else needs.open_other_need
        try:
            with db.transaction(current_actor(), "referrals.need", _("Wrote down a need")):
                need = write(student, values, current_actor())
                looked(current_actor(), [student_id], "referral")
            return go(url_for("referrals.match", need_id=need.id))
        except needs.Known:  # Somebody else was faster by a moment.
            student = student_or_404(student_id)
            known = needs.alike(student_id, form.category.data)
    return render(
        "referrals/needs/new.html",
        None,
        409 if known else form.status,
        form=form,
        student=student,
        guardian=guardian,
        known=[(each, needs.attempts_of(each.id)) for each in known],
        words=words,
    )


def _language_of(guardian: Contact | None) -> str:
    """The code of the language of a family, as long as a need keeps it; empty where nobody said it."""
    code = words.language_code(guardian.language or "") if guardian is not None else ""
    return code if len(code) <= 10 else code.partition("-")[0][:10]


@blueprint.get("/student/<int:student_id>/disclosures")
@requires(VIEW)
def disclosures(student_id: int) -> Response:
    """Who got what about a student, as a file (34 CFR 99.32)."""
    seen([student_or_404(student_id).id])
    student = student_or_404(student_id)
    rows = db.session().scalars(
        visible(Disclosure, current_actor())
        .where(Disclosure.student_id == student.id)
        .order_by(Disclosure.id)
    )
    table = [*_head(student), *(_line(each) for each in rows)]
    response = render("referrals/plain.txt", None, text=portal.sheet(table))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = "attachment; filename=disclosures.csv"
    return response


def _head(student: Student) -> list[list[str]]:
    """Whose record it is, and what its columns say."""
    columns = [_("Date"), _("Party"), _("Legitimate interest"), _("Basis"), _("Reason"), _("What"), _("By")]
    more = [_("Referral"), _("Reviewed on"), _("Reviewed by")]
    return [[_("Student"), student.name, student.local_id], [*columns, *more]]


def _line(row: Disclosure) -> list[str]:
    told = ", ".join(words.told(row.disclosed))
    basis = _("Consent") if row.basis == "consent" else _("Emergency")
    said = [portal.moment(row.at), row.party, words.said(row.interest), basis, row.reason, told, row.by_label]
    return [*said, str(row.referral_id), portal.moment(row.reviewed_at), row.reviewed_by]
