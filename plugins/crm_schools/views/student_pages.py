"""The page of a student: their year, what was done, who cares for them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from werkzeug.wrappers import Response

from crm.plugin_api import current_actor, day_here, db, offered, render, requires, system, visible
from crm.plugin_api.records import User
from crm_schools.acting import results
from crm_schools.acting import words as acting_words
from crm_schools.models import (
    Attempt,
    Cause,
    Checkpoint,
    Dose,
    Enrolment,
    Intervention,
    Letter,
    Milestone,
    Plan,
    School,
    Year,
)
from crm_schools.permissions import STUDENTS
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.views.known import Known, guardians_of, known, may_act
from crm_schools.views.year_of_student import year_of


@blueprint.get("/student/<int:student_id>")
@requires(STUDENTS)
def student(student_id: int) -> Response:
    """All about one student: how much they miss, what is done, and the year as a calendar."""
    about = known(student_id, "page")
    return render(
        "schools/student.html",
        None,
        about=about,
        student=about.student,
        months=year_of(about),
        guardians=guardians_of(student_id),
        stays=stays_of(student_id),
        may_act=may_act(student_id),
        acting_at=places.acting_at(),
        users=_user_names(about),
        day_here=day_here,
        acting=acting_words,
        panels=offered("crm_record_panels", kind="student", record_id=student_id),
        **_done_for(about),
        **shared(),
    )


def stays_of(student_id: int) -> list[tuple[Enrolment, str, date | None]]:
    """Where the student is and was enrolled, the latest first, with the school's name and the last day of a
    school year that is over."""
    of_year = (Year.district_id == School.district_id) & (Year.school_year == Enrolment.school_year)
    with system("the stays of a student who was loaded for this reader"):
        rows: Sequence[Any] = (
            db.session()
            .execute(
                select(Enrolment, School.name, Year.ends_on)
                .join(School, School.id == Enrolment.school_id)
                .outerjoin(Year, of_year)
                .where(Enrolment.student_id == student_id)
                .order_by(Enrolment.begins_on.desc())
            )
            .all()
        )
    today = day_here()
    return [(row[0], row[1], row[2] if row[2] is not None and row[2] < today else None) for row in rows]


def _user_names(_about: Known) -> dict[int, str]:
    with system("who did something for a student"):
        return {row[0]: row[1] for row in db.session().execute(select(User.id, User.name))}


def _done_for(about: Known) -> dict[str, Any]:
    """What is done for the student, newest first; one statement for each kind."""
    actor, student_id = current_actor(), about.student.id

    def rows(model: Any, *order: Any, most: int = 200) -> list[Any]:
        statement = visible(model, actor).where(model.student_id == student_id).order_by(*order)
        return list(db.session().scalars(statement.limit(most)))

    interventions = rows(Intervention, Intervention.begins_on.desc(), Intervention.id.desc())
    doses: dict[int, list[Dose]] = {}
    for dose in rows(Dose, Dose.given_on.desc(), Dose.id.desc(), most=2000):
        doses.setdefault(dose.intervention_id, []).append(dose)
    checkpoints: dict[int, list[Checkpoint]] = {}
    for checkpoint in rows(Checkpoint, Checkpoint.due_on):
        checkpoints.setdefault(checkpoint.plan_id, []).append(checkpoint)
    return {
        "causes": rows(Cause, Cause.id.desc()),
        "interventions": interventions,
        "helped": results.before_and_after(interventions),
        "doses": doses,
        "attempts": rows(Attempt, Attempt.on_date.desc(), Attempt.id.desc()),
        "plans": rows(Plan, Plan.begins_on.desc()),
        "checkpoints": checkpoints,
        "letters": rows(Letter, Letter.id.desc()),
        "milestones": rows(Milestone, Milestone.reached_on.desc()),
    }
