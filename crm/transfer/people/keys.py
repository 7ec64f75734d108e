"""By what a row is recognized, and what forbids that two are one. Pure functions over records."""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Final, NamedTuple
from zlib import crc32

from crm.contacts import names
from crm.transfer.cleaning import fold, match_key
from crm.transfer.record import ContactRecord

BEST: Final = "best"
EVIDENCE: Final = ("email", "phone", "address", "birth_date")
MATCH_KEYS: Final = (BEST, "external_id", *EVIDENCE)

Evidence = tuple[str, str]
"""A kind of EVIDENCE and the value that both must have."""

_GENERATIONS: Final = {
    "sr": "1", "senior": "1", "jr": "2", "junior": "2", "hijo": "2", "ii": "2", "2nd": "2", "iii": "3",
    "3rd": "3", "iv": "4", "4th": "4", "v": "5", "5th": "5",
}  # fmt: skip
_WORDS: Final = re.compile(r"\w+")


class Named(NamedTuple):
    """What people read, what lists sort by, what is matched."""

    name: str
    sort_name: str
    key: str


def named(record: ContactRecord) -> Named:
    """The name of a contact; one without any is called by its email, phone or id."""
    if record.kind == "organization":
        name = record.name
        return Named(name, names.organization_sort_name(name), names.organization_name_key(name))
    given, middle, family = record.given_name, record.middle_name, record.family_name
    name = names.person_name(given, middle, family, record.suffix, record.nickname) or fallback_name(record)
    return Named(
        name, names.person_sort_name(given, middle, family, name), names.person_name_key(given, family, name)
    )


def name_key(record: ContactRecord) -> str:
    """The key of the name alone, as `named` has it."""
    if record.kind == "person" and (key := match_key(record.given_name + record.family_name)):
        return key
    return named(record).key


def fallback_name(record: ContactRecord) -> str:
    if record.emails:
        return record.emails[0].address
    return record.phones[0].number if record.phones else record.external_id


def evidence(record: ContactRecord) -> list[Evidence]:
    """Everything that, together with the name, says that two are one. Never enough alone."""
    found = [("email", email.address.lower()) for email in record.emails]
    found += [("phone", phone.number) for phone in record.phones]
    for address in record.addresses:
        if key := names.address_key(address.street, address.postal_code):
            found.append(("address", key))
    if len(record.birth_date) == len("1976-02-03"):
        found.append(("birth_date", record.birth_date))
    return found


def used(found: list[Evidence], match_key: str) -> list[Evidence]:
    """The part of the evidence that the chosen match key uses."""
    if match_key == BEST:
        return found
    return [each for each in found if each[0] == match_key]


def fingerprint(text: str) -> int:
    """A number of 64 bits that says which cleaned row this is."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def in_file_keys(record: ContactRecord, name_key: str, found: list[Evidence], print_: int) -> list[int]:
    """Hashes that rows of one file share when they may mean the same contact; compared again afterwards."""
    own = crc32(name_key.encode())
    keys = [crc32(value.encode(), own) for _kind, value in found]
    keys.append(print_ & 0xFFFFFFFF)
    if record.external_id:
        keys.append(crc32(record.external_id.encode()))
    if record.kind == "organization":
        keys.append(own)
    return keys


def contact_key(contact_id: int) -> int:
    """The hash that rows of one file share when they were matched with the same contact."""
    return crc32(b"contact %d" % contact_id)


# Contradictions. Each takes what the row says and what is known, both filled.


def names_contradict(row: str, known: str) -> bool:
    """Whether two middle names cannot be one person's: `J` and `Lee`; but not `J.` and `James`."""
    first, second = match_key(row), match_key(known)
    return not (first.startswith(second) or second.startswith(first))


def generation(suffix: str) -> str:
    """Which of several with one name: `Jr.` and `II` → `2`; nothing for `PhD`."""
    for word in _WORDS.findall(fold(suffix)):
        if word in _GENERATIONS:
            return _GENERATIONS[word]
    return ""


def dates_contradict(row: str, known: str) -> bool:
    """Whether two birth dates, perhaps incomplete, differ in a part that both have."""
    return any(
        first != second for first, second in zip(_parts(row), _parts(known), strict=True) if first and second
    )


def _parts(date: str) -> tuple[str, str, str]:
    """Year, month and day of `1976-02-03`, `--02-03`, `1976-02`, `1976`."""
    if date.startswith("--"):
        return "", date[2:4], date[5:7]
    return date[:4], date[5:7], date[8:10]


def contradiction(record: ContactRecord, known: Callable[[str], str], *, same_birth_date: bool) -> str:
    """The field by which a row cannot mean the contact of which `known` gives the fields, or nothing.

    A father and a son often share name, address and phone: a generation that only one of the two names
    forbids the match, unless the birth date is the same.
    """
    for name, contradict in (
        ("external_id", str.__ne__),
        ("birth_date", dates_contradict),
        ("middle_name", names_contradict),
    ):
        row, other = getattr(record, name), known(name)
        if row and other and contradict(row, other):
            return name
    row, other = generation(record.suffix), generation(known("suffix"))
    if row != other and ((row and other) or not same_birth_date):
        return "suffix"
    return ""
