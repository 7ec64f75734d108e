"""A job: one piece of long or scheduled work, asked for by somebody and finished by a worker."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, now

JobStatus = Literal["waiting", "running", "done", "failed", "cancelled"]


class Job(Base):
    """Written in the transaction that asks for the work, so neither exists without the other.

    `title` is a sentence for people and never holds student data. `cursor` is what the kind's step has
    finished, saved with each step's own writes; `revision` rises with it, so of two workers at the same
    step only one can commit. `attempts` counts the tries of the step at hand, `tick` names the moment of
    a scheduled job (`kind@2026-03-01T06:00Z`), `runner` the worker that has it.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_unfinished",
            "status",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(None, "actor_user_id", "id"),
    )

    kind: Mapped[str] = mapped_column(String(80))
    title: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    status: Mapped[JobStatus] = mapped_column(String(10), default="waiting")
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int | None]
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    runner: Mapped[str | None] = mapped_column(String(40))
    tick: Mapped[str | None] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    handed_over_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def is_finished(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.finished_at is not None

    @property
    def percent(self) -> int | None:
        """How much is done, 0 to 100; None while nobody knows how much there is."""
        if not self.progress_total:
            return None
        return min(100, self.progress_done * 100 // self.progress_total)
