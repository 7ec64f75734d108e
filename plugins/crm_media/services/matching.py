"""Which of many queries find which of many pieces. A piece becomes the set of its words once; single words
are looked up in it, and only phrases, all of whose words are there, are searched for letter by letter."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from crm.plugin_api.words import fold
from crm_media.reading import sentences

_WORD: Final = re.compile(r"[\w']+")
_PART: Final = re.compile(r"[\w'*]+")
_SIMPLE: Final = re.compile(r"\w{2,}\*?")
_HEAD: Final = 2


@dataclass(frozen=True)
class Wanted:
    """A query by its number."""

    number: int
    words: str
    also: str = ""
    without: str = ""


@dataclass(frozen=True)
class _Side:
    """One line of a query: single words (`absen*` for any ending), and phrases with the words that must be
    there for them."""

    atoms: frozenset[str]
    phrases: tuple[tuple[frozenset[str], re.Pattern[str]], ...]

    def __bool__(self) -> bool:
        return bool(self.atoms or self.phrases)

    def finds(self, atoms: set[str], text: str) -> bool:
        if not self.atoms.isdisjoint(atoms):
            return True
        return any(needed <= atoms and made.search(text) for needed, made in self.phrases)

    def beginnings(self) -> Iterable[str]:
        """What is looked for with any ending."""
        every = self.atoms.union(*(needed for needed, _made in self.phrases))
        return (each for each in every if each.endswith("*"))


def _side(words: str) -> _Side:
    atoms, phrases = set(), []
    for phrase in re.split(r"[,;\n]", words):
        text = fold(phrase)
        made = sentences.pattern(text)
        if made is None:
            continue
        if _SIMPLE.fullmatch(text):
            atoms.add(text)
            continue
        parts = _PART.findall(text)
        phrases.append(
            (frozenset(each for each in parts if "*" not in each or _SIMPLE.fullmatch(each)), made)
        )
    return _Side(frozenset(atoms), tuple(phrases))


class Matcher:
    """Made once for all queries, asked for each piece."""

    def __init__(self, queries: Iterable[Wanted]) -> None:
        self._queries = [
            (each.number, _side(each.words), _side(each.also), _side(each.without)) for each in queries
        ]
        self._beginnings: dict[str, set[str]] = {}
        for _number, *sides in self._queries:
            for atom in (atom for side in sides for atom in side.beginnings()):
                self._beginnings.setdefault(atom[:_HEAD], set()).add(atom[:-1])

    def find(self, text: str) -> list[int]:
        """The numbers of the queries that find the text."""
        folded = fold(text)
        atoms = set(_WORD.findall(folded))
        atoms |= {part for each in atoms if "'" in each for part in (each.strip("'"), *each.split("'"))}
        begun = {
            f"{beginning}*"
            for each in atoms
            for beginning in self._beginnings.get(each[:_HEAD], ())
            if each.startswith(beginning)
        }
        atoms |= begun
        return [
            number
            for number, words, also, without in self._queries
            if words.finds(atoms, folded)
            and (not also or also.finds(atoms, folded))
            and not without.finds(atoms, folded)
        ]
