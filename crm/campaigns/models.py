"""Campaigns: what is to be won, from whom, with whom, by when, at what cost; and who was asked for what."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, CustomColumn, Folded, Id, now
from crm.i18n import lazy_gettext as _

_SUBJECT = ("campaign", "campaign_id")


class Campaign(CustomColumn, Base):
    """Work towards one end: a state policy, awareness, practice in one place. It may be part of another."""

    __tablename__ = "campaign"
    __journaled__ = True
    __journal_label__ = _("Campaign")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (
        CheckConstraint("kind in ('state_policy', 'public_awareness', 'local_practice')", name="kind"),
        CheckConstraint("status in ('planned', 'active', 'paused', 'won', 'closed')", name="status"),
        Index("ix_campaign_sort", "sort_name", "id"),
    )

    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(Folded)
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10), default="planned")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"), index=True)
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    summary: Mapped[str] = mapped_column(default="")
    budget_cents: Mapped[int | None] = mapped_column(Id)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Milestone(Base):
    """A day by which something is to be reached on the way."""

    __tablename__ = "campaign_milestone"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Milestone")
    __table_args__ = (Index(None, "campaign_id", "due_date"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    title: Mapped[str]
    due_date: Mapped[date]
    done_on: Mapped[date | None]


class Goal(Base):
    """A number to reach, computed from records: 40 organizations signed, 12 districts adopted. `measure` is
    the name of a way to count, `parameters` say what it needs to know (a tag, a kind of commitment)."""

    __tablename__ = "campaign_goal"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Goal")

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    label: Mapped[str]
    measure: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    target: Mapped[int]
    due_date: Mapped[date | None]
    position: Mapped[int] = mapped_column(default=0)


class Target(Base):
    """Somebody who decides. `support` goes from -2 (against) to 2 (champion), None while nobody knows;
    `influence` from 1 to 5."""

    __tablename__ = "campaign_target"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Target")
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        CheckConstraint("stage in ('identified', 'contacted', 'met', 'asked', 'decided')", name="stage"),
        CheckConstraint("support between -2 and 2", name="support"),
        CheckConstraint("influence between 1 and 5", name="influence"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    stage: Mapped[str] = mapped_column(String(12), default="identified")
    support: Mapped[int | None]
    influence: Mapped[int] = mapped_column(default=3)
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Supporter(Base):
    """How far up the ladder of engagement somebody stands in a campaign, from 1 (aware) to 6 (leads)."""

    __tablename__ = "campaign_supporter"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Step of the ladder")
    __table_args__ = (
        UniqueConstraint("campaign_id", "contact_id"),
        CheckConstraint("rung between 1 and 6", name="rung"),
        Index(None, "campaign_id", "rung"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    rung: Mapped[int] = mapped_column(default=1)
    since: Mapped[date]
    note: Mapped[str] = mapped_column(default="")


class Cost(Base):
    """Money spent on a campaign."""

    __tablename__ = "campaign_cost"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Cost")

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    label: Mapped[str]
    amount_cents: Mapped[int] = mapped_column(Id)
    spent_on: Mapped[date]


class Ask(CustomColumn, Base):
    """That somebody was asked for something, by one of ours or by somebody of a partner
    (`asked_by_contact_id`). A second ask of the same person by somebody else is warned of before it is
    written."""

    __tablename__ = "campaign_ask"
    __journaled__ = True
    __journal_subject__ = ("contact", "contact_id")
    __journal_label__ = _("Ask")
    __table_args__ = (
        CheckConstraint("answer in ('planned', 'waiting', 'yes', 'maybe', 'no')", name="answer"),
        Index(None, "contact_id", "asked_on"),
        Index("ix_campaign_ask_sort", "asked_on", "id"),
        Index(None, "campaign_id", "asked_on"),
    )

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    asked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    asked_by_contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    what: Mapped[str]
    asked_on: Mapped[date]
    answer: Mapped[str] = mapped_column(String(10), default="waiting")
    answered_on: Mapped[date | None]
    commitment_id: Mapped[int | None] = mapped_column(ForeignKey("commitment.id"), index=True)
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
