"""Links that need no account: signed, each for one purpose, naming numbers alone. Raising `link_version`
of what they lead to ends them."""

from hashlib import sha256
from typing import Final

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from crm.plugin_api import address_of, runtime

AGENCY, REFERRAL, CONSENT, FAMILY = "agency", "referral", "consent", "family"
LIFETIMES: Final = {AGENCY: 90, REFERRAL: 60, CONSENT: 800, FAMILY: 180}
"""In days. The link of a consent asks for 21 days, and takes a yes back for as long as that can hold."""
ENDPOINTS: Final = {
    AGENCY: "referrals.agency_link",
    REFERRAL: "referrals.referral_link",
    CONSENT: "referrals.consent_link",
    FAMILY: "referrals.family_link",
}


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    config = runtime().config
    old = [key.strip() for key in config.extra.get("CRM_OLD_SECRET_KEYS", "").split(",") if key.strip()]
    return URLSafeTimedSerializer(
        [*old, config.secret_key],
        salt=f"rollcall referrals {purpose}",
        signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
    )


def token(purpose: str, record_id: int, version: int) -> str:
    return str(_serializer(purpose).dumps([record_id, version]))


def address(purpose: str, record_id: int, version: int) -> str:
    """The full address, for a message."""
    return address_of(ENDPOINTS[purpose], token=token(purpose, record_id, version))


def read(purpose: str, text: str) -> tuple[int, int] | None:
    """The record and version that a link names; None when it was altered, is another's, or is too old."""
    try:
        record_id, version = _serializer(purpose).loads(text, max_age=LIFETIMES[purpose] * 24 * 3600)
    except (BadSignature, SignatureExpired, ValueError, TypeError):
        return None
    return int(record_id), int(version)
