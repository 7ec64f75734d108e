"""Legislators, their committees, the districts they stand for, and who of ours lives there."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, CustomColumn, Folded, now
from crm.plugin_api import lazy_gettext as _
from crm_policy.models.bills import once

_CONTACT = ("contact", "contact_id")


class Legislator(CustomColumn, Base):
    """That a contact sits, or sat, in a legislature. `state` to `ends_on` are those of the newest term; all
    terms are rows of their own. `staff_fields` names what staff has put right: no import writes those."""

    __tablename__ = "policy_legislator"
    __journaled__ = True
    __journal_subject__ = _CONTACT
    __journal_label__ = _("Legislator")
    __journal_bookkeeping__ = frozenset({"seen_at", "hash"})
    __table_args__ = (
        UniqueConstraint("contact_id"),
        once("uq_policy_legislator_ocd_id", "ocd_id"),
        once("uq_policy_legislator_legiscan_id", "legiscan_id"),
        Index("ix_policy_legislator_sort", "sort_name", "id"),
        Index("ix_policy_legislator_place", "state", "chamber", "district"),
    )

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(Folded)
    family_key: Mapped[str] = mapped_column(Folded, index=True)
    state: Mapped[str] = mapped_column(String(2))
    chamber: Mapped[str] = mapped_column(String(12), default="")
    district: Mapped[str] = mapped_column(String(60), default="")
    party: Mapped[str] = mapped_column(String(60), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    ocd_id: Mapped[str | None] = mapped_column(String(60))
    legiscan_id: Mapped[int | None]
    links: Mapped[list[Any]] = mapped_column(default=list)
    staff_fields: Mapped[list[Any]] = mapped_column(default=list)
    relationship_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    hash: Mapped[str] = mapped_column(String(32), default="")
    source: Mapped[str] = mapped_column(String(20), default="staff")
    seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Term(Base):
    """A time in office. It is running when its end is missing or still to come."""

    __tablename__ = "policy_term"
    __journaled__ = True
    __journal_subject__ = ("policy_legislator", "legislator_id")
    __journal_label__ = _("Term in office")
    __table_args__ = (Index(None, "legislator_id"), Index(None, "state", "chamber", "district"))

    legislator_id: Mapped[int] = mapped_column(ForeignKey("policy_legislator.id"))
    state: Mapped[str] = mapped_column(String(2))
    chamber: Mapped[str] = mapped_column(String(12))
    district: Mapped[str] = mapped_column(String(60), default="")
    party: Mapped[str] = mapped_column(String(60), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(20), default="")


def office_key(kind: str, address: str) -> str:
    """By what a source's office is known again."""
    return f"{kind}|{address}"


class Office(Base):
    """Where a legislator is reached. An office that a source drops is archived, never blanked; one that staff
    wrote or put right (`staff`) wins over every import. `stands_for` is the key of the source's office that
    it puts right, `closed` that there is no such office any more."""

    __tablename__ = "policy_office"
    __journaled__ = True
    __journal_subject__ = ("policy_legislator", "legislator_id")
    __journal_label__ = _("Office of a legislator")
    __table_args__ = (Index(None, "legislator_id"),)

    legislator_id: Mapped[int] = mapped_column(ForeignKey("policy_legislator.id"))
    kind: Mapped[str] = mapped_column(String(30), default="capitol")
    address: Mapped[str] = mapped_column(default="")
    voice: Mapped[str] = mapped_column(String(60), default="")
    fax: Mapped[str] = mapped_column(String(60), default="")
    staff: Mapped[bool] = mapped_column(default=False)
    stands_for: Mapped[str] = mapped_column(default="")
    closed: Mapped[bool] = mapped_column(default=False)
    verified_on: Mapped[date | None]
    archived_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(20), default="")


class Committee(Base):
    """A committee of a chamber, or of both."""

    __tablename__ = "policy_committee"
    __journaled__ = True
    __journal_label__ = _("Committee")
    __journal_bookkeeping__ = frozenset({"hash"})
    __table_args__ = (
        UniqueConstraint("state", "chamber", "name_key"),
        once("uq_policy_committee_ocd_id", "ocd_id"),
    )

    state: Mapped[str] = mapped_column(String(2))
    chamber: Mapped[str] = mapped_column(String(12), default="")
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Folded)
    kind: Mapped[str] = mapped_column(String(20), default="committee")
    parent: Mapped[str] = mapped_column(default="")
    ocd_id: Mapped[str | None] = mapped_column(String(60))
    meets: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    hash: Mapped[str] = mapped_column(String(32), default="")


BY_STAFF: Final = "staff"
"""The reference of a seat that staff gave or ended."""
_LENGTH = 60


def left_by_staff(told: str) -> str:
    """The reference of a seat that staff ended while nobody knew whose it is: what its source calls them, so
    that no import brings the same one again."""
    return f"{BY_STAFF}:{told}"[:_LENGTH]


class Seat(Base):
    """A legislator's seat on a committee; the name stays while nobody knows who that is."""

    __tablename__ = "policy_seat"
    __journaled__ = True
    __journal_subject__ = ("policy_committee", "committee_id")
    __journal_label__ = _("Seat on a committee")
    __table_args__ = (Index(None, "committee_id"), Index(None, "legislator_id"))

    committee_id: Mapped[int] = mapped_column(ForeignKey("policy_committee.id"))
    legislator_id: Mapped[int | None] = mapped_column(ForeignKey("policy_legislator.id"))
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(60), default="member")
    reference: Mapped[str] = mapped_column(String(_LENGTH), default="")
    ended_on: Mapped[date | None]

    @property
    def is_by_staff(self) -> bool:
        """Whether staff gave or ended it: their word wins over every import."""
        return self.reference == BY_STAFF or self.reference.startswith(f"{BY_STAFF}:")


class District(Base):
    """A legislative or school district by its Open Civic Data id; `nces` is a school district's."""

    __tablename__ = "policy_district"
    __journaled__ = True
    __journal_label__ = _("District")
    __table_args__ = (UniqueConstraint("ocd_id"), Index(None, "state", "kind", "code"), Index(None, "nces"))

    ocd_id: Mapped[str] = mapped_column(String(160))
    state: Mapped[str] = mapped_column(String(2))
    kind: Mapped[str] = mapped_column(String(8))
    code: Mapped[str] = mapped_column(String(120))
    name: Mapped[str]
    nces: Mapped[str] = mapped_column(String(20), default="")


class Constituency(Base):
    """That a partner lies in a legislative district. Schools have those of the district they belong to,
    unless they have their own. With `chamber` school, `district` is the NCES number of a school district: the
    legislative districts follow from how they overlap."""

    __tablename__ = "policy_constituency"
    __journaled__ = True
    __journal_subject__ = _CONTACT
    __journal_label__ = _("Legislative district")
    __table_args__ = (
        UniqueConstraint("contact_id", "state", "chamber", "district"),
        CheckConstraint("chamber in ('upper', 'lower', 'legislature', 'school')", name="chamber"),
        Index(None, "state", "chamber", "district"),
    )

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    state: Mapped[str] = mapped_column(String(2))
    chamber: Mapped[str] = mapped_column(String(12))
    district: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Overlap(Base):
    """That a school district (by its NCES number) and a legislative district share ground. `district` is the
    code of the latter's Open Civic Data id; `share` how much of the school district lies there, in percent,
    where the file says so. `edition` is the year of the lines, 0 where a file says none: of files with a year
    only the newest counts (`services.work.districts.in_force`)."""

    __tablename__ = "policy_overlap"
    __journaled__ = True
    __journal_label__ = _("School district in a legislative district")
    __table_args__ = (
        UniqueConstraint("nces", "state", "chamber", "district"),
        CheckConstraint("share between 0 and 100", name="share"),
        Index(None, "state", "chamber", "district"),
    )

    nces: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(2))
    chamber: Mapped[str] = mapped_column(String(12))
    district: Mapped[str] = mapped_column(String(120))
    share: Mapped[int | None]
    edition: Mapped[int] = mapped_column(default=0)


class Unmatched(Base):
    """Somebody whom a source names and whom we could not place for certain: it waits for a person's word.
    `candidates` are the ids of legislators it may be."""

    __tablename__ = "policy_unmatched"
    __journaled__ = True
    __journal_label__ = _("Name to be matched")
    __table_args__ = (UniqueConstraint("reference"), Index(None, "status"))

    reference: Mapped[str] = mapped_column(String(60))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(2))
    chamber: Mapped[str] = mapped_column(String(12), default="")
    district: Mapped[str] = mapped_column(String(60), default="")
    party: Mapped[str] = mapped_column(String(60), default="")
    record: Mapped[dict[str, Any]] = mapped_column(default=dict)
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(String(10), default="open")
    created_at: Mapped[datetime] = mapped_column(default=now)
