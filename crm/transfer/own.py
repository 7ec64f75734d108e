"""Custom fields in imports and exports of contacts: columns are known by a field's key, its name, or a
name that it had before, so that a mapping goes on working after somebody renamed the field."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from flask import has_app_context

from crm.errors import UserError
from crm.fields.custom import fields, values
from crm.fields.custom.kinds import stored_text, text_of, value_of, words_of
from crm.fields.models import CustomField
from crm.transfer.messages import Problem
from crm.transfer.record import ContactRecord

KIND: Final = "contacts"
CUSTOM: Final = "custom:"
IGNORE: Final = "ignore"


def defined() -> list[CustomField]:
    """The custom fields of contacts; none where columns are looked at without an application."""
    return fields.defined(KIND) if has_app_context() else []


def find(name: str, *, header: bool = False) -> CustomField | None:
    return values.find(KIND, name, header=header) if has_app_context() and defined() else None


def label(name: str) -> str:
    """What the field of a key is called now; the name itself where no field has it."""
    return next((each.label for each in defined() if each.key == name), name)


def shown(name: str, text: str) -> str:
    """A value of a record that is imported, in words: choices by their labels."""
    field = next((each for each in defined() if each.key == name), None)
    if field is None:
        return text
    try:
        return words_of(field, value_of(field, text, stored=True))
    except UserError:
        return text


def resolved(
    mapping: Mapping[int, str], headers: Sequence[str] = (), chosen: Collection[str] = ()
) -> dict[int, str]:
    """The mapping with the keys of fields in place of their names; a column that is called like a field, and
    that nothing else is known of, goes to it. `chosen` are headers whose targets somebody chose before."""
    found = dict(mapping)
    for index, target in mapping.items():
        header = headers[index] if index < len(headers) else ""
        name = header if target == IGNORE else target.removeprefix(CUSTOM)
        if target == IGNORE or target.startswith(CUSTOM):
            field = find(name, header=bool(header) and header not in chosen)
            if field is not None:
                found[index] = CUSTOM + field.key
    return found


def settle(record: ContactRecord, problems: list[Problem], *, headers: bool = False) -> None:
    """Put what a row says of custom fields under their keys, cleaned; a card has only names (`headers`). What
    does not fit its field is kept beside it, as “… to check”, and said."""
    if not record.custom or not defined():
        return
    given, record.custom = record.custom, {}
    for name, text in given.items():
        field = find(name, header=headers)
        if field is None:
            _keep(record, name, text)
            continue
        try:
            _keep(record, field.key, stored_text(value_of(field, text)))
        except UserError:
            problems.append(Problem("own_unfit", field.label, text))
            _keep(record, fields.aside(field), text)


def settle_again(record: ContactRecord) -> list[tuple[str, str]]:
    """While a plan is applied: what does not fit its field any more, which is of another kind since, goes
    beside it, too. Field and text of each such value."""
    known, unfit = {each.key: each for each in defined()}, []
    for name, text in list(record.custom.items()):
        if (field := known.get(name)) is not None:
            try:
                value_of(field, text, stored=True)
            except UserError:
                unfit.append((field.label, text))
                del record.custom[name]
                _keep(record, fields.aside(field), text)
    return unfit


def _keep(record: ContactRecord, name: str, text: str) -> None:
    if text:
        kept = record.custom.get(name)
        record.custom[name] = text if kept in {None, text} else f"{kept}; {text}"


def texts(custom: Mapping[str, Any] | None) -> dict[str, str]:
    """What a contact has, as files have it: by key, choices by their labels."""
    known = {each.key: each for each in defined()} if custom else {}
    found = {
        name: text_of(known[name], value) if name in known else stored_text(value)
        for name, value in (custom or {}).items()
    }
    return {name: text for name, text in found.items() if text}


def typed(custom: Mapping[str, str]) -> dict[str, Any]:
    """What a row says, as it is stored."""
    return values.typed(KIND, custom)
