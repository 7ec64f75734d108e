"""Change sets and their entries: history, audit trail, recent changes and undo read the same rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, now


class ChangeSet(Base):
    """One act of one actor: an edit, a merge, an import of 100,000 rows, an undo.

    `subject_tables` lists the tables of the records that it is about, each between commas (",contact,tag,").
    """

    __tablename__ = "change_set"
    __table_args__ = (Index(None, "actor_user_id", "id"), Index(None, "undoes_id"))

    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor_user_id: Mapped[int | None] = mapped_column(Id)
    actor_label: Mapped[str]
    action: Mapped[str] = mapped_column(String(80))
    summary: Mapped[str] = mapped_column(default="")
    entries: Mapped[int] = mapped_column(default=0)
    subject_tables: Mapped[str] = mapped_column(default="")
    finished: Mapped[bool] = mapped_column(default=True)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("change_set.id"))
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("change_set.id"))


class JournalEntry(Base):
    """What one row was and what it became.

    `operation` is create, update or delete. `before` and `after` are images of the row as the database
    writes them: the whole row for a creation (after) and a deletion (before), the changed columns for an
    update. The subject is the record that people would look at: the contact for its email addresses.

    The change set is no foreign key: the recorder writes both in one transaction, and PostgreSQL would spend
    more on checking each entry than on writing it.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index(None, "change_set_id", "id"),
        Index(None, "subject_table", "subject_id", "id"),
    )

    change_set_id: Mapped[int] = mapped_column(Id)
    table_name: Mapped[str] = mapped_column(String(63))
    row_id: Mapped[int] = mapped_column(Id)
    operation: Mapped[str] = mapped_column(String(6))
    subject_table: Mapped[str] = mapped_column(String(63))
    subject_id: Mapped[int] = mapped_column(Id)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]


class UndoRun(Base):
    """How far an undo that is not finished has come; gone with its last chunk.

    The entries of the undone change set below `next_entry_id` are still to be undone. Other people's
    entries up to `checked_entry_id` have been looked at.
    """

    __tablename__ = "undo_run"

    change_set_id: Mapped[int] = mapped_column(ForeignKey("change_set.id"), unique=True)
    next_entry_id: Mapped[int] = mapped_column(Id)
    checked_entry_id: Mapped[int] = mapped_column(Id)
    done: Mapped[int] = mapped_column(default=0)


class UndoKept(Base):
    """A row that an undo left as it is. `reason` is the sentence for people; rows that stay only because
    another row of their record does have none."""

    __tablename__ = "undo_kept"
    __table_args__ = (
        Index(None, "change_set_id", "table_name", "row_id"),
        Index(None, "subject_table", "subject_id"),
    )

    change_set_id: Mapped[int] = mapped_column(ForeignKey("change_set.id"))
    table_name: Mapped[str] = mapped_column(String(63))
    row_id: Mapped[int] = mapped_column(Id)
    subject_table: Mapped[str] = mapped_column(String(63))
    subject_id: Mapped[int] = mapped_column(Id)
    reason: Mapped[str] = mapped_column(default="")
