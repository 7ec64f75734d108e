"""Who may see schools, students and numbers, and who may change them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select
from sqlalchemy.orm import aliased

from crm.plugin_api import Actor, Permission, Scopes, Visibility, day_here
from crm.plugin_api import lazy_gettext as _
from crm_schools.models import (
    Attendance,
    Calendar,
    Code,
    Correction,
    Day,
    District,
    Enrolment,
    FamilyContact,
    Guardian,
    LeftOut,
    Look,
    Rating,
    School,
    Session,
    Setting,
    Student,
    Year,
)

VIEW = "schools.view"
STUDENTS = "schools.students"
EDIT = "schools.edit"
ACT = "schools.act"
IMPORT = "schools.import"
REPORT = "schools.report"
LOOKS = "schools.looks"


def permissions() -> Iterable[Permission]:
    organizer = ("organizer",)
    return (
        Permission(
            VIEW,
            _("See schools and their numbers"),
            _("How many students miss too much school; nobody’s name."),
            roles=("organizer", "policy", "media", "school", "viewer"),
        ),
        Permission(
            STUDENTS,
            _("See students by name, and why they are flagged"),
            _("Every look is written down. Give it over a school or a district."),
            roles=("school",),
        ),
        Permission(
            ACT,
            _("Work with students: meetings, contacts, interventions"),
            roles=("school",),
        ),
        Permission(EDIT, _("Change districts, schools, calendars, codes and rules"), roles=organizer),
        Permission(IMPORT, _("Bring in rosters and attendance"), roles=organizer, everywhere=True),
        Permission(REPORT, _("Make public reports"), roles=organizer),
        Permission(LOOKS, _("See who looked at a student")),
    )


def _organizations(scopes: Scopes) -> frozenset[int]:
    """The organizations that somebody's roles are limited to. Not those under them: whoever may edit
    organizations could put a school under another, and give its children away with it."""
    return scopes.ids.get("organization", frozenset())


def schools_in(scopes: Scopes) -> Select[int]:
    """The ids of the schools that these scopes hold: by themselves or by their district."""
    organizations = _organizations(scopes)
    districts = select(District.id).where(District.contact_id.in_(organizations))
    return select(School.id).where(
        or_(School.contact_id.in_(organizations), School.district_id.in_(districts))
    )


def districts_in(scopes: Scopes) -> Select[int]:
    """The ids of the districts that these scopes hold whole."""
    return select(District.id).where(District.contact_id.in_(_organizations(scopes)))


def district_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """Over a school, its district is seen, too: its rules and codes are the school's."""
    of_schools = select(School.district_id).where(School.contact_id.in_(_organizations(scopes)))
    return or_(District.id.in_(districts_in(scopes)), District.id.in_(of_schools))


def district_writing_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    return District.id.in_(districts_in(scopes))


def _of_district(column: Any) -> tuple[Any, Any]:
    """The rules of what hangs on a district: to see it, and to change it."""

    def seeing(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.in_(select(District.id).where(district_rule(actor, scopes)))
        return found

    def writing(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.in_(districts_in(scopes))
        return found

    return seeing, writing


def _of_school(column: Any) -> Any:
    def rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.in_(schools_in(scopes))
        return found

    return rule


A_WHILE: Final = timedelta(30)
LAST_WEEKS: Final = (5, 15)
"""Month and day from which a stay that ends may be one to the last day of school."""
SPRING: Final = (4, 15)
"""Since then whoever begins elsewhere and ends here has moved, rather than gone to both schools."""
AUTUMN: Final = (9, 1)


def enrolled_last(schools: Any) -> Select[int]:
    """The ids of students whose last school that has begun, or one of several at the same time, is among
    these. A school that a student has left for another has no legitimate interest any more, and one where
    they will go has none yet (34 CFR 99.31(a)(1)), unless no other school has them."""
    today = day_here()
    later, earlier = aliased(Enrolment), aliased(Enrolment)
    moved_on = exists().where(
        later.student_id == Enrolment.student_id,
        later.school_id != Enrolment.school_id,
        later.begins_on <= today,
        or_(
            _has_moved_to(later, today),
            later.school_year > Enrolment.school_year,  # Rosters leave the end of a whole year open.
        ),
    )
    begun_elsewhere = exists().where(earlier.student_id == Enrolment.student_id, earlier.begins_on <= today)
    return select(Enrolment.student_id).where(
        Enrolment.school_id.in_(schools),
        ~moved_on,
        or_(Enrolment.begins_on <= today, ~begun_elsewhere),
    )


def _has_moved_to(later: Any, today: date) -> ColumnElement[bool]:
    """Whether a stay has ended and its student gone on to another of the same year, which ended later or
    lasts (`stays.ended`). What is unknown is not true, so nobody has moved on from a stay that lasts.

    Who was at two schools and leaves one of them is seen there a while longer. Schools close on different
    days in June, and both have their students through the summer."""
    summer = _lately(today, LAST_WEEKS, date.max), _lately(today, SPRING, date.min)
    return and_(
        later.school_year == Enrolment.school_year,
        Enrolment.ends_on < today,
        or_(later.ends_on.is_(None), later.ends_on > Enrolment.ends_on),
        or_(
            # Many systems let the old stay end on the day on which the new one begins.
            later.begins_on >= Enrolment.ends_on,
            and_(
                later.begins_on > Enrolment.begins_on,
                or_(Enrolment.ends_on < summer[0], later.begins_on >= summer[1]),
            ),
            and_(Enrolment.ends_on < summer[0], Enrolment.ends_on < today - A_WHILE),
        ),
    )


def _lately(today: date, day: tuple[int, int], otherwise: date) -> ColumnElement[date]:
    """A month and day of the school year of a stay, until the next one has begun in earnest; of years before
    that something else."""
    years = (each for each in (today.year, today.year + 1) if today < date(each, *AUTUMN))
    return case(*((Enrolment.school_year == each, date(each, *day)) for each in years), else_=otherwise)


def students_in(scopes: Scopes) -> Select[int]:
    """The ids of the students that these scopes hold: whose last school is one of theirs, and all of a
    district that they hold whole."""
    whole = select(Student.id).where(Student.district_id.in_(districts_in(scopes)))
    return select(Student.id).where(
        or_(Student.id.in_(enrolled_last(schools_in(scopes))), Student.id.in_(whole))
    )


def student_rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    last = enrolled_last(schools_in(scopes))
    return or_(Student.id.in_(last), Student.district_id.in_(districts_in(scopes)))


def _of_student(column: Any) -> Any:
    """What hangs on a student is seen with them."""

    def rule(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.in_(students_in(scopes))
        return found

    return rule


def _of_families(_actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    cared_for = select(Guardian.contact_id).where(Guardian.student_id.in_(students_in(scopes)))
    return FamilyContact.contact_id.in_(cared_for)


def calendar_day_rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    seeing, _writing = _of_district(Calendar.district_id)
    return Day.calendar_id.in_(select(Calendar.id).where(seeing(actor, scopes)))


def visibility() -> Iterable[Visibility]:
    """Schools and calendars are seen with `schools.view`. Rows about students only with `schools.students`:
    whoever may see numbers alone gets them from `crm_schools.rates`, which counts as the program itself."""
    yield Visibility(District, VIEW, district_rule, False, district_writing_rule)
    yield Visibility(School, VIEW, _of_school(School.id))
    for model in (Setting, Year, Calendar, Code, LeftOut):
        seeing, writing = _of_district(model.district_id)
        yield Visibility(model, VIEW, seeing, False, writing)
    yield Visibility(Session, VIEW, _of_school(Session.school_id))
    yield Visibility(Day, VIEW, calendar_day_rule)
    yield Visibility(Student, STUDENTS, student_rule)
    yield Visibility(FamilyContact, STUDENTS, _of_families)
    for child in (Enrolment, Guardian, Attendance, Correction, Rating):
        yield Visibility(child, STUDENTS, _of_student(child.student_id))
    yield Visibility(Look, LOOKS, _of_student(Look.student_id))
