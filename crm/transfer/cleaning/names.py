"""Names of people."""

from functools import lru_cache
from typing import Final, NamedTuple

from crm.transfer.cleaning.text import squash

_LONGEST: Final = 200


class NameParts(NamedTuple):
    prefix: str = ""
    given_name: str = ""
    middle_name: str = ""
    family_name: str = ""
    suffix: str = ""
    nickname: str = ""


def clean_name_parts(
    prefix: str = "",
    given_name: str = "",
    middle_name: str = "",
    family_name: str = "",
    suffix: str = "",
    nickname: str = "",
) -> NameParts:
    """Each part on one line, case as typed. Capitals are left: `MacDONALD` knows best how it is written."""
    return NameParts(
        squash(prefix),
        squash(given_name),
        squash(middle_name),
        squash(family_name),
        squash(suffix),
        squash(nickname),
    )


def split_full_name(raw: str) -> NameParts:
    """`Dr. Juan Q. de la Vega III` and `de la Vega, Juan` in their parts.

    Two or three plain words are taken as they stand; everything else is nameparser's to decide.
    """
    value = squash(raw)
    words = value.split(" ")
    if len(words) == 2 and _plain(words[0]) and _plain(words[1]):
        return NameParts(given_name=words[0], family_name=words[1])
    if len(words) == 3 and _plain(words[0]) and _plain(words[2]) and _initial(words[1]):
        return NameParts(given_name=words[0], middle_name=words[1], family_name=words[2])
    if not value or len(value) > _LONGEST:
        return NameParts(given_name=value)
    return _parsed(value)


def _parsed(value: str) -> NameParts:
    from nameparser import parse

    name = parse(value)
    family = f"{name.family} ({name.maiden})" if name.maiden else name.family
    parts = NameParts(name.title, name.given, name.middle, family, name.suffix, name.nickname)
    # A name of one word with nothing but a title or a suffix beside it was misread: keep it whole.
    return parts if name.given or name.family else NameParts(given_name=value)


def _plain(word: str) -> bool:
    return (
        len(word) > 2
        and word.isalpha()
        and word.isascii()
        and not word.isupper()
        and word.lower() not in _special_words()
    )


def _initial(word: str) -> bool:
    return word.isascii() and word[0].isupper() and (len(word) == 1 or (len(word) == 2 and word[1] == "."))


@lru_cache(maxsize=1)
def _special_words() -> frozenset[str]:
    """Every word that nameparser reads as something else than a given or a family name."""
    from nameparser import Lexicon

    lexicon = Lexicon.default()
    return frozenset().union(
        lexicon.titles,
        lexicon.given_name_titles,
        lexicon.suffix_acronyms,
        lexicon.suffix_words,
        lexicon.particles,
        lexicon.conjunctions,
        lexicon.maiden_markers,
    )
