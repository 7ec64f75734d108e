"""Students one at a time, and the log of who looked at them; the federal numbers of districts."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select

from crm.plugin_api import Actor, db, system, visible
from crm_schools.models import District, Guardian, Look, Rating, School, Student


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


def district_numbers(contact_ids: Collection[int]) -> dict[int, str]:
    """By contact the federal (NCES) number, seven digits, of the school district that the organization is or
    that its school belongs to; those without one are left out. Who runs a school is published, so nobody is
    asked who reads it."""
    return dict(
        _numbered(db.among(District.contact_id, contact_ids), db.among(School.contact_id, contact_ids))
    )


def contacts_of_districts(numbers: Collection[str]) -> dict[int, str]:
    """The same, asked from the other end: the organizations of districts and schools with these numbers."""
    own = func.substr(School.nces_id, 1, 7).in_(sorted(numbers))
    theirs = District.nces_id.in_(sorted(numbers))
    return dict(_numbered(theirs, or_(theirs, and_(District.nces_id == "", own))))


def _numbered(districts_if: ColumnElement[bool], schools_if: ColumnElement[bool]) -> list[tuple[int, str]]:
    """Districts and schools that are organizations, with the district's number. The first seven of a
    school's twelve digits are its district's (NCES, Common Core of Data)."""
    districts = select(District.contact_id, District.nces_id).where(
        District.contact_id.is_not(None), districts_if
    )
    schools = (
        select(School.contact_id, District.nces_id, School.nces_id)
        .join(District, District.id == School.district_id)
        .where(School.contact_id.is_not(None), schools_if, or_(District.nces_id != "", School.nces_id != ""))
    )
    with system("which organizations are which districts is published"):
        rows = [
            *((row[0], row[1]) for row in db.session().execute(districts)),
            *((row[0], row[1] or row[2][:7]) for row in db.session().execute(schools)),
        ]
    return [(row[0], row[1]) for row in rows if row[0] is not None and row[1]]
