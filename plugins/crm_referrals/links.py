"""Links that need no account: signed, each for one purpose, naming numbers alone. Raising `link_version`
of what they lead to ends them."""

from hashlib import sha256
from typing import Final
from zlib import crc32

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from crm.plugin_api import address_of, runtime

AGENCY, REFERRAL, CONSENT, FAMILY = "agency", "referral", "consent", "family"
LIFETIMES: Final = {AGENCY: 90, REFERRAL: 60, CONSENT: 800, FAMILY: 180}
"""In days. The link of a consent asks for 21 days, and takes a yes back for as long as that can hold."""
STUDENT: Final = -1
"""Whose the link of a family is where it is the student's own, who is an adult."""
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


def token(purpose: str, record_id: int, version: int, of_agency: int = 1, sent_to: str = "") -> str:
    """`of_agency` is the agency's own `link_version`, for the link of a referral: it ends with either. That
    and an agency's link end when `sent_to` is no longer where the agency's mail goes. For a family's link see
    `family_token`."""
    told = [record_id, version]
    if purpose == REFERRAL:
        told.append(of_agency)
    if purpose in {REFERRAL, AGENCY}:
        told.append(imprint(sent_to))
    return str(_serializer(purpose).dumps(told))


def family_token(referral_id: int, version: int, contact_id: int | None) -> str:
    """The link of a family, which holds whose number it was handed on to, or that it is the `STUDENT`'s: it
    ends with them."""
    return str(_serializer(FAMILY).dumps([referral_id, version, contact_id or 0]))


def family_address(referral_id: int, version: int, contact_id: int | None) -> str:
    """The full address of it, for a text message."""
    return address_of(ENDPOINTS[FAMILY], token=family_token(referral_id, version, contact_id))


def imprint(email: str) -> int:
    """What a link holds of the address to which it was sent."""
    return crc32(email.casefold().encode()) if email else 0


def address(purpose: str, record_id: int, version: int, of_agency: int = 1, sent_to: str = "") -> str:
    """The full address, for a message."""
    return address_of(ENDPOINTS[purpose], token=token(purpose, record_id, version, of_agency, sent_to))


def read(purpose: str, text: str) -> tuple[int, int] | None:
    """The record and version that a link names; None when it was altered, is another's, or is too old."""
    told = _told(purpose, text)
    return (told[0], told[1]) if len(told) == 2 else None


def read_family(text: str) -> tuple[int, int, int] | None:
    """The referral, its version and whose it is (0 where that was not noted) that a family's link names; None
    as for `read`."""
    told = _told(FAMILY, text)
    return (told[0], told[1], told[2] if len(told) == 3 else 0) if len(told) in {2, 3} else None


def read_agency(text: str) -> tuple[int, int, int] | None:
    """The agency, its version and the imprint of where it was sent (0 for nowhere) that a link names; None as
    for `read`."""
    told = _told(AGENCY, text)
    return (told[0], told[1], told[2]) if len(told) == 3 else None


def read_referral(text: str) -> tuple[int, int, int, int] | None:
    """The referral, its version, its agency's, and the imprint of where it was sent (0 for nowhere) that a
    link names; None as for `read`."""
    told = _told(REFERRAL, text)
    return (told[0], told[1], told[2], told[3]) if len(told) == 4 else None


def _told(purpose: str, text: str) -> list[int]:
    try:
        told = _serializer(purpose).loads(text, max_age=LIFETIMES[purpose] * 24 * 3600)
        return [int(each) for each in told]
    except (BadSignature, SignatureExpired, ValueError, TypeError):
        return []
