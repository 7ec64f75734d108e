"""Languages of families as people write them."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers
from flask_babel import get_locale

from crm_schools.words import fold


def language_of(typed: str) -> str:
    """The code of a language (`Spanish`, `español` → `es`), else what was typed."""
    return _known().get(fold(typed), typed.strip())


def name_of(code: str) -> str:
    """What a language is called, in the language of the reader; the code itself where nobody knows it."""
    return str((get_locale() or Locale("en")).languages.get(code, code))


def own_name(code: str) -> str:
    """What those who speak a language call it."""
    try:
        found = Locale(code).get_language_name(code)
    except UnknownLocaleError:
        found = None
    return (found or name_of(code)).capitalize()


def is_rtl(code: str) -> bool:
    """Whether a language is written from right to left."""
    try:
        return Locale(code).text_direction == "rtl"
    except UnknownLocaleError:
        return False


def choices() -> list[tuple[str, str]]:
    """The languages in which letters can be worded, by their names in the language of the reader."""
    names = (get_locale() or Locale("en")).languages
    found = [(code, str(name)) for code, name in names.items() if code in _written()]
    return sorted(found, key=lambda each: fold(each[1]))


@lru_cache(maxsize=1)
def _written() -> frozenset[str]:
    """Languages of which days and names are known."""
    return frozenset(each for each in locale_identifiers() if "_" not in each)


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    found: dict[str, str] = {}
    for spoken in ("es", "en"):
        for code, name in Locale(spoken).languages.items():
            if "_" not in code:
                found |= {fold(code): code, fold(name): code}
    return found
