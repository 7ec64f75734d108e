"""Open letters, the versions of their text, who was invited to sign and who has signed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, CustomColumn, Folded, now
from crm.i18n import lazy_gettext as _
from crm.public_pages import first_version

_SUBJECT = ("signon_letter", "letter_id")


class Letter(CustomColumn, Base):
    """An open letter that organizations sign. Its texts are versions that never change once published."""

    __tablename__ = "signon_letter"
    __journaled__ = True
    __journal_label__ = _("Open letter")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (CheckConstraint("status in ('open', 'closed')", name="status"),)

    title: Mapped[str]
    addressee: Mapped[str] = mapped_column(default="")
    public_key: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(10), default="open")
    language: Mapped[str] = mapped_column(String(5), default="en")
    closes_on: Mapped[date | None]
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class LetterText(Base):
    """One version of a letter's text, as it was published; `changes` says to earlier signers what is new."""

    __tablename__ = "signon_text"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Text of a letter")
    __table_args__ = (UniqueConstraint("letter_id", "number"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("signon_letter.id"))
    number: Mapped[int]
    body: Mapped[str]
    changes: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Signature(Base):
    """That an organization signs one version of a letter, by whom, and how we know (`evidence` when staff
    signed for it). Anybody may say that they sign for an organization, so several signatures may wait below
    one name; only one of them is published with a text. `spam` is what a robot sent. `link_version` is in the
    links sent to the signer and rises to end them; `link_mailed_at` says when one was mailed last."""

    __tablename__ = "signon_signature"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Signature")
    __journal_bookkeeping__ = frozenset({"link_version", "link_mailed_at"})
    __journal_rising__ = frozenset({"link_version"})
    __table_args__ = (
        Index(
            "uq_signon_signature_standing",
            "text_id",
            "name_key",
            unique=True,
            sqlite_where=text("status = 'approved'"),
            postgresql_where=text("status = 'approved'"),
        ),
        CheckConstraint(
            "status in ('unconfirmed', 'waiting', 'approved', 'refused', 'withdrawn', 'spam')", name="status"
        ),
    )

    letter_id: Mapped[int] = mapped_column(ForeignKey("signon_letter.id"), index=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("signon_text.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    organization: Mapped[str]
    name_key: Mapped[str] = mapped_column(Folded)
    signer_name: Mapped[str] = mapped_column(default="")
    signer_title: Mapped[str] = mapped_column(default="")
    signer_email: Mapped[str] = mapped_column(default="")
    logo_key: Mapped[str | None] = mapped_column(String(64))
    shows_logo: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    status: Mapped[str] = mapped_column(String(12), default="unconfirmed")
    submission_key: Mapped[str] = mapped_column(String(40), unique=True)
    link_version: Mapped[int] = mapped_column(default=first_version)
    link_mailed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class SignInvitation(Base):
    """That an organization was asked to sign a letter, at which address, and when it was reminded. The link
    that it got holds `link_version`. Whether the link was opened is not recorded."""

    __tablename__ = "signon_invitation"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Invitation to sign")
    __journal_bookkeeping__ = __journal_rising__ = frozenset({"link_version"})
    __table_args__ = (UniqueConstraint("letter_id", "contact_id"),)

    letter_id: Mapped[int] = mapped_column(ForeignKey("signon_letter.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    email: Mapped[str]
    link_version: Mapped[int] = mapped_column(default=first_version)
    invited_at: Mapped[datetime] = mapped_column(default=now)
    reminded_at: Mapped[datetime | None]
