"""What was printed, sent and said about us."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, CustomColumn, Id, now
from crm.plugin_api import lazy_gettext as _

_OF_CLIP = ("media_clip", "clip_id")


class Clip(CustomColumn, Base):
    """A piece of coverage. `url_key` is the same for every way to its page, so that it is kept once;
    `copy_of_id` is the first of several that print the same. `framing` follows from headline and `text`:
    chronic, truancy, both, neither, or empty where nobody has the text. `reach` is a number of people,
    never without its source."""

    __tablename__ = "media_clip"
    __journaled__ = True
    __journal_label__ = _("Coverage")
    __table_args__ = (
        UniqueConstraint("url_key"),
        CheckConstraint("reach is null or reach_source <> ''", name="reach"),
        Index(None, "published_on", "id"),
        Index(None, "outlet_id"),
        Index(None, "campaign_id"),
        Index(None, "copy_of_id"),
        Index(None, "release_id"),
        Index(None, "title_key"),
    )

    title: Mapped[str]
    title_key: Mapped[str] = mapped_column(String(200), default="")
    url: Mapped[str] = mapped_column(default="")
    url_key: Mapped[str | None]
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("media_outlet.id"))
    outlet_name: Mapped[str] = mapped_column(default="")
    author: Mapped[str] = mapped_column(default="")
    published_on: Mapped[date | None]
    medium: Mapped[str] = mapped_column(String(20), default="online")
    piece: Mapped[str] = mapped_column(String(20), default="news")
    place: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    framing: Mapped[str] = mapped_column(String(10), default="")
    tone: Mapped[str] = mapped_column(String(12), default="")
    prominence: Mapped[str] = mapped_column(String(12), default="")
    quote: Mapped[str] = mapped_column(default="")
    reach: Mapped[int | None]
    reach_source: Mapped[str] = mapped_column(default="")
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    bill: Mapped[str] = mapped_column(String(60), default="")
    bill_id: Mapped[int | None] = mapped_column(Id, index=True)
    """The bill among those that policy staff track; nothing holds it, `bill` says it in words."""
    opinion_id: Mapped[int | None] = mapped_column(ForeignKey("media_opinion.id"), index=True)
    """The op-ed or letter of ours that was printed so."""
    release_id: Mapped[int | None] = mapped_column(ForeignKey("media_release.id"))
    copy_of_id: Mapped[int | None] = mapped_column(ForeignKey("media_clip.id"))
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class ClipMessage(Base):
    """That a message is in a clip, and the sentence that says so; `by_hand` where somebody ticked it."""

    __tablename__ = "media_clip_message"
    __journaled__ = True
    __journal_subject__ = _OF_CLIP
    __journal_label__ = _("Message in the coverage")
    __table_args__ = (UniqueConstraint("clip_id", "message_id"), Index(None, "message_id"))

    clip_id: Mapped[int] = mapped_column(ForeignKey("media_clip.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("media_message.id"))
    sentence: Mapped[str] = mapped_column(default="")
    by_hand: Mapped[bool] = mapped_column(default=False)


class ClipPerson(Base):
    """Who of the contacts is in a clip: quoted, mentioned, or its author."""

    __tablename__ = "media_clip_person"
    __journaled__ = True
    __journal_subject__ = _OF_CLIP
    __journal_label__ = _("Person in the coverage")
    __table_args__ = (
        UniqueConstraint("clip_id", "contact_id"),
        CheckConstraint("role in ('quoted', 'mentioned', 'author')", name="role"),
        Index(None, "contact_id"),
    )

    clip_id: Mapped[int] = mapped_column(ForeignKey("media_clip.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    role: Mapped[str] = mapped_column(String(10), default="quoted")
    words: Mapped[str] = mapped_column(default="")


class ClipFile(Base):
    """A screenshot or a page of a paper."""

    __tablename__ = "media_clip_file"
    __journaled__ = True
    __journal_subject__ = _OF_CLIP
    __journal_label__ = _("File of the coverage")
    __table_args__ = (Index(None, "clip_id"),)

    clip_id: Mapped[int] = mapped_column(ForeignKey("media_clip.id"))
    storage_key: Mapped[str] = mapped_column(String(32))
    file_name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=now)
