"""What cells of a roster's table say: whether anything, and whether they forbid to contact somebody.

Programs write words where there is nothing: SQL Server NULL, R and pandas NA, spreadsheets #N/A, people a
dash. Only tables of rosters are read so: in files of attendance such words can be codes of a district."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from crm_schools.importing.dates import is_never, is_unknown, yes_or_no
from crm_schools.importing.roster import values
from crm_schools.importing.roster.records import folded
from crm_schools.words import fold

NOTHING: Final = frozenset({
    "", "null", "(null)", "<null>", "[null]", r"\n", "na", "<na>", "n/a", "n.a", "#n/a", "n/d", "none",
    "(none)", "nil", "nan", "not applicable", "no aplica", "ninguno", "ninguna", "(blank)",
})  # fmt: skip
"""Cells that say nothing, folded and without dots and dashes around."""
PARTS_OF_NAMES: Final = ("given", "family")
CALLED_SO: Final = frozenset({"null", "na", "n.a", "none", "nil", "nan"})
"""What people are called too: in a column of given or family names these stay. Elsewhere, in a whole name
too, nobody is called so by that word alone."""
DATES: Final = frozenset({"birth_date", "entry", "exit"})
_NO_DAY: Final = re.compile(r"[0/.\-]+(?:[ T][0:.]+)?")
"""`0/0/0` of PowerSchool, `0000-00-00` of MySQL: a day that nobody entered."""

_ORDERS: Final = frozenset(
    {"order", "orders", "restriction", "restrictions", "alert", "alerts", "record", "records", "orden",
     "ordenes", "restriccion", "restricciones", "alerta", "alertas", "registro", "registros", "hay", "existe",
     "tiene"}
)  # fmt: skip
_RECORDED: Final = frozenset({"file", "record", "recorded", "reported", "noted"})
_BESIDE: Final = frozenset(
    {"court", "legal", "restraining", "protective", "protection", "judicial", "judiciales", "corte",
     "tribunal", "de", "del", "la", "alejamiento", "proteccion", "any", "current", "active", "known",
     "existing", "on", "at", "this", "time", "exists", "listed", "ninguna", "en", "archivo", "registrada",
     "registradas", "or", "o"}
)  # fmt: skip
"""What may stand beside an order that there is not. Not “contact” or “custody”: no contact is an order."""
_WITHOUT: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("no", "without", "sin"), _ORDERS),
    **dict.fromkeys(("none", "ninguna", "ninguno"), _ORDERS | _RECORDED | _BESIDE),
    "not": _RECORDED,
}
"""By the first word of a cell that says that there is no order, words of which one must follow."""


def said(name: str, cell: str) -> str:
    """The text of a cell in a column that holds `name`; empty for what says nothing there.

    A subgroup keeps the words that it knows (the disability “none” is an answer), and NA of a race may be a
    Native American: that is said as not understood."""
    text = cell.strip()
    if name in DATES and (_NO_DAY.fullmatch(text) or _stands_for_none(name, text)):
        return ""
    if not says_nothing(text) or _is_answer(name, text):
        return text
    return text if name.endswith(PARTS_OF_NAMES) and _word(text) in CALLED_SO else ""


def _stands_for_none(name: str, text: str) -> bool:
    """Whether programs write such a day where there is none: 1900-01-01, or 9999-12-31 as the last one."""
    return name != "birth_date" and (is_unknown(text) or (name == "exit" and is_never(text)))


@lru_cache(maxsize=4096)
def says_nothing(cell: str) -> bool:
    return _word(cell) in NOTHING


def _word(cell: str) -> str:
    return fold(cell).strip(" .-–—")


def _is_answer(name: str, text: str) -> bool:
    known = {"housing": values.HOUSING, "race": {"na"}, **values.FLAGS}
    return fold(text) in known.get(name, ())


def order(cell: str) -> str | None:
    """The order not to contact somebody that a cell gives: None for none, empty for a plain yes, else its
    words, for whatever is no clear no forbids, such as “court order”."""
    text = cell.strip()
    plain = re.sub(r"\.0+$", "", text)
    no = plain.strip(" .")
    if yes_or_no(no) is False or says_nothing(text) or _is_no_order(folded(no)):
        return None
    return "" if yes_or_no(plain) else text


def _is_no_order(text: str) -> bool:
    """Whether words say that there is no order (“No court order”, “None on file”). They are understood only
    as long as nothing else is said: “No contact” and “not allowed to pick up” are orders, and “no: court
    order” or “no custody, court order” may be some."""
    head, _space, rest = text.partition(" ")
    words = set(re.sub(r"\bcustody (?=orders?\b)", "", rest).replace("/", " ").split())
    return bool(words & _WITHOUT.get(head, frozenset())) and words <= _ORDERS | _RECORDED | _BESIDE
