"""School years and the days on which there was school."""

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base
from crm.plugin_api import lazy_gettext as _


class Year(Base):
    """A school year of a district: `school_year` is the calendar year in which it ends (2026 for 2025–26).
    `through_on` is the last day for which attendance of any school came (`Reached` says it of each); until
    the year `is_closed`, days behind it count for nobody (Ed-Fi EDU: the same ratio on days elapsed, up to
    the last date that the school submitted)."""

    __tablename__ = "schools_year"
    __journaled__ = True
    __journal_subject__ = ("schools_district", "district_id")
    __journal_label__ = _("School year")
    __table_args__ = (UniqueConstraint("district_id", "school_year"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"))
    school_year: Mapped[int]
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    through_on: Mapped[date | None]
    is_closed: Mapped[bool] = mapped_column(default=False)


class Reached(Base):
    """The last day for which attendance of a school came in a school year. A school of a year in which others
    have one, and it has none, has sent nothing yet, and its students are not counted."""

    __tablename__ = "schools_reached"
    __journaled__ = True
    __journal_subject__ = ("schools_school", "school_id")
    __journal_label__ = _("Last day of attendance")
    __table_args__ = (UniqueConstraint("school_id", "school_year"),)

    school_id: Mapped[int] = mapped_column(ForeignKey("schools_school.id"))
    school_year: Mapped[int]
    through_on: Mapped[date]


class Session(Base):
    """A semester or term of a school. `stated_days` is how many days of instruction it is said to have: what
    counts where no calendar names them."""

    __tablename__ = "schools_session"
    __journaled__ = True
    __journal_subject__ = ("schools_school", "school_id")
    __journal_label__ = _("School term")
    __table_args__ = (UniqueConstraint("school_id", "school_year", "name"),)

    school_id: Mapped[int] = mapped_column(ForeignKey("schools_school.id"))
    school_year: Mapped[int]
    name: Mapped[str]
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    stated_days: Mapped[int | None]


class Calendar(Base):
    """Days of a school year: those of a district, or of one school, or of one `grade` of it where that has
    another calendar (empty for all grades). The narrowest one holds."""

    __tablename__ = "schools_calendar"
    __journaled__ = True
    __journal_subject__ = ("schools_district", "district_id")
    __journal_label__ = _("School calendar")

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools_school.id"), index=True)
    school_year: Mapped[int]
    grade: Mapped[str] = mapped_column(String(4), default="")
    name: Mapped[str] = mapped_column(default="")


class Day(Base):
    """A day of a calendar. Only days of instruction and days that make up for lost ones count (Ed-Fi:
    `Instructional day`, `Make-up day`)."""

    __tablename__ = "schools_day"
    __journaled__ = True
    __journal_subject__ = ("schools_calendar", "calendar_id")
    __journal_label__ = _("Day of a school calendar")
    __table_args__ = (UniqueConstraint("calendar_id", "on_date"),)

    calendar_id: Mapped[int] = mapped_column(ForeignKey("schools_calendar.id"))
    on_date: Mapped[date]
    kind: Mapped[str] = mapped_column(String(12), default="instruction")
    """`instruction`, `makeup`, `holiday`, `staff`, `weather` or `other`."""
