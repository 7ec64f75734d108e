"""Students one at a time, and the log of who looked at them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from crm.plugin_api import Actor, db, system, visible
from crm_schools.models import Guardian, Look, Rating, Student


def student_for(actor: Actor, student_id: int) -> Student | None:
    """The student, if the actor may see them; else None. Does not write down the look: see `looked`."""
    statement = visible(Student, actor).where(Student.id == student_id)
    return db.session().scalars(statement).one_or_none()


def looked(actor: Actor, student_ids: Iterable[int], what: str) -> None:
    """Write down that the actor sees these students now. Inside a transaction; see `models.Look`."""
    rows = [
        {
            "student_id": student_id,
            "user_id": actor.user_id,
            "actor_label": actor.label,
            "what": what,
            "at": db.now(),
        }
        for student_id in dict.fromkeys(student_ids)
    ]
    if rows:
        db.session().execute(db.table(Look).insert(), rows)


def rating_of(student_id: int, school_year: int | None = None) -> Rating | None:
    """The rating of a student over all schools of the district, in half days; the latest year, if none is
    named. Whoever asks has loaded the student with `student_for`."""
    statement = select(Rating).where(Rating.student_id == student_id, Rating.part != "school")
    if school_year is not None:
        statement = statement.where(Rating.school_year == school_year)
    with system("the rating of a student who was loaded for this reader"):
        return db.session().scalars(statement.order_by(Rating.school_year.desc()).limit(1)).first()


def students_of_guardian(actor: Actor, contact_id: int) -> Sequence[Student]:
    """The students for whom a contact cares, as far as the actor may see them."""
    cared_for = select(Guardian.student_id).where(Guardian.contact_id == contact_id)
    statement = visible(Student, actor).where(Student.id.in_(cared_for)).order_by(Student.sort_name)
    return db.session().scalars(statement).all()
