"""What media staff keep of contacts: an outlet is an organization, a reporter a person."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, CustomColumn, now
from crm.plugin_api import lazy_gettext as _

_ABOUT = ("contact", "contact_id")


class Outlet(CustomColumn, Base):
    """What is known of an organization as a medium. `areas` and `languages` are words with commas between;
    `circulation` is a number of people, never without its source."""

    __tablename__ = "media_outlet"
    __journaled__ = True
    __journal_subject__ = _ABOUT
    __journal_label__ = _("Outlet")

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(20), default="newspaper")
    audience: Mapped[str] = mapped_column(default="")
    areas: Mapped[str] = mapped_column(default="")
    languages: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="")
    circulation: Mapped[int | None]
    circulation_source: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    verified_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Reporter(CustomColumn, Base):
    """Somebody of the press, and how they want to be approached. Their jobs are affiliations with dates."""

    __tablename__ = "media_reporter"
    __journaled__ = True
    __journal_subject__ = _ABOUT
    __journal_label__ = _("Reporter")

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(20), default="reporter")
    beats: Mapped[str] = mapped_column(default="")
    languages: Mapped[str] = mapped_column(default="", server_default="")
    """In which they write; empty for those of their outlet."""
    areas: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(String(20), default="email")
    hours: Mapped[str] = mapped_column(default="")
    do_not_chase: Mapped[bool] = mapped_column(default=False)
    away_until: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    verified_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
