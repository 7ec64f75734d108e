"""Attendance as it came, and what follows from it."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, Folded, Id, now
from crm.plugin_api import lazy_gettext as _


class Code(Base):
    """What an attendance code of a district means. `code_key` is the folded code, by which files find it.

    `kind` is `excused`, `unexcused`, `suspension`, `unstated` (absent, and nobody said whether excused),
    `tardy` or `present`; empty while nobody has decided, and then nothing with this code is imported.
    `halves` is how many half days are missed: 2, 1, or 0 for tardy and present."""

    __tablename__ = "schools_code"
    __journaled__ = True
    __journal_subject__ = ("schools_district", "district_id")
    __journal_label__ = _("Attendance code")
    __table_args__ = (UniqueConstraint("district_id", "code_key"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"))
    code: Mapped[str]
    code_key: Mapped[str] = mapped_column(Folded)
    label: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(String(12), default="")
    halves: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(default="")
    """Where the meaning comes from, or in which file the code was first seen."""


class LeftOut(Base):
    """That an import named days with a code that is the ordinary one for present, and did not keep them:
    there would be one for each student and day. While such a row is there, the code can mean nothing else; it
    goes when the import is undone."""

    __tablename__ = "schools_left_out"
    __journaled__ = True
    __journal_subject__ = ("schools_district", "district_id")
    __journal_label__ = _("Days present that are not kept")
    __table_args__ = (UniqueConstraint("code_id", "change_set_id"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"))
    code_id: Mapped[int] = mapped_column(ForeignKey("schools_code.id"))
    change_set_id: Mapped[int] = mapped_column(Id)


class Attendance(Base):
    """All that came about one student in one school and year; what undo brings back.

    `marks` are the days of which a file said more than that they were present as usual, as `MMDD:code id` in
    order, with `:halves` behind where that differs from the code's (see `crm_schools.marks`). Days with a
    code for present that is not the ordinary one are among them, so that it may come to mean something else.
    Where only a summary came, `marks` is empty and the four numbers say, in half days, what it said;
    `through_on` is up to when."""

    __tablename__ = "schools_attendance"
    __journaled__ = True
    __journal_subject__ = ("schools_student", "student_id")
    __journal_label__ = _("Attendance")
    __table_args__ = (UniqueConstraint("student_id", "school_year", "school_id"), Index(None, "school_id"))

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"))
    school_id: Mapped[int] = mapped_column(ForeignKey("schools_school.id"))
    school_year: Mapped[int]
    marks: Mapped[str] = mapped_column(default="")
    enrolled: Mapped[int | None]
    absent: Mapped[int | None]
    excused: Mapped[int | None]
    unexcused: Mapped[int | None]
    through_on: Mapped[date | None]


_ONCE: Final = text("part <> 'school'")
_BY_SCHOOL: Final = text("part <> 'district'")


class Rating(Base):
    """How much school a student misses in a school year, in exact integers; made anew with every change.

    `part` says of what: `only` of the one school that they went to, else `school` for each of several and
    `district` for all of them together, where days before a change of school count too. Thus a school's are
    `part != 'district'`, a district's `part != 'school'` (each student once). `school_id` is of `district`
    the latest. `enrolled`, `absent`, `excused`, `unexcused`, `suspended`, `unstated` are half days, `tardies`
    days.

    `band` is `short` below the minimum enrolment, else `satisfactory`, `at_risk`, `moderate`, `severe`;
    `is_chronic` is moderate or severe. `tier` is 1, 2 or 3, `tier_reason` a code of `crm_schools.tiers`.
    At the school where a student went last, both are those of `district`: who needs help is judged by all
    that they missed, while the other numbers of a school are of its own days (Connecticut, § 10-198c: of the
    days enrolled in a school year; EDFacts FS195: counted in each school).
    `is_truant` by the district's rule with `truancy_reason`. `basis` says how days enrolled were counted:
    `calendar`, `stated` (terms state how many), `weekdays`, `summary`.

    `months_enrolled` and `months_absent` hold twelve numbers of three digits, half days from July to June;
    `months_band` twelve letters: the band at the end of the month, year to date, as `-`, `s`, `a`, `m`, `v`
    (severe), or `x` (short). `weekdays_absent` holds seven numbers of three digits, half days missed from
    Monday to Sunday."""

    __tablename__ = "schools_rating"
    __table_args__ = (
        Index(None, "student_id", "school_year"),
        Index(None, "school_id", "school_year"),
        Index(None, "district_id", "school_year"),
        Index(
            "uq_schools_rating_once",
            "student_id",
            "school_year",
            unique=True,
            sqlite_where=_ONCE,
            postgresql_where=_ONCE,
        ),
        Index(
            "uq_schools_rating_by_school",
            "student_id",
            "school_year",
            "school_id",
            unique=True,
            sqlite_where=_BY_SCHOOL,
            postgresql_where=_BY_SCHOOL,
        ),
    )

    student_id: Mapped[int] = mapped_column(Id)
    district_id: Mapped[int] = mapped_column(Id)
    school_id: Mapped[int] = mapped_column(Id)
    school_year: Mapped[int]
    part: Mapped[str] = mapped_column(String(8))
    grade: Mapped[str] = mapped_column(String(4))
    enrolled: Mapped[int]
    absent: Mapped[int]
    excused: Mapped[int]
    unexcused: Mapped[int]
    suspended: Mapped[int]
    unstated: Mapped[int]
    tardies: Mapped[int]
    uncounted: Mapped[int]
    band: Mapped[str] = mapped_column(String(12))
    is_chronic: Mapped[bool]
    tier: Mapped[int]
    tier_reason: Mapped[str] = mapped_column(String(20))
    is_truant: Mapped[bool]
    truancy_reason: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str] = mapped_column(String(10))
    through_on: Mapped[date | None]
    months_enrolled: Mapped[str] = mapped_column(String(36))
    months_absent: Mapped[str] = mapped_column(String(36))
    months_band: Mapped[str] = mapped_column(String(12))
    weekdays_absent: Mapped[str] = mapped_column(String(21), default="")
    made_at: Mapped[datetime] = mapped_column(default=now)
