"""People and organizations: made, named, and put where they belong."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, bindparam, false, literal_column, select, union_all
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
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    Link,
    Organization,
    Person,
    Phone,
    Tag,
)
from crm.contacts.permissions import EDIT
from crm.contacts.reach import email_values, fill, phone_values, present
from crm.contacts.services.notes import add_note
from crm.contacts.services.touching import touch
from crm.contacts.tags import set_tags
from crm.errors import UserError
from crm.fields.custom.values import apply_custom
from crm.runtime import runtime
from crm.transfer.cleaning.dates import clean_date
from crm.transfer.cleaning.text import squash

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


def create(values: Mapping[str, Any], actor: Actor, *, settled: bool = True) -> Contact:
    """A new person or organization out of a form's clean values; raises UserError when it has no name, and
    NotAllowed when it would lie beyond what the actor may change. Who puts it somewhere first (`settled` is
    false), such as into a coalition, calls `require_within` after."""
    kind: Callable[..., Contact] = Organization if values.get("kind") == "organization" else Person
    contact = kind(custom={})
    for name in ("pronouns", "job_title", "language", "sector", "description", "external_id"):
        setattr(contact, name, values.get(name) or None)
    contact.birth_date = birth_date(values.get("birth_date") or "")
    refuse_taken_id(contact.external_id, actor)
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
    if settled:
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


def refuse_taken_id(external_id: str | None, actor: Actor, contact_id: int | None = None) -> None:
    """Raise UserError when another contact has this external id, or when the actor may not know that."""
    beginning = runtime().access.reserved(external_id or "", actor)
    if beginning and not _sees_whose(external_id, actor):
        raise UserError(
            _(
                "External ids that begin with “%(beginning)s” come from lists that you may not see. Choose "
                "another one.",
                beginning=beginning,
            )
        )
    statement = select(Contact.id).where(Contact.external_id == external_id, Contact.id != contact_id)
    with system("an external id belongs to one contact of all"):
        if external_id and db.session().execute(statement.limit(1)).first() is not None:
            raise UserError(_("Another contact has the external id “%(value)s” already.", value=external_id))


def _sees_whose(external_id: str | None, actor: Actor) -> bool:
    statement = visible(Contact, actor).where(Contact.external_id == external_id)
    return db.session().execute(statement.with_only_columns(Contact.id)).first() is not None


def birth_date(text: str) -> str | None:
    """The stored form of a birth date as typed; raises UserError when it is none."""
    cleaned, problem = clean_date(text)
    if problem:
        raise UserError(_("“%(value)s” is not a birth date. Write it as 1976-02-03.", value=text[:40]))
    return cleaned or None


def place(contact: Contact, organization: str, role: str, actor: Actor) -> None:
    """Put a person into an organization (or an organization under another) by name, made if it is new."""
    organization = squash(organization)
    if not organization:
        return
    found = found_or_made(organization, actor)
    if isinstance(contact, Organization):
        set_parent(contact, found.id)
    else:
        affiliate(contact, found.id, role=role)


def found_or_made(organization: str, actor: Actor) -> Contact:
    """The organization of this name, made if it is new."""
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


def set_parent_named(organization: Organization, name: str, actor: Actor) -> None:
    """Put an organization under the one of this name, made if it is new; no name takes it out."""
    if squash(name):
        place(organization, name, "", actor)
    else:
        set_parent(organization, None)
    require_within(organization, actor)


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
