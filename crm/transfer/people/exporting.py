"""Contacts as a kind of export: every field that can be imported again, in tables and vCards."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, true

from crm import db
from crm.access import system
from crm.access.actor import Actor
from crm.contacts.emailing import silent_addresses
from crm.contacts.models import Address, Contact, Email, Link, Note, Phone
from crm.contacts.records_of import records_of
from crm.runtime import runtime
from crm.transfer import layout
from crm.transfer.vcard import card_text

_ASKED_AT_ONCE = 5000
_COUNTED: Mapping[str, Any] = {
    "emails": Email,
    "phones": Phone,
    "addresses": Address,
    "links": Link,
    "notes": Note,
}


class ContactExport:
    """People and organizations; see `ExportHandler`."""

    cards = True

    def shape(self, ids: Sequence[int], actor: Actor) -> dict[str, Any]:
        """How many columns the contacts need: the most emails that one of them has, and so on."""
        most = {"emails": 1, "phones": 1, "addresses": 1, "links": 0, "notes": 0}
        custom: dict[str, None] = {}
        no_mail = False
        with system("the ids were checked against what the actor may see"):
            for part in db.chunks(ids, _ASKED_AT_ONCE):
                for name, model in _COUNTED.items():
                    most[name] = max(most[name], _most(model, part))
                custom.update(dict.fromkeys(_custom_names(part)))
                no_mail = no_mail or _any_silent(part)
        return {
            **most,
            "custom": sorted(custom),
            "region": runtime().config.default_region,
            "no_mail": no_mail,
        }

    def headers(self, shape: Mapping[str, Any]) -> list[str]:
        return layout.headers(_shape(shape))

    def rows(self, ids: Sequence[int], shape: Mapping[str, Any], actor: Actor) -> Iterator[list[str]]:
        wanted = _shape(shape)
        return (layout.row(record, wanted) for record in records_of(ids, actor).values())

    def card_texts(self, ids: Sequence[int], actor: Actor) -> Iterator[str]:
        return (card_text(record) for record in records_of(ids, actor, photo=True).values())


def _shape(values: Mapping[str, Any]) -> layout.Shape:
    return layout.Shape(**{**values, "custom": tuple(values["custom"])})


def _most(model: Any, ids: Sequence[int]) -> int:
    """The most rows that one of the contacts has."""
    counted = (
        select(func.count().label("count"))
        .where(db.among(model.contact_id, ids))
        .group_by(model.contact_id)
        .subquery()
    )
    return db.session().scalar(select(func.coalesce(func.max(counted.c.count), 0))) or 0


def _any_silent(ids: Sequence[int]) -> bool:
    """Whether any address of the contacts wants no mail."""
    return bool(silent_addresses(ids))


def _custom_names(ids: Sequence[int]) -> Iterator[str]:
    """The names of the custom fields that any of the contacts fills."""
    wanted = db.among(Contact.id, ids)
    if db.dialect() == "postgresql":
        statement = select(func.jsonb_object_keys(Contact.custom)).where(wanted).distinct()
    else:
        each = func.json_each(Contact.custom).table_valued("key")
        statement = select(each.c.key).select_from(Contact).join(each, true()).where(wanted).distinct()
    yield from db.session().execute(statement).scalars()
