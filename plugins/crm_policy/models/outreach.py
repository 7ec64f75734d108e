"""What goes out: sign-on letters, action alerts, feeds."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, now
from crm.plugin_api import lazy_gettext as _


class Letter(Base):
    """A letter that organizations sign until its deadline. When it is closed, who signed stays as it is."""

    __tablename__ = "policy_letter"
    __journaled__ = True
    __journal_subject__ = ("policy_bill", "bill_id")
    __journal_label__ = _("Sign-on letter")
    __table_args__ = (Index(None, "bill_id"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    title: Mapped[str]
    addressee: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    deadline: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    link_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Signature(Base):
    """That an organization signed a letter, who did so for it, and whether its logo may stand there."""

    __tablename__ = "policy_signature"
    __journaled__ = True
    __journal_subject__ = ("policy_letter", "letter_id")
    __journal_label__ = _("Signature")
    __table_args__ = (Index(None, "letter_id"), Index(None, "contact_id"))

    letter_id: Mapped[int] = mapped_column(ForeignKey("policy_letter.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    organization: Mapped[str]
    organization_key: Mapped[str] = mapped_column(String(200))
    signer: Mapped[str] = mapped_column(default="")
    signer_title: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    logo_allowed: Mapped[bool] = mapped_column(default=False)
    checked: Mapped[bool] = mapped_column(default=True)
    signed_at: Mapped[datetime] = mapped_column(default=now)


class Alert(Base):
    """A call to act that was sent to people of ours; how many got it, never what they did with it."""

    __tablename__ = "policy_alert"
    __journaled__ = True
    __journal_subject__ = ("policy_bill", "bill_id")
    __journal_label__ = _("Action alert")
    __table_args__ = (Index(None, "bill_id"),)

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    subject: Mapped[str]
    body: Mapped[str]
    audience: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    recipients: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Feed(Base):
    """An address at which programs of others read a list of bills (RSS) or its hearings (ICS). Only the hash
    of its secret part is kept."""

    __tablename__ = "policy_feed"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str]
    query: Mapped[str] = mapped_column(default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
