"""People and organizations, how they are reached, and how they belong together."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.access.actor import Actor
from crm.contacts.words import COLUMN_WORDS
from crm.db import Base, Folded, Id, now
from crm.i18n import day_here
from crm.i18n import lazy_gettext as _

PERSON, ORGANIZATION = "person", "organization"
_SUBJECT = ("contact", "contact_id")


def _words(column: str) -> dict[str, Any]:
    """What tells the history how the values of a column read."""
    return {"words": COLUMN_WORDS[column]}


class Contact(Base):
    """A person or an organization; one table, a class for each.

    `name` is what people read, `sort_name` the folded text lists are ordered by ("woodard lawrence"),
    `name_key` the folded name that imports and duplicate checks match on. `birth_date` is ISO 8601, with
    parts left out where they are unknown (`1976`, `--02-03`). `custom` holds custom fields.
    `version` rises with each edit, so that nobody overwrites what they have not seen.
    """

    __tablename__ = "contact"
    __journaled__ = True
    __journal_label__ = _("Contact")
    __journal_bookkeeping__ = frozenset({"version", "updated_at"})
    __table_args__ = (
        CheckConstraint("kind in ('person', 'organization')", name="kind"),
        Index("ix_contact_sort", "sort_name", "id"),
        Index("ix_contact_kind_sort", "kind", "sort_name", "id"),
        Index("ix_contact_updated", "updated_at", "id"),
        Index("ix_contact_created", "created_at", "id"),
        Index(
            "uq_contact_external_id",
            "external_id",
            unique=True,
            sqlite_where=text("external_id IS NOT NULL"),
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )
    __mapper_args__ = {"polymorphic_on": "kind"}

    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(Folded)
    name_key: Mapped[str] = mapped_column(Folded, index=True)
    external_id: Mapped[str | None] = mapped_column(String(200))
    prefix: Mapped[str | None]
    given_name: Mapped[str | None]
    middle_name: Mapped[str | None]
    family_name: Mapped[str | None]
    suffix: Mapped[str | None]
    nickname: Mapped[str | None]
    pronouns: Mapped[str | None]
    birth_date: Mapped[str | None] = mapped_column(String(10), index=True, info=_words("birth_date"))
    job_title: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(String(35), info=_words("language"))
    sector: Mapped[str | None]
    description: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    photo_key: Mapped[str | None] = mapped_column(String(64))
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    emails: Mapped[list["Email"]] = relationship(
        cascade="all, delete-orphan", order_by="[Email.is_primary.desc(), Email.id]", lazy="raise"
    )
    phones: Mapped[list["Phone"]] = relationship(
        cascade="all, delete-orphan", order_by="[Phone.is_primary.desc(), Phone.id]", lazy="raise"
    )
    addresses: Mapped[list["Address"]] = relationship(
        cascade="all, delete-orphan", order_by="[Address.is_primary.desc(), Address.id]", lazy="raise"
    )
    links: Mapped[list["Link"]] = relationship(cascade="all, delete-orphan", order_by="Link.id", lazy="raise")
    tags: Mapped[list["ContactTag"]] = relationship(cascade="all, delete-orphan", lazy="raise")
    do_not_contact: Mapped[list["DoNotContact"]] = relationship(cascade="all, delete-orphan", lazy="raise")
    notes: Mapped[list["Note"]] = relationship(
        cascade="all, delete-orphan", order_by="Note.created_at.desc()", lazy="raise"
    )
    parent: Mapped["Organization | None"] = relationship(remote_side="Contact.id", lazy="raise")


class Person(Contact):
    """Somebody: a parent, a principal, a legislator, a volunteer."""

    __mapper_args__ = {"polymorphic_identity": PERSON}

    affiliations: Mapped[list["Affiliation"]] = relationship(
        foreign_keys="Affiliation.person_id",
        cascade="all, delete-orphan",
        lazy="raise",
        back_populates="person",
    )


class Organization(Contact):
    """A district, school, agency, outlet or partner. May have a parent (school, then district)."""

    __mapper_args__ = {"polymorphic_identity": ORGANIZATION}

    people: Mapped[list["Affiliation"]] = relationship(
        foreign_keys="Affiliation.organization_id",
        cascade="all, delete-orphan",
        lazy="raise",
        back_populates="organization",
    )


class Email(Base):
    """An email address. It may be shared, and never proves by itself that two people are one.

    `no_mail_since` is the day from which nothing may be mailed to this one address, `no_mail_why` says
    whether that was asked for (`asked`) or mail came back (`bounced`); other addresses go on.
    """

    __tablename__ = "contact_email"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Email address")

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    label: Mapped[str] = mapped_column(String(60), default="", info=_words("label"))
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(Folded, index=True)
    is_primary: Mapped[bool] = mapped_column(default=False)
    no_mail_since: Mapped[date | None]
    no_mail_why: Mapped[str | None] = mapped_column(String(10), info=_words("no_mail_why"))
    source: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def no_mail(self) -> bool:
        """Whether nothing may be mailed to it."""
        return self.no_mail_since is not None


class Phone(Base):
    """A phone number: `number` in E.164 where it could be understood, else as given."""

    __tablename__ = "contact_phone"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Phone number")

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    label: Mapped[str] = mapped_column(String(60), default="", info=_words("label"))
    number: Mapped[str] = mapped_column(String(80), index=True, info=_words("number"))
    extension: Mapped[str] = mapped_column(String(20), default="")
    is_primary: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Address(Base):
    """A postal address. `address_key` is the folded street and postal code that imports match on."""

    __tablename__ = "contact_address"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Postal address")

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    label: Mapped[str] = mapped_column(String(60), default="", info=_words("label"))
    street: Mapped[str] = mapped_column(default="")
    street2: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="", index=True)
    region: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(String(20), default="", index=True)
    country: Mapped[str] = mapped_column(String(60), default="")
    address_key: Mapped[str] = mapped_column(Folded, index=True)
    is_primary: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Link(Base):
    """A web page or a profile."""

    __tablename__ = "contact_link"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Web page")

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    label: Mapped[str] = mapped_column(String(60), default="", info=_words("label"))
    url: Mapped[str]
    source: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


def has_ended(end_date: date | None) -> bool:
    """Whether an affiliation with this end is over; whoever leaves today has left."""
    return end_date is not None and end_date <= day_here()


class Affiliation(Base):
    """A person's part in an organization, with dates. Somebody may have several; one is primary."""

    __tablename__ = "affiliation"
    __journaled__ = True
    __journal_subject__ = ("contact", "person_id")
    __journal_label__ = _("Affiliation")

    person_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    role: Mapped[str] = mapped_column(default="")
    department: Mapped[str] = mapped_column(default="")
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    is_primary: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)

    @hybrid_property
    def is_current(self) -> bool:
        """Whether it has not ended: no end date, or one in the future."""
        return not has_ended(self.end_date)

    @is_current.inplace.expression
    @classmethod
    def _is_current(cls) -> ColumnElement[bool]:
        # The day is asked for when the statement runs: expressions of fields are made once, at boot.
        day: ColumnElement[date] = bindparam("today", callable_=day_here, type_=Date, unique=True)
        return or_(cls.end_date.is_(None), cls.end_date > day)

    person: Mapped[Person] = relationship(foreign_keys=person_id, lazy="raise", back_populates="affiliations")
    organization: Mapped[Organization] = relationship(
        foreign_keys=organization_id, lazy="raise", back_populates="people"
    )


class Tag(Base):
    """A word for grouping contacts, with a description and an owner so that it keeps its meaning."""

    __tablename__ = "tag"
    __journaled__ = True
    __journal_label__ = _("Tag")
    __journal_permissions__ = ("contacts.view", "contacts.tags")

    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    color: Mapped[str] = mapped_column(String(20), default="")
    owner_user_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)

    @classmethod
    def journal_within(cls, actor: Actor) -> ColumnElement[bool]:
        from crm.contacts.tags import known_to

        return known_to(actor)


class ContactTag(Base):
    """That a contact has a tag."""

    __tablename__ = "contact_tag"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Tag")
    __table_args__ = (UniqueConstraint("contact_id", "tag_id"), Index(None, "tag_id", "contact_id"))

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    tag: Mapped[Tag] = relationship(lazy="raise")


class Note(Base):
    """Something worth remembering about a contact."""

    __tablename__ = "note"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Note")
    __journal_bookkeeping__ = frozenset({"updated_at"})

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    body: Mapped[str]
    author_user_id: Mapped[int | None] = mapped_column(Id)
    author_label: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class Attachment(Base):
    """A file that belongs to a contact. The bytes lie in the data folder under a random name; deleting
    the row leaves them for undo, and `rollcall doctor` counts files that no row or journal names."""

    __tablename__ = "attachment"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("File")

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    file_name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(120), info=_words("media_type"))
    size: Mapped[int] = mapped_column(info=_words("size"))
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(20), default="file")
    author_user_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DoNotContact(Base):
    """That somebody is not to be contacted by a channel, why, and since when."""

    __tablename__ = "do_not_contact"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Do not contact")
    __table_args__ = (UniqueConstraint("contact_id", "channel"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    channel: Mapped[str] = mapped_column(String(20), info=_words("channel"))
    reason: Mapped[str] = mapped_column(default="")
    since: Mapped[date]
    source: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class BulkPlan(Base):
    """A change of many contacts: first who was chosen, then exactly what would happen, then what did.

    `ids` are the chosen contacts. `items` are those to be changed, each as [id, what it said when the plan
    was made]; None until the plan is made. `refused` holds [reason, ids] of those that stay as they are.
    `outcome` says what became of them: `changed` how many, `already`, `gone` and `other` (changed by
    somebody meanwhile) as ids. `list_query` is the address of the list they were chosen
    in. Kept for some days, never journaled.
    """

    __tablename__ = "bulk_plan"

    actor_user_id: Mapped[int | None] = mapped_column(Id, index=True)
    action: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ids: Mapped[list[Any]]
    list_query: Mapped[str] = mapped_column(default="")
    items: Mapped[list[Any] | None]
    already: Mapped[int] = mapped_column(default=0)
    refused: Mapped[list[Any]] = mapped_column(default=list)
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    applied_at: Mapped[datetime | None]
    change_set_id: Mapped[int | None] = mapped_column(Id)
    job_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class NotDuplicate(Base):
    """That somebody looked at two contacts and found that they are two; `first_id` is the lower."""

    __tablename__ = "contact_not_duplicate"
    __journaled__ = True
    __journal_subject__ = ("contact", "first_id")
    __journal_label__ = _("Not duplicates")
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    first_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    author_user_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)


class FormerContact(Base):
    """That a record became a part of a contact, so that its address leads there. Of the record only its
    number is kept; undoing the merge removes it."""

    __tablename__ = "contact_former"
    __journaled__ = True
    __journal_subject__ = _SUBJECT
    __journal_label__ = _("Merged record")
    __table_args__ = (UniqueConstraint("former_id"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    former_id: Mapped[int] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DuplicateKey(Base):
    """What a contact has in common with those worth comparing, as a number. Ids are never used again, so
    one that is gone needs no reference; it is left out when pairs are shown. Never journaled."""

    __tablename__ = "contact_duplicate_key"
    __table_args__ = (Index(None, "key", "contact_id"),)

    contact_id: Mapped[int] = mapped_column(Id, index=True)
    key: Mapped[int] = mapped_column(BigInteger)


class DuplicatePair(Base):
    """Two contacts that may be one, how surely (1 to 99), and why; `first_id` is the lower."""

    __tablename__ = "contact_duplicate_pair"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        Index(None, "score", "id"),
        Index(None, "second_id"),
    )

    first_id: Mapped[int] = mapped_column(Id)
    second_id: Mapped[int] = mapped_column(Id)
    score: Mapped[int]
    reasons: Mapped[list[str]]


class DuplicateScan(Base):
    """How far the look for duplicates is: every entry of the journal up to `entry_id` is accounted for."""

    __tablename__ = "contact_duplicate_scan"

    entry_id: Mapped[int] = mapped_column(Id, default=0)
    rules: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[int | None] = mapped_column(Id)
    finished_at: Mapped[datetime | None]
