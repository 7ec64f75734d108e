"""Parts of other people's pages: panels of contacts, cards of the home page."""

from typing import Any, Final

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from crm.plugin_api import Contact, current_actor, db, load, render, requires, visible
from crm.plugin_api.words import today
from crm_schools import figures
from crm_schools.acting.checkpoints import open_of, still_enrolled
from crm_schools.lookups import looked, students_of_guardian
from crm_schools.models import (
    AgendaItem,
    Checkpoint,
    District,
    Guardian,
    Meeting,
    Plan,
    Rating,
    School,
    Student,
)
from crm_schools.permissions import ACT, STUDENTS, VIEW
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared

MOST: Final = 200
"""Checkpoints on one page; nobody looks after more."""


def _part(templates: tuple[str, str], title: Any, **values: Any) -> Response:
    """A part as a page of its own, or for htmx the part alone."""
    return render(templates[0], templates[1], title=title, **values, **shared())


@blueprint.get("/contact/<int:contact_id>")
@requires(VIEW)
def of_contact(contact_id: int) -> Response:
    """The numbers of an organization that is a school or a district."""
    contact, actor = load(Contact, contact_id), current_actor()
    school = db.session().scalars(visible(School, actor).where(School.contact_id == contact.id)).first()
    statement = visible(District, actor)
    statement = statement.where(
        District.id == school.district_id if school else District.contact_id == contact.id
    )
    district = db.session().scalars(statement).first()
    place = figures.place_of(actor, district, school, None) if district else None
    years = figures.by_year(place) if place else {}
    return _part(
        ("schools/part_of_contact.html", "schools/_of_contact.html"), contact.name, place=place, years=years
    )


@blueprint.get("/guardian/<int:contact_id>")
@requires(STUDENTS)
def of_guardian(contact_id: int) -> Response:
    """The students for whom a contact cares, as far as the reader may see them; and of whom nobody may
    contact them about."""
    contact, actor = load(Contact, contact_id), current_actor()
    ids = [student.id for student in students_of_guardian(actor, contact.id)]
    with db.transaction(actor, "schools.look"):
        looked(actor, ids, "panel")
    contact = load(Contact, contact_id)
    mine = Guardian.contact_id == contact.id, Guardian.contact_prohibited.is_(True)
    barred = visible(Guardian, actor).where(*mine).with_only_columns(Guardian.student_id)
    return _part(
        ("schools/part_of_guardian.html", "schools/_of_guardian.html"),
        contact.name,
        students=students_of_guardian(actor, contact.id),
        barred=set(db.session().scalars(barred)),
    )


@blueprint.get("/card")
@requires(VIEW)
def card() -> Response:
    """How the districts of the reader stand."""
    actor = current_actor()
    districts = db.session().scalars(visible(District, actor).order_by(District.name).limit(5))
    rows = []
    for district in districts.all():
        place = figures.place_of(actor, district, None, None)
        rows.append((place, figures.by_year(place), figures.is_under_way(place)))
    return _part(("schools/part_card.html", "schools/_card.html"), "", rows=rows)


def _newest_year() -> ScalarSelect[int]:
    """The newest rated year of a student's district, which is the year that lists of it begin with."""
    each = aliased(Rating)
    of_district = select(func.max(each.school_year)).where(each.district_id == Student.district_id)
    return of_district.correlate(Student).scalar_subquery()


@blueprint.get("/mine")
@requires(ACT)
def my_card() -> Response:
    """What the reader has to do: students whose point person they are, checkpoints, decisions of teams. How
    many and no names: whoever opens the home page has not asked for a student."""
    actor, day = current_actor(), today()
    mine = Student.point_user_id == actor.user_id, still_enrolled(day)
    students = visible(Student, actor).where(*mine)
    counted = db.session().execute(students.with_only_columns(func.count(Student.id))).scalar_one()
    chronic = (
        visible(Rating, actor)
        .join(Student, Student.id == Rating.student_id)
        .where(*mine, Rating.is_chronic, Rating.part != "school")
        .where(Rating.school_year == _newest_year())
        .with_only_columns(func.count(func.distinct(Rating.student_id)))
    )
    due = open_of(actor).where(Checkpoint.due_on <= day)
    counted_due = due.with_only_columns(func.count(Checkpoint.id), func.min(Checkpoint.due_on))
    asked = (
        visible(AgendaItem, actor)
        .where(AgendaItem.user_id == actor.user_id, AgendaItem.is_done.is_(False), AgendaItem.decision != "")
        .order_by(AgendaItem.due_on)
        .limit(20)
    )
    coming = visible(Meeting, actor).where(Meeting.held_on >= day).order_by(Meeting.held_on).limit(3)
    return _part(
        ("schools/part_my_card.html", "schools/_my_card.html"),
        "",
        counted=counted,
        chronic=db.session().execute(chronic).scalar_one(),
        due=db.session().execute(counted_due).one(),
        asked=list(db.session().scalars(asked)),
        coming=list(db.session().scalars(coming)),
        today=day,
    )


@blueprint.get("/checkpoints")
@requires(STUDENTS)
def my_checkpoints() -> Response:
    """The open checkpoints that the reader looks after, by name, those that wait longest first."""
    actor = current_actor()
    statement = (
        open_of(actor)
        .outerjoin(School, School.id == Student.school_id)
        .with_only_columns(
            Checkpoint.due_on,
            Checkpoint.student_id,
            Student.given_name,
            Student.preferred_name,
            Student.family_name,
            Student.grade,
            School.name.label("school"),
            Plan.goal,
        )
        .order_by(Checkpoint.due_on, Student.sort_name, Checkpoint.id)
    )
    rows = db.session().execute(statement.limit(MOST)).all()
    with db.transaction(actor, "schools.look"):
        looked(actor, [row.student_id for row in rows], "list")
    return render("schools/checkpoints.html", None, rows=rows, today=today(), **shared())
