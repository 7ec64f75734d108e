"""Phone numbers."""

import re
from functools import lru_cache
from typing import Final

from crm.transfer.cleaning.emails import NOTHING
from crm.transfer.cleaning.text import squash

# Countries that share +1 and the ten digits of the North American Numbering Plan.
_NORTH_AMERICA: Final = frozenset(
    ("US", "CA", "AG", "AI", "AS", "BB", "BM", "BS", "DM", "DO", "GD", "GU", "JM",
     "KN", "KY", "LC", "MP", "MS", "PR", "SX", "TC", "TT", "VC", "VG", "VI")
)  # fmt: skip
_PLAIN: Final = re.compile(
    r"(?:\+?1[-. ]?)?\(?([2-9]\d\d)\)?[-./ ]{0,3}([2-9]\d\d)[-. ]{0,3}(\d{4})"
    r"(?:[ ,;]{0,2}(?:x|ext\.?|extension|#)[ .:=]{0,2}(\d{1,7}))?",
    re.IGNORECASE | re.ASCII,
)
_E164: Final = re.compile(r"\+1[2-9]\d\d[2-9]\d{6}", re.ASCII)
_DIGITS: Final = re.compile(r"\d")
_LONGEST: Final = 80
_EXTENSION: Final = re.compile(
    r"[ ,;]{0,3}(?:\bx|\bext\.?|\bextension|#)[ .:=]{0,2}(\d{1,7})$", re.IGNORECASE
)


def clean_phone(raw: str, default_region: str = "US") -> tuple[str, str, str]:
    """`(number, extension, code)`: the number in E.164 with an empty code.

    What has digits but is no complete number (`555-0123`) comes back as it was typed with
    `phone_incomplete`; what is no number at all gives an empty number with `phone_invalid`; `n/a` and
    the like give three empty strings. `default_region` is the ISO country of numbers without a prefix.
    """
    value = raw.strip()
    if default_region in _NORTH_AMERICA and (found := _PLAIN.fullmatch(value)):
        area, exchange, line, extension = found.groups("")
        return f"+1{area}{exchange}{line}", extension, ""
    return _clean_other(value, default_region)


@lru_cache(maxsize=2048)
def _clean_other(value: str, default_region: str) -> tuple[str, str, str]:
    value = squash(value)
    if value.lower() in NOTHING:
        return "", "", ""
    if len(value) > _LONGEST or len(_DIGITS.findall(value)) < 3:
        return "", "", "phone_invalid"
    value, extension = _without_extension(value.removesuffix(".0").lstrip("'"))
    complete = _international(value, default_region)
    return (complete, extension, "") if complete else (value, extension, "phone_incomplete")


def _without_extension(value: str) -> tuple[str, str]:
    found = _EXTENSION.search(value)
    if found is None or not _DIGITS.search(value[: found.start()]):
        return value, ""
    return value[: found.start()], found[1]


def _international(value: str, default_region: str) -> str:
    """The number in E.164, or nothing when it is not a complete one."""
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        ValidationResult,
        format_number,
        is_possible_number_with_reason,
        parse,
    )

    try:
        number = parse(value, default_region)
    except NumberParseException:
        return ""
    if is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return ""
    number.extension = None
    return format_number(number, PhoneNumberFormat.E164)


def phone_text(number: str, region: str = "US") -> str:
    """A number as people write it where `clean_phone` reads it back: `+12025550123` → `(202) 555-0123`.

    A spreadsheet program takes what begins with `+` for a formula, so exports write it like this.
    """
    if region in _NORTH_AMERICA and _E164.fullmatch(number):
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def country_code(region: str) -> int:
    """What numbers of a country begin with after the plus: US → 1."""
    from phonenumbers import country_code_for_region

    return int(country_code_for_region(region))


def split_phones(raw: str) -> list[str]:
    """The numbers of a cell that holds several: `202-555-0123 / 202-555-0124 ::: …`."""
    if "\n" not in raw and ";" not in raw and ":::" not in raw and "/" not in raw and "," not in raw:
        return [raw]
    parts = _SEPARATORS.split(raw)
    return [part for part in parts if part.strip()]


# A slash, a comma or a semicolon separates only where a complete number stands on each side: `202/555-0123`
# is one number, and so is `202-555-0123, ext. 4`.
_SEPARATORS: Final = re.compile(r"\s*(?:\n|:::|(?<=\d{4})\s*[/;,]\s*(?=[+(]?\d{3,}))\s*")
