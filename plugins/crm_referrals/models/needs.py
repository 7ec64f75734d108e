"""Needs of students, the referrals that answer them, consent, and the record of what was disclosed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, Id, now


class Need(Base):
    """What keeps a student from school. `category` is a code of `words.CATEGORIES`, `cause` of
    `words.CAUSES`, `urgency` `normal` or `urgent`, `status` `open`, `met`, `partly_met`, `unmet`,
    `withdrawn`. `zip_code` is where the family lives. A place that must not call or write to the family is
    told by `contact_prohibited`. `reach_of` are the contacts of whom `contact_preference` may speak: who
    cared for the student and could be contacted when it was written; None where that was not noted."""

    __tablename__ = "referrals_need"
    __table_args__ = (
        CheckConstraint("status in ('open', 'met', 'partly_met', 'unmet', 'withdrawn')", name="status"),
    )

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    category: Mapped[str] = mapped_column(String(30))
    cause: Mapped[str] = mapped_column(String(30), default="")
    urgency: Mapped[str] = mapped_column(String(8), default="normal")
    language: Mapped[str] = mapped_column(String(10), default="en")
    contact_preference: Mapped[str] = mapped_column(default="")
    contact_prohibited: Mapped[bool] = mapped_column(default=False)
    reach_of: Mapped[list[Any] | None]
    zip_code: Mapped[str] = mapped_column(String(10), default="")
    note: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(10), default="open")
    close_reason: Mapped[str] = mapped_column(String(30), default="")
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]


class Consent(Base):
    """A signed and dated consent, or one that was asked for and waits (`status` `asked`, `signed`,
    `refused`, `revoked`). `parties` are ids of agencies, `disclosed` names of `words.DISCLOSABLE`.
    `method` is `paper`, `screen` or `link`. The link that asks holds `link_version`; `email` is where it
    was sent, `reminded` after how many days the family was reminded last, `tries` how many wrong dates of
    birth were written on its page, `link_wanted_at` when the family asked for a new one. `strokes` is a
    signature drawn on the screen: lists of x, y, x, y … in a box of 600 by 200. `scan_key` names the scan
    of a paper among the stored files, which was called `scan_name` and is of the kind `scan_type`.
    `party_names` are the names of the parties as whoever signed was shown them, by id as text; None where
    that was not kept. `mail_ids` are the messages that asked for it."""

    __tablename__ = "referrals_consent"
    __table_args__ = (
        CheckConstraint("status in ('asked', 'signed', 'refused', 'revoked')", name="status"),
        CheckConstraint("method in ('paper', 'screen', 'link')", name="method"),
    )

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    need_id: Mapped[int] = mapped_column(ForeignKey("referrals_need.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    status: Mapped[str] = mapped_column(String(8), default="asked")
    method: Mapped[str] = mapped_column(String(8))
    purpose: Mapped[str] = mapped_column(default="")
    parties: Mapped[list[Any]] = mapped_column(default=list)
    disclosed: Mapped[list[Any]] = mapped_column(default=list)
    signer_name: Mapped[str] = mapped_column(default="")
    signer_relation: Mapped[str] = mapped_column(String(20), default="")
    language: Mapped[str] = mapped_column(String(10), default="en")
    signed_at: Mapped[datetime | None]
    signed_on: Mapped[date | None]
    expires_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(default="")
    link_version: Mapped[int] = mapped_column(default=1)
    link_ends_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)
    email: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    link_wanted_at: Mapped[datetime | None]
    strokes: Mapped[list[Any]] = mapped_column(default=list)
    scan_key: Mapped[str | None]
    scan_name: Mapped[str] = mapped_column(default="")
    scan_type: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[str] = mapped_column(default="")
    party_names: Mapped[dict[str, Any] | None]
    mail_ids: Mapped[list[Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Referral(Base):
    """One attempt to have a need met: one service of one agency. `state` is one of `states.STATES`.

    `packet` is exactly what the agency may read, field to value; empty before it is sent. `guardian_id` is
    the contact whom it says how to reach and who has the family's link, a number alone that outlives the
    contact. Of a need that is
    offered to several at once the referrals share a `pool_id`, the id of the first; until one accepts, their
    packets say nothing of whom it is. `due_at` is when whose move it is has
    to have moved, `paused_left` how many seconds were left when the clock stopped. `version` rises with
    each step, so that of two at once one wins. `link_version` rises to end its links. `follows_id` is the
    referral that this one goes on from."""

    __tablename__ = "referrals_referral"
    __table_args__ = (
        Index(None, "agency_id", "state"),
        Index(None, "state", "due_at"),
    )

    need_id: Mapped[int] = mapped_column(ForeignKey("referrals_need.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("referrals_service.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("referrals_agency.id"))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("referrals_referral.id"), index=True)
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("referrals_referral.id"), index=True)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("referrals_consent.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    packet: Mapped[dict[str, Any]] = mapped_column(default=dict)
    guardian_id: Mapped[int | None] = mapped_column(Id, index=True)
    assignee: Mapped[str] = mapped_column(default="")
    next_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(String(30), default="")
    reason: Mapped[str] = mapped_column(String(30), default="")
    note: Mapped[str] = mapped_column(default="")
    suggested_id: Mapped[int | None] = mapped_column(ForeignKey("referrals_service.id"), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    paused_left: Mapped[int | None]
    escalated_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    started_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    follow_up: Mapped[str] = mapped_column(String(20), default="")
    follow_up_note: Mapped[str] = mapped_column(default="")
    followed_up_at: Mapped[datetime | None]
    notice_mail_id: Mapped[int | None] = mapped_column(Id)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    link_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Event(Base):
    """One step of a referral, or a step that was refused (`was_refused`); never changed. `side` is
    `school`, `agency`, `family` or `system`; `said_by` is who said a no that an agency wrote down, `agency`
    or `family`."""

    __tablename__ = "referrals_event"

    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals_referral.id"), index=True)
    step: Mapped[str] = mapped_column(String(20))
    side: Mapped[str] = mapped_column(String(8))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    actor_label: Mapped[str] = mapped_column(default="")
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(30), default="")
    note: Mapped[str] = mapped_column(default="")
    said_by: Mapped[str] = mapped_column(String(6), default="")
    was_refused: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now)


class Message(Base):
    """What the school and the agency write to each other about a referral; a question stops the clock."""

    __tablename__ = "referrals_message"

    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals_referral.id"), index=True)
    side: Mapped[str] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Reminder(Base):
    """That a reminder went out, so that it goes out once. `round` is how often the referral had moved by
    then."""

    __tablename__ = "referrals_reminder"
    __table_args__ = (UniqueConstraint("referral_id", "kind", "round"),)

    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals_referral.id"))
    kind: Mapped[str] = mapped_column(String(20))
    round: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)


class Disclosure(Base):
    """Who got what about a student, when, on what ground (34 CFR 99.32); kept as long as the student's
    record. `basis` is `consent` or `emergency` (34 CFR 99.36), and an emergency is looked at afterwards;
    `was_none` where whoever did so found that it was none."""

    __tablename__ = "referrals_disclosure"
    __table_args__ = (CheckConstraint("basis in ('consent', 'emergency')", name="basis"),)

    student_id: Mapped[int] = mapped_column(ForeignKey("schools_student.id"), index=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals_referral.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("referrals_agency.id"), index=True)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("referrals_consent.id"), index=True)
    party: Mapped[str]
    interest: Mapped[str] = mapped_column(default="")
    basis: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(default="")
    disclosed: Mapped[list[Any]] = mapped_column(default=list)
    by_label: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str] = mapped_column(default="")
    was_none: Mapped[bool | None]


class Offer(Base):
    """What matching offered for a need, in order and with its reasons, and what somebody chose of it."""

    __tablename__ = "referrals_offer"

    need_id: Mapped[int] = mapped_column(ForeignKey("referrals_need.id"), index=True)
    offered: Mapped[list[Any]] = mapped_column(default=list)
    chosen_service_id: Mapped[int] = mapped_column(ForeignKey("referrals_service.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)


class Unmet(Base):
    """A need that nobody met, without anybody's identity. `was_partly` says that it was met in part,
    `is_again` that one of the same kind and student was counted in the year before; None where nobody noted
    it."""

    __tablename__ = "referrals_unmet"

    category: Mapped[str] = mapped_column(String(30), index=True)
    district: Mapped[str] = mapped_column(default="")
    zip3: Mapped[str] = mapped_column(String(3), default="")
    reason: Mapped[str] = mapped_column(String(30))
    attempts: Mapped[int] = mapped_column(default=0)
    was_partly: Mapped[bool | None] = mapped_column(default=False)
    is_again: Mapped[bool | None] = mapped_column(default=False)
    closed_on: Mapped[date]


class FormerGuardian(Base):
    """Of a contact that was deleted, whom they cared for: whoever is erased after that is found by it.
    Numbers alone, since neither row need be there any more."""

    __tablename__ = "referrals_former_guardian"

    contact_id: Mapped[int] = mapped_column(Id, index=True)
    student_id: Mapped[int] = mapped_column(Id)
