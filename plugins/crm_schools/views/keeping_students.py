"""Students, where they are enrolled, who cares for them, and single days, by hand."""

from typing import Any

from flask import abort, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import (
    Conflict,
    Contact,
    UserError,
    current_actor,
    db,
    go,
    load,
    requires,
    say,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options
from crm.plugin_api.words import today
from crm_schools import words
from crm_schools.keeping import barring, services
from crm_schools.keeping.forms import DayForm, EnrolmentForm, GuardianForm, NewStudentForm, StudentForm
from crm_schools.models import Code, Enrolment, Guardian, School, Student, Year
from crm_schools.permissions import ACT
from crm_schools.terms import Terms
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.keeping_places import kept, texts
from crm_schools.views.known import held, known, page_of

FLAGS = ("english_learner", "disability", "disadvantaged")


@blueprint.route("/school/<int:school_id>/students/new", methods=["GET", "POST"])
@requires(ACT)
def new_student(school_id: int) -> Response:
    """A student whom no roster brought, with the first stay."""
    school: School = load(School, school_id, ACT)
    district_id = school.district_id
    form = NewStudentForm(data={"begins_on": today()})

    def write() -> str:
        student = services.keep_student(None, district_id, texts(form))
        assert form.begins_on.data
        services.keep_enrolment(None, student, school_id, form.grade.data or "", form.begins_on.data, None)
        return page_of(student.id)

    back = url_for("schools.students", school_id=school_id)
    return kept(form, _("Add a student"), write, url_for("schools.new_student", school_id=school_id), back)


@blueprint.route("/student/<int:student_id>/change", methods=["GET", "POST"])
@requires(ACT)
def change_student(student_id: int) -> Response:
    places.student_or_404(student_id, ACT)
    student = known(student_id, "page").student
    flags = {name: {True: "yes", False: "no"}.get(getattr(student, name), "") for name in FLAGS}
    form = StudentForm(
        data={**{n: getattr(student, n) for n in StudentForm().data if hasattr(student, n)}, **flags},
        record=student,
    )

    def write() -> str:
        row = services.known(Student, student_id)
        services.keep_student(row, row.district_id, texts(form))
        return page_of(student_id)

    action = url_for("schools.change_student", student_id=student_id)
    return kept(form, _("Change the student"), write, action, page_of(student_id))


@blueprint.route("/student/<int:student_id>/enrolment", methods=["GET", "POST"])
@requires(ACT)
def new_enrolment(student_id: int) -> Response:
    """A stay at a school that the reader works for."""
    places.student_or_404(student_id, ACT)
    student = known(student_id, "page").student
    form = EnrolmentForm(data={"school_id": student.school_id, "grade": student.grade})
    form.school_id.choices = _schools(student.district_id)

    def write() -> str:
        assert form.begins_on.data
        services.keep_enrolment(
            None, services.known(Student, student_id), form.school_id.data or 0, form.grade.data or "",
            form.begins_on.data, form.ends_on.data,
        )  # fmt: skip
        return page_of(student_id)

    action = url_for("schools.new_enrolment", student_id=student_id)
    return kept(form, _("Add a stay at a school"), write, action, page_of(student_id))


def _schools(district_id: int) -> list[Any]:
    statement = visible(School, current_actor(), ACT).where(School.district_id == district_id)
    rows = db.session().execute(statement.with_only_columns(School.id, School.name).order_by(School.name))
    return options([(row[0], row[1]) for row in rows])


def _enrolment(enrolment_id: int) -> Enrolment:
    """A stay at a school that the reader works for: what another school says of its time is not theirs."""
    found: Enrolment = load(Enrolment, enrolment_id)
    places.student_or_404(found.student_id, ACT)
    if found.school_id not in places.acting_at():
        abort(403)
    return found


def _stay_now(enrolment_id: int) -> Enrolment:
    """A stay as it is now; whoever changes it at the same moment waits."""
    found: Enrolment = held(Enrolment, enrolment_id, None)
    return found


def _require_as_shown(stay: Enrolment, shown: str | None) -> None:
    """Conflict where a roster or somebody else has changed a stay since the page was opened."""
    if shown and shown != stay.as_shown:
        raise Conflict(_("This stay was changed meanwhile. Open the page anew and look at it again."))


@blueprint.route("/enrolment/<int:enrolment_id>", methods=["GET", "POST"])
@requires(ACT)
def change_enrolment(enrolment_id: int) -> Response:
    row = _enrolment(enrolment_id)
    about = known(row.student_id, "page")
    row = _enrolment(enrolment_id)
    form = EnrolmentForm(row)
    form.school_id.choices = _schools(about.district.id)
    student_id = about.student.id

    def write() -> str:
        stay, student = _stay_now(enrolment_id), services.known(Student, student_id)
        assert form.begins_on.data
        _require_as_shown(stay, form.as_shown.data)
        services.keep_enrolment(
            stay, student, form.school_id.data or 0, form.grade.data or "", form.begins_on.data,
            form.ends_on.data,
        )  # fmt: skip
        return page_of(student_id)

    action = url_for("schools.change_enrolment", enrolment_id=enrolment_id)
    return kept(form, _("Change the stay"), write, action, page_of(student_id))


@blueprint.post("/enrolment/<int:enrolment_id>/remove")
@requires(ACT)
def remove_enrolment(enrolment_id: int) -> Response:
    """Take a stay out that never was; undo brings it back."""
    student_id = _enrolment(enrolment_id).student_id
    with db.transaction(current_actor(), "schools.keep", _("Removed a stay at a school")) as change:
        stay = _stay_now(enrolment_id)
        _require_as_shown(stay, request.form.get("as_shown", ""))
        db.session().delete(stay)
        db.session().flush()
        with system("where a student stands"):
            services.stand_last(db.session().get_one(Student, student_id))
    say(_("The stay is removed."), change)
    return go(page_of(student_id))


@blueprint.route("/student/<int:student_id>/guardian", methods=["GET", "POST"])
@requires(ACT)
def new_guardian(student_id: int) -> Response:
    """Somebody who cares for the student; they become a contact."""
    places.student_or_404(student_id, ACT)
    known(student_id, "page")
    form, made = GuardianForm(), list[int]()
    like = services.forbidden_like(student_id, texts(form)) if request.method == "POST" else ""
    is_known = like and not form.contact_prohibited.data and not form.somebody_else.data
    if not like:
        del form.somebody_else

    def person() -> None:
        if is_known:
            raise UserError(
                _(
                    "%(name)s must not be contacted about this student, and this may be the same person. "
                    "Tick “Must not be contacted”, or “This is somebody else” if you are sure.",
                    name=like,
                )
            )
        values = texts(form)
        made.append(services.guardian_contact(values))
        services.add_phone(made[0], values)

    def write() -> str:
        row = services.keep_guardian(None, services.known(Student, student_id), texts(form), made[0])
        _tell(barring.follow(row, was_barred=False))
        return page_of(student_id)

    action = url_for("schools.new_guardian", student_id=student_id)
    return kept(form, _("Add a guardian"), write, action, page_of(student_id), person)


def _tell(words: str) -> None:
    if words:
        say(words)


def _guardian(guardian_id: int) -> Guardian:
    found: Guardian = load(Guardian, guardian_id)
    places.student_or_404(found.student_id, ACT)
    return found


@blueprint.route("/guardian-of/<int:guardian_id>", methods=["GET", "POST"])
@requires(ACT)
def change_guardian(guardian_id: int) -> Response:
    """What the school knows of a guardian. Their name is changed where contacts are."""
    student_id = _guardian(guardian_id).student_id
    known(student_id, "page")
    row = _guardian(guardian_id)
    with system("the contact of a guardian whom the reader sees"):
        person = db.session().get_one(Contact, row.contact_id)
    form = GuardianForm(row, language=person.language or "")
    del form.given_name
    del form.family_name
    del form.somebody_else

    def write() -> str:
        values = {"given_name": "", "family_name": "", **texts(form)}
        guardian = services.known(Guardian, guardian_id)
        was_barred = guardian.contact_prohibited
        services.keep_guardian(guardian, services.known(Student, student_id), values)
        _tell(barring.follow(guardian, was_barred))
        return page_of(student_id)

    action = url_for("schools.change_guardian", guardian_id=guardian_id)
    return kept(form, _("Change the guardian"), write, action, page_of(student_id))


@blueprint.post("/guardian-of/<int:guardian_id>/remove")
@requires(ACT)
def remove_guardian(guardian_id: int) -> Response:
    """They do not care for the student any more; the contact stays. Undo brings it back."""
    student_id = _guardian(guardian_id).student_id
    with db.transaction(current_actor(), "schools.keep", _("Removed a guardian")) as change:
        row = services.known(Guardian, guardian_id)
        barring.refuse_removal(row)
        db.session().delete(row)
    say(_("The guardian is removed."), change)
    return go(page_of(student_id))


@blueprint.route("/student/<int:student_id>/day", methods=["GET", "POST"])
@requires(ACT)
def correct_day(student_id: int) -> Response:
    """Change one day of attendance, with the reason."""
    places.student_or_404(student_id, ACT)
    about = known(student_id, "page")
    form = DayForm()
    form.code_id.choices = _codes(about.district.id)

    def write() -> str:
        assert form.on_date.data
        student = services.known(Student, student_id)
        year, stay = _then(student, form.on_date.data)
        school_id, code_id = stay.school_id, form.code_id.data or services.PRESENT
        if school_id not in places.acting_at():
            raise UserError(
                _("The student was at another school on this day. That school or the district corrects it.")
            )
        term = Terms(student.district_id, year).of(school_id, stay.grade)
        if code_id != services.PRESENT and not term.is_school(form.on_date.data):
            raise UserError(
                _(
                    "There was no school on this day, so nothing can be missed. Choose a day of school; if "
                    "the calendar is wrong, correct it first."
                )
            )
        services.correct_day(
            student, year, school_id, form.on_date.data, code_id,
            (form.reason.data or "").strip(), current_actor().user_id,
        )  # fmt: skip
        return url_for("schools.why", student_id=student_id, year=year.school_year)

    action = url_for("schools.correct_day", student_id=student_id)
    return kept(form, _("Correct a day"), write, action, page_of(student_id))


def _codes(district_id: int) -> list[Any]:
    with system("codes mean the same for everybody"):
        rows = db.session().execute(
            select(Code.id, Code.code, Code.label, Code.kind, Code.halves)
            .where(Code.district_id == district_id, Code.kind.not_in(("", "present")))
            .order_by(Code.code_key)
        ).all()  # fmt: skip
    named = [(row[0], _code_words(*row[1:])) for row in rows]
    return options([(services.PRESENT, _("Was at school")), *named])


def _code_words(code: str, label: str, kind: str, halves: int) -> str:
    """A code with what it means, and that it is half a day where it is."""
    half = _("half a day") if kind in words.ABSENT_KINDS and halves == 1 else ""
    return " · ".join(filter(None, (code, label or str(words.KINDS[kind]), half)))


def _then(student: Student, day: Any) -> tuple[Year, Enrolment]:
    """The school year of a day, and the stay at a school of the student then."""
    with system("where a student was on a day"):
        stay = db.session().scalars(
            select(Enrolment).where(
                Enrolment.student_id == student.id,
                Enrolment.begins_on <= day,
                (Enrolment.ends_on.is_(None)) | (Enrolment.ends_on >= day),
            ).order_by(Enrolment.begins_on.desc())
        ).first()  # fmt: skip
        year = db.session().scalars(
            select(Year).where(
                Year.district_id == student.district_id, Year.begins_on <= day, Year.ends_on >= day
            )
        ).first()  # fmt: skip
    if year is None or stay is None or stay.school_year != year.school_year:
        raise UserError(_("The student was enrolled nowhere on this day. Correct the stays first."))
    return year, stay
