"""Which columns of a roster say whom nobody may contact, and about whom each of them is.

An order that is overlooked harms a child, and one that bars the wrong guardian takes a family's letters away:
what a header says plainly is taken, and of one that only hints at it people are asked.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

EVERYBODY: Final = "prohibited"
"""That nobody may contact any guardian of the row."""
OF_ONE: Final[Mapping[int, str]] = {1: "guardian1_prohibited", 2: "guardian2_prohibited"}
TARGETS: Final = frozenset({EVERYBODY, *OF_ONE.values()})
"""What a column of orders holds. Several columns can hold the same, and each counts."""

_PHRASES: Final = (
    "do not contact", "no contact order", "no contact", "contact prohibited", "must not be contacted",
    "not to be contacted", "not to contact", "dnc", "court orders", "court order", "court ordered",
    "restraining orders", "restraining order", "protective orders", "protective order", "protection orders",
    "protection order", "orders of protection", "order of protection", "no contactar", "no contacto",
    "contacto prohibido", "prohibido contactar", "orden judicial", "ordenes judiciales",
    "orden de restriccion", "ordenes de restriccion", "orden de alejamiento", "ordenes de alejamiento",
    "orden de proteccion", "ordenes de proteccion", "orden de no contacto", "orden de no contactar",
)  # fmt: skip
"""How a column of orders is called."""
_HINTS: Final = (
    "custody order", "custody orders", "custody alert", "legal alert", "legal restriction",
    "legal restrictions", "legal binding", "guardian alert", "alert guardian", "contact restriction",
    "contact restrictions", "restricted contact", "contact restricted", "contact allowed", "not contact",
    "do not call", "no llamar", "orden de custodia", "alerta legal",
    "alerta de custodia",
)  # fmt: skip
"""What makes a header look as if it were one: student systems keep orders behind such words, too."""
_FILLERS: Final = frozenset({"flag", "indicator", "y", "n", "yes", "no", "s", "si", "or"})
_GUARDIANS: Final = (["guardian"], ["parent"], ["parent", "guardian"])


def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Any of them as whole words, the spaces inside or not: databases write `DoNotContact`."""
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(each.replace(' ', ' ?') for each in longest)})\b")


_PHRASE: Final = _pattern(_PHRASES)
_HINT: Final = _pattern(_HINTS)
_WORD: Final = re.compile(r"\d+|[^\W\d_]+")
_CAMEL: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý])")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a header says: its order, whether that is about a guardian and about which, and the number behind
    the words, which may be a guardian's or what a program puts behind the second of two equal headers."""

    phrase: str
    of_guardian: bool
    guardian: int | None
    behind: int | None

    @property
    def key(self) -> tuple[str, bool]:
        """The same for headers that differ by the number behind them."""
        return self.phrase, self.of_guardian


def looks_like_one(header: str) -> bool:
    """Whether a header says that somebody must not be contacted, or hints at it."""
    words = _words(header)
    return bool(_PHRASE.search(words) or _HINT.search(words))


def find(headers: Sequence[str], *, several: bool) -> tuple[dict[int, str], list[int]]:
    """By column which of `TARGETS` it holds, and the columns that only look like orders. `several` is whether
    the file names two guardians."""
    said = {index: _read(header) for index, header in enumerate(headers)}
    known = {index: each for index, each in said.items() if each is not None}
    found: dict[int, str] = {}
    doubtful = [index for index, each in said.items() if each is None and looks_like_one(headers[index])]
    for index, each in known.items():
        target = _about(each, list(known.values()), several=several)
        if target is None:
            doubtful.append(index)
        else:
            found[index] = target
    return found, sorted(doubtful)


def _about(order: _Said, all_orders: Sequence[_Said], *, several: bool) -> str | None:
    """Whom an order is about; None where its header does not say it for certain."""
    if order.guardian is not None:
        return OF_ONE.get(order.guardian)
    if order.behind is not None:
        return _numbered(order, all_orders, several=several)
    numbers = {each.guardian for each in all_orders}
    if order.of_guardian and 2 in numbers and 1 not in numbers:
        return OF_ONE[1]  # The second guardian has an order of their own, so this is the first one's.
    return EVERYBODY


def _numbered(order: _Said, all_orders: Sequence[_Said], *, several: bool) -> str | None:
    """The same of `Do Not Contact 2`: beside `Do Not Contact 1` it is the second guardian's; beside `Do Not
    Contact` it is what a program makes of the second column of that name."""
    numbers = {each.behind for each in all_orders if each.key == order.key and each.guardian is None}
    if None in numbers or not several:
        return EVERYBODY
    return OF_ONE.get(order.behind or 0) if {1, 2} <= numbers else None


def _read(header: str) -> _Said | None:
    """What a header says; None where it names no order, or something that is not understood beside it."""
    words = _words(header)
    match = _PHRASE.search(words)
    if match is None:
        return None
    before, *between, after = [
        [word for word in part.split() if word not in _FILLERS] for part in _PHRASE.split(words)
    ]
    if any(between):
        return None
    behind = int(after.pop()) if len(after) == 1 and after[0].isdigit() else None
    rest = before + after
    guardian = int(rest.pop()) if rest and rest[-1].isdigit() else None
    is_of_one = rest in _GUARDIANS or (rest == ["contact"] and guardian is not None)
    if not is_of_one and (rest or guardian is not None):
        return None
    return _Said(match[0].replace(" ", ""), is_of_one, guardian, behind)


def _words(header: str) -> str:
    """The words and numbers of a header, folded, without what stands between them."""
    text = unicodedata.normalize("NFKD", _CAMEL.sub(" ", header))
    plain = "".join(each for each in text if not unicodedata.combining(each)).casefold()
    return " ".join(_WORD.findall(plain))
