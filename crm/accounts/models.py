"""Users, roles and grants, sessions, second factors, invitations, and the outbox of mail."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db import Base, Id, now
from crm.i18n import lazy_gettext as _


class User(Base):
    """Somebody who can sign in. Disabled, never deleted, so that history keeps its names."""

    __tablename__ = "user_account"
    __journaled__ = True
    __journal_exclude__ = frozenset({"password_hash", "totp_secret", "totp_last_step", "last_sign_in_at"})
    __journal_label__ = _("Account")
    __journal_permissions__ = ("accounts.view", None)

    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    language: Mapped[str | None] = mapped_column(String(35))
    time_zone: Mapped[str | None] = mapped_column(String(60))
    theme: Mapped[str] = mapped_column(String(10), default="auto")
    totp_secret: Mapped[str | None]
    totp_last_step: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_sign_in_at: Mapped[datetime | None]

    grants: Mapped[list["RoleGrant"]] = relationship(cascade="all, delete-orphan", lazy="raise")

    # What Flask-Login asks of a user.

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active

    def get_id(self) -> str:
        return str(self.id)


class Role(Base):
    """A set of permissions under a name. `everything` means every permission, those of new plugins too."""

    __tablename__ = "role"
    __journaled__ = True
    __journal_label__ = _("Role")
    __journal_permissions__ = ("accounts.view", None)

    name: Mapped[str] = mapped_column(String(60), unique=True)
    label: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    everything: Mapped[bool] = mapped_column(default=False)
    permissions: Mapped[list[str]] = mapped_column(default=list)


class KnownPermission(Base):
    """A permission that has been handed to its default roles once; later changes are the administrator's."""

    __tablename__ = "known_permission"

    name: Mapped[str] = mapped_column(String(100), unique=True)


class RoleGrant(Base):
    """That a user has a role over a scope: everything, or one record of a kind and what is under it."""

    __tablename__ = "role_grant"
    __journaled__ = True
    __journal_subject__ = ("user_account", "user_id")
    __journal_label__ = _("Role of an account")
    __table_args__ = (
        CheckConstraint("(scope_kind = 'everything') = (scope_id IS NULL)", name="scope"),
        Index(None, "scope_kind", "scope_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), index=True)
    scope_kind: Mapped[str] = mapped_column(String(40), default="everything")
    scope_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)

    role: Mapped[Role] = relationship(lazy="raise")


class SignInSession(Base):
    """A signed-in browser. The cookie carries a random token, this row its hash; without the row it is
    worth nothing."""

    __tablename__ = "sign_in_session"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    stage: Mapped[str] = mapped_column(String(20), default="signed_in")
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now)
    fresh_at: Mapped[datetime] = mapped_column(default=now)
    address: Mapped[str] = mapped_column(default="")
    browser: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AccountToken(Base):
    """A single-use link by mail, or the first administrator's setup token; only its hash is kept."""

    __tablename__ = "account_token"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code for the day the phone is lost; works once, only its hash is kept."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A passkey registered by WebAuthn."""

    __tablename__ = "passkey"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime | None]


class FailedAttempt(Base):
    """A failed sign-in, or one whose outcome is not known yet, for the limits per account and address."""

    __tablename__ = "failed_attempt"
    __table_args__ = (Index(None, "kind", "subject_hash", "at"),)

    kind: Mapped[str] = mapped_column(String(20))
    subject_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)


class KnownAddress(Base):
    """An address that somebody signed in from: there, limits that an attacker fills do not lock them out."""

    __tablename__ = "known_address"
    __table_args__ = (UniqueConstraint("user_id", "address_hash"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    address_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime] = mapped_column(default=now)


class OutgoingMail(Base):
    """A message on its way out: written with what caused it, sent after the commit, tried again."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (Index(None, "status", "next_try_at"),)

    recipient: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(Id)
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str | None]
    calendar: Mapped[str | None]
    """An iCalendar text that travels with it."""
    purpose: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    next_try_at: Mapped[datetime] = mapped_column(default=now)
    contact_id: Mapped[int | None] = mapped_column(Id, index=True)
    """To whom of the contacts it was written, so that it goes when they are erased; nothing holds them."""
    unsubscribe: Mapped[str | None]
    """Where one click ends such messages (RFC 8058), for the button of mail programs."""
    reply_to: Mapped[str | None]
    """Who gets the answers to what a person wrote; empty for what the program says by itself."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
