"""Email addresses of many contacts for somebody's own mail program."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address

from sqlalchemy import exists, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.contacts.models import Contact, DoNotContact, Email

UNWANTED = ("email", "all")


@dataclass(frozen=True)
class Addresses:
    """`lines` as a mail program takes them, `plain` the addresses alone, each once. Whoever has none or
    does not want mail is counted, not listed."""

    lines: tuple[str, ...]
    plain: tuple[str, ...]
    without: int
    unwanted: int


def addresses_of(ids: Sequence[int], actor: Actor) -> Addresses:
    """The main address of each visible contact that may be mailed. An address that several share is left
    out as soon as one of them does not want mail."""
    rows = _main_addresses(ids, actor)
    refused = {address.lower() for _name, address, unwanted in rows if address and unwanted}
    found: dict[str, str] = {}
    for name, address, unwanted in rows:
        if address and not unwanted and address.lower() not in refused:
            found.setdefault(address.lower(), _with_name(name, address))
    return Addresses(
        tuple(found.values()),
        tuple(found),
        without=sum(1 for _name, address, unwanted in rows if not address and not unwanted),
        unwanted=sum(
            1 for _name, address, unwanted in rows if unwanted or (address or "").lower() in refused
        ),
    )


def _main_addresses(ids: Sequence[int], actor: Actor) -> list[tuple[str, str | None, bool]]:
    main = (
        select(Email.address)
        .where(Email.contact_id == Contact.id)
        .order_by(Email.is_primary.desc(), Email.id)
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )
    asked = exists().where(DoNotContact.contact_id == Contact.id, DoNotContact.channel.in_(UNWANTED))
    statement = (
        visible(Contact, actor).where(db.among(Contact.id, ids)).order_by(Contact.sort_name, Contact.id)
    )
    rows = db.session().execute(statement.with_only_columns(Contact.name, main, asked))
    return [(row[0], row[1], bool(row[2])) for row in rows]


def _with_name(name: str, address: str) -> str:
    """`"Okafor, Amina" <amina@example.org>`, quoted where the name needs it."""
    if name == address:
        return address
    user, _at, domain = address.rpartition("@")
    return str(Address(name, user, domain))
