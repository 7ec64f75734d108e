"""Email addresses."""

import re
from typing import Final

from crm.transfer.cleaning.text import squash

_LONGEST: Final = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_PLAIN: Final = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,16}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,16}[a-z]{2,63}"
)
_BRACKETED: Final = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
NOTHING: Final = frozenset(
    ["", "-", "--", "---", ".", "n/a", "na", "n.a.", "none", "null", "nil", "nan", "#n/a", "?", "unknown"]
)


def clean_email(raw: str) -> tuple[str, str]:
    """`(address, "")`, `("", "")` for nothing, or `("", "email_invalid")`.

    The address is lower case: no provider tells two mailboxes apart by case, and people type both.
    `Ana <Ana@X.org>` and `mailto:ana@x.org` give `ana@x.org`.
    """
    value = raw.strip().lower()
    if len(value) <= _LONGEST and _PLAIN.fullmatch(value) and value.index("@") <= 64:
        return value, ""
    return _clean_other(value)


def _clean_other(value: str) -> tuple[str, str]:
    value = squash(value).lower()
    if value in NOTHING:
        return "", ""
    if len(value) > 4 * _LONGEST:
        return "", "email_invalid"
    if found := _BRACKETED.search(value):
        value = found[1]
    value = value.removeprefix("mailto:").strip(" <>\"'.,;:()[]")
    if len(value) <= _LONGEST and _PLAIN.fullmatch(value) and value.index("@") <= 64:
        return value, ""
    return _validated(value)


def _validated(value: str) -> tuple[str, str]:
    """The library decides on what the pattern does not know, such as addresses in other scripts."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(value, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return "", "email_invalid"
    if "." not in found.domain:
        return "", "email_invalid"
    return found.normalized.lower(), ""
