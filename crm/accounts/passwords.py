"""Passwords: how they are kept, and which ones are refused."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask_babel import gettext as _

from crm.errors import UserError
from crm.runtime import runtime
from crm.transfer.cleaning.text import fold

SHORTEST, LONGEST = 10, 1000
DECORATION = "0123456789!?.,*#$@&%+=_-"
LOOKALIKES = str.maketrans("013457@$!", "oleastasi")
"""How people think they hide a common word."""

COMMON = Path(__file__).with_name("common_passwords.txt")


class BadPassword(UserError):
    """The password will not do; the sentence says why."""


@lru_cache(maxsize=2)
def _hasher(testing: bool) -> PasswordHasher:
    """RFC 9106's second choice of parameters; tests use the cheapest there are."""
    if testing:
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


def hasher() -> PasswordHasher:
    return _hasher(runtime().config.testing)


@lru_cache(maxsize=2)
def _nobodys_hash(testing: bool) -> str:
    return _hasher(testing).hash("nobody has this password")


def hash_password(password: str) -> str:
    """What is stored of a password; never the password."""
    return hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. Without a stored one it takes as long and says no."""
    try:
        hasher().verify(stored or _nobodys_hash(runtime().config.testing), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the parameters have risen since this hash was made."""
    return hasher().check_needs_rehash(stored)


def require_good(password: str, personal: Iterable[str] = ()) -> None:
    """BadPassword when the password is too short, too long, well known, or made of `personal` words
    (the person's own name and address, the site's name). Nothing else is demanded: NIST SP 800-63B,
    3.1.1.2 advises against rules on kinds of characters."""
    if len(password) < SHORTEST:
        raise BadPassword(
            _("This password is too short. Use at least %(count)s characters; a few words make a good one.",
              count=SHORTEST)
        )  # fmt: skip
    if len(password) > LONGEST:
        raise BadPassword(_("This password is too long. Use at most %(count)s characters.", count=LONGEST))
    if _is_common(password):
        raise BadPassword(_("Many people use this password, so it is the first to be tried. Choose another."))
    if _is_personal(password, personal):
        raise BadPassword(
            _("This password is made of your name, your address or the name of this site. Choose another.")
        )


def _is_common(password: str) -> bool:
    folded = fold(password).strip()
    return _repeats(folded) or any(
        head in common_passwords() or head.translate(LOOKALIKES) in common_passwords()
        for head in _without_decoration(folded)
    )


def _without_decoration(text: str) -> Iterator[str]:
    """The text, and what is left of it without up to four digits and signs at its end."""
    yield text
    for count in range(1, 5):
        if text[-count] not in DECORATION:
            return
        yield text[:-count]


def _repeats(text: str) -> bool:
    """Whether it is one short piece again and again: `aaaaaaaaaa`, `abcabcabcabc`."""
    return re.fullmatch(r"(.{1,4}?)\1+.{0,3}", text, re.DOTALL) is not None


def _is_personal(password: str, personal: Iterable[str]) -> bool:
    """Whether little remains once the personal words are taken out."""
    rest = fold(password)
    words = {word for text in personal for word in re.split(r"[\W_]+", fold(text)) if len(word) >= 3}
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return bool(words) and len(re.sub(r"[\W\d_]+", "", rest)) < 4 and rest != fold(password)


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """The shipped list of passwords that everybody tries first, folded to small letters."""
    return frozenset(line for line in COMMON.read_text("utf-8").splitlines() if not line.startswith("#"))
