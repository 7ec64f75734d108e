"""Saved lists: filters, columns and order under a name, private or shared."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, now
from crm.i18n import lazy_gettext as _


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


class ListColumns(Base):
    """The columns that somebody chose for one tab of a list. A habit and no data: never journaled."""

    __tablename__ = "list_columns"
    __table_args__ = (UniqueConstraint("user_id", "record_type", "tab"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    record_type: Mapped[str] = mapped_column(String(60))
    tab: Mapped[str] = mapped_column(String(60))
    columns: Mapped[list[Any]] = mapped_column(default=list)
