"""Imports and exports: what was asked for, the plan row by row, and what became of it. None is journaled:
the records that they write are."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, now

ImportStatus = Literal["uploaded", "planning", "planned", "applying", "done"]
RowAction = Literal["create", "update", "unchanged", "rejected", "skipped"]
Mode = Literal["replace", "fill"]


class ImportRun(Base):
    """One file on its way in: first uploaded and mapped, then planned, then applied exactly as planned.

    `file_key` names the stored upload, empty once it is gone. `mapping` is header → target. `mode` says
    whether the file wins over a field that says something else (`replace`) or only fills what is empty.
    `counts` is the plan by action, `outcome` what applying it did. Rows that could not be applied as planned
    have the action `skipped`. Whether it was undone stands in the change set.
    """

    __tablename__ = "import_run"
    __table_args__ = (Index(None, "actor_user_id", "id"), Index(None, "change_set_id"))

    kind: Mapped[str] = mapped_column(String(60))
    file_name: Mapped[str]
    file_key: Mapped[str] = mapped_column(String(64), default="")
    file_size: Mapped[int] = mapped_column(Id)
    sha256: Mapped[str] = mapped_column(String(64))
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How the file is read where somebody chose it: `sheet`, `encoding`, `delimiter`."""
    headers: Mapped[list[str]] = mapped_column(default=list)
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    match_key: Mapped[str] = mapped_column(String(40), default="")
    mode: Mapped[Mode] = mapped_column(String(10), default="replace")
    keep_unmapped: Mapped[bool] = mapped_column(default=True)
    notices: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[ImportStatus] = mapped_column(String(10), default="uploaded")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seen_entry_id: Mapped[int] = mapped_column(Id, default=0)
    """The newest entry of the journal when the plan was begun."""
    job_id: Mapped[int | None] = mapped_column(Id)
    change_set_id: Mapped[int | None] = mapped_column(Id)
    actor_user_id: Mapped[int | None] = mapped_column(Id)
    actor_label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None]


class ImportRow(Base):
    """One row of the plan. `line` counts as a spreadsheet program does.

    `record` is the cleaned row as its kind writes it, JSON as text; `cells` the row as it stood, JSON too,
    where it is not imported. `reasons` are [code, column, value], `changes` [field, old, new]. `record_id`
    is the record that the row means and `version` how it stood when the plan was made; `same_as` the first
    row of the file that means the same record.
    """

    __tablename__ = "import_row"
    __table_args__ = (UniqueConstraint("run_id", "line"), Index(None, "run_id", "action", "line"))

    run_id: Mapped[int] = mapped_column(Id)
    line: Mapped[int]
    action: Mapped[RowAction] = mapped_column(String(10))
    record: Mapped[str]
    cells: Mapped[str | None]
    reasons: Mapped[str | None]
    changes: Mapped[str | None]
    record_id: Mapped[int | None] = mapped_column(Id)
    version: Mapped[int | None]
    same_as: Mapped[int | None]


class ImportedRow(Base):
    """Which record a row became: so that the same row, imported again, means the same record.

    `fingerprint` is a hash of the cleaned row; nothing of what stood in it is kept here. `line` is 0 for a
    record that came along without a row of its own, such as the organization that a person belongs to.
    """

    __tablename__ = "imported_row"
    __table_args__ = (Index(None, "run_id", "line"),)

    run_id: Mapped[int] = mapped_column(Id)
    line: Mapped[int]
    record_id: Mapped[int] = mapped_column(Id, index=True)
    fingerprint: Mapped[int] = mapped_column(Id, index=True)


class ImportMapping(Base):
    """What was chosen for files with these headers, offered again the next time."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("kind", "signature"),)

    kind: Mapped[str] = mapped_column(String(60))
    signature: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    match_key: Mapped[str] = mapped_column(String(40), default="")
    mode: Mapped[Mode] = mapped_column(String(10), default="replace")
    keep_unmapped: Mapped[bool] = mapped_column(default=True)
    used_at: Mapped[datetime] = mapped_column(default=now)


class ExportRun(Base):
    """A file to be made of a list by a worker. `query` is the list as its address says it, `ids` the records
    chosen in it, None for all of them. The file is gone some days after it was made."""

    __tablename__ = "export_run"
    __table_args__ = (Index(None, "actor_user_id", "id"),)

    kind: Mapped[str] = mapped_column(String(60))
    format: Mapped[str] = mapped_column(String(10))
    columns: Mapped[str] = mapped_column(String(10))
    query: Mapped[str]
    ids: Mapped[list[Any] | None]
    rights: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Over what its maker could see and take out records then; the file is given out only while it is so."""
    file_key: Mapped[str] = mapped_column(String(64), default="")
    file_name: Mapped[str] = mapped_column(default="")
    rows: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[int | None] = mapped_column(Id)
    actor_user_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None]
