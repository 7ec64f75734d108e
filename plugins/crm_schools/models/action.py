"""What is done for students: teams that meet, causes, interventions, contacts with families, plans, letters.

Every row belongs to a student (agenda items may be about the school instead) and is seen with them.
`guardian_id` and `user_id` are ids without a foreign key where the row must outlive whom it names.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, Id, day_here, now
from crm.plugin_api import lazy_gettext as _

_STUDENT = ("schools_student", "student_id")


class Meeting(Base):
    """A meeting of an attendance team, of a school or (without one) of a whole district. Monthly at least
    where Connecticut's law demands a team (Conn. Gen. Stat. §10-198c). `status` is `planned` or `held`."""

    __tablename__ = "schools_meeting"
    __journaled__ = True
    __journal_label__ = _("Team meeting")
    __journal_permissions__ = ("schools.students", "schools.act")
    __table_args__ = (
        Index("ix_schools_meeting_school_day", "school_id", "held_on"),
        Index("ix_schools_meeting_district_day", "district_id", "held_on"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools_school.id"))
    school_year: Mapped[int]
    held_on: Mapped[date]
    since_on: Mapped[date | None]
    """With which day the agenda compares: that of the meeting before."""
    place: Mapped[str] = mapped_column(default="")
    people: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(10), default="planned")
    user_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)
    chronic: Mapped[int | None]
    rated: Mapped[int | None]
    """Students chronically absent, and those in a rate, as they were when the team met."""
    left_out: Mapped[int | None]
    """How many students the agenda left out when it was made, for nobody talks about more."""


class AgendaItem(Base):
    """A student, or something of the school, that a meeting talks about. `reason` is `new`, `worse`,
    `better`, `no_action`, `last_20` and `last_10` (so much of last year was missed), `checkpoint`, `open`
    (something decided earlier is not done) or `added` (by hand).
    `need` puts them in order: 0 who misses most and has no help, 1 what is open, 2 the others. `decision` is
    what was decided.

    `absent`, `enrolled` (half days) and `through_on` are what was known when the team met: minutes do not
    change with what comes later. Points from before they were kept have none."""

    __tablename__ = "schools_agenda_item"
    __journaled__ = True
    __journal_subject__ = ("schools_meeting", "meeting_id")
    __journal_label__ = _("Point of an agenda")

    meeting_id: Mapped[int] = mapped_column(ForeignKey("schools_meeting.id"), index=True)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("schools_student.id"), index=True)
    reason: Mapped[str] = mapped_column(String(12))
    topic: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(default="")
    is_done: Mapped[bool] = mapped_column(default=False)
    user_id: Mapped[int | None] = mapped_column(Id)
    due_on: Mapped[date | None]
    need: Mapped[int] = mapped_column(default=2)
    absent: Mapped[int | None]
    enrolled: Mapped[int | None]
    through_on: Mapped[date | None]


class Cause(Base):
    """Why a student misses school, in the four kinds of Attendance Works (`crm_schools.acting.words.CAUSES`),
    and whether the family said so, too."""

    __tablename__ = "schools_cause"
    __journaled__ = True
    __journal_subject__ = _STUDENT
    __journal_label__ = _("Cause of absences")

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    school_year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(default="")
    is_confirmed: Mapped[bool] = mapped_column(default=False)
    user_id: Mapped[int | None] = mapped_column(Id)
    noted_on: Mapped[date] = mapped_column(default=day_here)


class Intervention(Base):
    """Something that a school does for a student, in a tier; tiers add to each other. `each_week` is how
    often it is meant to happen a week, `minutes` how long each time."""

    __tablename__ = "schools_intervention"
    __journaled__ = True
    __journal_subject__ = _STUDENT
    __journal_label__ = _("Intervention")

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools_school.id"), index=True)
    school_year: Mapped[int]
    tier: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(default="")
    begins_on: Mapped[date]
    ends_on: Mapped[date | None]
    each_week: Mapped[int | None]
    minutes: Mapped[int | None]
    user_id: Mapped[int | None] = mapped_column(Id)
    ended_because: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Dose(Base):
    """One time that an intervention took place, and how long."""

    __tablename__ = "schools_dose"
    __journaled__ = True
    __journal_subject__ = _STUDENT
    __journal_label__ = _("Time of an intervention")

    intervention_id: Mapped[int] = mapped_column(ForeignKey("schools_intervention.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    given_on: Mapped[date]
    minutes: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None] = mapped_column(Id)


class Attempt(Base):
    """One attempt to reach a family. Only `reached` and `visited` complete what was due (KIPP's and Miami's
    logs: complete only if the call was completed or in person)."""

    __tablename__ = "schools_attempt"
    __journaled__ = True
    __journal_subject__ = _STUDENT
    __journal_label__ = _("Contact with a family")

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    school_year: Mapped[int]
    guardian_id: Mapped[int | None] = mapped_column(Id)
    on_date: Mapped[date] = mapped_column(index=True)
    way: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(35), default="")
    note: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Plan(Base):
    """What a student, a family and a school agreed to do. `status` is `open`, `met` or `ended`."""

    __tablename__ = "schools_plan"
    __journaled__ = True
    __journal_subject__ = _STUDENT
    __journal_label__ = _("Attendance plan")

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    school_year: Mapped[int]
    goal: Mapped[str]
    strengths: Mapped[str] = mapped_column(default="")
    family_does: Mapped[str] = mapped_column(default="")
    school_does: Mapped[str] = mapped_column(default="")
    begins_on: Mapped[date]
    agreed_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(10), default="open")
    user_id: Mapped[int | None] = mapped_column(Id)


class Checkpoint(Base):
    """A day on which those who agreed look together at how a plan goes. `result` is empty until then, `met`,
    `partly` or `missed`."""

    __tablename__ = "schools_checkpoint"
    __journaled__ = True
    __journal_subject__ = _STUDENT
    __journal_label__ = _("Checkpoint")

    plan_id: Mapped[int] = mapped_column(ForeignKey("schools_plan.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    due_on: Mapped[date] = mapped_column(index=True)
    most_absences: Mapped[int | None]
    """How many days missed since the plan began the goal allows for."""
    done_on: Mapped[date | None]
    result: Mapped[str] = mapped_column(String(10), default="")
    note: Mapped[str] = mapped_column(default="")


class Letter(Base):
    """A letter to a family, as it was written: wording that changes later does not change it. `stage` is
    `nudge`, `personal`, `invitation` or `plan`, each after the one before (EveryDay Labs: notice 2 only after
    notice 1); `status` is `draft`, `sent` or `dropped`."""

    __tablename__ = "schools_letter"
    __journaled__ = True
    __journal_subject__ = _STUDENT
    __journal_label__ = _("Letter")

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    school_year: Mapped[int]
    guardian_id: Mapped[int | None] = mapped_column(Id)
    stage: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(5))
    title: Mapped[str]
    text: Mapped[str]
    status: Mapped[str] = mapped_column(String(8), default="draft")
    made_on: Mapped[date]
    sent_on: Mapped[date | None]
    user_id: Mapped[int | None] = mapped_column(Id)


class Wording(Base):
    """How a district words a stage of its letters in a language, in place of ours."""

    __tablename__ = "schools_wording"
    __journaled__ = True
    __journal_subject__ = ("schools_district", "district_id")
    __journal_label__ = _("Wording of a letter")
    __table_args__ = (UniqueConstraint("district_id", "stage", "language"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"))
    stage: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(5))
    title: Mapped[str]
    text: Mapped[str]


class Milestone(Base):
    """Something good that a student reached, to be celebrated."""

    __tablename__ = "schools_milestone"
    __journaled__ = True
    __journal_subject__ = _STUDENT
    __journal_label__ = _("Milestone")

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    school_year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    reached_on: Mapped[date]
    celebrated: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None] = mapped_column(Id)
