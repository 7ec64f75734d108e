"""Passkeys (WebAuthn): one proves possession and, by the device's own lock, the person, so it signs in alone.

The library is imported where it is used: few requests need it, and it is large.
"""

from base64 import b64decode, b64encode
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.accounts import limits, tokens
from crm.accounts.models import AccountToken, Passkey, User
from crm.accounts.services import notices, second_factor
from crm.errors import UserError
from crm.runtime import runtime

MOST = 20


class PasskeyRefused(UserError):
    """What the browser sent proves nothing."""


def of_user(user: User) -> list[Passkey]:
    """The passkeys of a user, the newest last."""
    return list(db.session().scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)))


def begin_registration(user: User) -> tuple[str, str]:
    """What the browser needs to make a passkey: a token to come back with, and options as JSON. Inside a
    transaction."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    known = of_user(user)
    if len(known) >= MOST:
        raise UserError(_("You have %(count)s passkeys. Remove one before you add another.", count=MOST))
    challenge = token_bytes(32)
    options = generate_registration_options(
        rp_id=site_id(),
        rp_name=runtime().config.organization_name,
        user_id=bytes.fromhex(limits.keyed(f"passkeys of {user.id}")),
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
    )
    return _remember(challenge, user), options_to_json(options)


def finish_registration(user: User, token: str, credential: str, name: str) -> list[str]:
    """Keep the passkey that the browser made. Returns recovery codes when this is the account's first
    second step, else nothing. Inside a transaction."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    challenge, _row = _challenge(token, user)
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site_id(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused(_("This passkey could not be added. Try again.")) from error
    if db.session().scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise PasskeyRefused(_("This passkey is registered already."))
    first = not second_factor.has_any(user)
    key = Passkey(
        user_id=user.id,
        name=" ".join(name.split())[:60] or _("Passkey"),
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
    )
    db.session().add(key)
    db.session().flush()
    notices.tell(user, notices.PASSKEY_ADDED)
    return second_factor.make_codes(user) if first else []


def remove(user: User, passkey_id: int) -> None:
    """Remove one of the user's own passkeys. Inside a transaction."""
    key = db.session().scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user.id))
    if key is None:
        raise UserError(_("This passkey was removed already."))
    db.session().delete(key)
    db.session().flush()
    notices.tell(user, notices.PASSKEY_REMOVED)
    second_factor.forget_codes_without_factor(user)


def begin_use(user: User | None = None) -> tuple[str, str]:
    """What the browser needs to show a passkey, of this user or of anybody: a token to come back with and
    options as JSON. The try is counted. Inside a transaction."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    attempt = limits.begin_token()
    challenge = token_bytes(32)
    known = of_user(user) if user is not None else []
    options = generate_authentication_options(
        rp_id=site_id(),
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _remember(challenge, user, attempt), options_to_json(options)


def finish_use(token: str, credential: str, user: User | None = None) -> User:
    """Whose passkey this is; PasskeyRefused when it proves nothing, or belongs to somebody else than
    `user`. Inside a transaction."""
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    challenge, row = _challenge(token, user)
    refused = PasskeyRefused(_("This passkey is not known here. Sign in another way, then add it."))
    try:
        key, owner = _known(credential)
        if key is None or owner is None or not owner.active or user not in {None, owner}:
            raise refused
        shown = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site_id(),
            expected_origin=origin(),
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise refused from error
    key.sign_count, key.used_at = shown.new_sign_count, db.now()
    limits.succeeded(limits.Attempt(tuple(row.data.get("attempt", ()))))
    db.session().flush()
    return owner


def _known(credential: str) -> tuple[Passkey | None, User | None]:
    from webauthn.helpers import parse_authentication_credential_json

    raw_id = parse_authentication_credential_json(credential).raw_id
    statement = (
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == raw_id)
        .with_for_update()
    )
    row = db.session().execute(statement).first()
    return (row[0], row[1]) if row is not None else (None, None)


def _remember(challenge: bytes, user: User | None, attempt: limits.Attempt | None = None) -> str:
    data: dict[str, Any] = {"challenge": b64encode(challenge).decode()}
    if attempt is not None:
        data["attempt"] = list(attempt.ids)
    return tokens.issue(tokens.CHALLENGE, user, data)


def _challenge(token: str, user: User | None) -> tuple[bytes, AccountToken]:
    try:
        row = tokens.use(tokens.CHALLENGE, token)
    except tokens.SpentLink as error:
        raise PasskeyRefused(_("This took too long. Try again.")) from error
    if row.user_id != (user.id if user is not None else None):
        raise PasskeyRefused(_("This took too long. Try again."))
    return b64decode(row.data["challenge"]), row


def site_id() -> str:
    """The name that passkeys are bound to: the host of this site. On a machine of one's own, where the site
    is set up by number, `localhost` works too, for a number cannot have passkeys."""
    return "localhost" if _is_this_machine() else urlsplit(runtime().config.base_url).hostname or ""


def origin() -> str:
    """The address that the browser must have been at."""
    return request.host_url.rstrip("/") if _is_this_machine() else runtime().config.base_url


def _is_this_machine() -> bool:
    configured = urlsplit(runtime().config.base_url).hostname
    return configured in {"127.0.0.1", "::1"} and urlsplit(request.host_url).hostname == "localhost"
