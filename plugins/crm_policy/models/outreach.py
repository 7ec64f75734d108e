"""What goes out: the letters on a bill, action alerts, feeds."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.plugin_api import Base, now
from crm.plugin_api import lazy_gettext as _


class BillLetter(Base):
    """That an open letter is about a bill. The letter, its texts and who signed them are the core's."""

    __tablename__ = "policy_bill_letter"
    __journaled__ = True
    __journal_subject__ = ("policy_bill", "bill_id")
    __journal_label__ = _("Sign-on letter")
    __table_args__ = (UniqueConstraint("bill_id", "letter_id"), Index(None, "letter_id"))

    bill_id: Mapped[int] = mapped_column(ForeignKey("policy_bill.id"))
    letter_id: Mapped[int] = mapped_column(ForeignKey("signon_letter.id"))


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
    of its secret part is kept. With `by_mail` what changed comes
    by mail on Mondays, too."""

    __tablename__ = "policy_feed"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str]
    query: Mapped[str] = mapped_column(default="")
    by_mail: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
