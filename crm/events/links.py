"""The link in an invitation: signed, so that nobody can make one; it names no person, only numbers."""

from hashlib import sha256

from itsdangerous import BadSignature, URLSafeSerializer

from crm.accounts.tokens import address_of
from crm.events.models import Guest
from crm.runtime import runtime


def _serializer() -> URLSafeSerializer:
    config = runtime().config
    old = [key.strip() for key in config.extra.get("CRM_OLD_SECRET_KEYS", "").split(",") if key.strip()]
    return URLSafeSerializer(
        [*old, config.secret_key],  # The last one signs, all are known.
        salt="rollcall events answer",
        signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
    )


def token_of(guest: Guest) -> str:
    return str(_serializer().dumps([guest.event_id, guest.id, guest.link_version]))


def address(guest: Guest) -> str:
    """The address that a guest answers at."""
    return address_of("events.answer", token=token_of(guest))


def read(token: str) -> tuple[int, int, int] | None:
    """Event, guest and version of a token; None when it is not one of ours, or was altered."""
    try:
        found = _serializer().loads(token)
    except BadSignature:
        return None
    event_id, guest_id, version = found
    return int(event_id), int(guest_id), int(version)
