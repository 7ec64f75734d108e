"""School districts, their schools, and the rules by which each counts."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, now
from crm.plugin_api import lazy_gettext as _
from crm_schools.words import LONGEST_ID


class District(Base):
    """A local education agency. `contact_id` is the organization that it is among the contacts, None once
    that was erased. `nces_id` has seven digits, `local_id` is what files of the district or the state call
    it; both are text, since leading zeros count. `state` is two letters."""

    __tablename__ = "schools_district"
    __journaled__ = True
    __journal_label__ = _("School district")
    __table_args__ = (Index("uq_schools_district_contact", "contact_id", unique=True),)

    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(2), default="")
    nces_id: Mapped[str] = mapped_column(String(12), default="", index=True)
    local_id: Mapped[str] = mapped_column(String(LONGEST_ID), default="", index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class School(Base):
    """A school of a district, an organization under it. `nces_id` has twelve digits. `grades` are those
    that it teaches, in order, between commas (`K,1,2`), as in `crm_schools.words.GRADES`."""

    __tablename__ = "schools_school"
    __journaled__ = True
    __journal_label__ = _("School")
    __table_args__ = (
        Index("uq_schools_school_contact", "contact_id", unique=True),
        UniqueConstraint("district_id", "local_id"),
    )

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    name: Mapped[str]
    local_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    state_id: Mapped[str] = mapped_column(String(LONGEST_ID), default="")
    nces_id: Mapped[str] = mapped_column(String(12), default="")
    grades: Mapped[str] = mapped_column(String(80), default="")
    source_id: Mapped[str] = mapped_column(String(LONGEST_ID), default="")
    """What the system from which rosters come calls it (OneRoster: sourcedId), for its deltas."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Setting(Base):
    """One rule as a district decided it, or a school where `school_id` is set; what nobody decided is as
    `crm_schools.settings` says. `source` is the law, manual or decision that it follows, `dated_on` of
    when. It holds from the school year `from_year` on, until another row says otherwise; for every year where
    that is None."""

    __tablename__ = "schools_setting"
    __journaled__ = True
    __journal_subject__ = ("schools_district", "district_id")
    __journal_label__ = _("Rule of a district")
    __table_args__ = (Index(None, "district_id", "name"),)

    district_id: Mapped[int] = mapped_column(ForeignKey("schools_district.id"))
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools_school.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    value: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    dated_on: Mapped[date | None]
    from_year: Mapped[int | None]
