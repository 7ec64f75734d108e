"""The second step of signing in: an authenticator app (TOTP, RFC 6238) and recovery codes."""

import re
import secrets
from datetime import datetime
from hashlib import sha256

import pyotp
import segno
from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select, update

from crm import db
from crm.accounts import sessions
from crm.accounts.models import Passkey, RecoveryCode, User
from crm.accounts.services import notices
from crm.errors import UserError
from crm.runtime import runtime
from crm.sealing import is_old, seal, unseal

STEP = 30
CODES, CODE_LETTERS = 10, "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCode(UserError):
    """The code was wrong, too old, or used before."""


def has_app(user: User) -> bool:
    return user.totp_secret is not None


def has_any(user: User) -> bool:
    """Whether signing in takes a second step: an app or a passkey is registered."""
    return has_app(user) or _passkeys(user) > 0


def begin_app(user: User) -> None:
    """Think of a secret for an authenticator app; it counts once a code of it has been typed."""
    row = sessions.current()
    assert row is not None
    row.data = {**row.data, "app": seal(pyotp.random_base32(32), _draft_context(user))}


def drafted(user: User) -> str | None:
    """The secret that `begin_app` thought of in this session."""
    row = sessions.current()
    sealed = row.data.get("app") if row is not None else None
    return unseal(sealed, _draft_context(user)) if sealed else None


def as_qr(user: User, secret: str) -> str:
    """The secret for a phone's camera, as an SVG to stand in an image's address."""
    site = runtime().config.organization_name
    address = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=site)
    return segno.make(address, error="m").svg_data_uri(scale=5, border=2, light="#fff", dark="#10201b")


def finish_app(user: User, code: str) -> list[str]:
    """Keep the drafted secret now that its app has shown a code. Returns recovery codes when these are
    the first, else nothing. WrongCode when the code is not one of it."""
    secret, row = drafted(user), sessions.current()
    if secret is None or row is None:
        raise UserError(_("This took too long. Begin again."))
    step = _matching_step(secret, code)
    if step is None:
        raise WrongCode(_("This code is not right. The app shows a new one every half minute; try that."))
    first = not has_any(user)
    user.totp_secret, user.totp_last_step = seal(secret, _context(user)), step
    row.data = {name: value for name, value in row.data.items() if name != "app"}
    db.session().flush()
    notices.tell(user, notices.APP_ADDED)
    return make_codes(user) if first else []


def remove_app(user: User) -> None:
    user.totp_secret = user.totp_last_step = None
    db.session().flush()
    notices.tell(user, notices.APP_REMOVED)
    forget_codes_without_factor(user)


def use_app_code(user: User, code: str) -> None:
    """Accept the code of this moment, or of the half minute before or after, once. WrongCode otherwise.
    Of two at the same time one is accepted. Inside a transaction."""
    secret = unseal(user.totp_secret, _context(user)) if user.totp_secret else None
    step = _matching_step(secret, code) if secret else None
    if step is None or not _spend_step(user, step):
        raise WrongCode(_("This code is not right, or was used before. Wait for the next one and type that."))
    if user.totp_secret and secret and is_old(user.totp_secret):
        user.totp_secret = seal(secret, _context(user))
        db.session().flush()


def use_recovery_code(user: User, code: str) -> None:
    """Accept a recovery code, once. WrongCode otherwise. Inside a transaction."""
    spend = update(RecoveryCode).where(
        RecoveryCode.user_id == user.id,
        RecoveryCode.code_hash == _hash_code(user, code),
        RecoveryCode.used_at.is_(None),
    )
    if db.session().execute(spend.values(used_at=db.now()).returning(RecoveryCode.id)).first() is None:
        raise WrongCode(_("This recovery code is not right, or was used before. Try another of your list."))
    left = codes_left(user)
    notices.tell(user, notices.CODE_USED, lambda: _("Codes that are left: %(count)s.", count=left))


def make_codes(user: User) -> list[str]:
    """Ten new recovery codes, to be shown once; earlier ones stop working. Inside a transaction."""
    db.session().execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["-".join(_letters(4) for _part in range(3)) for _number in range(CODES)]
    db.session().add_all(RecoveryCode(user_id=user.id, code_hash=_hash_code(user, code)) for code in codes)
    db.session().flush()
    return codes


def renew_codes(user: User) -> list[str]:
    """New codes because the user asked for them; tells them by mail."""
    codes = make_codes(user)
    notices.tell(user, notices.CODES_MADE)
    return codes


def codes_left(user: User) -> int:
    """How many recovery codes still work."""
    statement = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return db.session().scalar(statement) or 0


def forget_codes_without_factor(user: User) -> None:
    """Recovery codes stand in for a second step; without one they would open nothing."""
    if not has_any(user):
        db.session().execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def remove_all(user: User) -> None:
    """Take everything of the second step away, for somebody who lost it all. Inside a transaction."""
    user.totp_secret = user.totp_last_step = None
    db.session().flush()
    for model in (Passkey, RecoveryCode):
        db.session().execute(delete(model).where(model.user_id == user.id))
    notices.tell(user, notices.FACTORS_REMOVED)


def _passkeys(user: User) -> int:
    return db.session().scalar(select(func.count()).where(Passkey.user_id == user.id)) or 0


def _matching_step(secret: str, code: str, at: datetime | None = None) -> int | None:
    """The half minute whose code this is, of the present one and its neighbours (RFC 6238, 5.2)."""
    digits = re.sub(r"\s", "", code)
    present = int((at or db.now()).timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    for step in (present, present - 1, present + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits.encode("ascii", "replace").decode()):
            return step
    return None


def _spend_step(user: User, step: int) -> bool:
    unspent = or_(User.totp_last_step.is_(None), User.totp_last_step < step)
    spend = update(User).where(User.id == user.id, unspent).values(totp_last_step=step).returning(User.id)
    return db.session().execute(spend).first() is not None


def _letters(count: int) -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _letter in range(count))


def _hash_code(user: User, code: str) -> str:
    """Codes are 59 random bits, so a fast hash keeps them; the user's id makes equal codes differ."""
    plain = re.sub(r"[^a-z0-9]", "", code.lower())
    return sha256(f"{user.id}:{plain}".encode()).hexdigest()


def _context(user: User) -> str:
    return f"user_account.totp_secret:{user.id}"


def _draft_context(user: User) -> str:
    return f"sign_in_session.app:{user.id}"
