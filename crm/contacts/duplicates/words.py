"""The reasons that speak for two contacts being one, and those against, in words."""

from collections.abc import Sequence
from typing import Any

from crm.i18n import lazy_gettext as _

REASONS: dict[str, Any] = {
    "name_same": _("same name"),
    "name_swapped": _("given and family name swapped"),
    "given_same": _("same given name"),
    "given_similar": _("similar given name"),
    "given_short": _("one given name is short for the other"),
    "given_missing": _("one has no given name"),
    "given_different": _("different given names"),
    "family_same": _("same family name"),
    "family_similar": _("similar family name"),
    "family_missing": _("one has no family name"),
    "family_different": _("different family names"),
    "name_similar": _("similar name"),
    "name_different": _("different names"),
    "name_within": _("one name is part of the other"),
    "birth_same": _("same birth date"),
    "birth_digit": _("one digit of the birth date differs"),
    "birth_swapped": _("day and month of the birth date swapped"),
    "birth_part": _("one part of the birth date differs"),
    "birth_different": _("different birth dates"),
    "email_same": _("same email"),
    "email_similar": _("one letter of the email differs"),
    "phone_same": _("same phone"),
    "phone_digit": _("one digit of the phone differs"),
    "link_same": _("same web page"),
    "address_same": _("same address"),
    "address_similar": _("nearly the same address"),
    "address_part": _("same number and second line of the address"),
    "street_same": _("same street"),
    "place_same": _("same ZIP code or city"),
    "address_different": _("different addresses"),
    "nothing_else": _("nothing else to compare"),
}
AGAINST = frozenset(
    {
        "name_different",
        "given_different",
        "family_different",
        "address_different",
        "birth_part",
        "birth_different",
    }
)
"""Reasons that speak against it, shown apart."""


def strength(score: int) -> Any:
    """How sure a score is, in a word."""
    if score >= 85:
        return _("Very likely the same")
    if score >= 65:
        return _("Probably the same")
    return _("Perhaps the same") if score >= 50 else _("Has something in common")


def in_words(reasons: Sequence[str]) -> tuple[list[str], list[str]]:
    """What speaks for two contacts being one, and what against."""
    known = [each for each in reasons if each in REASONS]
    pro = [str(REASONS[each]) for each in known if each not in AGAINST]
    return pro, [str(REASONS[each]) for each in known if each in AGAINST]
