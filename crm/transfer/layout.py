"""The columns of our own exports: what they are called, where they go, and what a contact puts into them.

Every header maps back to the target it came from, so that a file which was exported and not changed
proposes no change when it is imported.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from crm.transfer import own
from crm.transfer.cleaning.phones import phone_text
from crm.transfer.record import Address, ContactRecord, Email, Link, Phone

T = TypeVar("T", Email, Phone, Address)
MOST: Final = 20
_FIRST: Final = (
    ("External id", "external_id"),
    ("Kind", "kind"),
    ("Name", "full_name"),
    ("Prefix", "prefix"),
    ("Given name", "given_name"),
    ("Middle name", "middle_name"),
    ("Family name", "family_name"),
    ("Suffix", "suffix"),
    ("Nickname", "nickname"),
    ("Pronouns", "pronouns"),
    ("Birth date", "birth_date"),
    ("Language", "language"),
    ("Organization", "organization_name"),
    ("Role", "role"),
    ("Department", "department"),
    ("Job title", "job_title"),
    ("Sector", "sector"),
)
_LAST: Final = (("Tags", "tags"), ("Do not contact", "do_not"), ("About", "description"))
_ADDRESS: Final = (
    ("street", "street"),
    ("line 2", "street2"),
    ("city", "city"),
    ("state", "region"),
    ("ZIP code", "postal_code"),
    ("country", "country"),
    ("label", "label"),
)


# What stands beside each row of a file of rejected rows; both are ignored when it is imported again.
ROW_HEADER: Final = "Row in the file"
REASON_HEADER: Final = "Why it was not imported"


@dataclass(frozen=True, slots=True)
class Shape:
    """How many of each a file has room for, which custom fields, and the country whose phone numbers go
    without their prefix."""

    emails: int = 1
    phones: int = 1
    addresses: int = 1
    links: int = 0
    notes: int = 0
    custom: tuple[str, ...] = ()
    region: str = "US"
    no_mail: bool = False
    """Whether any of the addresses wants no mail, so that a column beside each says it."""

    @classmethod
    def of(cls, records: Iterable[ContactRecord], region: str = "US") -> "Shape":
        """The shape that holds all of these records."""
        emails = phones = addresses = links = notes = 0
        custom: dict[str, None] = {}
        no_mail = False
        for record in records:
            emails = max(emails, len(record.emails))
            phones = max(phones, len(record.phones))
            addresses = max(addresses, len(record.addresses))
            links = max(links, len(record.links))
            notes = max(notes, len(record.notes))
            custom.update(dict.fromkeys(record.custom))
            no_mail = no_mail or bool(record.no_mail)
        return cls(emails, phones, addresses, links, notes, tuple(custom), region, no_mail)


def columns(shape: Shape) -> list[tuple[str, str]]:
    """The columns of an export as (header, target), in order."""
    found = list(_FIRST)
    for i in range(1, shape.emails + 1):
        found += [
            (_numbered("Email", i), f"emails.{i}"),
            (_numbered("Email", i, "label"), f"emails.{i}.label"),
        ]
        if shape.no_mail:
            found.append((_numbered("Email", i, "no mail"), f"emails.{i}.no_mail"))
    for i in range(1, shape.phones + 1):
        found += [
            (_numbered("Phone", i), f"phones.{i}"),
            (_numbered("Phone", i, "extension"), f"phones.{i}.extension"),
            (_numbered("Phone", i, "label"), f"phones.{i}.label"),
        ]
    for i in range(1, shape.addresses + 1):
        found += [(_numbered("Address", i, word), f"addresses.{i}.{part}") for word, part in _ADDRESS]
    for i in range(1, shape.links + 1):
        found += [(_numbered("Link", i), f"links.{i}"), (_numbered("Link", i, "label"), f"links.{i}.label")]
    found += _LAST
    found += [(_numbered("Note", i), "note") for i in range(1, shape.notes + 1)]
    found += [(f"Custom: {own.label(name)}", f"custom:{name}") for name in shape.custom]
    return found


def headers(shape: Shape) -> list[str]:
    return [header for header, _target in columns(shape)]


@lru_cache(maxsize=1)
def own_targets() -> Mapping[str, str]:
    """Header → target of every column that an export may have, custom fields aside."""
    return dict(columns(Shape(MOST, MOST, MOST, MOST, MOST, no_mail=True)))


def is_own(headers: Sequence[str]) -> bool:
    """Whether these are the headers of one of our exports."""
    return {header for header, _target in _FIRST} <= set(headers)


def row(record: ContactRecord, shape: Shape) -> list[str]:
    """The cells of a contact, as many as `headers(shape)`. What leads stands first."""
    cells = [_scalar(record, target) for _header, target in _FIRST]
    emails = (_email(email, record, shape) for email in _leading_first(record.emails))
    cells += _padded(emails, shape.emails, 3 if shape.no_mail else 2)
    cells += _padded(
        (_phone(phone, shape.region) for phone in _leading_first(record.phones)), shape.phones, 3
    )
    cells += _padded((_address(place) for place in _leading_first(record.addresses)), shape.addresses, 7)
    cells += _padded((_link(link) for link in record.links), shape.links, 2)
    cells += [join_tags(record.tags), ", ".join(record.do_not), record.description]
    cells += _padded(([note] for note in record.notes), shape.notes, 1)
    cells += [record.custom.get(name, "") for name in shape.custom]
    return cells


def join_tags(tags: Sequence[str]) -> str:
    """Tags in one cell, so that `split_tags` of the mapping finds the same ones again."""
    if any(mark in tag for tag in tags for mark in (",", ";", "|")):
        return " ::: ".join([*tags, ""]) if len(tags) == 1 else " ::: ".join(tags)
    return ", ".join(tags)


def _numbered(word: str, number: int, part: str = "") -> str:
    if word == "Address" and number == 1 and part:
        return {"line 2": "Address line 2", "label": "Address label"}.get(part, part[0].upper() + part[1:])
    return " ".join(piece for piece in (word, str(number) if number > 1 else "", part) if piece)


def _scalar(record: ContactRecord, target: str) -> str:
    if target == "full_name":
        named = record.given_name or record.middle_name or record.family_name or record.name
        return record.full_name if named else ""
    return str(getattr(record, target))


def _leading_first(items: Sequence[T]) -> list[T]:
    return sorted(items, key=lambda item: not item.primary)


def _padded(groups: Iterable[list[str]], count: int, width: int) -> list[str]:
    """The cells of at most `count` groups, and empty ones for those that are not there."""
    found = [cell for _number, cells in zip(range(count), groups, strict=False) for cell in cells]
    return found + [""] * (count * width - len(found))


def _email(email: Email, record: ContactRecord, shape: Shape) -> list[str]:
    cells = [email.address, email.label]
    return [*cells, record.no_mail.get(email.address, "")] if shape.no_mail else cells


def _phone(phone: Phone, region: str) -> list[str]:
    return [phone_text(phone.number, region), phone.extension, phone.label]


def _address(place: Address) -> list[str]:
    parts = [place.street, place.street2, place.city, place.region, place.postal_code, place.country]
    return [*parts, place.label]


def _link(link: Link) -> list[str]:
    return [link.url, link.label]
