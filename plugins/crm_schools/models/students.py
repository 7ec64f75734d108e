"""Students, where they are enrolled, who cares for them, and who looked at them.

Students are not contacts: their names stand in no list of people, no general search and no mail.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, Folded, Id, now
from crm.plugin_api import lazy_gettext as _
from crm_schools.words import LONGEST_ID

_SUBJECT = ("schools_student", "student_id")


class Student(Base):
    """One student of a district, however many of its schools they went to.

    `school_id` and `grade` are those of the latest enrolment. Subgroups are None or empty where nobody said:
    `race` as in `crm_schools.words.RACES` (Hispanic of any race is `hispanic`, as in federal reports),
    `gender` `female`, `male`, `nonbinary`, `housing` as in `crm_schools.words.HOUSING`."""

    __tablename__ = "schools_student"
    __journaled__ = True
    __journal_label__ = _("Student")
    __journal_permissions__ = ("schools.students", "schools.act")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __journal_number__ = "local_id"
    __table_args__ = (
        UniqueConstraint("district_id", "local_id"),
        Index(None, "district_id", "state_id"),
        Index(None, "source_id"),
        Index("ix_schools_student_sort", "sort_name", "id"),
        Index(None, "school_id", "grade"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"))
    local_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    state_id: Mapped[str] = mapped_column(String(LONGEST_ID), default="")
    source_id: Mapped[str] = mapped_column(String(LONGEST_ID), default="")
    """What the system from which rosters come calls them (OneRoster: sourcedId), for its deltas."""
    given_name: Mapped[str] = mapped_column(default="")
    middle_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    suffix: Mapped[str] = mapped_column(default="")
    preferred_name: Mapped[str] = mapped_column(default="")
    sort_name: Mapped[str] = mapped_column(Folded, default="")
    birth_date: Mapped[date | None]
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools_school.id"))
    grade: Mapped[str] = mapped_column(String(4), default="")
    gender: Mapped[str] = mapped_column(String(12), default="")
    race: Mapped[str] = mapped_column(String(20), default="")
    english_learner: Mapped[bool | None]
    disability: Mapped[bool | None]
    disadvantaged: Mapped[bool | None]
    housing: Mapped[str] = mapped_column(String(20), default="")
    point_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    """Who of the school is there for the student: their point person."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def name(self) -> str:
        """What the student is called: the preferred name before the given one."""
        return " ".join(filter(None, (self.preferred_name or self.given_name, self.family_name, self.suffix)))


class Enrolment(Base):
    """That a student belongs to a school from `begins_on` to `ends_on`, both days included; None while it
    lasts. `source` is `roster`, `hand` (people added it), `corrected` (a roster's, of which people wrote
    other days), `file` (an attendance file said it), or `inferred`: only attendance shows that they went
    there, and it counts for the whole year until somebody says better."""

    __tablename__ = "schools_enrolment"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Enrolment")
    __table_args__ = (
        Index(None, "student_id", "school_year"),
        Index(None, "school_id", "school_year", "student_id"),
    )

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"))
    school_id: Mapped[int] = mapped_column(ForeignKey("schools_school.id"))
    school_year: Mapped[int]
    grade: Mapped[str] = mapped_column(String(4), default="")
    begins_on: Mapped[date]
    ends_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(10), default="roster")
    classes: Mapped[str] = mapped_column(default="")
    """The class enrolments of which a roster made this stay (`records.packed`), so that a delta that names
    one of them leaves the others as they are; empty where nobody named any."""

    @property
    def as_shown(self) -> str:
        """What a page shows of a stay, so that nobody changes or removes another than they saw."""
        return f"{self.school_id} {self.school_year} {self.grade} {self.begins_on} {self.ends_on or ''}"


class Guardian(Base):
    """Somebody who cares for a student; their name, phones and language are those of the contact."""

    __tablename__ = "schools_guardian"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Guardian")
    __table_args__ = (UniqueConstraint("student_id", "contact_id"),)

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    relation: Mapped[str] = mapped_column(String(40), default="")
    is_primary: Mapped[bool] = mapped_column(default=False)
    lives_with: Mapped[bool | None]
    custody: Mapped[str] = mapped_column(default="")
    contact_prohibited: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")


class FamilyContact(Base):
    """That a contact is known from the records of schools alone, as those who care for a student are: it is
    kept from whoever may not see that student. It outlives the contact, whose history it keeps, too, so the
    id is no foreign key. Journaled is only that it goes, since merges are undone.

    Source: 34 CFR 99.3, personally identifiable information is the name of a student's parent, too."""

    __tablename__ = "schools_family_contact"
    __journaled__ = True
    __journal_label__ = _("Kept from whoever may not see the student")
    __journal_permissions__ = ("schools.students", "schools.act")

    contact_id: Mapped[int] = mapped_column(Id, unique=True)


class Correction(Base):
    """That somebody changed one day of a student's attendance by hand, and why. `code_id` is what it is now
    and `before_code_id` what it was; None is present. Ids without a foreign key: they outlive their codes."""

    __tablename__ = "schools_correction"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Corrected day")

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    on_date: Mapped[date]
    before_code_id: Mapped[int | None] = mapped_column(Id)
    code_id: Mapped[int | None] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(default=now)


class Look(Base):
    """That somebody looked at a student. `what` is `page`, `why`, `list`, `report`, `export` or a word of the
    plugin that showed it. Never journaled, never changed; gone with the student. A list of many is one row
    for each student that it names."""

    __tablename__ = "schools_look"
    __table_args__ = (Index(None, "student_id", "id"), Index(None, "user_id", "id"))

    student_id: Mapped[int] = mapped_column(Id)
    user_id: Mapped[int | None] = mapped_column(Id)
    actor_label: Mapped[str] = mapped_column(default="")
    what: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(default=now, index=True)
