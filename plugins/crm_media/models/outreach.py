"""What goes out to the press: releases and pitches with their versions and recipients, pieces of our own,
plans."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, CustomColumn, Id, now
from crm.plugin_api import lazy_gettext as _

_OF_RELEASE = ("media_release", "release_id")


class Release(CustomColumn, Base):
    """A release or pitch, in one `language`. What goes out is the version with `approved_number` and no
    other; once the first message left, `status` is `sent` and both stay. Until `embargo_until` it goes to
    those recipients alone who may have it early; until `exclusive_until` to reporters of one outlet alone."""

    __tablename__ = "media_release"
    __journaled__ = True
    __journal_label__ = _("Release")
    __table_args__ = (
        CheckConstraint("status in ('draft', 'review', 'approved', 'sent')", name="status"),
        CheckConstraint("(exclusive_outlet_id is null) = (exclusive_until is null)", name="exclusive"),
        Index(None, "campaign_id"),
        Index(None, "exclusive_outlet_id"),
        Index(None, "sender_id"),
    )

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(10), default="release")
    language: Mapped[str] = mapped_column(String(5), default="en", server_default="en")
    topics: Mapped[str] = mapped_column(default="")
    areas: Mapped[str] = mapped_column(default="")
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    embargo_until: Mapped[datetime | None]
    exclusive_outlet_id: Mapped[int | None] = mapped_column(ForeignKey("media_outlet.id"))
    exclusive_until: Mapped[datetime | None]
    follow_ups: Mapped[int] = mapped_column(default=1)
    bill: Mapped[str] = mapped_column(String(60), default="")
    bill_id: Mapped[int | None] = mapped_column(Id, index=True)
    """As with coverage."""
    status: Mapped[str] = mapped_column(String(10), default="draft")
    approved_number: Mapped[int | None]
    approved_by: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[datetime | None]
    approved_terms: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """A mark of what was approved besides the words; see services/approval.py."""
    sending: Mapped[bool] = mapped_column(default=False)
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    """Whoever pressed Send, for what goes later by itself."""
    answers_to: Mapped[str] = mapped_column(String(30), default="", server_default="")
    """Who gets the answers; see services/answering.py."""
    corrects_id: Mapped[int | None] = mapped_column(Id, index=True)
    """The release that this one corrects, which was sent and so stays."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Version(Base):
    """A text as it was written; never changed, a new one follows it."""

    __tablename__ = "media_version"
    __journaled__ = True
    __journal_subject__ = _OF_RELEASE
    __journal_label__ = _("Version")
    __table_args__ = (UniqueConstraint("release_id", "number"),)

    release_id: Mapped[int] = mapped_column(ForeignKey("media_release.id"))
    number: Mapped[int]
    subject: Mapped[str]
    body: Mapped[str]
    author: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class ReleaseFile(Base):
    """A picture, a table, a report that goes with a release: recipients get a link to it."""

    __tablename__ = "media_release_file"
    __journaled__ = True
    __journal_subject__ = _OF_RELEASE
    __journal_label__ = _("File of a release")
    __table_args__ = (Index(None, "release_id"),)

    release_id: Mapped[int] = mapped_column(ForeignKey("media_release.id"))
    storage_key: Mapped[str] = mapped_column(String(32))
    file_name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Mailbox(Base):
    """How far the mailbox was read that mail comes back to: one row. UIDs are those of RFC 3501, and begin
    anew when `uid_validity` changes."""

    __tablename__ = "media_mailbox"

    place: Mapped[str] = mapped_column(default="")
    uid_validity: Mapped[int] = mapped_column(Id, default=0)
    last_uid: Mapped[int] = mapped_column(Id, default=0)
    noted: Mapped[int] = mapped_column(default=0)
    checked_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")


class Recipient(Base):
    """Who gets a release, and what became of it. `early` may have it under embargo. `mail_id` is the
    message in the outbox: with one, none is made again. `reminder_id` is the last of the `chased` messages
    that followed it. `version_id` is what they read."""

    __tablename__ = "media_recipient"
    __journaled__ = True
    __journal_subject__ = _OF_RELEASE
    __journal_label__ = _("Recipient")
    __table_args__ = (
        UniqueConstraint("release_id", "contact_id"),
        CheckConstraint(
            "status in ('chosen', 'sent', 'replied', 'covered', 'declined', 'silent', 'bounced', 'left_out')",
            name="status",
        ),
        Index(None, "contact_id"),
        Index(None, "mail_id"),
        Index(None, "version_id"),
    )

    release_id: Mapped[int] = mapped_column(ForeignKey("media_release.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    early: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default="chosen")
    reason: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    mail_id: Mapped[int | None]
    reminder_id: Mapped[int | None] = mapped_column(Id)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("media_version.id"))
    sent_at: Mapped[datetime | None]
    chased: Mapped[int] = mapped_column(default=0)
    chased_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    sought: Mapped[str] = mapped_column(default="", server_default="")
    """Beats and areas by which they were looked for, with commas between."""


class Opinion(Base):
    """An op-ed or a letter of ours: at one outlet at a time, which has it alone `until` a day, if one was
    named. Where it lay before is kept as `Submission`."""

    __tablename__ = "media_opinion"
    __journaled__ = True
    __journal_label__ = _("Op-ed or letter")
    __table_args__ = (
        CheckConstraint(
            "status in ('draft', 'submitted', 'accepted', 'declined', 'withdrawn', 'printed')", name="status"
        ),
        Index(None, "contact_id"),
    )

    title: Mapped[str]
    kind: Mapped[str] = mapped_column(String(10), default="oped")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    body: Mapped[str] = mapped_column(default="")
    outlet_name: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(10), default="draft")
    submitted_on: Mapped[date | None]
    until: Mapped[date | None]
    answered_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Submission(Base):
    """An outlet that a piece of ours lay at before, and what came of it: it declined, we took it back, or it
    never answered."""

    __tablename__ = "media_submission"
    __journaled__ = True
    __journal_subject__ = ("media_opinion", "opinion_id")
    __journal_label__ = _("Paper that had it before")
    __table_args__ = (
        CheckConstraint("outcome in ('declined', 'withdrawn', 'silent')", name="outcome"),
        Index(None, "opinion_id"),
    )

    opinion_id: Mapped[int] = mapped_column(ForeignKey("media_opinion.id"))
    outlet_name: Mapped[str]
    outcome: Mapped[str] = mapped_column(String(10))
    submitted_on: Mapped[date | None]
    until: Mapped[date | None]
    answered_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Plan(Base):
    """Steps backwards from a day; of one coalition, or of all of them."""

    __tablename__ = "media_plan"
    __journaled__ = True
    __journal_label__ = _("Media plan")
    __table_args__ = (Index(None, "coalition_id"),)

    name: Mapped[str]
    on_day: Mapped[date]
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class PlanStep(Base):
    """Something to do on the way; `user_id` does it."""

    __tablename__ = "media_plan_step"
    __journaled__ = True
    __journal_subject__ = ("media_plan", "plan_id")
    __journal_label__ = _("Step of a media plan")
    __table_args__ = (Index(None, "plan_id"), Index(None, "due_on"), Index(None, "user_id"))

    plan_id: Mapped[int] = mapped_column(ForeignKey("media_plan.id"))
    title: Mapped[str]
    due_on: Mapped[date]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    done: Mapped[bool] = mapped_column(default=False)
