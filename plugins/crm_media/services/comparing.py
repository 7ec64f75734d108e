"""Whether beats and areas that two people wrote down mean the same."""

import re
from typing import Final

from crm.plugin_api.words import fold

_EVERYWHERE: Final = frozenset(
    {"statewide", "nationwide", "national", "state", "all", "everywhere", "general", "assignment", "local"}
)
_SMALL: Final = frozenset({"the", "of", "and", "in", "for", "county", "city", "district", "news", "policy"})
"""Words that say nothing by themselves: two counties are not one."""
_SAME: Final = {
    "school": "education", "student": "education", "attendance": "education", "absence": "education",
    "educacion": "education", "escuela": "education", "salud": "health", "familia": "family",
}  # fmt: skip
"""What newsrooms call the same beat."""


def differ(ours: str, theirs: str) -> bool:
    """Whether both name something and nothing of it is alike."""
    return bool(_terms(ours) and _terms(theirs)) and not alike(ours, theirs)


def alike(ours: str, theirs: str) -> bool:
    """Whether one of our words, with commas between, is one of theirs: “education” is “K-12 education”, yet
    “AL” is not “Alaska”."""
    others = _terms(theirs)
    if any(each <= _EVERYWHERE for each in others):
        return True
    return any(one <= other or other <= one for one in _terms(ours) for other in others)


def _terms(text: str) -> list[frozenset[str]]:
    """The words of each term, in small letters, without plural and without what says nothing."""
    found = []
    for term in text.split(","):
        spoken = frozenset(re.findall(r"\w+", fold(term)))
        said = frozenset(_same(each) for each in spoken - _SMALL or spoken)
        if said:
            found.append(said)
    return found


def _same(word: str) -> str:
    word = _singular(word)
    return _SAME.get(word, word)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
