"""What the search box knows of people and organizations."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, SQLColumnExpression, case, func, select
from sqlalchemy.orm import aliased

from crm import db
from crm.contacts.models import (
    ORGANIZATION,
    PERSON,
    Address,
    Affiliation,
    Contact,
    ContactTag,
    Email,
    Phone,
    Tag,
)
from crm.contacts.permissions import VIEW
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import SearchProvider
from crm.search.models import SearchDocument

_organization = aliased(Contact, name="organization")


def providers() -> Iterable[SearchProvider]:
    """People are found by their organizations too, so both follow a new name of an organization or tag."""
    related = {"contact": _of_renamed_organizations, "tag": _tagged}
    for kind, label, documents, icon in (
        (PERSON, _("People"), person_documents, "user"),
        (ORGANIZATION, _("Organizations"), organization_documents, "building"),
    ):
        yield SearchProvider(
            kind, label, "contact", Contact, documents, Contact.id, "contacts.show", icon, VIEW,
            id_argument="contact_id", related=related,
        )  # fmt: skip


def person_documents(chosen: ColumnElement[bool]) -> Select[Any]:
    """Named with role and organization, so that two of the same name can be told apart."""
    subtitle = func.coalesce(_roles(), Contact.job_title, _first_email(), _first_city(), "")
    return _documents(PERSON, subtitle).where(chosen)


def organization_documents(chosen: ColumnElement[bool]) -> Select[Any]:
    """Named with what they belong to, else their city."""
    parent = select(_organization.name).where(_organization.id == Contact.parent_id).scalar_subquery()
    return _documents(ORGANIZATION, func.coalesce(parent, _first_city(), "")).where(chosen)


def _documents(kind: str, subtitle: ColumnElement[str]) -> Select[Any]:
    own = (Contact.nickname, Contact.job_title, Contact.external_id)
    elsewhere = (_emails(), _phones(), _places(), _tags())
    body: ColumnElement[str] = func.coalesce(own[0], "")
    for part in (*own[1:], *elsewhere):
        body = body + " " + func.coalesce(part, "")
    columns: tuple[Any, ...] = (Contact.id.label("record_id"), Contact.name.label("title"))
    # Not by the index of kinds, which SQLite would read whole for the sake of one record.
    return select(*columns, subtitle.label("subtitle"), body.label("body")).where(Contact.kind + "" == kind)


def _roles() -> ScalarSelect[str]:
    """`Principal, Maple School; Treasurer, Harbor Coalition`, without what has ended."""
    role = case((Affiliation.role == "", ""), else_=Affiliation.role + ", ")
    return (
        select(func.aggregate_strings(role + _organization.name, "; "))
        .select_from(Affiliation)
        .join(_organization, _organization.id == Affiliation.organization_id)
        .where(Affiliation.person_id == Contact.id, Affiliation.is_current)
        .correlate(Contact)
        .scalar_subquery()
    )


def _all_of(model: Any, words: SQLColumnExpression[str]) -> ScalarSelect[str]:
    return (
        select(func.aggregate_strings(words, " "))
        .where(model.contact_id == Contact.id)
        .correlate(Contact)
        .scalar_subquery()
    )


def _emails() -> ScalarSelect[str]:
    return _all_of(Email, Email.address)


def _phones() -> ScalarSelect[str]:
    """A number from each place where people begin to say it. North America: area, exchange, line.
    Elsewhere the country code has one to three digits, and nobody types it at home."""
    number = Phone.number

    def after(*places: int) -> ColumnElement[str]:
        parts = [func.substr(number, place) for place in places]
        joined: ColumnElement[str] = parts[0]
        for part in parts[1:]:
            joined = joined + " " + part
        return joined

    as_given = number + " " + func.replace(func.replace(number, "-", ""), " ", "")
    words = case((number.like("+1%"), after(3, 6, 9)), (number.like("+%"), after(2, 3, 4, 5)), else_=as_given)
    return _all_of(Phone, words)


def _places() -> ScalarSelect[str]:
    return _all_of(Address, Address.city + " " + Address.region + " " + Address.postal_code)


def _tags() -> ScalarSelect[str]:
    return (
        select(func.aggregate_strings(Tag.name, " "))
        .select_from(ContactTag)
        .join(Tag, Tag.id == ContactTag.tag_id)
        .where(ContactTag.contact_id == Contact.id)
        .correlate(Contact)
        .scalar_subquery()
    )


def _first(model: Any, words: SQLColumnExpression[str]) -> ScalarSelect[str]:
    return (
        select(words)
        .where(model.contact_id == Contact.id, words != "")
        .order_by(model.is_primary.desc(), model.id)
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )


def _first_email() -> ScalarSelect[str]:
    return _first(Email, Email.address)


def _first_city() -> ScalarSelect[str]:
    return _first(Address, Address.city)


def _of_renamed_organizations(ids: Sequence[int]) -> Select[Any]:
    """People in, and organizations under, one whose name is no longer what the index shows."""
    renamed = (
        select(Contact.id)
        .join(SearchDocument, SearchDocument.record_id == Contact.id)
        .where(
            SearchDocument.kind == ORGANIZATION,
            db.among(SearchDocument.record_id, ids),
            SearchDocument.title != Contact.name,
        )
        .cte("renamed")
    )
    people = select(Affiliation.person_id).join(renamed, renamed.c.id == Affiliation.organization_id)
    below = select(_organization.id).join(renamed, renamed.c.id == _organization.parent_id)
    found = people.union_all(below).subquery()
    return select(found.c[0])


def _tagged(ids: Sequence[int]) -> Select[Any]:
    return select(ContactTag.contact_id).where(db.among(ContactTag.tag_id, ids))
