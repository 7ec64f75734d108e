"""What comes in by itself: feeds, what is looked for in them, and what was found."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, now
from crm.plugin_api import lazy_gettext as _


class Feed(Base):
    """A feed that is asked every hour. With `takes_all` each piece comes to the inbox, as with Google
    Alerts, which look for words themselves; else those that a query finds. `outlet_name` is whose feed it
    is, if one's."""

    __tablename__ = "media_feed"
    __journaled__ = True
    __journal_label__ = _("Feed")
    __journal_bookkeeping__ = frozenset(
        {"checked_at", "succeeded_at", "error", "etag", "modified", "failures"}
    )
    __table_args__ = (UniqueConstraint("url_key"),)

    name: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    url_key: Mapped[str]
    outlet_name: Mapped[str] = mapped_column(default="")
    takes_all: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    checked_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    failures: Mapped[int] = mapped_column(default=0)
    etag: Mapped[str] = mapped_column(default="")
    modified: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Query(Base):
    """Words that a piece must have, any of them, words that must be there too, and words against it."""

    __tablename__ = "media_query"
    __journaled__ = True
    __journal_label__ = _("Saved query")

    name: Mapped[str]
    words: Mapped[str]
    also: Mapped[str] = mapped_column(default="")
    without: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Item(Base):
    """A piece that came in. `status` is new, kept (as `clip_id`) or ignored; `found_by` holds ids of
    queries."""

    __tablename__ = "media_item"
    __journaled__ = True
    __journal_subject__ = ("media_feed", "feed_id")
    __journal_label__ = _("Piece that came in")
    __table_args__ = (
        UniqueConstraint("feed_id", "guid_hash"),
        CheckConstraint("status in ('new', 'kept', 'ignored')", name="status"),
        Index(None, "url_key"),
        Index(None, "status", "sorted_at"),
        Index(None, "clip_id"),
    )

    feed_id: Mapped[int] = mapped_column(ForeignKey("media_feed.id"))
    guid_hash: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(default="")
    url_key: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    title_key: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(default="")
    author: Mapped[str] = mapped_column(default="")
    outlet_name: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None]
    sorted_at: Mapped[datetime] = mapped_column(default=now)
    found_by: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(10), default="new")
    clip_id: Mapped[int | None] = mapped_column(ForeignKey("media_clip.id"))
