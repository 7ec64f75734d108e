"""Values that could not be used: kept where somebody can find and correct them, so that nothing is lost."""

from typing import Final

from crm.transfer.messages import Problem
from crm.transfer.record import ContactRecord

# Data, not interface: the names of custom fields, the same in every language.
FIELDS: Final = {
    "email_invalid": "Email to check",
    "phone_invalid": "Phone to check",
    "date_invalid": "Birth date to check",
    "date_future": "Birth date to check",
    "url_invalid": "Link to check",
    "choice_unknown": "Contact wish to check",
    "sector_unknown": "Sector to check",
    "too_long": "Value to check",
}
# What the database has room for.
_LONGEST: Final = {"external_id": 200, "language": 35}
_LONGEST_POSTAL_CODE: Final = 20
_LONGEST_COUNTRY: Final = 60


def keep_for_checking(
    record: ContactRecord, problems: list[Problem], code: str, column: str, value: str
) -> None:
    """Note the problem and keep the value in the custom field that FIELDS names for it."""
    problems.append(Problem(code, column, value))
    name = FIELDS[code]
    kept = record.custom.get(name)
    value = value.strip()
    if kept is None:
        record.custom[name] = value
    elif value not in kept.split("; "):
        record.custom[name] = f"{kept}; {value}"


def limit_lengths(record: ContactRecord, problems: list[Problem]) -> None:
    """Move values that are longer than the database keeps to where they can be checked."""
    for name, longest in _LONGEST.items():
        value = getattr(record, name)
        if len(value) > longest:
            keep_for_checking(record, problems, "too_long", name, value)
            setattr(record, name, "")
    for address in record.addresses:
        if len(address.postal_code) > _LONGEST_POSTAL_CODE:
            keep_for_checking(record, problems, "too_long", "postal_code", address.postal_code)
            address.postal_code = ""
        if len(address.country) > _LONGEST_COUNTRY:
            keep_for_checking(record, problems, "too_long", "country", address.country)
            address.country = ""
