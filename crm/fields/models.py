"""Saved lists: filters, columns and order under a name, private or shared."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, Id, now
from crm.i18n import lazy_gettext as _
from crm.runtime import runtime


class SavedList(Base):
    """What a list page remembers: `query` holds filters, columns and order as the page's address does."""

    __tablename__ = "saved_list"
    __journaled__ = True
    __journal_label__ = _("Saved list")
    __table_args__ = (Index(None, "record_type", "position"),)

    record_type: Mapped[str] = mapped_column(String(60))
    name: Mapped[str]
    query: Mapped[dict[str, Any]] = mapped_column(default=dict)
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    shared: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ListedByHand(Base):
    """A record that somebody put into a saved list, or took out of it, whatever the conditions say. `state`
    is `pinned` or `excluded`. The record is one of the list's record type; nothing refers to it by a key,
    since lists are of every kind."""

    __tablename__ = "saved_list_member"
    __journaled__ = True
    __journal_label__ = _("Put into a list by hand")
    __journal_subject__ = ("saved_list", "list_id")
    __table_args__ = (
        UniqueConstraint("list_id", "record_id"),
        CheckConstraint("state in ('pinned', 'excluded')", name="state"),
        Index(None, "record_id"),
    )

    list_id: Mapped[int] = mapped_column(ForeignKey("saved_list.id"))
    record_id: Mapped[int] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(default=now)


def _records(name: str) -> Any:
    """What the records of a type are called; the history shows it."""
    found = next((each for each in runtime().fields.types() if each.name == name), None)
    return found.label if found is not None else name


def _kind(name: str) -> Any:
    from crm.fields.custom.kinds import KINDS  # It describes the values of these rows.

    return KINDS[name].label if name in KINDS else name


def _labels(choices: list[Any]) -> str:
    return ", ".join(str(label) for _key, label in choices)


class CustomField(Base):
    """A field that an administrator gave to the records of a type. Its values stand in the column `custom` of
    those records under `key`, which never changes; `former_labels` are what it was called before, so that
    imports that know it by an old name follow. `choices` are its choices as [key, label]."""

    __tablename__ = "custom_field"
    __journaled__ = True
    __journal_label__ = _("Custom field")
    __journal_permissions__ = ("fields.custom", "fields.custom")
    __journal_bookkeeping__ = frozenset({"updated_at"})
    __table_args__ = (UniqueConstraint("record_type", "key"), Index(None, "record_type", "position"))

    record_type: Mapped[str] = mapped_column(String(60), info={"words": _records})
    key: Mapped[str] = mapped_column(String(80))
    label: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20), info={"words": _kind})
    choices: Mapped[list[Any]] = mapped_column(default=list, info={"words": _labels})
    section: Mapped[str] = mapped_column(default="")
    help: Mapped[str] = mapped_column(default="")
    required: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    former_labels: Mapped[list[str]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class ListColumns(Base):
    """The columns that somebody chose for one tab of a list. A habit and no data: never journaled."""

    __tablename__ = "list_columns"
    __table_args__ = (UniqueConstraint("user_id", "record_type", "tab"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    record_type: Mapped[str] = mapped_column(String(60))
    tab: Mapped[str] = mapped_column(String(60))
    columns: Mapped[list[Any]] = mapped_column(default=list)
