"""Public forms and their answers. What is asked for in need is kept apart from all other answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from crm.db import Base, CustomColumn, now
from crm.i18n import lazy_gettext as _
from crm.public_pages import first_version


class PublicForm(CustomColumn, Base):
    """A form that anybody may fill in. `texts` holds title, intro, consent and thanks by language, `asked`
    what is asked for besides name and email, `required` what of it must be answered, `sites` those that may
    show it within their pages. `unknown` says whether people who are not here yet become contacts at once
    (`create`) or wait (`queue`)."""

    __tablename__ = "intake_form"
    __journaled__ = True
    __journal_label__ = _("Public form")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (
        CheckConstraint("kind in ('join', 'sign_up', 'help')", name="kind"),
        CheckConstraint("status in ('draft', 'open', 'closed')", name="status"),
        CheckConstraint("unknown in ('create', 'queue')", name="unknown"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str]
    public_key: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(10), default="draft")
    texts: Mapped[dict[str, Any]]
    asked: Mapped[list[str]]
    required: Mapped[list[str]] = mapped_column(default=list)
    sites: Mapped[list[str]]
    tags: Mapped[list[str]]
    unknown: Mapped[str] = mapped_column(String(10), default="create")
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    notify_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class _Answered:
    """What both kinds of answers hold. `email` is in lower case. `consent` is the wording that was agreed to.
    `submission_key` is the form's one-time key: sent twice it is one answer. `link_version` is in the link
    that confirms it and rises to end it; `link_mailed_at` says when that was mailed last, if it was, and
    `told_at` when staff were told of the answer by mail. `contact_id` is whom somebody decided it to be
    of."""

    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str] = mapped_column(default="")
    organization: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    interests: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    consent: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(String(12), default="unconfirmed", index=True)
    submission_key: Mapped[str] = mapped_column(String(40), unique=True)
    link_version: Mapped[int] = mapped_column(default=first_version)
    link_mailed_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    @declared_attr
    def form_id(cls) -> Mapped[int]:  # noqa: N805  # SQLAlchemy calls it with the class.
        return mapped_column(ForeignKey("intake_form.id"), index=True)

    @declared_attr
    def contact_id(cls) -> Mapped[int | None]:  # noqa: N805  # As above.
        return mapped_column(ForeignKey("contact.id"), index=True)

    @declared_attr
    def decided_by_user_id(cls) -> Mapped[int | None]:  # noqa: N805  # As above.
        return mapped_column(ForeignKey("user_account.id"), index=True)


STATES = "status in ('unconfirmed', 'waiting', 'accepted', 'declined', 'spam')"


class FormAnswer(_Answered, Base):
    """What somebody wrote who wants to join or to hear from us."""

    __tablename__ = "intake_answer"
    __journaled__ = True
    __journal_label__ = _("Answer to a form")
    __journal_bookkeeping__ = frozenset({"link_version", "link_mailed_at", "told_at"})
    __journal_rising__ = frozenset({"link_version"})
    __table_args__ = (
        CheckConstraint(STATES, name="status"),
        Index("ix_intake_answer_sort", "created_at", "id"),
    )


class HelpRequest(_Answered, Base):
    """What somebody wrote who asks for help: only for those who may read such requests, never in search. It
    waits for them from the beginning, for not everybody in need opens a mail; `confirmed_at` alone says
    whether the address is theirs."""

    __tablename__ = "intake_request"
    __journaled__ = True
    __journal_label__ = _("Request for help")
    __journal_bookkeeping__ = frozenset({"link_version", "link_mailed_at", "told_at"})
    __journal_rising__ = frozenset({"link_version"})
    __table_args__ = (
        CheckConstraint(STATES, name="status"),
        Index("ix_intake_request_sort", "created_at", "id"),
    )
