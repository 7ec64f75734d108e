"""Email addresses of many contacts, for somebody's own mail program and for letters of ours; which of them
want no mail."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact, DoNotContact, Email
from crm.i18n import day_here

UNWANTED = ("email", "all")
ASKED: Final = "asked"
BOUNCED: Final = "bounced"


def may_be_mailed(email: Any = Email) -> ColumnElement[bool]:
    """That nobody who has this address asked for no mail there, and that none came back from it. Who may be
    mailed at all says `DoNotContact`."""
    other = aliased(Email)
    return ~exists().where(other.address_key == email.address_key, other.no_mail_since.is_not(None))


def why_no_mail() -> ColumnElement[str | None]:
    """Why nothing goes to an address, as a column of a statement over emails: ASKED or BOUNCED, whoever it is
    that has it; NULL where mail may go."""
    other = aliased(Email)
    # Of the two words the one that counts more comes first in the alphabet, too.
    why = func.min(func.coalesce(other.no_mail_why, ASKED))
    same = (other.address_key == Email.address_key, other.no_mail_since.is_not(None))
    return select(why).where(*same).correlate(Email).scalar_subquery()


def silent_addresses(contact_ids: Collection[int]) -> dict[str, str]:
    """Which addresses of these contacts get no mail, by their keys, and why; who shares one counts, too."""
    theirs = select(Email.address_key).where(db.among(Email.contact_id, contact_ids))
    why = func.min(func.coalesce(Email.no_mail_why, ASKED))
    statement = select(Email.address_key, why).where(
        Email.no_mail_since.is_not(None), Email.address_key.in_(theirs)
    )
    with system("addresses that want no mail, whoever has them"):
        return {row[0]: row[1] for row in db.session().execute(statement.group_by(Email.address_key))}


def end_mail(rows: Iterable[Email], why: str) -> None:
    """Nothing more goes to these addresses, whatever goes to others of the same contacts; `why` is ASKED or
    BOUNCED. What somebody asked for is not overwritten by mail that came back."""
    for row in rows:
        if not row.no_mail or why == ASKED:
            row.no_mail_since, row.no_mail_why = row.no_mail_since or day_here(), why


def end_mail_at(addresses: Collection[str], why: str, contact_ids: Collection[int] | None = None) -> int:
    """The same for addresses, of these contacts or of whoever has them. Returns how many rows say so now."""
    keys = sorted({each.strip().lower() for each in addresses} - {""})
    with system("addresses that want no mail are noted with whoever has them"):
        statement = select(Email).where(Email.address_key.in_(keys))
        rows = db.session().scalars(statement).all()
        mine = [each for each in rows if contact_ids is None or each.contact_id in contact_ids]
        end_mail(mine, why)
        db.session().flush()
    return len(mine)


def begin_mail(row: Email) -> None:
    """Mail to this address may go again. What others asked for who have it, too, stays."""
    row.no_mail_since = row.no_mail_why = None
    begin_mail_at(row.address)


def begin_mail_at(address: str) -> None:
    """An address works after all: that mail came back from it ends with whoever has it."""
    with system("an address is found to work, whoever has it"):
        came_back = select(Email).where(
            Email.address_key == address.strip().lower(), Email.no_mail_why == BOUNCED
        )
        for each in db.session().scalars(came_back):
            each.no_mail_since = each.no_mail_why = None
        db.session().flush()


def refusal(contact_id: int, address: str) -> str:
    """Why nothing may go to an address of a contact any more; empty where it may. It is asked when a message
    leaves, which may be long after it was written. Who shares the address counts, too."""
    key = address.strip().lower()
    shared = select(Email.contact_id).where(Email.address_key == key)
    with system("whether a message may still go to somebody"):
        asked = select(DoNotContact.id).where(
            DoNotContact.channel.in_(UNWANTED),
            (DoNotContact.contact_id == contact_id) | DoNotContact.contact_id.in_(shared),
        )
        if db.session().scalars(asked.limit(1)).first() is not None:
            return _("They asked for no mail before it left.")
        silent = select(Email.id).where(Email.address_key == key, Email.no_mail_since.is_not(None))
        if db.session().scalars(silent.limit(1)).first() is not None:
            return _("No mail goes to this address any more.")
        if db.session().scalars(shared.limit(1)).first() is None:
            return _("Nobody among the contacts has this address any more.")
    return ""


@dataclass(frozen=True)
class Addresses:
    """`lines` as a mail program takes them, `plain` the addresses alone, each once. Whoever has none or
    does not want mail is counted, not listed."""

    lines: tuple[str, ...]
    plain: tuple[str, ...]
    without: int
    unwanted: int


def addresses_of(ids: Sequence[int], actor: Actor) -> Addresses:
    """The main address of each visible contact that may be mailed, or the next one where mail came back.
    An address that several share is left out as soon as one of them does not want mail."""
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


def best_address(*, usable: bool = True) -> Any:
    """The address that a contact is written to, as a column of a statement over contacts: the main one, or
    the next where mail came back from it. Who asked for none at the main one is written to nowhere: another
    address is no way around that. With `usable` off the main one, whatever it wants. Where none is marked as
    the main one, the oldest is."""
    statement = select(Email.address).where(Email.contact_id == Contact.id, Email.address != "")
    if usable:
        main = aliased(Email)
        why_not = _leading(
            select(main.no_mail_why).where(main.contact_id == Email.contact_id, main.address != ""), main
        )
        silent = why_not.correlate(Email).scalar_subquery()
        statement = statement.where(may_be_mailed(), func.coalesce(silent, "") != ASKED)
    return _leading(statement, Email).correlate(Contact).scalar_subquery()


def _leading(statement: Select[Any], email: Any) -> Select[Any]:
    return statement.order_by(email.is_primary.desc(), email.id).limit(1)


def asked_for_none() -> Any:
    """Whether a contact of a statement over contacts asked for no mail at all."""
    return exists().where(DoNotContact.contact_id == Contact.id, DoNotContact.channel.in_(UNWANTED))


def _main_addresses(ids: Sequence[int], actor: Actor) -> list[tuple[str, str | None, bool]]:
    statement = (
        visible(Contact, actor).where(db.among(Contact.id, ids)).order_by(Contact.sort_name, Contact.id)
    )
    columns = (Contact.name, best_address(), best_address(usable=False), asked_for_none())
    rows = db.session().execute(statement.with_only_columns(*columns))
    return [(row[0], row[1] or row[2], bool(row[3]) or bool(row[2] and not row[1])) for row in rows]


def _with_name(name: str, address: str) -> str:
    """`"Okafor, Amina" <amina@example.org>`, quoted where the name needs it."""
    if name == address:
        return address
    user, _at, domain = address.rpartition("@")
    return str(Address(name, user, domain))
