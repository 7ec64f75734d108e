"""How contacts stand: loaded in sets, compared with rows, and carried forward while rows are planned."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access.guard import system
from crm.contacts import names
from crm.contacts.models import (
    Address,
    Affiliation,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    Link,
    Note,
    Phone,
    Tag,
)
from crm.transfer.cleaning import fold
from crm.transfer.people import keys
from crm.transfer.record import ContactRecord

PERSON_TEXTS: Final = (
    "prefix", "given_name", "middle_name", "family_name", "suffix", "nickname", "pronouns",
)  # fmt: skip
SHARED_TEXTS: Final = ("external_id", "birth_date", "job_title", "language", "sector", "description")
TEXTS: Final = (*PERSON_TEXTS, *SHARED_TEXTS)
ADDRESS_PARTS: Final = ("street", "street2", "city", "region", "postal_code", "country")

Part = dict[str, Any]
"""A row that hangs on a contact, by column; `id` is None while it is only planned."""


@dataclass(slots=True)
class State:
    """A contact as it is, or as it will be once earlier rows are written (then `id` may be None).

    `organizations` are its affiliations, ended ones too, each with the `key` of the organization's name.
    """

    id: int | None
    kind: str
    version: int
    name: str
    name_key: str
    texts: dict[str, str]
    custom: dict[str, Any]
    parent_key: str = ""
    photo: bool = False
    emails: list[Part] = field(default_factory=list)
    phones: list[Part] = field(default_factory=list)
    addresses: list[Part] = field(default_factory=list)
    links: list[Part] = field(default_factory=list)
    organizations: list[Part] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    channels: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def evidence(self) -> set[keys.Evidence]:
        """The same as `keys.evidence` finds in a record."""
        found = {("email", part["address"].lower()) for part in self.emails}
        found |= {("phone", part["number"]) for part in self.phones}
        for part in self.addresses:
            if key := names.address_key(part["street"], part["postal_code"]):
                found.add(("address", key))
        if len(birth := self.text("birth_date")) == len("1976-02-03"):
            found.add(("birth_date", birth))
        return found


def blank(record: ContactRecord) -> State:
    """Nobody yet, of the record's kind."""
    return State(None, record.kind, 0, "", "", {}, {})


def load_states(ids: Iterable[int], *, notes: bool = True) -> dict[int, State]:
    """Those of the contacts that exist, in ten queries at most however many there are."""
    wanted = list(ids)
    if not wanted:
        return {}
    with system("an import looks for those it means among everybody"):
        found = {row.id: _state(row) for row in _rows(_contacts(wanted))}
        present = list(found)
        for name, statement in _parts(present, notes=notes):
            for row in _rows(statement):
                _add(found[row.contact_id], name, row)
    return found


def _rows(statement: Select[Any]) -> Sequence[Any]:
    return db.session().connection().execute(statement).all()


def _contacts(ids: list[int]) -> Select[Any]:
    contact, parent = db.table(Contact), db.table(Contact).alias("parent")
    columns = ("id", "kind", "version", "name", "name_key", "custom", "photo_key", *TEXTS)
    return (
        select(*(contact.c[name] for name in columns), parent.c.name_key.label("parent_key"))
        .outerjoin(parent, parent.c.id == contact.c.parent_id)
        .where(db.among(contact.c.id, ids))
    )


def _state(row: Any) -> State:
    values = row._mapping
    texts = {name: values[name] for name in TEXTS if values[name]}
    return State(
        row.id,
        row.kind,
        row.version,
        row.name,
        row.name_key,
        texts,
        dict(row.custom or {}),
        row.parent_key or "",
        bool(row.photo_key),
    )


def _parts(ids: list[int], *, notes: bool) -> Iterable[tuple[str, Any]]:
    for name, model, columns in (
        ("emails", Email, ("label", "address", "no_mail_since", "no_mail_why")),
        ("phones", Phone, ("label", "number", "extension")),
        ("addresses", Address, ("label", *ADDRESS_PARTS)),
        ("links", Link, ("label", "url")),
        ("channels", DoNotContact, ("channel",)),
        ("notes", Note, ("body",)),
    ):
        if notes or name != "notes":
            table = db.table(model)
            wanted = [table.c[column] for column in ("contact_id", "id", *columns)]
            yield name, select(*wanted).where(db.among(table.c.contact_id, ids)).order_by(table.c.id)
    yield (
        "tags",
        (
            select(ContactTag.contact_id, Tag.name_key)
            .join(Tag, Tag.id == ContactTag.tag_id)
            .where(db.among(ContactTag.contact_id, ids))
        ),
    )
    organization = aliased(Contact)
    yield (
        "organizations",
        (
            select(
                Affiliation.person_id.label("contact_id"),
                Affiliation.id,
                Affiliation.role,
                Affiliation.department,
                Affiliation.end_date,
                Affiliation.is_primary,
                organization.name_key.label("key"),
            )
            .join(organization, organization.id == Affiliation.organization_id)
            .where(db.among(Affiliation.person_id, ids))
            .order_by(Affiliation.id)
        ),
    )


def _add(state: State, name: str, row: Any) -> None:
    if name == "tags":
        state.tags.add(row.name_key)
    elif name == "channels":
        state.channels.add(row.channel)
    elif name == "notes":
        state.notes.add(row.body)
    else:
        getattr(state, name).append({**row._mapping, "primary": False})


def tag_key(name: str) -> str:
    return fold(name)


def grouped_by_contact(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """(key, id) pairs as key → ids."""
    found: dict[int, list[int]] = defaultdict(list)
    for key, value in rows:
        found[key].append(value)
    return found
