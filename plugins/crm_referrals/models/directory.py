"""The directory of services in the terms of HSDS 3.1.

`uid` is the id by which other systems know a row; it never changes. What HSDS keeps in tables of their own
(telephones, schedules, areas, languages, costs, documents) is kept in `parts`: a mapping of HSDS's name of
the list to its rows, each as HSDS writes it, so that what came in goes out the same. `staff_fields` names
what was changed here since, with `parts.` before the name of a list: no import overwrites it unasked.
`came_from` says whose file brought a row: empty where it was written here, None where nobody noted it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, Folded, now
from crm.plugin_api import lazy_gettext as _

_AGENCY = ("referrals_agency", "agency_id")
_SERVICE = ("referrals_service", "service_id")


class Agency(Base):
    """An organization that gives services. `contact_id` is what it is among the contacts, if it is.

    `respond_days` is within how many business days it answers, `weekly_cap` how many referrals a week it
    takes; None is without a limit. `notice` is `at_once`, `daily` or `none`, `language` the one of its mail.
    `acknowledges_only` is for victim services: they never report back about somebody. `link_version` rises
    to end every link that it was sent.
    """

    __tablename__ = "referrals_agency"
    __journaled__ = True
    __journal_label__ = _("Agency")
    __journal_exclude__ = frozenset({"link_version"})  # No undo brings a link back to life that was ended.
    __journal_bookkeeping__ = frozenset({"updated_at"})
    __table_args__ = (CheckConstraint("notice in ('at_once', 'daily', 'none')", name="notice"),)

    uid: Mapped[str] = mapped_column(String(36), unique=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(Folded, index=True)
    alternate_name: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    legal_status: Mapped[str] = mapped_column(default="")
    year_incorporated: Mapped[int | None]
    phone: Mapped[str] = mapped_column(default="")
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    respond_days: Mapped[int] = mapped_column(default=2)
    weekly_cap: Mapped[int | None]
    notice: Mapped[str] = mapped_column(String(8), default="at_once")
    notice_email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(10), default="en")
    acknowledges_only: Mapped[bool] = mapped_column(default=False)
    closed_on: Mapped[date | None]
    link_version: Mapped[int] = mapped_column(default=1)
    staff_fields: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Service(Base):
    """One service of an agency. `status` is HSDS's. `area_codes` are the ZIP codes, counties and districts
    that it serves between commas (`,37203,37208,`), empty where nobody said; `language_codes` likewise.
    `is_sensitive` hides in lists and notices that somebody is referred to it. `assured_on` is when the
    agency last said that all of this is right, `asked_on` when it was last asked whether it is.
    `is_public` lets it stand on the public page and in the interface."""

    __tablename__ = "referrals_service"
    __journaled__ = True
    __journal_subject__ = _AGENCY
    __journal_label__ = _("Service")
    __journal_bookkeeping__ = frozenset({"updated_at", "asked_on"})
    __table_args__ = (
        CheckConstraint("status in ('active', 'inactive', 'defunct', 'temporarily closed')", name="status"),
    )

    uid: Mapped[str] = mapped_column(String(36), unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("referrals_agency.id"), index=True)
    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(Folded, index=True)
    search_text: Mapped[str] = mapped_column(Folded, default="")
    alternate_name: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(20), default="active")
    application_process: Mapped[str] = mapped_column(default="")
    eligibility_description: Mapped[str] = mapped_column(default="")
    fees_description: Mapped[str] = mapped_column(default="")
    is_free: Mapped[bool | None]
    minimum_age: Mapped[int | None]
    maximum_age: Mapped[int | None]
    area_codes: Mapped[str] = mapped_column(default="")
    language_codes: Mapped[str] = mapped_column(default="")
    is_virtual: Mapped[bool] = mapped_column(default=False)
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=True)
    came_from: Mapped[str | None] = mapped_column(String(80), default="")
    assured_on: Mapped[date | None]
    asked_on: Mapped[date | None]
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    staff_fields: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class ServiceTerm(Base):
    """That a service meets a kind of need; `term` is a code of `crm_referrals.words.CATEGORIES`."""

    __tablename__ = "referrals_service_term"
    __journaled__ = True
    __journal_subject__ = _SERVICE
    __journal_label__ = _("Kind of service")
    __table_args__ = (UniqueConstraint("service_id", "term"),)

    service_id: Mapped[int] = mapped_column(ForeignKey("referrals_service.id"))
    term: Mapped[str] = mapped_column(String(30), index=True)


class Location(Base):
    """Where an agency gives services; `latitude` and `longitude` in degrees, where they are known. A
    confidential one, such as a shelter's, leaves the house in no form."""

    __tablename__ = "referrals_location"
    __journaled__ = True
    __journal_subject__ = _AGENCY
    __journal_label__ = _("Location")
    __journal_secret__ = ("is_confidential", "referrals.coordinate")
    __table_args__ = (CheckConstraint("kind in ('physical', 'postal', 'virtual')", name="kind"),)

    uid: Mapped[str] = mapped_column(String(36), unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("referrals_agency.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), default="physical")
    name: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    transportation: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    is_confidential: Mapped[bool] = mapped_column(default=False)
    came_from: Mapped[str | None] = mapped_column(String(80), default="")
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    staff_fields: Mapped[list[Any]] = mapped_column(default=list)


class Placing(Base):
    """That a service is given at a location."""

    __tablename__ = "referrals_placing"
    __journaled__ = True
    __journal_subject__ = _SERVICE
    __journal_label__ = _("Location of a service")
    __table_args__ = (UniqueConstraint("service_id", "location_id"),)

    uid: Mapped[str] = mapped_column(String(36), unique=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("referrals_service.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("referrals_location.id"), index=True)
    description: Mapped[str] = mapped_column(default="")
    came_from: Mapped[str | None] = mapped_column(String(80), default="")


class Capacity(Base):
    """How full a service said that it was, and when; the latest counts, until it is too old to rely on."""

    __tablename__ = "referrals_capacity"
    __journaled__ = True
    __journal_subject__ = _SERVICE
    __journal_label__ = _("Capacity")
    __table_args__ = (CheckConstraint("state in ('open', 'waitlist', 'none')", name="state"),)

    service_id: Mapped[int] = mapped_column(ForeignKey("referrals_service.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    available: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    said_by: Mapped[str] = mapped_column(default="")
    said_at: Mapped[datetime] = mapped_column(default=now)


class Proposal(Base):
    """A change that an agency wrote by its link and that staff look at. `changes` are field to new value."""

    __tablename__ = "referrals_proposal"
    __journaled__ = True
    __journal_subject__ = _SERVICE
    __journal_label__ = _("Proposed change")
    __table_args__ = (CheckConstraint("status in ('waiting', 'taken', 'refused')", name="status"),)

    service_id: Mapped[int] = mapped_column(ForeignKey("referrals_service.id"), index=True)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_name: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(8), default="waiting")
    created_at: Mapped[datetime] = mapped_column(default=now)
