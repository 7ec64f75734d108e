"""What a column does with its cell. A step takes the row, the record that is being made, and the problems
found so far; all that can be decided once per file is decided when the step is made."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import has_app_context
from flask_babel import force_locale

from crm.contacts.words import NO_MAIL, SECTORS
from crm.i18n import LANGUAGES
from crm.transfer.cleaning import (
    clean_birth_parts,
    clean_date,
    clean_label,
    clean_language,
    clean_note,
    clean_opted_in,
    clean_yes_no,
    match_key,
    split_full_name,
    squash,
)
from crm.transfer.cleaning.dates import DateOrder
from crm.transfer.mapping.words import KINDS
from crm.transfer.messages import Problem
from crm.transfer.record import ASKED, BOUNCED, ContactRecord
from crm.transfer.tocheck import keep_for_checking

Row = Sequence[str]
Step = Callable[[Row, ContactRecord, list[Problem]], None]

GOOGLE: Final = ":::"
_CHANNELS: Final = {
    "email": "email",
    "emails": "email",
    "phone": "phone",
    "phonecalls": "phone",
    "call": "phone",
    "calls": "phone",
    "text": "text",
    "texts": "text",
    "textmessages": "text",
    "sms": "text",
    "mail": "mail",
    "letter": "mail",
    "letters": "mail",
    "post": "mail",
    "all": "all",
    "any": "all",
    "anycontactatall": "all",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column by index, with its header for sentences, and the columns that go with it (-1 for none)."""

    index: int
    header: str
    label: str = ""
    label_index: int = -1
    extension_index: int = -1
    no_mail_index: int = -1


def texts(pairs: Sequence[tuple[int, str]]) -> Step:
    """Plain fields: the cell on one line. Two columns of one field are joined by a space."""

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        for index, name in pairs:
            value = row[index]
            if value:
                value = squash(value)
                before = getattr(record, name)
                setattr(record, name, f"{before} {value}" if before else value)

    return step


def full_name(index: int) -> Step:
    """Takes a whole name apart where the row has no parts of it; an organization keeps it as it is."""

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[index]
        if not value or record.given_name or record.family_name or record.middle_name:
            return
        value = squash(value)
        if record.kind == "organization" or (value and value == record.organization_name):
            record.kind = "organization"
            record.name = value
            if record.organization_name == value:
                record.organization_name = ""
            return
        parts = split_full_name(value)
        record.prefix = record.prefix or parts.prefix
        record.given_name, record.middle_name = parts.given_name, parts.middle_name
        record.family_name = parts.family_name
        record.suffix = record.suffix or parts.suffix
        record.nickname = record.nickname or parts.nickname

    return step


def kind(column: Column) -> Step:
    index, header = column.index, column.header

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[index]
        if not value:
            return
        found = KINDS.get(match_key(value))
        if found is None:
            problems.append(Problem("kind_unknown", header, value))
        elif found == "organization":
            record.kind = "organization"

    return step


def birth_date(column: Column, order: DateOrder) -> Step:
    index, header = column.index, column.header

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[index]
        if value:
            record.birth_date, code = clean_date(value, order)
            if code:
                keep_for_checking(record, problems, code, header, value)

    return step


def birth_parts(year: int, month: int, day: int, header: str) -> Step:
    """A birth date in up to three columns; -1 for one that is not there."""

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        parts = [row[index] if index >= 0 else "" for index in (year, month, day)]
        found, code = clean_birth_parts(*parts)
        if code:
            shown = "-".join(part.strip() for part in parts if part.strip())
            keep_for_checking(record, problems, code, header, shown)
        elif found:
            record.birth_date = found

    return step


def tags(index: int) -> Step:
    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        if row[index]:
            record.tags += split_tags(row[index])

    return step


def split_tags(value: str) -> list[str]:
    """The tags of a cell: separated by ` ::: ` (Google, our own), semicolons (Outlook), bars or commas.

    Google's own groups (`* myContacts`) are left out.
    """
    mark = next((mark for mark in (GOOGLE, ";", "|", ",") if mark in value), ",")
    return [tag for part in value.split(mark) if (tag := squash(part)) and not tag.startswith("* ")]


def note(index: int) -> Step:
    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        if row[index] and (text := clean_note(row[index])):
            record.notes.append(text)

    return step


def description(index: int) -> Step:
    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        if row[index]:
            record.description = clean_note(row[index])

    return step


def language(index: int) -> Step:
    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        if row[index]:
            record.language = clean_language(row[index])

    return step


def sector(column: Column) -> Step:
    known = {match_key(key): key for key in SECTORS} | {
        match_key(str(words)): key for key, words in SECTORS.items()
    }

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[column.index]
        if not value:
            return
        if found := known.get(match_key(value)):
            record.sector = found
        else:
            keep_for_checking(record, problems, "sector_unknown", column.header, value)

    return step


def do_not(column: Column, channel: str) -> Step:
    """A wish not to be contacted: yes or no, or a list of channels where the column is about none alone."""

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[column.index]
        if not value:
            return
        if not channel and (found := _channels(value)):
            record.do_not.update(dict.fromkeys(found, True))
            return
        answer, code = clean_yes_no(value)
        if code:
            keep_for_checking(record, problems, code, column.header, value)
        elif answer:
            record.do_not[channel or "all"] = True

    return step


def no_mail(column: Column, value: str, record: ContactRecord, problems: list[Problem]) -> str:
    """Why nothing is mailed to an address, as a cell beside it says: `asked`, `bounced`, or yes for asked;
    empty where it says nothing of the kind, which lifts nothing."""
    if found := _silences().get(match_key(value)):
        return found
    answer, code = clean_yes_no(value)
    if code:
        keep_for_checking(record, problems, code, column.header, value)
    return ASKED if answer else ""


def _silences() -> dict[str, str]:
    """What our own files say, in whatever language they were written."""
    found = {each: each for each in (ASKED, BOUNCED)}
    for language in LANGUAGES if has_app_context() else ():
        with force_locale(language):
            found.update({match_key(str(words)): why for why, words in NO_MAIL.items()})
    return found


def _channels(value: str) -> list[str]:
    parts = [match_key(part) for part in re.split(r"[,;|]|:::", value) if part.strip()]
    found = [_CHANNELS.get(part, "") for part in parts]
    return found if all(found) else []


def opt_in(column: Column, channel: str) -> Step:
    """Leave to contact: only a refusal is kept, as a wish not to be contacted."""

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        value = row[column.index]
        if not value:
            return
        answer, code = clean_opted_in(value)
        if code:
            keep_for_checking(record, problems, code, column.header, value)
        elif answer is False:
            record.do_not[channel] = True

    return step


def custom(index: int, name: str) -> Step:
    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        if row[index] and (value := clean_note(row[index])):
            _keep(record, name, value)

    return step


def pair(label_index: int, value_index: int, name: str) -> Step:
    """A custom field whose name stands in another column; several of both are separated by ` ::: `."""

    def step(row: Row, record: ContactRecord, problems: list[Problem]) -> None:
        if not row[value_index].strip():
            return
        labels = [clean_label(label) for label in row[label_index].split(GOOGLE)] if label_index >= 0 else []
        for i, part in enumerate(row[value_index].split(GOOGLE)):
            if value := clean_note(part):
                _keep(record, (labels[i] if i < len(labels) else "") or name, value)

    return step


def _keep(record: ContactRecord, name: str, value: str) -> None:
    before = record.custom.get(name)
    if before is None:
        record.custom[name] = value
    elif value not in before.split("; "):
        record.custom[name] = f"{before}; {value}"
