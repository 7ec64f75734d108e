"""What was published."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, Id, now


class Counted(Base):
    """The numbers of a large district's year as they were counted once for every process; see
    `figures.stored`. `state` says of which ratings, `once` in which way (see `figures.Place`), `content` is
    JSON. Made anew whenever ratings change, and read by the program alone."""

    __tablename__ = "schools_counted"
    __table_args__ = (UniqueConstraint("district_id", "school_year", "once"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id", ondelete="CASCADE"))
    school_year: Mapped[int]
    once: Mapped[bool]
    state: Mapped[str]
    content: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)


class PublicReport(Base):
    """One release of the public report of a district and year.

    `content` is all that the public page shows, small numbers already taken out. `numbers` are the true ones,
    kept so that the next release is checked against this one; no page shows them. `status` is `published` or
    `withdrawn`: what was once public is known, so a withdrawn release still counts for later ones. Not
    journaled: undo must not make anybody forget what was public, and no history may show the true numbers."""

    __tablename__ = "schools_public_report"
    __table_args__ = (UniqueConstraint("district_id", "school_year", "number"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"))
    school_year: Mapped[int]
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default="published")
    smallest_group: Mapped[int]
    smallest_count: Mapped[int]
    through_on: Mapped[date | None]
    content: Mapped[dict[str, Any]]
    numbers: Mapped[dict[str, Any]]
    user_id: Mapped[int | None] = mapped_column(Id)
    made_at: Mapped[datetime] = mapped_column(default=now)
