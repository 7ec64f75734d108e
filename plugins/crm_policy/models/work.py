"""What the coalition does about bills."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, CustomColumn, Id, now
from crm.plugin_api import lazy_gettext as _

_OF_BILL = ("policy_bill", "bill_id")


class Hearing(CustomColumn, Base):
    """A hearing: its own record, since bills often lack the notice. One committee, moment and kind is one
    hearing, whichever source tells of it. `starts_at` is UTC, `time_zone` that of the place. `source_key` is
    how its source calls it, so that it can move; `staff_fields` names what staff has put right: no import
    writes those, nor puts a bill on the agenda again (`off:<id of the bill>`). `aliases` are what hearings
    were called that staff said are this one (`Hearing.called`, or `=` and their `source_key`)."""

    __tablename__ = "policy_hearing"
    __journaled__ = True
    __journal_label__ = _("Hearing")
    __table_args__ = (
        UniqueConstraint("state", "committee_key", "starts_at", "kind"),
        CheckConstraint("status in ('tentative', 'confirmed', 'passed', 'cancelled')", name="status"),
        Index(None, "starts_at"),
        Index("ix_policy_hearing_source_key", "source_key"),
    )

    state: Mapped[str] = mapped_column(String(2))
    committee_id: Mapped[int | None] = mapped_column(ForeignKey("policy_committee.id"), index=True)
    committee_name: Mapped[str]
    committee_key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40), default="hearing")
    starts_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(60), default="")
    all_day: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(10), default="confirmed")
    remind_days: Mapped[int] = mapped_column(default=3)
    source: Mapped[str] = mapped_column(String(20), default="")
    source_key: Mapped[str] = mapped_column(String(120), default="")
    staff_fields: Mapped[list[Any]] = mapped_column(default=list)
    aliases: Mapped[list[Any]] = mapped_column(default=list)
    going: Mapped[str] = mapped_column(default="")

    def called(self) -> str:
        """What tells it from all others, for one that it becomes a part of."""
        return f"{self.committee_key}|{self.kind}|{self.starts_at.astimezone(UTC).isoformat()}"


class HearingBill(Base):
    """That a bill is on the agenda of a hearing; `source` is empty where staff put it there."""

    __tablename__ = "policy_hearing_bill"
    __journaled__ = True
    __journal_subject__ = _OF_BILL
    __journal_label__ = _("On the agenda")
    __table_args__ = (UniqueConstraint("hearing_id", "bill_id"), Index(None, "bill_id"))

    hearing_id: Mapped[int] = mapped_column(ForeignKey("policy_hearing.id"))
    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    source: Mapped[str] = mapped_column(String(20), default="")


class Testimony(Base):
    """What somebody says for the coalition on a bill, from draft to handed in. `approved_by` approved exactly
    this text: changing it afterwards makes it a draft again."""

    __tablename__ = "policy_testimony"
    __journaled__ = True
    __journal_subject__ = _OF_BILL
    __journal_label__ = _("Testimony")
    __table_args__ = (
        CheckConstraint("status in ('draft', 'review', 'approved', 'given')", name="status"),
        Index(None, "bill_id"),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    hearing_id: Mapped[int | None] = mapped_column(ForeignKey("policy_hearing.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    title: Mapped[str]
    stance: Mapped[str] = mapped_column(String(10), default="support")
    form: Mapped[str] = mapped_column(String(10), default="written")
    body: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(10), default="draft")
    due_on: Mapped[date | None]
    author_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    approved_by: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[datetime | None]
    given_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Point(Base):
    """A talking point or a fact with its source."""

    __tablename__ = "policy_point"
    __journaled__ = True
    __journal_subject__ = _OF_BILL
    __journal_label__ = _("Talking point")
    __table_args__ = (Index(None, "bill_id", "position"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    kind: Mapped[str] = mapped_column(String(8), default="point")
    body: Mapped[str]
    audience: Mapped[str] = mapped_column(String(40), default="")
    source_url: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Stance(Base):
    """Where a member of the coalition stands on a bill, and whether it signed on. No row is silence."""

    __tablename__ = "policy_stance"
    __journaled__ = True
    __journal_subject__ = _OF_BILL
    __journal_label__ = _("Stance of a member")
    __table_args__ = (UniqueConstraint("bill_id", "contact_id"), Index(None, "contact_id"))

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    stance: Mapped[str] = mapped_column(String(10), default="")
    sign_off: Mapped[str] = mapped_column(String(10), default="")
    asked_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")


class Mark(Base):
    """How a legislator leans on a bill, from -2 (firm no) to 2 (firm yes), with who says so and since when.
    Marks from votes, sponsorships and meetings are computed, never stored."""

    __tablename__ = "policy_mark"
    __journaled__ = True
    __journal_subject__ = _OF_BILL
    __journal_label__ = _("Mark on the whip sheet")
    __table_args__ = (
        UniqueConstraint("bill_id", "legislator_id"),
        CheckConstraint("lean between -2 and 2", name="lean"),
        Index(None, "legislator_id"),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    legislator_id: Mapped[int] = mapped_column(ForeignKey("policy_legislator.id"))
    lean: Mapped[int]
    said: Mapped[str] = mapped_column(default="")
    noted_on: Mapped[date]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)


class LobbyingYear(Base):
    """What the report of a year under section 501(h) computes with: cents for an hour of work, and dollars
    spent in it for exempt purposes (None where nobody said)."""

    __tablename__ = "policy_lobbying_year"
    __journaled__ = True
    __journal_label__ = _("Hours and spending of a year")

    year: Mapped[int] = mapped_column(unique=True)
    hour_cost_cents: Mapped[int]
    budget_dollars: Mapped[int | None] = mapped_column(Id)


class Lobbying(Base):
    """Time and money spent on influencing legislation, for the tally of section 501(h): `direct` is to
    legislators and their staff, `grassroots` a call to the public, `none` work that is no lobbying (research,
    education without a view). With a legislator it is the log of a meeting."""

    __tablename__ = "policy_lobbying"
    __journaled__ = True
    __journal_label__ = _("Lobbying")
    __journal_permissions__ = ("policy.view", "policy.edit")
    __table_args__ = (
        CheckConstraint("kind in ('direct', 'grassroots', 'none')", name="kind"),
        Index(None, "worked_on", "id"),
    )

    worked_on: Mapped[date]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    minutes: Mapped[int] = mapped_column(default=0)
    cost_cents: Mapped[int] = mapped_column(Id, default=0)
    kind: Mapped[str] = mapped_column(String(10))
    form: Mapped[str] = mapped_column(String(12), default="meeting")
    bill_id: Mapped[int | None] = mapped_column(ForeignKey("policy_bill.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    lean: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
