"""The neutral form of a contact that every importer makes and every exporter takes."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, TypeVar

import orjson

T = TypeVar("T")
Kind = Literal["person", "organization"]
Channel = Literal["email", "phone", "text", "mail", "all"]
CHANNELS: Final[tuple[Channel, ...]] = ("email", "phone", "text", "mail", "all")


@dataclass(slots=True)
class Email:
    label: str
    address: str
    primary: bool = False


@dataclass(slots=True)
class Phone:
    """`number` is E.164 (+12025550123), or what was typed where that is no complete number."""

    label: str
    number: str
    extension: str = ""
    primary: bool = False


@dataclass(slots=True)
class Address:
    """`region` is a code (DC) for the United States and Canada, `country` ISO 3166 alpha-2 where known."""

    label: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    primary: bool = False


@dataclass(slots=True)
class Link:
    label: str
    url: str


@dataclass(slots=True)
class ContactRecord:
    """One cleaned contact. What is absent is the empty string, the empty list or the empty dict.

    `name` is an organization's name; a person has the five parts instead. `birth_date` is ISO 8601
    (`1976-02-03`) or, where a part is unknown, `--02-03`, `1976-02`, `1976`. `organization_name` is where
    a person works in a `department` and a `role`, or an organization's parent. Labels are those of
    `crm.contacts.words` (`home`, `work`, `mobile`, `work_fax`) or as somebody made them. Of the emails, the
    phones and the addresses one each is primary, where there are any. `do_not` holds the channels on which
    the contact must not be approached; only True is ever stored, so that a file never lifts such a wish.
    """

    kind: Kind = "person"
    external_id: str = ""
    prefix: str = ""
    given_name: str = ""
    middle_name: str = ""
    family_name: str = ""
    suffix: str = ""
    nickname: str = ""
    name: str = ""
    birth_date: str = ""
    pronouns: str = ""
    language: str = ""
    job_title: str = ""
    role: str = ""
    department: str = ""
    organization_name: str = ""
    sector: str = ""
    description: str = ""
    emails: list[Email] = field(default_factory=list)
    phones: list[Phone] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    do_not: dict[str, bool] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    photo: bytes = b""

    @property
    def full_name(self) -> str:
        """The name as one reads it: `Dr. Ana M. López Jr.`; empty when there is none."""
        if self.name:
            return self.name
        parts = (self.prefix, self.given_name, self.middle_name, self.family_name, self.suffix)
        return " ".join(part for part in parts if part)

    def settle(self) -> None:
        """Leave out what is there twice, and mark one email, phone and address as primary: else the first.
        An organization is never a part of itself."""
        if self.kind == "organization" and self.organization_name == self.name:
            self.organization_name = ""
        self.emails = _unique(self.emails, lambda email: email.address)
        self.phones = _unique(self.phones, lambda phone: (phone.number, phone.extension, phone.label))
        self.addresses = _unique(self.addresses, _place)
        self.links = _unique(self.links, lambda link: link.url)
        self.tags = list(dict.fromkeys(self.tags))
        self.notes = list(dict.fromkeys(self.notes))
        for group in (self.emails, self.phones, self.addresses):
            _one_primary(group)

    @property
    def is_nobody(self) -> bool:
        """True when nothing says who this is: no name, organization, email, phone or id."""
        return not (
            self.family_name
            or self.given_name
            or self.name
            or self.emails
            or self.phones
            or self.external_id
            or self.nickname
            or self.middle_name
        )


def _unique(items: list[T], key: Callable[[T], Hashable]) -> list[T]:
    if len(items) < 2:
        return items
    found: dict[Hashable, T] = {}
    for item in items:
        found.setdefault(key(item), item)
    return list(found.values())


def _place(address: Address) -> tuple[str, ...]:
    parts = (address.street, address.street2, address.city, address.region, address.postal_code)
    return (*parts, address.country)


def _one_primary(group: Sequence[Email | Phone | Address]) -> None:
    if not group:
        return
    leading = next((item for item in group if item.primary), group[0])
    for item in group:
        item.primary = item is leading


_FIELDS: Final = tuple(f.name for f in fields(ContactRecord) if f.name != "kind")


def dumps(record: ContactRecord) -> bytes:
    """The record as JSON, without what is empty: `{"kind":"person","given_name":"Ana",…}`."""
    data: dict[str, Any] = {"kind": record.kind}
    for name in _FIELDS:
        if value := getattr(record, name):
            data[name] = value
    return orjson.dumps(data, default=_encode)


def loads(data: bytes | str) -> ContactRecord:
    """The record that `dumps` wrote."""
    return _made_of(orjson.loads(data))


def from_dict(data: dict[str, Any]) -> ContactRecord:
    """The record from the parsed JSON of `dumps`."""
    return _made_of(dict(data))


def _made_of(values: dict[str, Any]) -> ContactRecord:
    for name, part in (("emails", Email), ("phones", Phone), ("addresses", Address), ("links", Link)):
        if name in values:
            values[name] = [part(**item) for item in values[name]]
    if "photo" in values:
        values["photo"] = b64decode(values["photo"])
    return ContactRecord(**values)


def _encode(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    raise TypeError(type(value).__name__)
