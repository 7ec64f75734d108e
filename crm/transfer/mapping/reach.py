"""Steps for what reaches a contact: emails, phones, web pages, addresses."""

import re
from dataclasses import dataclass
from typing import Final

from crm.transfer.cleaning import (
    clean_country,
    clean_email,
    clean_label,
    clean_phone,
    clean_postal_code,
    clean_region,
    clean_url,
    split_address,
    split_phones,
    squash,
)
from crm.transfer.mapping.steps import GOOGLE, Column, Row, Step, no_mail
from crm.transfer.messages import Problem
from crm.transfer.record import Address, ContactRecord, Email, Link, Phone
from crm.transfer.tocheck import keep_for_checking

_SEVERAL: Final = re.compile(r"\s*(?::::|[;,|\s])\s*")
_LONGEST_EXTENSION: Final = 20


def email(column: Column) -> Step:
    index, label_index, no_mail_index = column.index, column.label_index, column.no_mail_index

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[index]
        if not value:
            return
        before = len(record.emails)
        label = column.label if label_index < 0 else clean_label(row[label_index])
        address, code = clean_email(value)
        if address:
            record.emails.append(Email(label, address, not record.emails))
        elif code:
            _several_emails(column, label, value, record, problems)
        if label_index >= 0 and row[label_index].startswith("*"):
            _lead(record.emails)
        if no_mail_index >= 0 and row[no_mail_index].strip():
            _end_mail(column, row, record, before, problems)

    return step


def _end_mail(column: Column, row: Row, record: ContactRecord, before: int, problems: list[Problem]) -> None:
    """What stands beside a cell counts for all addresses in it."""
    if why := no_mail(column, row[column.no_mail_index], record, problems):
        for each in record.emails[before:]:
            record.end_mail(each.address, why)


def _several_emails(
    column: Column, label: str, value: str, record: ContactRecord, problems: list[Problem]
) -> None:
    """A cell that is no address may hold several."""
    for part in _SEVERAL.split(value) if value.count("@") > 1 else [value]:
        address, code = clean_email(part)
        if address:
            record.emails.append(Email(label, address, not record.emails))
        elif code:
            keep_for_checking(record, problems, code, column.header, part)


def _lead(items: list[Email] | list[Phone]) -> None:
    """Google marks the label of the leading one with a star."""
    for item in items:
        item.primary = item is items[-1]


def phone(column: Column, region: str) -> Step:
    index, label_index = column.index, column.label_index

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[index]
        if not value:
            return
        label = column.label if label_index < 0 else clean_label(row[label_index])
        for part in split_phones(value):
            number, extension, code = clean_phone(part, region)
            if number:
                record.phones.append(Phone(label, number, extension, not record.phones))
            if code:
                _odd_phone(code, column, part, record, problems)
        if record.phones and (label_index >= 0 or column.extension_index >= 0):
            _complete_phone(column, row, record.phones)

    return step


def _odd_phone(code: str, column: Column, value: str, record: ContactRecord, problems: list[Problem]) -> None:
    if code == "phone_invalid":
        keep_for_checking(record, problems, code, column.header, value)
    else:
        problems.append(Problem(code, column.header, value))


def _complete_phone(column: Column, row: Row, phones: list[Phone]) -> None:
    """What stands in the columns beside the number: its extension, the star of a leading one."""
    if column.extension_index >= 0 and (extension := squash(row[column.extension_index])):
        phones[-1].extension = extension[:_LONGEST_EXTENSION]
    if column.label_index >= 0 and row[column.label_index].startswith("*"):
        _lead(phones)


def link(column: Column) -> Step:
    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[column.index]
        if not value:
            return
        label = column.label if column.label_index < 0 else clean_label(row[column.label_index])
        for part in value.split(GOOGLE):
            url, code = clean_url(part)
            if code:
                keep_for_checking(record, problems, code, column.header, part)
            elif url:
                record.links.append(Link(label, url))

    return step


@dataclass(frozen=True, slots=True)
class AddressColumns:
    """The columns of one address by part, -1 for what is not there; several of `street` are joined."""

    label: str
    label_index: int
    street: tuple[int, ...]
    street2: tuple[int, ...]
    city: int
    region: int
    postal_code: int
    country: int
    full: int
    country_header: str
    postal_code_header: str


def address(columns: AddressColumns) -> Step:
    # One more cell than the row has, so that -1 reads as empty.
    city, region, postal_code = columns.city, columns.region, columns.postal_code
    country, label_index = columns.country, columns.label_index
    street = columns.street[0] if len(columns.street) == 1 else -1
    complex_street = len(columns.street) > 1 or bool(columns.street2) or columns.full >= 0

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        row = (*row, "")
        found = Address(
            columns.label if label_index < 0 else clean_label(row[label_index]),
            row[street],
            "",
            row[city],
            row[region],
            row[postal_code],
            row[country],
        )
        if complex_street:
            _gather(found, columns, row)
        if _is_empty(found):
            return
        _clean(found, columns, problems)
        if not _is_empty(found):
            found.primary = not record.addresses
            record.addresses.append(found)

    return step


def _is_empty(found: Address) -> bool:
    return not (
        found.street or found.city or found.postal_code or found.region or found.country or found.street2
    )


def _gather(found: Address, columns: AddressColumns, row: Row) -> None:
    """Join the columns of a street, and take a whole address apart where there is nothing else."""
    if len(columns.street) > 1:
        found.street = " ".join(value for i in columns.street if (value := row[i].strip()))
    found.street2 = ", ".join(value for i in columns.street2 if (value := row[i].strip()))
    if columns.full >= 0 and row[columns.full] and not found.street:
        street, city, region, postal_code, country = split_address(row[columns.full])
        found.street = street
        found.city = found.city or city
        found.region = found.region or region
        found.postal_code = found.postal_code or postal_code
        found.country = found.country or country


def _clean(found: Address, columns: AddressColumns, problems: list[Problem]) -> None:
    if found.country:
        raw = found.country
        found.country, code = clean_country(raw)
        if code:
            problems.append(Problem(code, columns.country_header, raw))
    if found.postal_code:
        raw = found.postal_code
        found.postal_code, code = clean_postal_code(raw, found.country)
        if code:
            problems.append(Problem(code, columns.postal_code_header, raw))
    if found.region:
        found.region = clean_region(found.region, found.country)
    found.city = squash(found.city)
    if "\n" in found.street:
        _split_lines(found)
    else:
        found.street = squash(found.street)
    found.street2 = squash(found.street2)


def _split_lines(found: Address) -> None:
    """The first line is the street, all others are the second line."""
    lines = [line for part in found.street.splitlines() if (line := squash(part))]
    found.street = lines[0] if lines else ""
    found.street2 = ", ".join([*lines[1:], *([found.street2] if found.street2 else [])])
