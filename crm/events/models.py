"""Events, who is invited, who comes, who was there, and what was decided."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, CustomColumn, now
from crm.i18n import lazy_gettext as _


class Event(CustomColumn, Base):
    """A meeting, training or press event, online or at a place. `time_zone` is where it is held: its hours
    are shown in it. `uid` is what calendars know it by. Of two states they take the one with the higher
    number, which never falls, not even by undo: how often history says that the event changed."""

    __tablename__ = "event"
    __journaled__ = True
    __journal_label__ = _("Event")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (
        CheckConstraint("kind in ('meeting', 'training', 'press', 'other')", name="kind"),
        CheckConstraint("status in ('planned', 'held', 'cancelled')", name="status"),
        CheckConstraint("ends_at > starts_at", name="ends"),
        Index("ix_event_starts", "starts_at", "id"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(default="")
    online_url: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    agenda: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")
    capacity: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(10), default="planned")
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("coalition_group.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    uid: Mapped[str] = mapped_column(String(100), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Guest(Base):
    """Somebody who is invited to an event or came to it. `organization_id` is whom they speak for there, as
    its delegate or in a delegate's place. `queued_at` orders the waiting list. `invited_at` is when the
    invitation went out; the link in it is signed, holds `link_version`, and so ends when that rises. Undo
    revives no link that was ended; history knows the number all the same, so that a guest who comes back has
    the links that they had last."""

    __tablename__ = "event_guest"
    __journaled__ = True
    __journal_subject__ = ("event", "event_id")
    __journal_label__ = _("Guest")
    __journal_bookkeeping__ = __journal_rising__ = frozenset({"link_version"})
    __table_args__ = (
        UniqueConstraint("event_id", "contact_id"),
        CheckConstraint("answer in ('none', 'yes', 'maybe', 'no', 'waiting')", name="answer"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    answer: Mapped[str] = mapped_column(String(8), default="none")
    answered_at: Mapped[datetime | None]
    queued_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    invited_at: Mapped[datetime | None]
    link_version: Mapped[int] = mapped_column(default=1)
    checked_in_at: Mapped[datetime | None]
    is_walk_in: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Decision(Base):
    """What a meeting decided, or who is to do what: an action becomes a task (`task_id`)."""

    __tablename__ = "event_decision"
    __journaled__ = True
    __journal_subject__ = ("event", "event_id")
    __journal_label__ = _("Decision")
    __table_args__ = (CheckConstraint("kind in ('decision', 'action')", name="kind"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
