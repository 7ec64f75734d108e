"""Letters to families and plans on paper: what leaves the house in print."""

from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import force_locale, format_date
from markupsafe import Markup
from werkzeug.wrappers import Response

from crm.plugin_api import (
    UserError,
    current_actor,
    db,
    go,
    load,
    render,
    requires,
    say,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.words import today
from crm_schools.acting import forms, letters
from crm_schools.acting.words import STAGES
from crm_schools.keeping.languages import name_of
from crm_schools.models import Checkpoint, Letter, Plan
from crm_schools.permissions import ACT
from crm_schools.views import places, writing
from crm_schools.views.acting import again, form_of
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.views.entries import carers
from crm_schools.views.known import Known, guardians_of, known, page_of
from crm_schools.views.writing import halves
from crm_schools.words import LANGUAGES


@blueprint.route("/student/<int:student_id>/letter", methods=["GET", "POST"])
@requires(ACT)
def new_letter(student_id: int) -> Response:
    """Write the next letter to a family, in its language."""
    places.student_or_404(student_id, ACT)
    about = known(student_id, "letter")
    sent = writing.letters_of_each([about])[student_id]
    form = forms.LetterForm(data=_first_letter(about, sent))
    form.stage.choices = _stages(sent)
    form.guardian_id.choices = carers(about)
    form.language.choices = list(letters.languages_of(about.district.id).items())
    form.language.description = _unworded(about)
    if form.sent():
        try:
            letters.check_stage(form.stage.data, sent)
            letters.check_language(about.district.id, form.stage.data, form.language.data)
            writing.check_days(about.rating, is_over=writing.is_over(about.district.id, about.school_year))
            with db.transaction(current_actor(), "schools.letter", _("Wrote a letter to a family")) as change:
                letter_id = _write_letter(again(about), form)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("The letter is written. Read it, print it, then mark it as sent."), change)
            return go(url_for("schools.letter", letter_id=letter_id))
    action = url_for("schools.new_letter", student_id=student_id)
    return form_of(about, form, _("Write a letter"), action, _("Write it"))


def _stages(sent: list[Letter]) -> list[Any]:
    """The letters in order; which of them must wait, and for what, shows before anything is filled in."""
    allowed = letters.ORDER.index(letters.next_stage(sent))
    choices = options(STAGES.items())
    for choice in choices[allowed + 1 :]:
        words = {"stage": choice.label, "before": STAGES[letters.ORDER[allowed]]}
        choice.label = _("%(stage)s – first send “%(before)s”", **words)
        choice.render_kw = {"disabled": True}
    return choices


def _unworded(about: Known) -> str:
    """That a family reads a language in which there is no letter."""
    known_ = letters.languages_of(about.district.id)
    spoken = {writing.spoken(carer) for carer in guardians_of(about.student.id)} - {"", *known_}
    if not spoken:
        return ""
    names = ", ".join(sorted(name_of(code) for code in spoken))
    return _("The family reads %(languages)s, and no letter is worded in it yet.", languages=names)


def _first_letter(about: Known, sent: list[Letter]) -> dict[str, Any]:
    carer = writing.first_of(guardians_of(about.student.id))
    return {
        "stage": letters.next_stage(sent),
        "guardian_id": carer.guardian.id if carer else None,
        "language": writing.language_for(carer, letters.languages_of(about.district.id)),
        "person": current_actor().label,
    }


def _write_letter(about: Known, form: forms.LetterForm) -> int:
    """Write the letter that the form asks for. Inside a transaction."""
    carer = next((c for c in guardians_of(about.student.id) if c.guardian.id == form.guardian_id.data), None)
    if carer is not None and carer.guardian.contact_prohibited:
        raise UserError(_("This person must not be contacted. Choose somebody else."))
    wording = letters.wording(about.district.id, form.stage.data, form.language.data)
    letter = writing.draft(about, form, carer, form.language.data, wording)
    db.session().add(letter)
    db.session().flush()
    return letter.id


@blueprint.get("/letter/<int:letter_id>")
@requires(ACT)
def letter(letter_id: int) -> Response:
    """A letter as it goes on paper; the browser prints it or makes a PDF of it."""
    found: Letter = load(Letter, letter_id)
    about = known(found.student_id, "letter", found.school_year)
    found = load(Letter, letter_id)
    if writing.barred([found]) and found.status != "sent":
        say(_barred())
        return go(page_of(found.student_id))
    [paper] = writing.papers_of([found], {found.student_id: about})
    return render("schools/letter.html", None, paper=paper, **shared())


def _barred() -> str:
    return _(
        "Whom this letter is to must not be contacted, or does not care for the student any more. Write to "
        "somebody else."
    )


@blueprint.post("/letter/<int:letter_id>/sent")
@requires(ACT)
def letter_sent(letter_id: int) -> Response:
    """A letter left the house: from now on the next stage may follow."""
    found: Letter = load(Letter, letter_id, ACT)
    if writing.barred([found]):
        raise UserError(_barred())
    with db.transaction(current_actor(), "schools.letter_sent", _("Marked a letter as sent")) as change:
        row: Letter = load(Letter, letter_id, ACT)
        row.status, row.sent_on = "sent", today()
        student_id = row.student_id
    say(_("The letter is marked as sent."), change)
    return go(page_of(student_id))


@blueprint.post("/letter/<int:letter_id>/not-sent")
@requires(ACT)
def letter_not_sent(letter_id: int) -> Response:
    """It was marked as sent by mistake."""
    load(Letter, letter_id, ACT)
    words = _("Marked a letter as not sent")
    with db.transaction(current_actor(), "schools.letter_sent", words) as change:
        row: Letter = load(Letter, letter_id, ACT)
        row.status, row.sent_on = "draft", None
    say(_("The letter is marked as not sent."), change)
    return go(url_for("schools.letter", letter_id=letter_id))


@blueprint.get("/student/<int:student_id>/plan-on-paper/<int:plan_id>")
@requires(ACT)
def plan_on_paper(student_id: int, plan_id: int) -> Response:
    """A plan with its checkpoints and room for signatures, in the language of the family or another one."""
    plan: Plan = load(Plan, plan_id)
    if plan.student_id != student_id:
        abort(404)
    about = known(student_id, "letter")
    language = request.args.get("language", "")
    if language not in LANGUAGES:
        language = writing.language_for(writing.first_of(guardians_of(student_id)), LANGUAGES)
    return render(
        "schools/plan_on_paper.html",
        None,
        plan_id=plan_id,
        about=about,
        language=language,
        languages=LANGUAGES,
        paper=_plan_in(language, about, plan_id),
        **shared(),
    )


def _plan_in(language: str, about: Known, plan_id: int) -> Markup:
    """The words of the paper in a language, whatever the language of whoever prints it."""
    statement = visible(Checkpoint, current_actor()).where(Checkpoint.plan_id == plan_id)
    days = list(db.session().scalars(statement.order_by(Checkpoint.due_on)))
    plan: Plan = load(Plan, plan_id)
    of_year = (each for each in about.ratings if each.school_year == plan.school_year)
    with force_locale(language):
        words = render_template(
            "schools/_plan_paper.html",
            plan=plan,
            about=about,
            rating=next(of_year, None),
            checkpoints=days,
            dated=format_date(today(), "long"),
            halves=halves,
        )
    return Markup(words)  # noqa: S704  # The template escapes what people wrote.
