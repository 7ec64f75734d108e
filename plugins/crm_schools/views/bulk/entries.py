"""Writing the same about many students: their point person, an intervention, a contact with the family."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from crm.plugin_api import UserError, current_actor, db, ngettext, system, visible
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as _l
from crm.plugin_api.choosing import options, who_may_each
from crm.plugin_api.records import User
from crm.plugin_api.words import today
from crm_schools.acting import forms
from crm_schools.acting.words import KIND_WORDS
from crm_schools.models import Attempt, Intervention, Student
from crm_schools.permissions import STUDENTS
from crm_schools.views.bulk.letters import reader
from crm_schools.views.bulk.plans import Action, Decide, Line
from crm_schools.views.entries import fill_intervention
from crm_schools.views.known import Known, guardians_of_each


def _helpers(form: Any, ids: Sequence[int]) -> list[tuple[Any, str]]:
    """Who can do something for the students: those who may see them; of whom they see some alone, it says."""
    found = who_may_each(Student, ids, STUDENTS)
    form.helpers = {user_id: (name, seen) for user_id, name, seen in found}
    return [(user_id, _label(name, len(seen), len(ids))) for user_id, name, seen in found]


def _label(name: str, some: int, whole: int) -> str:
    if some == whole:
        return name
    return _("%(name)s – sees %(some)s of %(all)s", name=name, some=some, all=whole)


def _choose_helper(form: forms.InterventionsForm, ids: Sequence[int]) -> None:
    form.user_id.choices = options([("", ""), *_helpers(form, ids)])


def _choose_point_person(form: forms.PointPersonsForm, ids: Sequence[int]) -> None:
    nobody = (form.NOBODY, _("Nobody: take the point person away"))
    form.user_id.choices = options([("", ""), nobody, *_helpers(form, ids)])


def _check_helper(form: Any, user_id: int | None, student: Student) -> None:
    """UserError where whoever is chosen may not see the student."""
    name, seen = form.helpers.get(user_id, ("", frozenset({student.id})))
    if student.id not in seen:
        raise UserError(_("%(name)s may not see this student.", name=name))


def _prepare_point_person(form: forms.PointPersonsForm, abouts: Sequence[Known]) -> Decide:
    chosen = form.person_id
    present = {about.student.point_user_id for about in abouts if about.student.point_user_id}
    with system("point persons of students who were loaded for this reader"):
        rows = db.session().execute(
            select(User.id, User.name).where(db.among(User.id, sorted(present | {chosen or 0})))
        )
        names = {row[0]: row[1] for row in rows}

    def decide(about: Known) -> Line:
        student = about.student
        now = student.point_user_id
        if now == chosen:
            return Line(student, is_already=True)
        _check_helper(form, chosen, student)
        words = (names.get(now or 0, "–"), names.get(chosen or 0, "–"))
        return Line(student, words, lambda: setattr(student, "point_user_id", chosen))

    return decide


def _prepare_intervention(form: forms.InterventionsForm, abouts: Sequence[Known]) -> Decide:
    begins_on = form.begins_on.data or today()
    not_ended = or_(Intervention.ends_on.is_(None), Intervention.ends_on >= begins_on)
    statement = visible(Intervention, current_actor()).where(
        db.among(Intervention.student_id, [about.student.id for about in abouts]), not_ended
    )
    going_on: dict[int, list[str]] = {}
    for row in db.session().scalars(statement.order_by(Intervention.begins_on, Intervention.id)):
        going_on.setdefault(row.student_id, []).append(row.kind)

    def decide(about: Known) -> Line:
        student, kinds = about.student, going_on.get(about.student.id, [])
        if form.kind.data in kinds:
            return Line(student, is_already=True)
        if (about.rating.school_id if about.rating else student.school_id) is None:
            raise UserError(_("This student is in no school, so nothing can be done there."))
        _check_helper(form, form.user_id.data, student)
        shown = ", ".join(str(KIND_WORDS.get(kind, kind)) for kind in dict.fromkeys(kinds))
        return Line(student, (shown or "–",), lambda: _intervention(form, about))

    return decide


def _intervention(form: forms.InterventionsForm, about: Known) -> Intervention:
    row = Intervention(student_id=about.student.id, school_year=about.school_year)
    fill_intervention(row, form, about)
    return row


def _prepare_contact(form: forms.AttemptsForm, abouts: Sequence[Known]) -> Decide:
    carers = guardians_of_each([each.student.id for each in abouts])

    def decide(about: Known) -> Line:
        carer = reader(carers[about.student.id])
        row = {
            "guardian_id": carer.guardian.id if carer else None,
            "language": carer.language if carer else "",
            "on_date": form.on_date.data or today(),
            "way": form.way.data,
            "outcome": form.outcome.data,
            "note": (form.note.data or "").strip(),
            "user_id": current_actor().user_id,
            "school_year": about.school_year,
        }
        shown = (carer.name if carer else _("Somebody else"),)
        return Line(about.student, shown, lambda: Attempt(student_id=about.student.id, **row))

    return decide


POINT_PERSON = Action(
    "point-person",
    _l("Set a point person"),
    "user-check",
    forms.PointPersonsForm,
    _prepare_point_person,
    (_l("Now"), _l("Afterwards")),
    _l("will change"),
    lambda count: str(ngettext("Change %(shown)s student", "Change %(shown)s students", count, shown=count)),
    lambda count: str(
        ngettext(
            "Set the point person of %(count)s student",
            "Set the point person of %(count)s students",
            count,
            count=count,
        )
    ),
    lambda count: str(
        ngettext(
            "The point person of %(count)s student is set.",
            "The point person of %(count)s students is set.",
            count,
            count=count,
        )
    ),
    choose=_choose_point_person,
)
INTERVENTION = Action(
    "intervention",
    _l("Begin an intervention"),
    "heart-handshake",
    forms.InterventionsForm,
    _prepare_intervention,
    (_l("What goes on already"),),
    _l("will begin"),
    lambda count: str(
        ngettext("Begin it for %(shown)s student", "Begin it for %(shown)s students", count, shown=count)
    ),
    lambda count: str(
        ngettext(
            "Began an intervention for %(count)s student",
            "Began an intervention for %(count)s students",
            count,
            count=count,
        )
    ),
    lambda count: str(
        ngettext(
            "The intervention begins for %(count)s student.",
            "The intervention begins for %(count)s students.",
            count,
            count=count,
        )
    ),
    first=lambda: {"begins_on": today(), "user_id": current_actor().user_id},
    choose=_choose_helper,
)
CONTACT = Action(
    "contact",
    _l("Write down a contact"),
    "phone",
    forms.AttemptsForm,
    _prepare_contact,
    (_l("Whom"),),
    _l("will be written down"),
    lambda count: str(
        ngettext("Write down %(shown)s contact", "Write down %(shown)s contacts", count, shown=count)
    ),
    lambda count: str(
        ngettext(
            "Wrote down a contact with %(count)s family",
            "Wrote down a contact with %(count)s families",
            count,
            count=count,
        )
    ),
    lambda count: str(
        ngettext(
            "%(count)s contact is written down.", "%(count)s contacts are written down.", count, count=count
        )
    ),
    first=lambda: {"on_date": today()},
)
