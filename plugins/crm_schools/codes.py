"""What attendance codes mean: the table of a district, and files that fill it."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import UserError, db, system
from crm.plugin_api import gettext as _
from crm_schools.marks import unpack
from crm_schools.models import Attendance, Code
from crm_schools.words import fold

MEANINGS: Final[Mapping[str, tuple[str, int]]] = {
    "excused": ("excused", 2),
    "unexcused": ("unexcused", 2),
    "suspension": ("suspension", 2),
    "absent": ("unstated", 2),
    "half": ("unstated", 1),
    "half excused": ("excused", 1),
    "half unexcused": ("unexcused", 1),
    "half suspension": ("suspension", 1),
    "tardy": ("tardy", 0),
    "long tardy": ("tardy_long", 0),
    "present": ("present", 0),
}
"""The words with which a code is mapped: its kind and how many half days it stands for."""


def meaning_of(kind: str, halves: int) -> str:
    """The word of MEANINGS for what is kept; empty for a code that nobody has mapped."""
    return next((word for word, known in MEANINGS.items() if known == (kind, halves)), "")


def read(text: str, name: str) -> dict[str, str]:
    """The meanings that a file gives: JSON such as `{"A": "unexcused"}`, or CSV with a code and a meaning in
    each row. UserError with the line for a word that means nothing."""
    try:
        found = json.loads(text)
    except ValueError:
        found = {
            row[0].strip(): row[1] for row in csv.reader(io.StringIO(text)) if len(row) > 1 and row[0].strip()
        }
        found = {code: said for code, said in found.items() if fold(code) != "code"}
    if not isinstance(found, dict):
        raise UserError(_('“%(name)s” must hold one object such as {"A": "unexcused"}.', name=name))
    return {str(code): check(str(code), str(said)) for code, said in found.items()}


def check(code: str, said: str) -> str:
    """The word of MEANINGS that somebody wrote; UserError for none."""
    word = " ".join(said.replace("_", " ").replace("-", " ").split()).casefold()
    if word not in MEANINGS:
        raise UserError(
            _(
                "“%(said)s” for the code “%(code)s” is none of: %(words)s.",
                said=said,
                code=code,
                words=", ".join(MEANINGS),
            )
        )
    return word


def of_district(district_id: int) -> dict[str, Code]:
    """The codes of a district by their folded text, mapped or not."""
    with system("codes mean the same for everybody"):
        found = db.session().scalars(
            select(Code).where(Code.district_id == district_id).order_by(Code.code_key)
        )
        return {code.code_key: code for code in found}


def learn(district_id: int, codes: Iterable[str], meanings: Mapping[str, str], source: str) -> list[str]:
    """Give codes that nobody has mapped the meaning that a file says, and write the others down as not
    mapped. Returns those, as the file writes them. Inside a transaction."""
    known = of_district(district_id)
    said = {fold(code): word for code, word in meanings.items()}
    left = []
    for code in codes:
        key = fold(code)
        row = known.get(key)
        if row is None:
            row = known[key] = Code(district_id=district_id, code=code, code_key=key, source=source)
            db.session().add(row)
        if not row.kind and key in said:
            row.kind, row.halves = MEANINGS[said[key]]
            row.source = source
        if not row.kind:
            left.append(code)
    db.session().flush()
    return left


def refuse_loss(code_ids: Collection[int]) -> None:
    """Raise UserError where attendance is stored with one of these codes and it means nothing any more, so
    that its days would count as present. Inside the transaction that may have taken the meaning away."""
    if not code_ids:
        return
    with system("what codes mean that attendance uses"):
        run = db.session().execute
        known = run(select(Code.id).where(db.among(Code.id, code_ids), Code.kind != "")).scalars()
        lost = set(code_ids) - set(known)
        is_used = any(_is_used(code_id) for code_id in lost)
    if is_used:
        raise UserError(
            _(
                "Attendance that is stored has codes that would then mean nothing, and its days would count "
                "as present. Undo the import of that attendance first."
            )
        )


def _is_used(code_id: int) -> bool:
    """Whether a stored day has a code. Its number may also stand for a day or for half days, and a longer
    one begins like it, so what looks like it is read."""
    statement = (
        select(Attendance.marks, Attendance.school_year)
        .where(Attendance.marks.contains(f":{code_id}"))
        .execution_options(yield_per=2000)
    )
    rows = db.session().execute(statement)
    return any(mark[1] == code_id for marks, year in rows for mark in unpack(marks, year))


def decide(code: Code, said: str, source: str, label: str | None = None) -> None:
    """Let a code mean something from now on, for all that came with it before, too. Inside a transaction;
    ratings follow by themselves."""
    code.kind, code.halves = MEANINGS[check(code.code, said)]
    code.source = source
    if label is not None:
        code.label = label
    db.session().flush()


def words() -> list[tuple[str, Any]]:
    """The meanings for people, in the order of a list to choose from."""
    labels = {
        "excused": _("Excused absence"),
        "unexcused": _("Unexcused absence"),
        "suspension": _("Suspension"),
        "absent": _("Absent, nobody said whether excused"),
        "half": _("Half a day absent"),
        "half excused": _("Half a day, excused"),
        "half unexcused": _("Half a day, unexcused"),
        "half suspension": _("Half a day, suspended"),
        "tardy": _("Tardy"),
        "long tardy": _("Tardy by more than 30 minutes"),
        "present": _("Present"),
    }
    return [(word, labels[word]) for word in MEANINGS]
