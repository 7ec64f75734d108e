"""What the coalition wants to be heard saying, and who says it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, CustomColumn, now
from crm.plugin_api import lazy_gettext as _

_OF_PERSON = ("contact", "contact_id")


class Message(Base):
    """A named message. `proof` is one point a line; `phrases`, `do_words` and `dont_words` are words with
    commas between. Coverage is searched for `phrases`, where a star stands for any ending; with `also`
    only where one of those words stands in the piece, too."""

    __tablename__ = "media_message"
    __journaled__ = True
    __journal_label__ = _("Message")
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[str] = mapped_column(String(120))
    wording: Mapped[str] = mapped_column(default="")
    wording_es: Mapped[str] = mapped_column(default="")
    proof: Mapped[str] = mapped_column(default="")
    phrases: Mapped[str] = mapped_column(default="")
    also: Mapped[str] = mapped_column(default="", server_default="")
    do_words: Mapped[str] = mapped_column(default="")
    dont_words: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Spokesperson(CustomColumn, Base):
    """Somebody who speaks for the coalition. `topics` and `languages` are words with commas between;
    `at_most` is how many bookings a month they want, None as many as come."""

    __tablename__ = "media_spokesperson"
    __journaled__ = True
    __journal_subject__ = _OF_PERSON
    __journal_label__ = _("Spokesperson")
    __table_args__ = (CheckConstraint("available in ('yes', 'ask', 'no')", name="available"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), unique=True)
    perspective: Mapped[str] = mapped_column(String(20), default="other")
    languages: Mapped[str] = mapped_column(default="")
    topics: Mapped[str] = mapped_column(default="")
    training: Mapped[str] = mapped_column(default="")
    trained_on: Mapped[date | None]
    available: Mapped[str] = mapped_column(String(10), default="yes")
    availability: Mapped[str] = mapped_column(default="")
    away_until: Mapped[date | None]
    at_most: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Carries(Base):
    """That somebody speaks to a message."""

    __tablename__ = "media_carries"
    __journaled__ = True
    __journal_subject__ = ("media_message", "message_id")
    __journal_label__ = _("Speaks to the message")
    __table_args__ = (UniqueConstraint("spokesperson_id", "message_id"), Index(None, "message_id"))

    spokesperson_id: Mapped[int] = mapped_column(ForeignKey("media_spokesperson.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("media_message.id"))


class Booking(Base):
    """An interview or appearance that somebody was asked for. `status`: asked, agreed, done, declined."""

    __tablename__ = "media_booking"
    __journaled__ = True
    __journal_subject__ = ("media_spokesperson", "spokesperson_id")
    __journal_label__ = _("Interview")
    __table_args__ = (
        CheckConstraint("status in ('asked', 'agreed', 'done', 'declined')", name="status"),
        Index(None, "spokesperson_id"),
        Index(None, "on_day"),
    )

    spokesperson_id: Mapped[int] = mapped_column(ForeignKey("media_spokesperson.id"))
    title: Mapped[str]
    on_day: Mapped[date]
    outlet: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(10), default="asked")
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
