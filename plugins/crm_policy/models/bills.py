"""Sessions of legislatures, their bills, and what a source tells of each bill."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, CustomColumn, Folded, Id, now
from crm.plugin_api import lazy_gettext as _

_OF_BILL = ("policy_bill", "bill_id")
PUBLIC = ("policy.view", "policy.edit")


def once(name: str, column: str) -> Index:
    """A unique index over the rows that have the column at all."""
    where = text(f"{column} IS NOT NULL")
    return Index(name, column, unique=True, sqlite_where=where, postgresql_where=where)


class Session(Base):
    """A session of a state's legislature. `ends_on` is the last day of its bills; where a source gives only
    years it is assumed (`assumed_end`), unless staff says that nobody knows it yet (`open_ended`).
    `adjourned` is what LegiScan says: such a session is over, and its end is assumed to be the day of what
    happened last. With `carries_over` bills live on into the next session. `aliases` are what other sources
    call it."""

    __tablename__ = "policy_session"
    __journaled__ = True
    __journal_label__ = _("Session of a legislature")
    __table_args__ = (
        UniqueConstraint("state", "identifier"),
        once("uq_policy_session_legiscan_id", "legiscan_id"),
    )

    state: Mapped[str] = mapped_column(String(2))
    identifier: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(default="")
    aliases: Mapped[list[Any]] = mapped_column(default=list)
    legiscan_id: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    assumed_end: Mapped[bool] = mapped_column(default=False)
    adjourned: Mapped[bool] = mapped_column(default=False)
    open_ended: Mapped[bool] = mapped_column(default=False)
    carries_over: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime | None]


class Bill(CustomColumn, Base):
    """A bill or resolution: what its source says, what follows from it, and what we say.

    `stage` (0 to 10) and `disposition` are what pages show: the source's own conclusion is in `source_stage`
    and `source_disposition`, and where staff overrule it `override_reason` says why; an import never touches
    that. `overruled_stage` and `overruled_disposition` are what the source said then: once it says something
    else, staff should look again. `hashes` holds for each source and section a hash of what it said last.
    `triage` is where it stands with us: '' not looked at, inbox, tracked, later, ignored. `group_id` is
    shared by companions.
    """

    __tablename__ = "policy_bill"
    __journaled__ = True
    __journal_label__ = _("Bill")
    __journal_bookkeeping__ = frozenset({"version", "updated_at", "seen_at", "hashes", "change_hash"})
    __table_args__ = (
        CheckConstraint("stage between 0 and 10", name="stage"),
        CheckConstraint("triage in ('', 'inbox', 'tracked', 'later', 'ignored')", name="triage"),
        UniqueConstraint("session_id", "identifier"),
        once("uq_policy_bill_legiscan_id", "legiscan_id"),
        once("uq_policy_bill_ocd_id", "ocd_id"),
        Index("ix_policy_bill_sort", "sort_key", "id"),
        Index("ix_policy_bill_state", "state", "stage", "disposition"),
        Index("ix_policy_bill_changed", "changed_at", "id"),
        Index("ix_policy_bill_triage", "triage", "changed_at", "id"),
        Index(
            "ix_policy_bill_tracked", "state", "stage", "disposition",
            sqlite_where=text("triage = 'tracked'"), postgresql_where=text("triage = 'tracked'"),
        ),
        Index(None, "group_id"),
    )  # fmt: skip

    state: Mapped[str] = mapped_column(String(2))
    session_id: Mapped[int] = mapped_column(ForeignKey("policy_session.id"))
    identifier: Mapped[str] = mapped_column(String(40))
    sort_key: Mapped[str] = mapped_column(Folded)
    former_identifiers: Mapped[list[Any]] = mapped_column(default=list)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    chamber: Mapped[str] = mapped_column(String(12), default="")
    kind: Mapped[str] = mapped_column(String(24), default="bill")
    subjects: Mapped[list[Any]] = mapped_column(default=list)
    url: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(String(20), default="staff")
    legiscan_id: Mapped[int | None]
    ocd_id: Mapped[str | None] = mapped_column(String(60))
    change_hash: Mapped[str] = mapped_column(String(64), default="")
    hashes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status_events: Mapped[list[Any]] = mapped_column(default=list)
    source_stage: Mapped[int] = mapped_column(default=0)
    source_disposition: Mapped[str] = mapped_column(String(20), default="live")
    source_why: Mapped[str] = mapped_column(String(40), default="")
    stage: Mapped[int] = mapped_column(default=0)
    disposition: Mapped[str] = mapped_column(String(20), default="live")
    stage_override: Mapped[int | None]
    disposition_override: Mapped[str | None] = mapped_column(String(20))
    override_reason: Mapped[str] = mapped_column(default="")
    override_by: Mapped[str] = mapped_column(default="")
    overruled_stage: Mapped[int | None]
    overruled_disposition: Mapped[str | None] = mapped_column(String(20))
    introduced_on: Mapped[date | None]
    last_action_on: Mapped[date | None]
    last_action: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime | None]
    missing_since: Mapped[date | None]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    change_note: Mapped[str] = mapped_column(default="")
    group_id: Mapped[int | None]
    short_title: Mapped[str] = mapped_column(default="")
    triage: Mapped[str] = mapped_column(String(8), default="")
    later_until: Mapped[date | None]
    position: Mapped[str] = mapped_column(String(10), default="")
    priority: Mapped[int] = mapped_column(default=0)
    position_note: Mapped[str] = mapped_column(default="")
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class FormerBill(Base):
    """That a bill was here twice and became one with another, so that its address leads there. Of the bill
    only its number is kept; undo removes it."""

    __tablename__ = "policy_bill_former"
    __journaled__ = True
    __journal_subject__ = _OF_BILL
    __journal_label__ = _("Bill that was here twice")
    __table_args__ = (UniqueConstraint("former_id"), Index(None, "bill_id"))

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    former_id: Mapped[int] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)


class _Part(Base):
    """What is told of a bill. `gone_on` is the day on which its source told it no more: a sync never deletes.
    Parts without a source were written by staff, and no import touches them."""

    __abstract__ = True
    __journaled__ = True
    __journal_subject__ = _OF_BILL

    source: Mapped[str] = mapped_column(String(20), default="")
    gone_on: Mapped[date | None]


class Action(_Part):
    """Something that happened to a bill; `classes` are Open States' where it gives them, else ours."""

    __tablename__ = "policy_action"
    __journal_label__ = _("Action")
    __table_args__ = (Index(None, "bill_id", "acted_on", "position"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    acted_on: Mapped[date]
    position: Mapped[int] = mapped_column(default=0)
    chamber: Mapped[str] = mapped_column(String(12), default="")
    text: Mapped[str]
    classes: Mapped[list[Any]] = mapped_column(default=list)


class Sponsor(_Part):
    """Who put a name to a bill. The name stays as the source wrote it; `legislator_id` is who that is, once
    it is certain, and `reference` how the source calls them until then. Two people of one name are told
    apart by `namesake`, from 0."""

    __tablename__ = "policy_sponsor"
    __journal_label__ = _("Sponsor")
    __table_args__ = (
        UniqueConstraint("bill_id", "name_key", "role", "namesake"),
        Index(None, "legislator_id"),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    legislator_id: Mapped[int | None] = mapped_column(ForeignKey("policy_legislator.id"))
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Folded)
    role: Mapped[str] = mapped_column(String(12), default="cosponsor")
    namesake: Mapped[int] = mapped_column(default=0)
    committee: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[str] = mapped_column(String(60), default="")


class Document(_Part):
    """A version of the text, an amendment, or a paper about the bill. `body` is the text itself where we have
    it, for comparing versions."""

    __tablename__ = "policy_document"
    __journal_label__ = _("Document of a bill")
    __table_args__ = (Index(None, "bill_id"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    kind: Mapped[str] = mapped_column(String(12), default="version")
    note: Mapped[str] = mapped_column(default="")
    classification: Mapped[str] = mapped_column(String(40), default="")
    dated_on: Mapped[date | None]
    url: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(String(80), default="")
    adopted: Mapped[bool | None]
    key: Mapped[str] = mapped_column(String(120), default="")
    body: Mapped[str] = mapped_column(default="")


class Vote(_Part):
    """A roll call; `key` is how its source calls it."""

    __tablename__ = "policy_vote"
    __journal_label__ = _("Vote")
    __table_args__ = (Index(None, "bill_id"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    key: Mapped[str] = mapped_column(String(80), default="")
    voted_on: Mapped[date | None]
    chamber: Mapped[str] = mapped_column(String(12), default="")
    motion: Mapped[str] = mapped_column(default="")
    passed: Mapped[bool | None]
    yes: Mapped[int] = mapped_column(default=0)
    no: Mapped[int] = mapped_column(default=0)
    other: Mapped[int] = mapped_column(default=0)


class Ballot(Base):
    """How one member voted; the name stays when nobody knows yet who that is."""

    __tablename__ = "policy_ballot"
    __journaled__ = True
    __journal_subject__ = ("policy_vote", "vote_id")
    __journal_label__ = _("Vote of a member")
    __table_args__ = (Index(None, "vote_id"), Index(None, "legislator_id"))

    vote_id: Mapped[int] = mapped_column(ForeignKey("policy_vote.id"))
    legislator_id: Mapped[int | None] = mapped_column(ForeignKey("policy_legislator.id"))
    name: Mapped[str] = mapped_column(default="")
    option: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(60), default="")


class Relation(_Part):
    """That a bill goes with another one, which may not be here (yet)."""

    __tablename__ = "policy_relation"
    __journal_label__ = _("Related bill")
    __table_args__ = (Index(None, "bill_id"), Index(None, "related_bill_id"))

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    related_bill_id: Mapped[int | None] = mapped_column(ForeignKey("policy_bill.id"))
    identifier: Mapped[str] = mapped_column(String(40))
    session: Mapped[str] = mapped_column(String(100), default="")
    kind: Mapped[str] = mapped_column(String(16), default="related")
