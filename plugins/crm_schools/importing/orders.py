"""Which columns of a roster say whom nobody may contact, and about whom each of them is.

An order that is overlooked harms a child, and one that bars the wrong guardian takes a family's letters away.
So what a header says plainly is taken, and of whatever only hints at an order, or does not say about whom it
is, people are asked.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crm_schools.importing.families import spelled

EVERYBODY: Final = "prohibited"
"""That nobody may contact any guardian of the row."""
OF_ONE: Final[Mapping[int, str]] = {1: "guardian1_prohibited", 2: "guardian2_prohibited"}
TARGETS: Final = frozenset({EVERYBODY, *OF_ONE.values()})
"""What a column of orders holds. Several columns can hold the same, and each counts."""

_PHRASES: Final = (
    "do not contact", "dont contact", "don t contact", "no contact order", "no contact orders",
    "contact prohibited", "must not be contacted", "not to be contacted", "not to contact", "dnc",
    "court order", "court orders", "court ordered no contact", "restraining order", "restraining orders",
    "protective order", "protective orders", "protection order", "protection orders", "order of protection",
    "orders of protection", "no contactar", "contacto prohibido", "prohibido contactar", "orden judicial",
    "ordenes judiciales", "orden de la corte", "orden de corte", "orden del tribunal",
    "orden de restriccion", "ordenes de restriccion", "orden de alejamiento", "ordenes de alejamiento",
    "orden de proteccion", "ordenes de proteccion", "orden de no contacto", "orden de no contactar",
)  # fmt: skip
"""How a column of orders is called."""
_FILLERS: Final = frozenset({"flag", "indicator", "y", "n", "yes", "no", "s", "si", "or"})
"""What stands behind that and says nothing."""
_DETAILS: Final = frozenset(
    {"date", "start", "starts", "begin", "begins", "effective", "issued", "end", "ends", "expires",
     "expiration", "expiry", "note", "notes", "comment", "comments", "fecha", "inicio", "fin", "vence",
     "vencimiento", "nota", "notas"}
)  # fmt: skip
"""What stands beside the name of a column in one that says more about it."""
_GUARDIANS: Final = ("parent guardian", "guardian", "parent", "contact", "mother", "father")

# What makes a header hint at an order: a word of each of two groups, wherever it stands.
_CONTACT: Final = frozenset(
    {"contact", "contacted", "contacting", "contacto", "contactar", "contactarse", "call", "llamar"}
)
_NOT: Final = frozenset(
    {"not", "dont", "don", "cannot", "never", "non", "sin", "prohibited", "restricted", "restriction",
     "restrictions", "prohibido", "prohibida", "restringido", "restringida", "restriccion"}
)  # fmt: skip
_BARRED: Final = frozenset(
    {"restricted", "prohibited", "barred", "banned", "prohibido", "prohibida", "restringido", "restringida"}
)
_PEOPLE: Final = frozenset(
    {"person", "persons", "people", "individual", "individuals", "persona", "personas"}
)
_REACHED: Final = frozenset({"text", "texting", "mail", "email", "message", "write"})
"""Somebody who is barred, and ways to reach them that a header can forbid."""
_NEGATED: Final = frozenset({*_CONTACT, "allowed", "permitted", "permitido", "permitida", "debe"})
"""Behind these “no” is a negation, unless a number stands there: `Phone No (Contact 1)`."""
_NUMBERED: Final = frozenset(
    {"phone", "telephone", "tel", "mobile", "cell", "fax", "home", "work", "emergency", "contact", "student",
     "house", "room", "bus", "id", "serial", "s", "sr", "account", "case", "telefono", "celular", "movil",
     "casa", "trabajo", "emergencia", "contacto"}
)  # fmt: skip
_LEGAL: Final = frozenset(
    {"court", "custody", "legal", "restraining", "protective", "protection", "corte", "tribunal", "judicial",
     "custodia", "proteccion", "alejamiento", "cautelar"}
)  # fmt: skip
_ORDERS: Final = frozenset(
    {"order", "orders", "ordered", "alert", "alerts", "restriction", "restrictions", "binding", "abuse",
     "orden", "ordenes", "alerta", "alertas", "restriccion", "medida", "medidas"}
)  # fmt: skip
_WATCHED: Final = frozenset({"guardian", "guardians", "parent", "parents", "tutor", "tutores"})
_ALERTS: Final = frozenset({"alert", "alerts", "alerta", "alertas"})
_WHO: Final = _WATCHED | {
    "contact",
    "emergency",
    "mother",
    "father",
    "madre",
    "padre",
    "contacto",
    "emergencia",
}
_NEWS: Final = frozenset({"email", "text", "sms", "phone", "receives", "receive", "correo", "texto"})
"""Alerts of these kinds are messages that a family wants."""
_GLUED: Final = ("donotcontact", "nocontact", "courtorder", "restrainingorder", "nocontactar")


def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Any of them as whole words, the spaces inside or not: databases write `DoNotContact`."""
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(each.replace(' ', ' ?') for each in longest)})\b")


_PHRASE: Final = _pattern(_PHRASES)
Called = tuple[str, int | None]
"""How a header calls a guardian: `Parent 2` is ("parent", 2), `Parent` is ("parent", None)."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a header says: of which of two kinds its order is, which guardian that is about if any, and the
    number behind the words, which may be a guardian's or what a program puts behind the second of two equal
    headers."""

    kind: str
    of: Called | None
    behind: int | None


def looks_like_one(header: str) -> bool:
    """Whether a header says that somebody must not be contacted, or hints at it."""
    words = spelled(header)
    return bool(_PHRASE.search(" ".join(words))) or _hints(words)


def find(headers: Sequence[str], names: Mapping[int, str]) -> tuple[dict[int, str], list[int]]:
    """By column which of `TARGETS` it holds, and the columns of which people must say whether they are orders
    and about whom. `names` are the headers of the names of the first and the second guardian."""
    read = {index: _read(header) for index, header in enumerate(headers)}
    file = _File([each for each in read.values() if each is not None], names, headers)
    about = {index: file.about(each) for index, each in read.items() if each is not None}
    found = {index: target for index, target in about.items() if target is not None}
    doubtful = [
        index for index, header in enumerate(headers) if index not in found and looks_like_one(header)
    ]
    known = {_bare(headers[index], _FILLERS) for index in (*found, *doubtful)}
    return found, [index for index in doubtful if not _is_about_one(headers[index], known)]


def _is_about_one(header: str, known: Collection[tuple[str, ...]]) -> bool:
    """Whether a column says when or why another one of the file orders: `Court Order Date` beside `Court
    Order`. By a day nobody is barred, and the order stands there; alone it may be all that a file says."""
    bare = _bare(header, _FILLERS | _DETAILS)
    return bare in known and bare != _bare(header, _FILLERS)


def _bare(header: str, without: Collection[str]) -> tuple[str, ...]:
    return tuple(word for word in spelled(header) if word not in without and word != "de")


class _File:
    """All orders of a file, by which each of them is understood. `called` is how its headers call guardians,
    whether their columns are used or not."""

    def __init__(self, orders: Sequence[_Said], names: Mapping[int, str], headers: Sequence[str]) -> None:
        self._orders = orders
        self._names = {which: _called(" ".join(spelled(header))) for which, header in names.items()}
        self._called = {called for header in headers if (called := _called(" ".join(spelled(header))))}
        self._words = [frozenset(spelled(header)) for header in headers if _read(header) is None]

    def about(self, order: _Said) -> str | None:
        """Whom an order is about; None where that is not certain."""
        same = [each for each in self._orders if each.kind == order.kind]
        if order.of is not None and order.of[1] is not None:
            return self._of_one(*order.of)
        if any(each.behind is not None for each in same):
            return self._numbered(order, {each.behind for each in same})
        numbered = any(each.of is not None and each.of[1] is not None for each in same)
        if order.of is None:
            return None if numbered else EVERYBODY
        if order.of in self._names.values():
            return next(OF_ONE[which] for which, called in self._names.items() if called == order.of)
        whom = {who for who, _number in self._called}
        is_any = order.of[0] not in {"mother", "father"} and whom <= {order.of[0]}
        is_all = is_any or order.of[0] == "parent guardian"
        return EVERYBODY if is_all and not numbered else None

    def _of_one(self, who: str, number: int | None) -> str | None:
        """An order that names a guardian is about whoever stands in the column of that name."""
        for which, called in self._names.items():
            if called is not None and (called[0], called[1] or which) == (who, number):
                return OF_ONE[which]
        # Whom the file does not name at all it cannot be about; that is said of each row.
        return OF_ONE.get(number or 0) if number not in self._names and who != "contact" else None

    def _numbered(self, order: _Said, numbers: set[int | None]) -> str | None:
        """`Do Not Contact 2` beside `Do Not Contact 1` is the second guardian's, in a file that calls its
        guardians alike and nobody else. Beside `Do Not Contact` it may be what a program makes of the second
        column of that name, and otherwise the second of two orders of a child."""
        called = sorted(self._called, key=lambda each: each[1] or 1)
        alike = [each[1] or 1 for each in called] == [1, 2] and called[0][0] == called[1][0]
        is_pair = numbers == {1, 2} and order.of is None and alike and not self._names_more(called[0][0])
        return OF_ONE[order.behind or 0] if is_pair and len(self._names) == 2 else None

    def _names_more(self, who: str) -> bool:
        """Whether headers number anybody but those who are called so: `Emergency Contact 1`."""
        return any(
            words & {"1", "2"} and words & _WHO and not words & frozenset(who.split())
            for words in self._words
        )


def _read(header: str) -> _Said | None:
    """What a header says; None where it names no order, or something that is not understood beside it."""
    words = " ".join(spelled(header))
    match = _PHRASE.search(words)
    if match is None:
        return None
    before, *between, after = [part.split() for part in _PHRASE.split(words)]
    after = [word for word in after if word not in _FILLERS]
    if any(between):
        return None
    behind = int(after.pop()) if len(after) == 1 and after[0].isdigit() else None
    rest = " ".join(before + after)
    of = _called(rest)
    if rest and (of is None or of == ("contact", None)):
        return None
    return _Said("contact" if "conta" in match[0] or match[0] == "dnc" else "legal", of, behind)


def _called(words: str) -> Called | None:
    """Which guardian words name; None for anything else."""
    match = re.fullmatch(
        rf"({'|'.join(_GUARDIANS)})(?: s)?(?: (\d+))?(?: (?:full|first|last|given|family))?(?: name)?", words
    )
    return (match[1], int(match[2]) if match[2] else None) if match else None


def _hints(words: Sequence[str]) -> bool:
    """Whether words can be about an order."""
    said = frozenset(words)
    if said & {"language", "idioma"}:
        said -= {"non"}  # `Non-English Contact Language`
    if said & _CONTACT and (said & _NOT or _negates(words)):
        return True
    if said & _LEGAL and said & _ORDERS:
        return True
    if said & _BARRED and said & (_WHO | _PEOPLE) and not said & _NEWS:
        return True
    if said & _REACHED and said & {"not", "dont"} and said & {"do", "dont"}:
        return True
    if said & _WATCHED and said & _ALERTS and not said & _NEWS:
        return True
    return bool(said & {"dnc", "pfa", "injunction", "injunctions"}) or any(
        each in word for word in words for each in _GLUED
    )


def _negates(words: Sequence[str]) -> bool:
    """Whether “no” is a negation in it, not a number."""
    around = zip(["", *words], words, [*words[1:], ""], strict=False)
    return any(
        word == "no" and behind in _NEGATED and (before not in _NUMBERED or behind not in _CONTACT)
        for before, word, behind in around
    )
