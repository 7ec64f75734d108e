"""How a contact is reached: emails, phones, addresses and links as groups of rows, edited together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.contacts import emailing
from crm.contacts.models import Address, Contact, Email, Link, Phone
from crm.contacts.names import address_key
from crm.errors import UserError
from crm.runtime import runtime
from crm.transfer.cleaning.emails import clean_email
from crm.transfer.cleaning.labels import clean_label, clean_url
from crm.transfer.cleaning.phones import clean_phone
from crm.transfer.cleaning.places import clean_country, clean_postal_code, clean_region
from crm.transfer.cleaning.text import squash

Row = Mapping[str, Any]
Values = dict[str, Any]


def email_values(row: Row) -> Values | None:
    """The stored form of one email as typed; None when it is empty."""
    address, problem = clean_email(row.get("address") or "")
    if problem:
        raise UserError(_("“%(value)s” is not an email address.", value=str(row["address"])[:80]))
    return {"address": address, "address_key": address.lower()} if address else None


def phone_values(row: Row) -> Values | None:
    """The stored form of one phone; what cannot be understood is kept as it was typed."""
    number, extension, problem = clean_phone(row.get("number") or "", runtime().config.default_region)
    if problem == "phone_invalid":
        raise UserError(_("“%(value)s” is not a phone number.", value=str(row["number"])[:80]))
    given = squash(row.get("extension") or "")
    return {"number": number, "extension": given or extension} if number else None


def address_values(row: Row) -> Values | None:
    """The stored form of one postal address; None when it is empty."""
    country, _problem = clean_country(row.get("country") or "")
    code, _problem = clean_postal_code(row.get("postal_code") or "", country or "US")
    values = {
        "street": squash(row.get("street") or ""),
        "street2": squash(row.get("street2") or ""),
        "city": squash(row.get("city") or ""),
        "region": clean_region(row.get("region") or "", country or "US"),
        "postal_code": code,
        "country": country,
    }
    if not any(values.values()):
        return None
    return {**values, "address_key": address_key(values["street"], code)}


def link_values(row: Row) -> Values | None:
    """The stored form of one link; None when it is empty."""
    url, problem = clean_url(row.get("url") or "")
    if problem:
        raise UserError(_("“%(value)s” is not a web address.", value=str(row["url"])[:80]))
    return {"url": url} if url else None


def _set(contact: Contact, model: Any, rows: Iterable[Row], clean: Callable[[Row], Values | None]) -> None:
    """Make a contact's rows of one kind be `rows`; those with an id are changed, the others added."""
    _replace(contact, model, {row.id: row for row in present(contact, model)}, rows, clean)
    db.session().flush()


def _replace(
    contact: Contact,
    model: Any,
    kept: dict[int, Any],
    rows: Iterable[Row],
    clean: Callable[[Row], Values | None],
) -> None:
    wanted: list[tuple[Any, Values]] = []
    for row in rows:
        values = clean(row)
        if values is not None:
            values["label"] = clean_label(row.get("label") or "")
            wanted.append((kept.pop(_as_id(row.get("id")), None), {**values, "primary": row.get("primary")}))
    for gone in kept.values():
        db.session().delete(gone)
    _mark_primary(model, wanted)
    for existing, values in wanted:
        row = existing or model(contact_id=contact.id)
        for name, value in values.items():
            if getattr(row, name, None) != value:
                setattr(row, name, value)
        db.session().add(row)


def present(contact: Contact, model: Any) -> Sequence[Any]:
    """The rows of one kind that a contact has now, oldest first."""
    return db.session().scalars(select(model).where(model.contact_id == contact.id).order_by(model.id)).all()


def _as_id(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _mark_primary(model: Any, wanted: list[tuple[Any, Values]]) -> None:
    chosen = next((index for index, (_row, values) in enumerate(wanted) if values["primary"]), 0)
    for index, (_row, values) in enumerate(wanted):
        del values["primary"]
        if hasattr(model, "is_primary"):
            values["is_primary"] = index == chosen


def set_emails(contact: Contact, rows: Iterable[Row]) -> None:
    """Make these the addresses. A row that says `no_mail` ends or begins mail to that one address; without
    a word of it that stays as it is, and an address that is corrected begins anew."""
    typed = list(rows)
    before = present(contact, Email)
    had = {row.id: row.address_key for row in before}
    silent = {row.address_key: (row.no_mail_since, row.no_mail_why) for row in before if row.no_mail}
    _set(contact, Email, typed, email_values)
    wishes = {_key(row): bool(row["no_mail"]) for row in typed if "no_mail" in row}
    for row in present(contact, Email):
        was, key = row.address_key in silent, had.get(row.id)
        wish = wishes.get(row.address_key, was)
        if key is not None and key != row.address_key:
            wish = was  # The tick stood beside another address.
        elif key is None:
            wish = wish or was  # Typed anew, it is the same address still.
        _silence(row, wish, silent.get(row.address_key), anew=key != row.address_key)
    db.session().flush()


def _silence(row: Email, wish: bool, known: tuple[Any, Any] | None, *, anew: bool) -> None:
    """Let a row say what holds for its address; `anew` when it had another address, or none, before."""
    if wish and known is not None:
        row.no_mail_since, row.no_mail_why = known
    elif wish and not row.no_mail:
        emailing.end_mail([row], emailing.ASKED)
    elif row.no_mail and not wish and anew:
        row.no_mail_since = row.no_mail_why = None
    elif row.no_mail and not wish:
        emailing.begin_mail(row)


def _key(row: Row) -> str:
    values = email_values(row)
    return values["address_key"] if values else ""


def set_phones(contact: Contact, rows: Iterable[Row]) -> None:
    _set(contact, Phone, rows, phone_values)


def set_addresses(contact: Contact, rows: Iterable[Row]) -> None:
    _set(contact, Address, rows, address_values)


def set_links(contact: Contact, rows: Iterable[Row]) -> None:
    _set(contact, Link, rows, link_values)


def fill(contact: Contact, values: Mapping[str, Any]) -> None:
    """The rows of a contact that was made just now and has none; the caller flushes."""
    for name, model, clean in (
        ("emails", Email, email_values),
        ("phones", Phone, phone_values),
        ("addresses", Address, address_values),
        ("links", Link, link_values),
    ):
        _replace(contact, model, {}, values.get(name) or (), clean)
