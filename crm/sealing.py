"""Small secrets at rest: encrypted with a key that comes from the installation's own.

AES-256-GCM with a random nonce. `context` says where the text belongs (`user_account.totp_secret:12`); it is
authenticated with it, so a text moved to another row does not open. Each text names its key, so that
`CRM_SECRET_KEY` can change: keys before it go to `CRM_OLD_SECRET_KEYS`, separated by commas, until what
they sealed has been sealed anew.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm.errors import ConfigurationError
from crm.runtime import runtime

VERSION, NONCE_BYTES = "1", 12


class Damaged(ConfigurationError):
    """The text was changed, moved to another row, or sealed with a key that this installation lacks."""


def seal(text: str, context: str) -> str:
    """The text as it may be stored; two seals of one text differ."""
    key = runtime().config.secret_key
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_derived(key)).encrypt(nonce, text.encode(), context.encode())
    return f"{VERSION}.{_name(key)}.{urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, context: str) -> str:
    """The text that was sealed for this context; Damaged when it cannot be had."""
    version, _dot, rest = sealed.partition(".")
    name, _dot, encoded = rest.partition(".")
    key = next((key for key in _keys() if _name(key) == name), None)
    if version != VERSION or key is None:
        raise Damaged("A secret was sealed with a key that is not set; add it to CRM_OLD_SECRET_KEYS.")
    raw = urlsafe_b64decode(encoded)
    try:
        text = AESGCM(_derived(key)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except InvalidTag as error:
        raise Damaged("A secret in the database was changed or moved; it cannot be used any more.") from error
    return text.decode()


def is_old(sealed: str) -> bool:
    """Whether the text was sealed with an earlier key and should be sealed anew."""
    return sealed.split(".")[1] != _name(runtime().config.secret_key)


def _keys() -> list[str]:
    config = runtime().config
    old = config.extra.get("CRM_OLD_SECRET_KEYS", "").split(",")
    return [config.secret_key, *(key.strip() for key in old if key.strip())]


def _name(key: str) -> str:
    return sha256(b"rollcall key name " + key.encode()).hexdigest()[:8]


@lru_cache(maxsize=8)
def _derived(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"rollcall sealing").derive(key.encode())
