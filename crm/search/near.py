"""When nothing was found: what is spelled nearly so, else what has one of the words in its name.

Asked only after the question itself had no answer, so it may take longer than that.
"""

from collections.abc import Iterable
from typing import Final

from rapidfuzz.distance import OSA

from crm.access import Actor
from crm.search.services import Hit, find
from crm.search.words import typed_words, words

_SHORTEST: Final = 4
"""Of shorter words one other letter makes another word."""
_LONG: Final = 8
_CANDIDATES: Final = 300
_MOST_WORDS: Final = 4


def find_near(text: str, actor: Actor, limit: int = 10) -> list[Hit]:
    """Records whose words differ in a letter from those of a question that found nothing; where there are
    none, those with any of its words in their names."""
    typed = typed_words(text)[:_MOST_WORDS]
    if not typed:
        return []
    known = [word if find(word, actor, 1) else _spelled(word, actor) for word in typed]
    meant = [word for word in known if word]
    if not meant:
        return []
    if len(meant) == len(typed) and (found := find(" ".join(meant), actor, limit)):
        return found
    return _any_of(meant, actor, limit)


def _spelled(word: str, actor: Actor) -> str:
    """A word of somebody's name that differs by one letter, or two where it is long; empty for none."""
    if len(word) < _SHORTEST or word.isdigit():
        return ""
    most = 2 if len(word) >= _LONG else 1
    for beginning in (word[:3], word[:2], word[:1]):
        near = _nearest(word, _words_like(beginning, actor), most)
        if near:
            return near
    return ""


def _words_like(beginning: str, actor: Actor) -> set[str]:
    found = find(beginning, actor, _CANDIDATES)
    return {word for hit in found for word in words(hit.title).split() if word.startswith(beginning)}


def _nearest(word: str, candidates: Iterable[str], most: int) -> str:
    """The candidate that is nearest to a word, or begins with something near it."""
    best, least = "", most + 1
    for each in sorted(candidates):
        begun = each[: len(word)]
        distance = min(
            OSA.distance(word, each, score_cutoff=most), OSA.distance(word, begun, score_cutoff=most)
        )
        if distance < least:
            best, least = each if len(each) <= len(word) + 1 else begun, distance
    return best


def _any_of(meant: list[str], actor: Actor, limit: int) -> list[Hit]:
    """Those who have the rarest of the words in their names first."""
    answers = sorted((find(word, actor, limit) for word in meant), key=len)
    found: dict[tuple[str, int], Hit] = {}
    for hits in answers:
        for hit in hits:
            if _in_title(hit, meant):
                found.setdefault((hit.kind, hit.id), hit)
    return list(found.values())[:limit]


def _in_title(hit: Hit, meant: list[str]) -> bool:
    title = words(hit.title).split()
    return any(each.startswith(word) for word in meant for each in title)
