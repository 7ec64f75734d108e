"""How a contact is named: what people read, what lists sort by, what matching compares. Pure functions."""

from functools import lru_cache

from crm.transfer.cleaning.text import fold, match_key


def person_name(given: str, middle: str, family: str, suffix: str = "", nickname: str = "") -> str:
    """`Ana M. López Jr.`; the nickname where there is nothing else."""
    return " ".join(filter(None, (given, middle, family, suffix))) or nickname


def person_sort_name(given: str, middle: str, family: str, name: str = "") -> str:
    """Folded, family name first: `lopez ana m.`"""
    return fold(" ".join(filter(None, (family, given, middle))) or name)


def person_name_key(given: str, family: str, name: str = "") -> str:
    """Given and family name without accents, case, spaces and signs: `analopez`; of signs alone, those."""
    return match_key(given + family) or match_key(name) or fold(name) or name


def organization_sort_name(name: str) -> str:
    """Folded, without a leading article."""
    folded = fold(name)
    return folded.removeprefix("the ") or folded


@lru_cache(maxsize=4096)
def organization_name_key(name: str) -> str:
    """The same for an organization. Many people belong to few, so the same names come again and again."""
    return match_key(name) or fold(name) or name


def address_key(street: str, postal_code: str) -> str:
    """What says that two addresses are one: street and the first five signs of the postal code."""
    street_key, postal_key = match_key(street), match_key(postal_code)[:5]
    return f"{street_key}|{postal_key}" if street_key else ""
