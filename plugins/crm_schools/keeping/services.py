"""Writing by hand what rosters and attendance files bring otherwise. Inside a transaction; ratings follow."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import Actor, Contact, UserError, db, system
from crm.plugin_api import gettext as _
from crm.plugin_api.contacts import create
from crm.plugin_api.records import Phone
from crm.plugin_api.words import clean_phone
from crm_schools.importing.roster.records import folded
from crm_schools.importing.roster.structure import organization
from crm_schools.keeping import families
from crm_schools.keeping.barring import called
from crm_schools.keeping.languages import language_of
from crm_schools.marks import Mark, pack, unpack
from crm_schools.models import (
    Attendance,
    Correction,
    District,
    Enrolment,
    Guardian,
    Reached,
    School,
    Student,
    Year,
)
from crm_schools.stays import ended
from crm_schools.words import grade_of, grade_order

WHY: Final = "somebody who may writes it by hand"
PRESENT: Final = 0
"""What a form says for a day on which the student was there."""


def known(model: type[Any], record_id: int) -> Any:
    """A record that was loaded for this reader before, as it is in this transaction."""
    with system(WHY):
        return db.session().get_one(model, record_id)


def keep_district(row: District | None, values: Mapping[str, Any]) -> District:
    """A district out of a form; a new one is an organization among the contacts, too."""
    with system(WHY):
        if row is None:
            row = District(contact_id=organization(values["name"], "district", None))
            db.session().add(row)
        row.name, row.state = values["name"], values["state"].upper()
        row.local_id, row.nces_id = values["local_id"], values["nces_id"]
        db.session().flush()
    return row


def keep_school(row: School | None, district: District, values: Mapping[str, Any]) -> School:
    """A school out of a form. UserError where another of the district has its number."""
    with system(WHY):
        other = select(School.id).where(
            School.district_id == district.id, School.local_id == values["local_id"], School.id != _id(row)
        )
        if db.session().execute(other).first() is not None:
            raise UserError(_("Another school of this district has the number “%(number)s”.",
                              number=values["local_id"]))  # fmt: skip
        if row is None:
            made = organization(values["name"], "school", district.contact_id)
            row = School(district_id=district.id, contact_id=made)
            db.session().add(row)
        found = {grade_of(word) or "" for word in values["grades"].split(",")} - {""}
        row.grades = ",".join(sorted(found, key=grade_order))
        for name in ("name", "local_id", "state_id", "nces_id"):
            setattr(row, name, values[name])
        db.session().flush()
    return row


def keep_year(
    row: Year | None, district_id: int, begins: date, ends: date, closed: bool, through: date | None = None
) -> Year:
    """A school year; `through` is the last day for which somebody says that attendance is complete.
    UserError where the district has one that ends in the same calendar year."""
    school_year = ends.year
    with system(WHY):
        other = select(Year.id).where(
            Year.district_id == district_id, Year.school_year == school_year, Year.id != _id(row)
        )
        if db.session().execute(other).first() is not None:
            raise UserError(_("This school year is there already. Change its days instead."))
        if row is None:
            row = Year(district_id=district_id, school_year=school_year)
            db.session().add(row)
        elif row.school_year != school_year:
            raise UserError(_("These days belong to another school year. Add that one instead."))
        row.begins_on, row.ends_on, row.is_closed = begins, ends, closed
        if through != row.through_on and through is not None:
            _complete_through(row, through)
        db.session().flush()
    return row


def _complete_through(row: Year, through: date) -> None:
    """What somebody says of the whole district holds for each of its schools."""
    row.through_on = through
    schools = select(School.id).where(School.district_id == row.district_id)
    reached = select(Reached).where(Reached.school_year == row.school_year, Reached.school_id.in_(schools))
    for each in db.session().scalars(reached):
        each.through_on = through


def keep_student(row: Student | None, district_id: int, values: Mapping[str, Any]) -> Student:
    """A student out of a form. UserError where another of the district has the number."""
    with system(WHY):
        other = select(Student.id).where(
            Student.district_id == district_id, Student.local_id == values["local_id"], Student.id != _id(row)
        )
        if db.session().execute(other).first() is not None:
            raise UserError(_("Another student of this district has this number. Look for them first."))
        if row is None:
            row = Student(district_id=district_id)
            db.session().add(row)
        for name in ("given_name", "preferred_name", "middle_name", "family_name", "local_id", "state_id"):
            setattr(row, name, values[name])
        for name in ("gender", "race", "housing", "birth_date"):
            setattr(row, name, values[name])
        for name in ("english_learner", "disability", "disadvantaged"):
            setattr(row, name, {"yes": True, "no": False}.get(values[name]))
        row.sort_name = folded(row.family_name, row.given_name)
        row.version = (row.version or 0) + 1
        row.updated_at = db.now()
        db.session().flush()
    return row


def keep_enrolment(
    row: Enrolment | None, student: Student, school_id: int, grade: str, begins: date, ends: date | None
) -> Enrolment:
    """A stay at a school. UserError where no school year holds it, or another stay there overlaps."""
    with system(WHY):
        year = db.session().scalars(
            select(Year).where(
                Year.district_id == student.district_id, Year.begins_on <= begins, Year.ends_on >= begins
            )
        ).first()  # fmt: skip
        if year is None:
            raise UserError(_("The first day lies in no school year of the district. Add the year first."))
        others = db.session().scalars(
            select(Enrolment).where(
                Enrolment.student_id == student.id, Enrolment.school_id == school_id, Enrolment.id != _id(row)
            )
        ).all()  # fmt: skip
        for other in others:
            if begins <= (other.ends_on or date.max) and other.begins_on <= (ends or date.max):
                raise UserError(_("The student is enrolled at this school in some of these days already."))
        if row is None:
            row = Enrolment(student_id=student.id, source="hand")
            db.session().add(row)
        elif (row.school_id, row.begins_on, row.ends_on) != (school_id, begins, ends):
            # A roster that says what it said before does not put these days back.
            row.source = "corrected" if row.source in {"roster", "corrected"} else "hand"
        row.school_id, row.school_year, row.grade = school_id, year.school_year, grade
        row.begins_on, row.ends_on = begins, ends
        db.session().flush()
        stand_last(student)
    return row


def stand_last(student: Student) -> None:
    """A student stands in the school and grade of the stay that lasts, or ended last."""
    stays = select(Enrolment).where(Enrolment.student_id == student.id)
    found = db.session().scalars(stays).all()
    years = select(Year.school_year, Year.ends_on).where(Year.district_id == student.district_id)
    ends = {row[0]: row[1] for row in db.session().execute(years)}

    def order(row: Enrolment) -> Any:
        year = row.school_year
        return *ended(row.begins_on, row.ends_on, year, ends.get(year)), row.id

    if found:
        last = max(found, key=order)
        student.school_id, student.grade = last.school_id, last.grade or student.grade
        db.session().flush()


def guardian_contact(values: Mapping[str, Any]) -> int:
    """The contact of a new guardian; UserError where the phone is none. A change of its own: whoever may not
    change contacts can still undo that they care for a student."""
    _phone_of(values)
    named = {name: values[name] for name in ("given_name", "family_name")}
    with system(WHY):
        contact_id = create({**named, "language": language_of(values["language"])}, Actor.system()).id
        families.keep([contact_id])
        return contact_id


def forbidden_like(student_id: int, values: Mapping[str, Any]) -> str:
    """The name of a guardian of the student who must not be contacted and seems to be the one of a form: of
    the same family name and the same first given name, or of the same phone. Empty where there is none."""
    number, _extension, _problem = clean_phone(values["phone"])
    phones = select(Phone.id).where(Phone.contact_id == Contact.id, Phone.number == number)
    statement = (
        select(Contact, phones.exists())
        .join(Guardian, Guardian.contact_id == Contact.id)
        .where(Guardian.student_id == student_id, Guardian.contact_prohibited.is_(True))
        .order_by(Guardian.id)
    )
    wanted = called(f"{values['given_name']} {values['family_name']}")
    with system(WHY):
        rows = db.session().execute(statement).all()
        return next((row[0].name for row in rows if called(row[0].name) == wanted or (number and row[1])), "")


def _phone_of(values: Mapping[str, Any]) -> tuple[str, str]:
    number, extension, problem = clean_phone(values["phone"])
    if problem == "phone_invalid":
        raise UserError(_("“%(number)s” is not a phone number.", number=values["phone"]))
    return number, extension


def add_phone(contact_id: int, values: Mapping[str, Any]) -> None:
    """The phone that a form says of a guardian, if it is not among theirs yet."""
    number, extension = _phone_of(values)
    with system(WHY):
        known = set(db.session().scalars(select(Phone.number).where(Phone.contact_id == contact_id)))
        if number and number not in known:
            first = {"label": "", "is_primary": not known}
            db.session().add(Phone(contact_id=contact_id, number=number, extension=extension, **first))
        db.session().flush()


def keep_guardian(
    row: Guardian | None, student: Student, values: Mapping[str, Any], contact_id: int = 0
) -> Guardian:
    """That a contact cares for a student, with what the school knows of them; `contact_id` of a new one."""
    with system(WHY):
        if row is None:
            row = Guardian(student_id=student.id, contact_id=contact_id)
            db.session().add(row)
        else:
            person = db.session().get_one(Contact, row.contact_id)
            person.language = language_of(values["language"]) or None
            add_phone(person.id, values)
        for name in ("relation", "custody", "note"):
            setattr(row, name, values[name])
        row.is_primary, row.lives_with = values["is_primary"], values["lives_with"]
        row.contact_prohibited = values["contact_prohibited"]
        db.session().flush()
    return row


def correct_day(
    student: Student, year: Year, school_id: int, day: date, code_id: int, reason: str, user_id: int | None
) -> None:
    """Let one day of a student be as somebody says, with the reason. `code_id` PRESENT takes it away. A file
    that names the day later wins again. UserError where only a summary is known."""
    with system(WHY):
        # Two clerks of one student wait for each other, whether there is a row of the year or not yet; rows
        # that only refer to the student are in nobody's way.
        of_student = select(Student.id).where(Student.id == student.id)
        db.session().execute(of_student.with_for_update(key_share=True)).all()
        row = db.session().scalars(
            select(Attendance)
            .where(
                Attendance.student_id == student.id,
                Attendance.school_id == school_id,
                Attendance.school_year == year.school_year,
            )
            .execution_options(populate_existing=True)
        ).one_or_none()  # fmt: skip
        if row is not None and row.enrolled is not None and not row.marks:
            raise UserError(_("Only a summary is known of this student and year, no single days."))
        if row is None:
            row = Attendance(student_id=student.id, school_id=school_id, school_year=year.school_year)
            row.marks = ""
            db.session().add(row)
        marks: dict[date, Mark] = {mark[0]: mark for mark in unpack(row.marks, year.school_year)}
        before = marks.pop(day, None)
        if code_id != PRESENT:
            marks[day] = (day, code_id, None)
        row.marks = pack(marks.values())
        db.session().add(
            Correction(
                student_id=student.id,
                on_date=day,
                before_code_id=before[1] if before else None,
                code_id=code_id or None,
                reason=reason,
                user_id=user_id,
            )
        )
        if year.through_on is None:
            # Nobody was counted before; from then on one clerk's day must not lengthen everybody's year.
            year.through_on = day
        db.session().flush()


def _id(row: Any) -> int:
    return row.id if row is not None else 0
