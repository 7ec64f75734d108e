"""Coalitions, who belongs to them, their working groups, and what was promised to them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, CustomColumn, Folded, now
from crm.i18n import lazy_gettext as _


class Coalition(CustomColumn, Base):
    """People and organizations who act together, in the nation, in a state or in one place; one may be part
    of another. `region` says where: a state's two letters, a county, a district. `version` rises with each
    edit."""

    __tablename__ = "coalition"
    __journaled__ = True
    __journal_label__ = _("Coalition")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (
        CheckConstraint("level in ('national', 'state', 'local')", name="level"),
        Index("ix_coalition_sort", "sort_name", "id"),
    )

    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(Folded)
    level: Mapped[str] = mapped_column(String(10))
    region: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"), index=True)
    description: Mapped[str] = mapped_column(default="")
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    founded_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Membership(CustomColumn, Base):
    """That a person or an organization belongs to a coalition, for a time. An organization is spoken for by
    its delegate or, when that one cannot, by the alternate. Several of one contact in one coalition follow
    one another and never overlap."""

    __tablename__ = "coalition_membership"
    __journaled__ = True
    __journal_subject__ = ("coalition", "coalition_id")
    __journal_label__ = _("Membership")
    __table_args__ = (
        CheckConstraint("status in ('prospect', 'invited', 'active', 'lapsed', 'left')", name="status"),
        CheckConstraint("role in ('lead', 'steering', 'member')", name="role"),
        Index(None, "coalition_id", "status", "contact_id"),
    )

    coalition_id: Mapped[int] = mapped_column(ForeignKey("coalition.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    status: Mapped[str] = mapped_column(String(10), default="active")
    role: Mapped[str] = mapped_column(String(10), default="member")
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    invited_by_contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    alternate_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class WorkingGroup(Base):
    """Some members of a coalition with a task of their own: data, policy, family engagement."""

    __tablename__ = "coalition_group"
    __journaled__ = True
    __journal_label__ = _("Working group")
    __table_args__ = (UniqueConstraint("coalition_id", "name"),)

    coalition_id: Mapped[int] = mapped_column(ForeignKey("coalition.id"))
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class GroupMember(Base):
    """Somebody in a working group; one of them or several chair it."""

    __tablename__ = "coalition_group_member"
    __journaled__ = True
    __journal_subject__ = ("coalition_group", "group_id")
    __journal_label__ = _("Member of a working group")
    __table_args__ = (UniqueConstraint("group_id", "contact_id"),)

    group_id: Mapped[int] = mapped_column(ForeignKey("coalition_group.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    is_chair: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Commitment(CustomColumn, Base):
    """Something that a person or an organization has promised. `delegate_id` is who of an organization
    answers for it, `owner_user_id` who of ours follows it up. Open ones past their deadline are late; that is
    computed, never stored. `kept_on`, `evidence` and `evidence_url` say how we know."""

    __tablename__ = "commitment"
    __journaled__ = True
    __journal_label__ = _("Commitment")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (
        CheckConstraint(
            "kind in ('host', 'testify', 'share_data', 'sign_on', 'give_space', 'fund', 'other')", name="kind"
        ),
        CheckConstraint("status in ('open', 'kept', 'lapsed', 'withdrawn')", name="status"),
        Index(None, "status", "due_date", "id"),
        Index(None, "campaign_id", "status"),
        Index(None, "coalition_id", "status"),
    )

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    delegate_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    owner_user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str]
    pledged_on: Mapped[date]
    due_date: Mapped[date | None]
    remind_days: Mapped[int] = mapped_column(default=7)
    reminded_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(10), default="open")
    kept_on: Mapped[date | None]
    evidence: Mapped[str] = mapped_column(default="")
    evidence_url: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
