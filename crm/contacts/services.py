"""What can be done to contacts. Every function runs inside `db.transaction`; it flushes, never commits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, bindparam, false, literal_column, select, union_all
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from crm import db
from crm.access import NotAllowed, visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import names
from crm.contacts.models import (
    ORGANIZATION,
    Address,
    Affiliation,
    Attachment,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    FormerContact,
    Link,
    NotDuplicate,
    Note,
    Organization,
    Person,
    Phone,
    Tag,
    has_ended,
)
from crm.contacts.permissions import EDIT
from crm.contacts.reach import email_values, fill, phone_values, present
from crm.contacts.tags import set_tags
from crm.errors import Conflict, UserError
from crm.fields.custom.values import apply_custom
from crm.i18n import day_here, today
from crm.plugin_host.checks import tables_of
from crm.runtime import runtime
from crm.transfer.cleaning.dates import clean_date
from crm.transfer.cleaning.text import clean_note, fold, squash

NAME_PARTS = ("prefix", "given_name", "middle_name", "family_name", "suffix", "nickname")
_PARTS: dict[str, Any] = {
    "emails": Email,
    "phones": Phone,
    "addresses": Address,
    "links": Link,
    "do_not_contact": DoNotContact,
    "tags": ContactTag,
}


@cache
def _whole() -> Select[Any]:
    """All that hangs on a contact as one statement: a row for each part, with that part alone. Put together
    once, for that takes longer than to ask."""
    own = union_all(
        *(
            select(
                literal_column(str(place)).label("place"),
                (model.is_primary if hasattr(model, "is_primary") else false()).label("leads"),
                model.id.label("id"),
            ).where(model.contact_id == bindparam("contact_id"))
            for place, model in enumerate(_PARTS.values())
        )
    ).subquery()
    joined: Any = own
    for place, model in enumerate(_PARTS.values()):
        joined = joined.outerjoin(
            model, and_(own.c.place == literal_column(str(place)), model.id == own.c.id)
        )
    joined = joined.outerjoin(Tag, Tag.id == ContactTag.tag_id)
    wanted = select(own.c.place, *_PARTS.values(), Tag).select_from(joined)
    ordered = wanted.order_by(own.c.place, own.c.leads.desc(), own.c.id)
    return ordered.execution_options(**db.KEPT_PLAN)


def load_parts(contact: Contact) -> None:
    """Load what hangs on a contact, what is primary first."""
    with system("what hangs on a contact that was loaded properly"):
        rows = db.session().execute(_whole(), {"contact_id": contact.id}).all()
    parts: list[list[Any]] = [[] for _each in _PARTS]
    for row in rows:
        parts[row[0]].append(row[row[0] + 1])
        if row[-1] is not None:
            set_committed_value(row[row[0] + 1], "tag", row[-1])
    for name, found in zip(_PARTS, parts, strict=True):
        set_committed_value(contact, name, found)


def create(values: Mapping[str, Any], actor: Actor) -> Contact:
    """A new person or organization out of a form's clean values; raises UserError when it has no name, and
    NotAllowed when it would lie beyond what the actor may change."""
    kind: Callable[..., Contact] = Organization if values.get("kind") == "organization" else Person
    contact = kind(custom={})
    for name in ("pronouns", "job_title", "language", "sector", "description", "external_id"):
        setattr(contact, name, values.get(name) or None)
    contact.birth_date = birth_date(values.get("birth_date") or "")
    refuse_taken_id(contact.external_id)
    apply_custom(contact, values)
    apply_names(contact, values)
    db.session().add(contact)
    db.session().flush()
    fill(contact, values)
    if values.get("tags"):
        set_tags(contact, values["tags"], actor)
    place(contact, values.get("organization") or "", values.get("role") or "", actor)
    if values.get("note"):
        add_note(contact, values["note"], actor)
    db.session().flush()
    require_within(contact, actor)
    return contact


def is_limited(actor: Actor) -> bool:
    """Whether the actor may change the contacts of a part of all."""
    return actor.can(EDIT) and not actor.can_everywhere(EDIT)


def require_within(contact: Contact, actor: Actor) -> None:
    """NotAllowed when a contact as it is now lies outside of the part that the actor looks after."""
    if is_limited(actor):
        db.session().flush()
        theirs = visible(Contact, actor, EDIT).where(Contact.id == contact.id).with_only_columns(Contact.id)
        if db.session().execute(theirs).first() is None:
            raise NotAllowed(
                _(
                    "You look after a part of the contacts, and this would lie outside of it. Choose an "
                    "organization of yours that they belong to. Nothing was changed."
                )
            )


def carry_over(contact: Contact, values: Mapping[str, Any], actor: Actor) -> None:
    """Add the emails, phones and note of a form to somebody who is here already; what is known stays."""
    _add_unknown(contact, Email, "address_key", map(email_values, values.get("emails") or ()))
    _add_unknown(contact, Phone, "number", map(phone_values, values.get("phones") or ()))
    if squash(values.get("note") or ""):
        add_note(contact, values["note"], actor)
    if db.session().new:
        touch(contact)
    db.session().flush()


def _add_unknown(contact: Contact, model: Any, key: str, rows: Iterable[dict[str, Any] | None]) -> None:
    known = {getattr(row, key) for row in present(contact, model)}
    for row in rows:
        if row is not None and row[key] not in known:
            db.session().add(model(contact_id=contact.id, label="", is_primary=not known, **row))
            known.add(row[key])


def apply_names(contact: Contact, values: Mapping[str, Any]) -> None:
    """Set the name and what follows from it."""
    if isinstance(contact, Organization):
        contact.name = squash(values.get("name") or "")
        contact.sort_name = names.organization_sort_name(contact.name)
        contact.name_key = names.organization_name_key(contact.name)
    else:
        for part in NAME_PARTS:
            setattr(contact, part, squash(values.get(part) or "") or None)
        derive_person_name(contact, values.get("fallback_name") or _fallback(values))
    if not contact.name:
        raise UserError(_("Give at least a name, or an email address to know them by."))


def _fallback(values: Mapping[str, Any]) -> str:
    for row in values.get("emails") or ():
        if row.get("address"):
            return str(row["address"])
    return ""


def derive_person_name(contact: Contact, fallback: str = "") -> None:
    """What people read and what lists sort by, from the parts of the name."""
    given, middle, family = contact.given_name or "", contact.middle_name or "", contact.family_name or ""
    contact.name = _joined_name(contact) or fallback
    contact.sort_name = names.person_sort_name(given, middle, family, contact.name)
    contact.name_key = names.person_name_key(given, family, contact.name)


def rename_person(contact: Contact, part: str, value: str | None) -> None:
    """Change one part of a person's name and what follows from it; raises UserError when nothing is left."""
    before = _joined_name(contact)
    setattr(contact, part, value)
    fallback = contact.name
    if contact.name == before:
        fallback = next((row.address for row in present(contact, Email)), "")
    derive_person_name(contact, fallback)
    if not contact.name:
        raise UserError(_("A person needs a name, or an email address to know them by."))


def _joined_name(contact: Contact) -> str:
    parts = (contact.given_name, contact.middle_name, contact.family_name, contact.suffix, contact.nickname)
    return names.person_name(*(part or "" for part in parts))


def refuse_taken_id(external_id: str | None, contact_id: int | None = None) -> None:
    """Raise UserError when another contact has this external id."""
    statement = select(Contact.id).where(Contact.external_id == external_id, Contact.id != contact_id)
    with system("an external id belongs to one contact of all"):
        if external_id and db.session().execute(statement.limit(1)).first() is not None:
            raise UserError(_("Another contact has the external id “%(value)s” already.", value=external_id))


def birth_date(text: str) -> str | None:
    """The stored form of a birth date as typed; raises UserError when it is none."""
    cleaned, problem = clean_date(text)
    if problem:
        raise UserError(_("“%(value)s” is not a birth date. Write it as 1976-02-03.", value=text[:40]))
    return cleaned or None


def touch(contact: Contact) -> None:
    """Say that the contact changed, when only rows that hang on it did."""
    contact.version += 1
    contact.updated_at = db.now()


def place(contact: Contact, organization: str, role: str, actor: Actor) -> None:
    """Put a person into an organization (or an organization under another) by name, made if it is new."""
    organization = squash(organization)
    if not organization:
        return
    found = _found_or_made(organization, actor)
    if isinstance(contact, Organization):
        set_parent(contact, found.id)
    else:
        affiliate(contact, found.id, role=role)


def _found_or_made(organization: str, actor: Actor) -> Contact:
    found = find_organization(organization, actor)
    return found or create({"kind": "organization", "name": organization}, actor)


def find_organization(name: str, actor: Actor | None = None) -> Organization | None:
    """The organization of exactly this name, however accents and capitals are written; for an actor who
    looks after a part, one of that part."""
    key = names.organization_name_key(name)
    named = select(Organization)
    if actor is not None and is_limited(actor):
        named = visible(Organization, actor, EDIT).where(Organization.kind == ORGANIZATION)
    with system("a name typed into a form joins the organization that exists"):
        statement = named.where(Organization.name_key == key).order_by(Organization.id).limit(1)
        return db.session().scalars(statement).first()


def set_parent(organization: Organization, parent_id: int | None) -> None:
    """Put an organization under another; raises UserError when that would make a circle."""
    if parent_id is not None:
        _hold_both(organization.id, parent_id)
    if parent_id is not None and organization.id in {parent_id, *ancestors(parent_id)}:
        raise UserError(_("An organization cannot be part of itself. Choose another parent."))
    organization.parent_id = parent_id
    touch(organization)


def _hold_both(organization_id: int, parent_id: int) -> None:
    """Of two who put two organizations under each other at once, the second sees what the first did."""
    both = sorted({organization_id, parent_id})
    statement = select(Contact.id).where(db.among(Contact.id, both)).order_by(Contact.id).with_for_update()
    with system("a circle of parents must be seen whole"):
        db.session().execute(statement)


def ancestors(organization_id: int) -> list[int]:
    """The parent of an organization, its parent, and so on, nearest first."""
    found: list[int] = []
    current: int | None = organization_id
    with system("a circle of parents must be seen whole"):
        while current is not None and current not in found[:-1]:
            statement = select(Contact.parent_id).where(Contact.id == current)
            current = db.session().execute(statement).scalar_one_or_none()
            if current is not None:
                found.append(current)
    return found


def affiliate(person: Contact, organization_id: int, **values: Any) -> Affiliation:
    """Add an affiliation; the first current one is primary."""
    with system("a person's own affiliations decide which is primary"):
        current = (
            db.session()
            .scalars(select(Affiliation).where(Affiliation.person_id == person.id, Affiliation.is_current))
            .all()
        )
    affiliation = Affiliation(person_id=person.id, organization_id=organization_id, **values)
    affiliation.is_primary = values.get("is_primary") or not current
    if affiliation.is_primary:
        for other in current:
            other.is_primary = False
    db.session().add(affiliation)
    db.session().flush()
    return affiliation


def set_parent_named(organization: Organization, name: str, actor: Actor) -> None:
    """Put an organization under the one of this name, made if it is new; no name takes it out."""
    if squash(name):
        place(organization, name, "", actor)
    else:
        set_parent(organization, None)
    require_within(organization, actor)


def add_affiliation(contact: Contact, values: Mapping[str, Any], actor: Actor) -> Affiliation:
    """Add an affiliation out of a form; the organization is made if it is new."""
    name = squash(values.get("organization") or "")
    if not name:
        raise UserError(_("Say which organization it is."))
    found = _found_or_made(name, actor)
    kept = _affiliation_values(values)
    _refuse_twice(contact, found.id, kept)
    touch(contact)
    made = affiliate(contact, found.id, **kept)
    _lead(contact)
    return made


def _refuse_twice(
    contact: Contact, organization_id: int, kept: Mapping[str, Any], but: int | None = None
) -> None:
    """Raise UserError when the person is with this organization in this role already."""
    if has_ended(kept["end_date"]):
        return
    for other in _affiliations(contact):
        same = other.organization_id == organization_id and fold(other.role) == fold(kept["role"])
        if same and other.is_current and other.id != but:
            raise UserError(
                _("%(name)s is there in this role already. Change that entry instead.", name=contact.name)
            )


def _affiliations(contact: Contact) -> Sequence[Affiliation]:
    statement = select(Affiliation).where(Affiliation.person_id == contact.id).order_by(Affiliation.id)
    with system("a person's own affiliations decide which is primary"):
        return db.session().scalars(statement).all()


def _lead(contact: Contact) -> None:
    """One that has ended leads nothing; where none leads any more, the oldest current one does."""
    present = _affiliations(contact)
    current = [each for each in present if each.is_current]
    for each in present:
        if each.is_primary and each not in current:
            each.is_primary = False
    if current and not any(each.is_primary for each in current):
        current[0].is_primary = True
    db.session().flush()


def end_affiliation(contact: Contact, affiliation: Affiliation) -> None:
    """Somebody left today; that they were there stays known."""
    affiliation.end_date = day_here()
    if affiliation.start_date and affiliation.start_date > affiliation.end_date:
        affiliation.start_date = affiliation.end_date
    _lead(contact)
    touch(contact)


def remove_affiliation(contact: Contact, affiliation: Affiliation) -> None:
    """Take away an affiliation that never was."""
    db.session().delete(affiliation)
    db.session().flush()
    _lead(contact)
    touch(contact)


def change_affiliation(contact: Contact, affiliation: Affiliation, values: Mapping[str, Any]) -> None:
    """Change role, dates or whether it is the main one; only one of a person's is."""
    kept = _affiliation_values(values)
    _refuse_twice(contact, affiliation.organization_id, kept, affiliation.id)
    for name, value in kept.items():
        setattr(affiliation, name, value)
    if affiliation.is_primary:
        with system("a person's own affiliations decide which is primary"):
            others = select(Affiliation).where(
                Affiliation.person_id == contact.id, Affiliation.id != affiliation.id
            )
            for other in db.session().scalars(others):
                other.is_primary = False
    _lead(contact)
    touch(contact)


def _affiliation_values(values: Mapping[str, Any]) -> dict[str, Any]:
    start, end = values.get("start_date"), values.get("end_date")
    if start and end and end < start:
        raise UserError(_("The end lies before the beginning. Check the two dates."))
    return {
        "role": squash(values.get("role") or ""),
        "department": squash(values.get("department") or ""),
        "start_date": start,
        "end_date": end,
        "is_primary": bool(values.get("is_primary")),
    }


def change_note(note: Note, body: str, seen: str) -> None:
    """Change a note unless somebody else did meanwhile."""
    if seen and clean_note(seen) != note.body:
        raise Conflict(
            _(
                "Somebody else changed this note while you were typing. "
                "Put together what is right and save again."
            )
        )
    note.body = checked_note(body)
    note.updated_at = db.now()


def checked_note(body: str) -> str:
    """The clean text of a note; raises UserError when it is empty or longer than 20,000 characters."""
    body = clean_note(body)
    if not body:
        raise UserError(_("Write something before you save the note."))
    if len(body) > 20_000:
        raise UserError(_("A note holds at most 20,000 characters; this one has %(count)s.", count=len(body)))
    return body


def add_note(contact: Contact, body: str, actor: Actor) -> Note:
    """Add a note; raises UserError when there is nothing in it or too much."""
    body = checked_note(body)
    note = Note(contact_id=contact.id, body=body, author_user_id=actor.user_id, author_label=actor.label)
    db.session().add(note)
    touch(contact)
    return note


def set_do_not_contact(contact: Contact, channels: Mapping[str, str]) -> None:
    """The channels by which somebody is not to be contacted, each with its reason; others are allowed."""
    kept = {row.channel: row for row in present(contact, DoNotContact)}
    for channel, row in kept.items():
        if channel not in channels:
            db.session().delete(row)
    for channel, reason in channels.items():
        if channel in kept:
            kept[channel].reason = squash(reason)
        else:
            row = DoNotContact(channel=channel, reason=squash(reason), since=today())
            row.contact_id = contact.id
            db.session().add(row)
    touch(contact)


CHILDREN = (
    (Email, "contact_id"),
    (Phone, "contact_id"),
    (Address, "contact_id"),
    (Link, "contact_id"),
    (ContactTag, "contact_id"),
    (DoNotContact, "contact_id"),
    (Note, "contact_id"),
    (Attachment, "contact_id"),
    (FormerContact, "contact_id"),
    (NotDuplicate, "first_id"),
    (NotDuplicate, "second_id"),
    (Affiliation, "person_id"),
    (Affiliation, "organization_id"),
)
"""Every table of this feature that hangs on a contact, with the column that says on which."""


def delete(ids: Sequence[int]) -> int:
    """Delete contacts and all that hangs on them; the journal can bring them back. Returns how many.

    Organizations below a deleted one lose their parent. Raises UserError naming what refers to one of
    them from another part of the program.
    """
    change = db.current_change()
    assert change is not None
    with system("deleting contacts with all that hangs on them"):
        for model, column in CHILDREN:
            table = db.table(model)
            rows = db.session().execute(select(table.c.id).where(db.among(table.c[column], ids))).scalars()
            change.delete(table, rows)
        contacts = db.table(Contact)
        under = select(contacts.c.id).where(db.among(contacts.c.parent_id, ids))
        change.update(contacts, db.session().execute(under).scalars(), {"parent_id": None})
        runtime().plugins.all("crm_contact_delete", ids=ids)
        _refuse_while_referred_to(ids)
        try:
            count = change.delete(contacts, ids)
        except IntegrityError as error:
            raise UserError(
                _(
                    "Not deleted: data of a plugin that is switched off still refers to one of them. "
                    "Ask an administrator to switch it on, then remove that first."
                )
            ) from error
    db.session().expire_all()
    return count


def referred_to(ids: Sequence[int], *, deleting: bool = False) -> dict[int, str]:
    """Those contacts that a row of another part of the program refers to, each with that table's name; with
    `deleting` without the rows that would go or let go by themselves."""
    own = {db.table(model).name for model, _column in CHILDREN} | {"contact"}
    found: dict[int, str] = {}
    plugins = (
        each
        for each in runtime().plugins.plugins
        if not (deleting and hasattr(each.module, "crm_contact_delete"))
    )
    enabled = (table for plugin in plugins for table in tables_of(plugin))
    for table in enabled:
        for key in table.foreign_keys:
            if key.column.table.name == "contact" and table.name not in own:
                statement = select(key.parent).where(db.among(key.parent, ids)).distinct()
                with system("what still needs a contact"):
                    for each in db.session().execute(statement).scalars():
                        found.setdefault(each, table.name)
    return found


def _refuse_while_referred_to(ids: Sequence[int]) -> None:
    for table_name in referred_to(ids).values():
        raise UserError(
            _(
                "Not deleted: something in “%(table)s” still refers to one of them. "
                "Remove or move that first.",
                table=table_name.replace("_", " "),
            )
        )
