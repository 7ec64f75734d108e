"""Languages of families as people write them."""

from functools import lru_cache

from babel import Locale

from crm_schools.words import fold


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
