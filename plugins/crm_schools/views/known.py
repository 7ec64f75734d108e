"""A student who was found for a reader: who, in which year, with whom. Every look is written down."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from crm.plugin_api import Contact, current_actor, db, load, system, visible
from crm.plugin_api.records import Phone
from crm_schools.lookups import looked
from crm_schools.models import (
    District,
    Guardian,
    Rating,
    School,
    Student,
    Year,
)
from crm_schools.permissions import ACT
from crm_schools.views import places


def held(model: type[Any], record_id: int, permission: str | None = ACT) -> Any:
    """The record that somebody acts on, as it stands now; others who write to it or remove it wait for the
    end of the transaction. 404 where it was removed meanwhile."""
    with system("a record is held before its reader is looked at"):
        db.session().execute(select(model.id).where(model.id == record_id).with_for_update())
    row = load(model, record_id, permission)
    db.session().refresh(row)
    return row


@dataclass(frozen=True)
class Known:
    """A student with the rating of the year that the page shows, and those of the other years."""

    student: Student
    school: School | None
    district: District
    ratings: Sequence[Rating]
    rating: Rating | None
    school_year: int

    @property
    def has_moved_on(self) -> bool:
        """Whether the student is in another grade or school today than in the year that is shown."""
        then, now = self.rating, self.student
        return then is not None and (then.grade, then.school_id) != (now.grade, now.school_id)


def known(student_id: int, what: str, school_year: int | None = None) -> Known:
    """Load a student for a page and write down the look; 404 where they are not the reader's to see. Of this
    year, else of the one that the address says or of the newest."""
    student = places.student_or_404(student_id)
    actor = current_actor()
    with db.transaction(actor, "schools.look"):
        looked(actor, [student_id], what)
    student = places.student_or_404(student_id)
    with system("of a student who was loaded for this reader"):
        district = db.session().get_one(District, student.district_id)
        school = db.session().get(School, student.school_id) if student.school_id else None
        ratings = (
            db.session()
            .scalars(
                select(Rating)
                .where(Rating.student_id == student_id, Rating.part != "school")
                .order_by(Rating.school_year.desc())
            )
            .all()
        )
    wanted = school_year or places.year()
    rating = next((each for each in ratings if wanted in {None, each.school_year}), None)
    year = rating.school_year if rating else wanted or _newest_year(district.id)
    return Known(student, school, district, ratings, rating, year)


def known_each(student_ids: Collection[int]) -> list[Known]:
    """Students for whom the reader may act, as `known` finds one of them in the newest year, by name. Whoever
    shows them writes down the looks."""
    allowed = visible(Student, current_actor(), ACT).where(db.among(Student.id, student_ids))
    students = db.session().scalars(allowed.order_by(Student.sort_name, Student.id)).all()
    with system("of students who were loaded for this reader"):
        districts = _by_id(District, {student.district_id for student in students})
        schools = _by_id(School, {student.school_id for student in students if student.school_id})
        ratings = _ratings_of_each([student.id for student in students])
    newest = {district_id: _newest_year(district_id) for district_id in districts}
    return [
        Known(
            student,
            schools.get(student.school_id or 0),
            districts[student.district_id],
            ratings[student.id],
            next(iter(ratings[student.id]), None),
            next((each.school_year for each in ratings[student.id]), newest[student.district_id]),
        )
        for student in students
    ]


def _ratings_of_each(student_ids: Collection[int]) -> dict[int, list[Rating]]:
    """What each of these students missed by year, of all schools together, the newest first."""
    statement = select(Rating).where(db.among(Rating.student_id, student_ids), Rating.part != "school")
    found: dict[int, list[Rating]] = {student_id: [] for student_id in student_ids}
    for rating in db.session().scalars(statement.order_by(Rating.school_year.desc())):
        found[rating.student_id].append(rating)
    return found


def _by_id(model: type[Any], ids: Collection[int]) -> dict[int, Any]:
    return {row.id: row for row in db.session().scalars(select(model).where(db.among(model.id, sorted(ids))))}


def _newest_year(district_id: int) -> int:
    with system("the years of a district are seen with its students"):
        found = db.session().scalar(select(func.max(Year.school_year)).where(Year.district_id == district_id))
    return found or date.today().year + (date.today().month >= 7)  # noqa: DTZ011  # A school year, not a moment.


@dataclass(frozen=True)
class Carer:
    """A guardian with what one needs to reach them; whom one must not contact has no phone here."""

    guardian: Guardian
    name: str
    language: str
    phones: Sequence[str]


def guardians_of(student_id: int) -> list[Carer]:
    return guardians_of_each([student_id])[student_id]


def guardians_of_each(student_ids: Collection[int]) -> dict[int, list[Carer]]:
    """Who cares for each of these students, whom to call first in front."""
    with system("who cares for students who were loaded for this reader"):
        statement = (
            select(Guardian, Contact)
            .join(Contact, Contact.id == Guardian.contact_id)
            .where(db.among(Guardian.student_id, student_ids))
            .order_by(Guardian.is_primary.desc(), Guardian.id)
        )
        rows = db.session().execute(statement).all()
        phones: dict[int, list[str]] = {}
        ids = {contact.id for _guardian, contact in rows}
        for phone in db.session().scalars(select(Phone).where(db.among(Phone.contact_id, sorted(ids)))):
            phones.setdefault(phone.contact_id, []).append(phone.number)
    found: dict[int, list[Carer]] = {student_id: [] for student_id in student_ids}
    for guardian, contact in rows:
        found[guardian.student_id].append(_carer(guardian, contact, phones.get(contact.id, ())))
    return found


def _carer(guardian: Guardian, contact: Any, phones: Sequence[str]) -> Carer:
    language = getattr(contact, "preferred_language", None) or getattr(contact, "language", None) or ""
    return Carer(guardian, contact.name, language, [] if guardian.contact_prohibited else phones)


def page_of(student_id: int) -> str:
    return url_for("schools.student", student_id=student_id)


def may_act(student_id: int) -> bool:
    statement = visible(Student, current_actor(), ACT).where(Student.id == student_id)
    return (
        current_actor().can(ACT)
        and db.session().execute(statement.with_only_columns(Student.id)).first() is not None
    )
