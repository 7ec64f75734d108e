"""Writing contacts in sets: rows are collected by table and go to the database together, journaled."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, bindparam

from crm import bulk, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import names
from crm.contacts.files import storage
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
from crm.i18n import day_here
from crm.transfer import own
from crm.transfer.cleaning import fold
from crm.transfer.people import keys
from crm.transfer.people.compare import NAME_PARTS, Diff
from crm.transfer.people.state import TEXTS, Part, State
from crm.transfer.record import ContactRecord

if TYPE_CHECKING:
    from crm.journal.recorder import Change

LONGEST_SOURCE: Final = 120
_ADDRESS: Final = ("label", "street", "street2", "city", "region", "postal_code", "country")
_texts_of: Final = attrgetter(*TEXTS)
_address_of: Final = attrgetter(*_ADDRESS)
_STREET: Final = _ADDRESS.index("street")
_POSTAL_CODE: Final = _ADDRESS.index("postal_code")
_COLUMNS: Final[Mapping[type[db.Base], Sequence[str]]] = {
    Tag: ("name", "name_key"),
    Contact: ("kind", "name", "sort_name", "name_key", *TEXTS, "parent_id", "photo_key", "custom"),
    Email: (
        "contact_id", "label", "address", "address_key", "is_primary", "no_mail_since", "no_mail_why",
    ),
    Phone: ("contact_id", "label", "number", "extension", "is_primary"),
    Address: ("contact_id", *_ADDRESS, "address_key", "is_primary"),
    Link: ("contact_id", "label", "url"),
    Affiliation: ("person_id", "organization_id", "role", "department", "is_primary"),
    ContactTag: ("contact_id", "tag_id"),
    Note: ("contact_id", "body"),
    DoNotContact: ("contact_id", "channel"),
}  # fmt: skip
"""In the order in which one may refer to another."""

GROUPS: Final[Mapping[str, type[db.Base]]] = {
    "emails": Email,
    "phones": Phone,
    "addresses": Address,
    "links": Link,
    "organizations": Affiliation,
}


class Writer:
    """Collects what is to be written about contacts; `flush` writes it. `organizations` and `tags` map the
    keys of names to ids, and must know every name that is used."""

    def __init__(
        self,
        actor: Actor,
        source: str,
        change: "Change",
        organizations: Mapping[str, int],
        tags: Mapping[str, int],
    ) -> None:
        self.actor = actor
        self.source = source[:LONGEST_SOURCE]
        self.change = change
        self.organizations = organizations
        self.tags = tags
        self.now: datetime = db.now()
        self._rows: dict[type[db.Base], list[Sequence[Any]]] = defaultdict(list)
        self._values: dict[int, dict[str, Any]] = {}
        self._added: list[tuple[int, str, Part, bool]] = []
        self._changed: dict[tuple[type[db.Base], int], Part] = {}
        self._updates: dict[tuple[type[db.Base], tuple[str, ...]], list[Part]] = defaultdict(list)

    # New contacts.

    def create(self, contact_id: int, record: ContactRecord) -> None:
        """A new contact with everything that the record says."""
        named = keys.named(record)
        parent = key = None
        if record.organization_name:
            key = names.organization_name_key(record.organization_name)
        is_person = record.kind == "person"
        if key and not is_person:
            parent = self.organizations.get(key)
        texts = [value or None for value in _texts_of(record)]
        photo = storage.keep(record.photo) if record.photo else None
        self._rows[Contact].append(
            (
                contact_id,
                record.kind,
                *named,
                *texts,
                parent,
                photo,
                own.typed(record.custom) if record.custom else {},
            )
        )
        for email in record.emails:
            why = record.no_mail.get(email.address) if record.no_mail else None
            self._email(contact_id, email.label, email.address, email.primary, why)
        for phone in record.phones:
            self._phone(contact_id, phone.label, phone.number, phone.extension, phone.primary)
        for address in record.addresses:
            self._address(contact_id, _address_of(address), address.primary)
        for link in record.links:
            self._link(contact_id, link.label, link.url)
        if key and is_person:
            self._join(contact_id, key, record.role, record.department, primary=True)
        self._words(contact_id, record.tags, record.do_not, record.notes)

    def create_organization(self, contact_id: int, name: str) -> None:
        """An organization of which nothing is known but its name."""
        self.create(contact_id, ContactRecord(kind="organization", name=name))

    def _email(
        self, contact_id: int, label: str, address: str, primary: bool, no_mail_why: str | None
    ) -> None:
        since = day_here() if no_mail_why else None
        self._rows[Email].append(
            (contact_id, label, address, address.lower(), primary, since, no_mail_why or None)
        )

    def _phone(self, contact_id: int, label: str, number: str, extension: str, primary: bool) -> None:
        self._rows[Phone].append((contact_id, label, number, extension, primary))

    def _address(self, contact_id: int, parts: Sequence[str], primary: bool) -> None:
        key = names.address_key(parts[_STREET], parts[_POSTAL_CODE])
        self._rows[Address].append((contact_id, *parts, key, primary))

    def _link(self, contact_id: int, label: str, url: str) -> None:
        self._rows[Link].append((contact_id, label, url))

    def _join(self, contact_id: int, key: str, role: str, department: str, *, primary: bool) -> None:
        self._rows[Affiliation].append((contact_id, self.organizations[key], role, department, primary))

    def _words(
        self, contact_id: int, tags: Collection[str], channels: Collection[str], notes: Collection[str]
    ) -> None:
        if tags:
            for tag_id in dict.fromkeys(self.tags[fold(tag)] for tag in tags):
                self._rows[ContactTag].append((contact_id, tag_id))
        if channels:
            self._rows[DoNotContact].extend((contact_id, channel) for channel in channels)
        if notes:
            self._rows[Note].extend((contact_id, note) for note in notes)

    def tag(self, contact_ids: Iterable[int], tag_id: int) -> None:
        """One tag for many."""
        self._rows[ContactTag].extend((contact_id, tag_id) for contact_id in contact_ids)

    def create_tag(self, tag_id: int, name: str) -> None:
        self._rows[Tag].append((tag_id, name, fold(name)))

    # Contacts that exist.

    def update(self, state: State, diff: Diff) -> None:
        """What the difference says; `state` is how the contact stands before it. May be called again for
        the same contact with the state carried forward."""
        contact_id = state.id
        assert contact_id is not None
        for group, part in diff.added:
            self._added.append((contact_id, group, part, not getattr(state, group)))
        for group, part, values in diff.changed:
            if part["id"] is not None:
                changed = self._changed.setdefault((GROUPS[group], part["id"]), {})
                changed.update(values | _address_key(group, {**part, **values}))
        self._words(contact_id, diff.tags, diff.channels, diff.notes)
        values = self._values.setdefault(contact_id, {"version": state.version + 1, "updated_at": self.now})
        values.update({name: value for name, value in diff.texts.items() if name != "name"})
        values.update(_names(state, diff))
        if diff.custom:
            values["custom"] = {**state.custom, **own.typed(diff.custom)}
        if diff.parent:
            values["parent_id"] = self.organizations.get(names.organization_name_key(diff.parent))
        if diff.photo:
            values["photo_key"] = storage.keep(diff.photo)

    def _add_part(self, contact_id: int, group: str, part: Part, first: bool) -> None:
        """A new part; it is the main one only where there was none."""
        primary = bool(part.get("primary")) and first
        if group == "organizations":
            self._join(contact_id, part["key"], part["role"], part["department"], primary=part["primary"])
        elif group == "emails":
            self._email(contact_id, part["label"], part["address"], primary, part.get("no_mail_why"))
        elif group == "phones":
            self._phone(contact_id, part["label"], part["number"], part["extension"], primary)
        elif group == "addresses":
            self._address(contact_id, [part[name] for name in _ADDRESS], primary)
        else:
            self._link(contact_id, part["label"], part["url"])

    # Writing.

    def flush(self) -> None:
        """Write everything that was collected."""
        for added in self._added:
            self._add_part(*added)
        bulk.defer_references()  # Organizations refer to those they belong to.
        with system("an import writes what was planned"):
            for model, columns in _COLUMNS.items():
                self._insert(model, columns)
            for (model, row_id), values in self._changed.items():
                self._updates[model, tuple(sorted(values))].append({"row_id": row_id, **values})
            for contact_id, values in self._values.items():
                self._updates[Contact, tuple(sorted(values))].append({"row_id": contact_id, **values})
            for (model, columns), rows in self._updates.items():
                self._update(db.table(model), columns, rows)
        for collected in (self._rows, self._values, self._added, self._changed, self._updates):
            collected.clear()

    def _insert(self, model: type[db.Base], columns: Sequence[str]) -> None:
        rows = self._rows[model]
        if not rows:
            return
        table = db.table(model)
        if model in {Contact, Tag}:
            ids: Sequence[int] = [row[0] for row in rows]
        else:
            ids = bulk.reserve(table, len(rows))
            rows = [(row_id, *row) for row_id, row in zip(ids, rows, strict=True)]
        bulk.insert(table, ["id", *columns], rows, self._constants(model))
        self.change.created(table, ids)

    def _constants(self, model: type[db.Base]) -> dict[str, Any]:
        """The columns that are the same in every new row of a table."""
        found: dict[str, Any] = {"created_at": self.now}
        if model is Contact:
            return found | {"version": 1, "updated_at": self.now}
        if model is Tag:
            return found | {"description": "", "color": "", "owner_user_id": self.actor.user_id}
        if model is Note:
            author = {"author_user_id": self.actor.user_id, "author_label": self.actor.label}
            found |= {**author, "updated_at": self.now}
        if model is DoNotContact:
            found |= {"reason": "", "since": day_here()}
        return found if model is ContactTag else found | {"source": self.source}

    def _update(self, table: Table, columns: Sequence[str], rows: list[dict[str, Any]]) -> None:
        before = self.change.watch(table, [row["row_id"] for row in rows])
        statement = (
            table.update()
            .where(table.c.id == bindparam("row_id"))
            .values({name: bindparam(name) for name in columns})
        )
        db.session().connection().execute(statement, rows)
        self.change.changed(table, before)


def _address_key(group: str, part: Part) -> Part:
    """The key that follows from the parts of an address."""
    if group != "addresses":
        return {}
    return {"address_key": names.address_key(part["street"], part["postal_code"])}


def _names(state: State, diff: Diff) -> dict[str, Any]:
    """The names that follow from changed parts of a name."""
    if not diff.texts.keys() & {"name", *NAME_PARTS, "suffix", "nickname"}:
        return {}
    if state.kind == "organization":
        record = ContactRecord(kind="organization", name=diff.texts.get("name", state.name))
    else:
        record = ContactRecord()
        for name in (*NAME_PARTS, "suffix", "nickname"):
            setattr(record, name, diff.texts.get(name, state.text(name)))
    named = keys.named(record)
    return {"name": named.name, "sort_name": named.sort_name, "name_key": named.key} if named.name else {}
