"""How bills are found and kept fresh: saved searches, their hits, and the services they come from."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, now
from crm.plugin_api import lazy_gettext as _


class SavedSearch(Base):
    """Words that a bill must have, any of them, and words that speak against it. New hits go to the inbox."""

    __tablename__ = "policy_search"
    __journaled__ = True
    __journal_label__ = _("Saved search for bills")

    name: Mapped[str]
    words: Mapped[str]
    also: Mapped[str] = mapped_column(default="")
    without: Mapped[str] = mapped_column(default="")
    states: Mapped[list[Any]] = mapped_column(default=list)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Hit(Base):
    """That a saved search found a bill."""

    __tablename__ = "policy_hit"
    __journaled__ = True
    __journal_subject__ = ("policy_bill", "bill_id")
    __journal_label__ = _("Found by a saved search")
    __table_args__ = (UniqueConstraint("search_id", "bill_id"), Index(None, "bill_id"))

    search_id: Mapped[int] = mapped_column(ForeignKey("policy_search.id"))
    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    found_at: Mapped[datetime] = mapped_column(default=now)


class Source(Base):
    """A session that is kept fresh from a live service, and how that goes. `bulk_url` is the address of the
    whole session as one file, where Open States gives one: it is asked first, once."""

    __tablename__ = "policy_source"
    __journaled__ = True
    __journal_label__ = _("Kept fresh from a service")
    __journal_bookkeeping__ = frozenset(
        {"checked_at", "succeeded_at", "error", "cursor", "requests", "bills"}
    )
    __table_args__ = (UniqueConstraint("provider", "state", "session"),)

    provider: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(2))
    session: Mapped[str] = mapped_column(String(100), default="")
    bulk_url: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    checked_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    requests: Mapped[int] = mapped_column(default=0)
    bills: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
