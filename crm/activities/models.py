"""What was done with people and organizations, what is to be done, and mail that waits to be filed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, CustomColumn, now
from crm.i18n import lazy_gettext as _


class Activity(CustomColumn, Base):
    """A call, meeting, email, letter, visit or note, with whoever took part. `at` is when it happened."""

    __tablename__ = "activity"
    __journaled__ = True
    __journal_label__ = _("Activity")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (
        CheckConstraint("kind in ('call', 'meeting', 'email', 'letter', 'visit', 'note')", name="kind"),
        Index(None, "campaign_id", "at"),
        Index(None, "coalition_id", "at"),
        Index("ix_activity_at", "at", "id"),
        Index(None, "author_user_id", "at"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    minutes: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(default="")
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    author_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    author_label: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str | None] = mapped_column(String(500), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Participant(Base):
    """That a person or an organization took part in an activity. `at` is the activity's own, so that the
    newest of somebody are found through one index."""

    __tablename__ = "activity_participant"
    __journaled__ = True
    __journal_subject__ = ("contact", "contact_id")
    __journal_label__ = _("Part in an activity")
    __table_args__ = (
        UniqueConstraint("activity_id", "contact_id"),
        Index("ix_activity_participant_contact", "contact_id", "at", "activity_id"),
    )

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    at: Mapped[datetime]


class ActivityFile(Base):
    """A file that belongs to an activity, such as what came with a mail. Its content lies in the same folder
    as the files of contacts, under `storage_key`."""

    __tablename__ = "activity_file"
    __journaled__ = True
    __journal_subject__ = ("activity", "activity_id")
    __journal_label__ = _("File")

    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"), index=True)
    file_name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    storage_key: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ReceivedMail(Base):
    """A message that came in to be logged and is not matched yet: who is meant must be chosen by somebody.
    `user_id` is the account it came from, None for an address that no account has. `raw_key` is the file of
    the whole message, empty once that was thrown away."""

    __tablename__ = "activity_mail"
    __journaled__ = True
    __journal_label__ = _("Mail to be filed")
    __journal_exclude__ = frozenset({"raw_key"})
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'filed', 'dropped')", name="status"),
        Index("ix_activity_mail_status", "status", "at", "id"),
    )

    message_id: Mapped[str] = mapped_column(String(500), unique=True)
    sender: Mapped[str]
    addresses: Mapped[list[str]] = mapped_column(default=list)
    subject: Mapped[str]
    at: Mapped[datetime]
    raw_key: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Task(CustomColumn, Base):
    """Something to be done by somebody of ours. A repeated one makes its successor when it is done: `repeat`
    says how often, `repeat_every` how many of those; `series_id` is the first of them, `repeat_from` the day
    that is counted from: what is due on the 31st comes back to the 31st after a shorter month. Due dates are
    days, so a change of the clocks never moves them."""

    __tablename__ = "task"
    __journaled__ = True
    __journal_label__ = _("Task")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (
        CheckConstraint("repeat in ('', 'day', 'weekday', 'week', 'month', 'year')", name="repeat"),
        Index("ix_task_assignee_open", "assignee_user_id", "done_at", "due_date", "id"),
        Index("ix_task_done_due", "done_at", "due_date", "id"),
    )

    title: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    assignee_user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    due_date: Mapped[date | None]
    repeat: Mapped[str] = mapped_column(String(8), default="")
    repeat_every: Mapped[int] = mapped_column(default=1)
    repeat_from: Mapped[date | None]
    series_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    done_at: Mapped[datetime | None]
    done_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    commitment_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id"), index=True)
    activity_id: Mapped[int | None] = mapped_column(ForeignKey("activity.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class TaskItem(Base):
    """One line of a task's checklist."""

    __tablename__ = "task_item"
    __journaled__ = True
    __journal_subject__ = ("task", "task_id")
    __journal_label__ = _("Line of a checklist")

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    text: Mapped[str]
    done: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class MorningMail(Base):
    """Whether somebody wants the mail of the morning, and the last day, as it was for them, on which it was
    written or there was nothing to say: so nobody gets two on one day."""

    __tablename__ = "activity_morning_mail"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), unique=True)
    wanted: Mapped[bool] = mapped_column(default=True)
    day: Mapped[date | None]
