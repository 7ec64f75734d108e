"""Languages of families as people write them."""

from functools import lru_cache
from typing import Final

from babel import Locale
from flask_babel import get_locale

from crm_schools.words import LANGUAGES, fold

MOST_LETTERS: Final = 5


def language_of(typed: str) -> str:
    """The code of a language (`Spanish`, `español` → `es`), else what was typed."""
    return _known().get(fold(typed), typed.strip())


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    found: dict[str, str] = {}
    for spoken in ("es", "en"):
        for code, name in Locale(spoken).languages.items():
            if "_" not in code:
                found |= {fold(code): code, fold(name): code}
    return found


def label_of(code: str) -> str:
    """A language as the reader calls it (`Vietnamese`), in front its own name where another is known."""
    if code in LANGUAGES:
        return LANGUAGES[code]
    locale = get_locale()
    known = str((locale.languages if locale is not None else {}).get(code, code))
    try:
        own = Locale.parse(code).get_display_name()
    except (ValueError, LookupError):
        own = None
    return f"{own} ({known})" if own and fold(own) != fold(known) else known


def is_language(code: str) -> bool:
    """Whether a code is that of a language, such as `vi`."""
    return len(code) <= MOST_LETTERS and code in Locale("en").languages and "_" not in code


def choices() -> list[tuple[str, str]]:
    """Every language by its code and as the reader calls it, in order of that."""
    locale = get_locale() or Locale("en")
    found = [(code, str(name)) for code, name in locale.languages.items() if is_language(code)]
    return sorted(found, key=lambda pair: fold(pair[1]))
