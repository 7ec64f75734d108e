"""Which columns of a roster are about those who care for a student, by the headers that districts write:
`Guardian1 Phone`, `Parent/Guardian 1 First Name`, `Mother Name`."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

_PARTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("", "name", "full name"), "name"),
    **dict.fromkeys(("first name", "firstname", "first", "given name"), "given"),
    **dict.fromkeys(("last name", "lastname", "last", "family name", "surname"), "family"),
    **dict.fromkeys(("relation", "relationship"), "relation"),
    **dict.fromkeys(
        ("phone", "phone number", "cell", "cell phone", "mobile", "mobile phone", "telephone"), "phone"
    ),
    **dict.fromkeys(("email", "email address", "e mail"), "email"),
    **dict.fromkeys(("language", "home language", "preferred language"), "language"),
}
NAMING: Final = ("name", "given", "family")
"""Parts that name a guardian: the whole name, or one part of it."""
_PARENTS: Final = {"mother": 1, "father": 2}
"""Headers that say the relation; such a file has two guardians, of whom each has a column of their own."""
_WAYS: Final = (("guardian", "parent", "parent guardian"), tuple(_PARENTS), ("contact",))
"""How files call guardians, as a rule in one of these ways. A contact is often somebody for emergencies."""
_HEADER: Final = re.compile(
    r"(parent guardian|guardian|parent|mother|father|contact)(?: s)?(?: ([12]))?(?: (\D+))?"
)

_WORD: Final = re.compile(r"\d+|[^\W\d_]+")
_CAMEL: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý])")
_NUMBER: Final = re.compile(r"\bn(?:o\.|[º°]\.?|um\.|ro\.?\b)", re.IGNORECASE)
"""`No. Contacto` is somebody's telephone."""


def spelled(header: str) -> list[str]:
    """The words and numbers of a header, folded, without what stands between them."""
    text = unicodedata.normalize("NFKD", _CAMEL.sub(" ", _NUMBER.sub(" number ", header)))
    plain = "".join(each for each in text if not unicodedata.combining(each)).casefold()
    return _WORD.findall(plain)


def find(headers: Sequence[str]) -> dict[str, int]:
    """The column of each thing that is said of the first and the second guardian. All of them are called in
    one way: the telephone of an emergency contact is not the guardian's whose name stands beside it."""
    ways = [_called(headers, way) for way in _WAYS]
    naming = [found for found in ways if any(naming_column(found, which) is not None for which in (1, 2))]
    return next((found for found in (*naming, *ways) if found), {})


def naming_column(found: Mapping[str, int], which: int) -> int | None:
    """The column that names a guardian, of several that hold a part of the name the first."""
    return next((found[name] for part in NAMING if (name := f"guardian{which}_{part}") in found), None)


def relation(header: str) -> str:
    """What a header says that a guardian is to the student; empty where it does not."""
    who = next(iter(spelled(header)), "")
    return who.capitalize() if who in _PARENTS else ""


def _called(headers: Sequence[str], way: Sequence[str]) -> dict[str, int]:
    """By what they hold, the columns whose headers call guardians in a way; the first of two."""
    found: dict[str, int] = {}
    for index, header in enumerate(headers):
        match = _HEADER.fullmatch(" ".join(spelled(header)))
        if match is None or match[1] not in way:
            continue
        which, part = _which(match[1], match[2]), _PARTS.get(match[3] or "")
        if which and part:
            found.setdefault(f"guardian{which}_{part}", index)
    return found


def _which(who: str, number: str | None) -> int:
    """The first or the second guardian; 0 for neither."""
    if who in _PARENTS:
        return 0 if number else _PARENTS[who]
    return int(number or (who != "contact"))
