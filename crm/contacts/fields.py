"""The fields of a contact, declared once for lists, filters, import and export."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, case, exists, false, func, not_, or_, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access import Actor, visible
from crm.contacts import tags
from crm.contacts.emailing import ASKED, asked_for_none, why_no_mail
from crm.contacts.models import (
    ORGANIZATION,
    PERSON,
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
from crm.contacts.permissions import EDIT, VIEW
from crm.contacts.words import CHANNELS, NO_MAIL, SECTORS
from crm.fields.filters import as_id, says, says_phone
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Field, Preset, RecordType

Clause = ColumnElement[bool]
_other = aliased(Contact, name="other_contact")


def _first(model: Any, column: Any) -> ColumnElement[str]:
    """The primary (else the oldest) email, phone or address of a contact."""
    return (
        select(column)
        .where(model.contact_id == Contact.id)
        .order_by(model.is_primary.desc(), model.id)
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )


def _no_mail() -> ColumnElement[str]:
    """Why nothing is mailed to the email of a contact: who asked for none at all asked for none there."""
    return case((asked_for_none(), ASKED), else_=_first(Email, why_no_mail()))


def _no_mail_filter(operator: str, values: Sequence[str]) -> Clause:
    """Whether no mail goes to one of the addresses of a contact, for such a reason or for any."""
    why = why_no_mail()
    silent = exists().where(Email.contact_id == Contact.id, why.is_not(None))
    whole = asked_for_none()
    if operator in {"is", "not"}:
        silent = silent.where(why == values[0])
        whole = whole if values[0] == ASKED else false()
    found = or_(silent, whole)
    return not_(found) if operator in {"not", "empty"} else found


def _affiliation(column: Any, *known: Clause) -> ColumnElement[str]:
    """Something of the person's primary affiliation that has not ended, of those with a `known` other end."""
    return (
        select(column)
        .select_from(Affiliation)
        .join(_other, _other.id == Affiliation.organization_id)
        .where(Affiliation.person_id == Contact.id, Affiliation.is_current, *known)
        .order_by(Affiliation.is_primary.desc(), Affiliation.id)
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )


def _organization(*known: Clause) -> ColumnElement[str]:
    """The organization that somebody belongs to, or the one above an organization."""
    above = select(_other.name).where(_other.id == Contact.parent_id, *known)
    return func.coalesce(_affiliation(_other.name, *known), above.correlate(Contact).scalar_subquery())


def _role(*known: Clause) -> ColumnElement[str]:
    return func.coalesce(_affiliation(Affiliation.role, *known), Contact.job_title)


def _known_to(actor: Actor) -> Clause:
    """That the actor may see the one at the other end."""
    return _other.id.in_(visible(Contact, actor).with_only_columns(Contact.id).correlate(None))


_tags = (
    select(func.aggregate_strings(Tag.name, "\x1f"))
    .join(ContactTag, ContactTag.tag_id == Tag.id)
    .where(ContactTag.contact_id == Contact.id)
    .correlate(Contact)
    .scalar_subquery()
)


_barred = db.there_is(select(DoNotContact.id).where(DoNotContact.contact_id == Contact.id).correlate(Contact))


def _text_fits(
    column: Any, operator: str, values: Sequence[str], said: Callable[..., Clause] = says
) -> Clause:
    """Whether a text fits, or for an operator that says no, whether it does not: then none may fit."""
    if operator in {"filled", "empty"}:
        fits: Clause = column != ""
        return fits
    return said(column, "is" if operator == "not" else operator, values[0].strip())


class ChildFilter:
    """A text filter that holds when any row of a contact's emails, phones, addresses… fits."""

    def __init__(self, model: Any, column: Any, said: Callable[..., Clause] = says) -> None:
        self.model, self.column, self.said = model, column, said

    def __call__(self, operator: str, values: Sequence[str]) -> Clause:
        belongs = self.model.contact_id == Contact.id
        found = exists().where(belongs, _text_fits(self.column, operator, values, self.said))
        return not_(found) if operator in {"not", "empty"} else found


def _organization_filter(operator: str, values: Sequence[str], *known: Clause) -> Clause:
    there = operator in {"filled", "empty"}
    fits = _other.id.is_not(None) if there else _text_fits(_other.name, operator, values)
    joined = exists().where(
        Affiliation.person_id == Contact.id,
        Affiliation.organization_id == _other.id,
        Affiliation.is_current,
        fits,
        *known,
    )
    parent = exists().where(_other.id == Contact.parent_id, fits, *known)
    found = or_(joined, parent)
    return not_(found) if operator in {"not", "empty"} else found


def _role_filter(operator: str, values: Sequence[str]) -> Clause:
    """A role in any organization that has not ended, else the job title, as the column shows it."""
    fits = _text_fits(Affiliation.role, operator, values)
    held = exists().where(Affiliation.person_id == Contact.id, Affiliation.is_current, fits)
    found = or_(held, _text_fits(func.coalesce(Contact.job_title, ""), operator, values))
    return not_(found) if operator in {"not", "empty"} else found


def _tag_filter(operator: str, values: Sequence[str]) -> Clause:
    belongs = exists().where(ContactTag.contact_id == Contact.id)
    if operator in {"filled", "empty"}:
        return belongs if operator == "filled" else not_(belongs)
    wanted = as_id(values[0])
    tagged = exists().where(ContactTag.contact_id == Contact.id, ContactTag.tag_id == wanted)
    return tagged if operator == "is" else not_(tagged)


def _channel_filter(operator: str, values: Sequence[str]) -> Clause:
    asked = exists().where(DoNotContact.contact_id == Contact.id)
    if operator in {"is", "not"}:
        asked = exists().where(DoNotContact.contact_id == Contact.id, DoNotContact.channel == values[0])
    return not_(asked) if operator in {"not", "empty"} else asked


def _tag_choices(actor: Actor | None = None) -> Sequence[tuple[str, str]]:
    return [(str(tag.id), tag.name) for tag in tags.known(actor or Actor.system())]


def quick_filter(text: str, actor: Actor | None = None) -> Clause:
    """What the list's own search field means: any word of the name, email, phone, organization…"""
    # Imported here because search reads the providers that contacts declare.
    from crm.search.services import matching_ids_clause

    return Contact.id.in_(matching_ids_clause(text, "contact", actor))


def _scoped_organization(actor: Actor) -> Field:
    known = _known_to(actor)
    return replace(
        ORGANIZATION_FIELD,
        expression=_organization(known),
        filter=lambda operator, values: _organization_filter(operator, values, known),
    )


def _scoped_role(actor: Actor) -> Field:
    return replace(ROLE_FIELD, expression=_role(_known_to(actor)), filterable=False)


def _scoped_tags(actor: Actor) -> Field:
    return replace(TAGS_FIELD, choices=lambda: _tag_choices(actor))


IDENTITY, REACH, BELONGING, RECORD = _("Who"), _("How to reach"), _("Belonging"), _("Record")

ORGANIZATION_FIELD = Field(
    "organization", _("Organization"), "reference", _organization(), section=BELONGING,
    filter=_organization_filter, scoped=_scoped_organization, importable=True,
)  # fmt: skip
ROLE_FIELD = Field(
    "role", _("Role"), expression=_role(), section=BELONGING, scoped=_scoped_role, importable=True,
    filter=_role_filter,
)  # fmt: skip
TAGS_FIELD = Field(
    "tags", _("Tags"), "tags", _tags, section=BELONGING, scoped=_scoped_tags, importable=True,
    filter=_tag_filter, choices=_tag_choices,
)  # fmt: skip

FIELDS: tuple[Field, ...] = (
    Field("name", _("Name"), expression=Contact.name, sort_expression=Contact.sort_name, section=IDENTITY,
          sortable=True, importable=True, mergeable=True),
    Field("kind", _("Kind"), "choice", Contact.kind, section=IDENTITY, importable=True,
          choices=lambda: ((PERSON, _("Person")), (ORGANIZATION, _("Organization")))),
    Field("given_name", _("Given name"), expression=Contact.given_name, section=IDENTITY, importable=True,
          mergeable=True),
    Field("middle_name", _("Middle name"), expression=Contact.middle_name, section=IDENTITY, importable=True),
    Field("family_name", _("Family name"), expression=Contact.family_name, section=IDENTITY, importable=True,
          mergeable=True),
    Field("nickname", _("Nickname"), expression=Contact.nickname, section=IDENTITY, importable=True),
    Field("pronouns", _("Pronouns"), expression=Contact.pronouns, section=IDENTITY, importable=True),
    Field("birth_date", _("Birth date"), "date", Contact.birth_date, section=IDENTITY, importable=True),
    Field("language", _("Language"), "language", Contact.language, section=IDENTITY, importable=True),
    Field("email", _("Email"), "email", _first(Email, Email.address), section=REACH, importable=True,
          filter=ChildFilter(Email, Email.address), mergeable=True, beside="email_no_mail"),
    Field("email_no_mail", _("Email: no mail"), "choice", _no_mail(), section=REACH,
          filter=_no_mail_filter, choices=lambda: tuple(NO_MAIL.items())),
    Field("phone", _("Phone"), "phone", _first(Phone, Phone.number), section=REACH, importable=True,
          filter=ChildFilter(Phone, Phone.number, says_phone)),
    Field("street", _("Street"), expression=_first(Address, Address.street), section=REACH, importable=True,
          filter=ChildFilter(Address, Address.street)),
    Field("city", _("City"), expression=_first(Address, Address.city), section=REACH, importable=True,
          filter=ChildFilter(Address, Address.city), mergeable=True),
    Field("region", _("State"), expression=_first(Address, Address.region), section=REACH, importable=True,
          filter=ChildFilter(Address, Address.region)),
    Field("postal_code", _("ZIP code"), expression=_first(Address, Address.postal_code), section=REACH,
          importable=True, filter=ChildFilter(Address, Address.postal_code)),
    Field("link", _("Web page"), "link", None, section=REACH, listable=False,
          filter=ChildFilter(Link, Link.url)),
    Field("do_not_contact", _("Do not contact"), "choice", None, section=REACH, listable=False,
          filter=_channel_filter, choices=lambda: tuple(CHANNELS.items())),
    ORGANIZATION_FIELD,
    ROLE_FIELD,
    Field("job_title", _("Job title"), expression=Contact.job_title, section=BELONGING, importable=True),
    Field("sector", _("Sector"), "choice", Contact.sector, section=BELONGING, importable=True,
          choices=lambda: tuple(SECTORS.items())),
    TAGS_FIELD,
    Field("description", _("About"), "long_text", Contact.description, section=RECORD, importable=True),
    Field("notes", _("Notes"), "long_text", None, section=RECORD, listable=False,
          filter=ChildFilter(Note, Note.body)),
    Field("external_id", _("External id"), expression=Contact.external_id, section=RECORD, importable=True),
    Field("created_at", _("Added"), "datetime", Contact.created_at, section=RECORD, sortable=True),
    Field("updated_at", _("Changed"), "datetime", Contact.updated_at, section=RECORD, sortable=True),
)  # fmt: skip


def record_type() -> RecordType:
    """Contacts as lists, import and export know them."""
    return RecordType(
        "contacts",
        _("People and organizations"),
        _("Contact"),
        Contact,
        VIEW,
        Contact.name,
        "contacts.show",
        "contacts.index",
        FIELDS,
        default_columns=("name", "organization", "email", "phone", "city", "tags"),
        default_sort="name",
        quick_filter=quick_filter,
        icon="users",
        edit_permission=EDIT,
        presets=(
            Preset("all", _("Everybody")),
            Preset("people", _("People"), (("kind", "is", PERSON),)),
            Preset(
                "organizations",
                _("Organizations"),
                (("kind", "is", ORGANIZATION),),
                columns=("name", "sector", "organization", "email", "phone", "city", "tags"),
            ),
            Preset("recent", _("Newest"), sort="-created_at"),
        ),
        extra_columns=(("kind_of", Contact.kind), ("photo", Contact.photo_key), ("barred", _barred)),
    )
