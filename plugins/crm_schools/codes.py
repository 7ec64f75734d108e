"""What attendance codes mean: the table of a district, and files that fill it."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select

from crm.plugin_api import UserError, db, ngettext, system
from crm.plugin_api import gettext as _
from crm_schools.marks import unpack
from crm_schools.models import Attendance, Code, District, LeftOut
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


USUAL: Final = frozenset({"", "p", "pr", "prs", "pres", "present", "here", "in attendance"})
MANY: Final = 1000
"""A code for present that is USUAL, or that more than half of the rows of a file have and so many, is the
ordinary one of its district."""


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
    # Two files of one district with the same new code take turns, or both would write it down.
    turn = select(District.id).where(District.id == district_id).with_for_update(key_share=True)
    with system("who writes down codes of a district waits for others who do"):
        db.session().execute(turn).all()
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


def ordinary(rows: Mapping[int, tuple[Code, int]]) -> list[int]:
    """The ids of the codes that stand for an ordinary day present, by how many rows of a file have each code:
    their days are not kept. One that was ordinary in an earlier file still is."""
    present = {code_id: (code, count) for code_id, (code, count) in rows.items() if code.kind == "present"}
    most = sum(count for _code, count in rows.values()) / 2
    left_out = left_out_in(present)
    return sorted(
        code_id
        for code_id, (code, count) in present.items()
        if code_id in left_out or code.code_key in USUAL or count > max(most, MANY)
    )


def left_out_in(code_ids: Collection[int]) -> dict[int, list[int]]:
    """Of these codes those of which imports did not keep the days, each with the changes of these imports."""
    found: dict[int, list[int]] = {}
    statement = select(LeftOut.code_id, LeftOut.change_set_id).where(db.among(LeftOut.code_id, code_ids))
    with system("which days of a code are not kept"):
        for code_id, change_set_id in db.session().execute(statement.order_by(LeftOut.change_set_id.desc())):
            found.setdefault(code_id, []).append(change_set_id)
    return found


def leave_out(code_ids: Collection[int], change_set_id: int) -> None:
    """Note that an import does not keep the days of these codes. Inside its transaction."""
    noted = left_out_in(code_ids)
    new = [code_id for code_id in code_ids if change_set_id not in noted.get(code_id, ())]
    with system("an import notes what it does not keep"):
        codes = db.session().scalars(select(Code).where(db.among(Code.id, new))) if new else ()
        for code in codes:
            of = {"district_id": code.district_id, "change_set_id": change_set_id}
            db.session().add(LeftOut(code_id=code.id, **of))
        db.session().flush()


def _refuse_left_out(code_ids: Collection[int]) -> None:
    """Raise UserError where days of a code are not kept and it does not mean present any more."""
    changed = select(Code).where(db.among(Code.id, code_ids), Code.kind != "present").order_by(Code.code_key)
    left_out = left_out_in(code_ids)
    for code in db.session().scalars(changed):
        if code.id in left_out:
            raise UserError(
                ngettext(
                    "“%(code)s” is the ordinary code for present, and %(num)s import did not keep its days: "
                    "they could not be counted anew. Undo that import, say what the code means, and import "
                    "the file again.",
                    "“%(code)s” is the ordinary code for present, and %(num)s imports did not keep its days: "
                    "they could not be counted anew. Undo those imports, say what the code means, and import "
                    "the files again.",
                    len(left_out[code.id]),
                    code=code.code,
                )
            )


def refuse_loss(code_ids: Collection[int]) -> None:
    """Raise UserError where attendance is stored with one of these codes and it means nothing any more, so
    that its days would count as present, or where its days were not kept, since it meant present. Inside the
    transaction that may have taken the meaning away."""
    if not code_ids:
        return
    with system("what codes mean that attendance uses"):
        _refuse_left_out(code_ids)
        run = db.session().execute
        known = run(select(Code.id).where(db.among(Code.id, code_ids), Code.kind != "")).scalars()
        lost = set(code_ids) - set(known)
        is_used = any(is_used_in_days(code_id) for code_id in lost)
    if is_used:
        raise UserError(
            _(
                "Attendance that is stored has codes that would then mean nothing, and its days would count "
                "as present. Undo the import of that attendance first."
            )
        )


def is_used_in_days(code_id: int) -> bool:
    """Whether a stored day has a code. Its number may also stand for a day or for half days, and a longer
    one begins like it, so what looks like it is read."""
    statement = (
        select(Attendance.marks, Attendance.school_year)
        .where(Attendance.marks.contains(f":{code_id}"))
        .execution_options(yield_per=2000)
    )
    # It is closed where the first one is found, too.
    with system("whether attendance uses a code"), db.session().execute(statement) as rows:
        return any(mark[1] == code_id for marks, year in rows for mark in unpack(marks, year))


def decide(code: Code, said: str, source: str, label: str | None = None) -> None:
    """Let a code mean something from now on, for all that came with it before, too. Inside a transaction;
    ratings follow by themselves. UserError where days of the code came that are not kept."""
    code.kind, code.halves = MEANINGS[check(code.code, said)]
    code.source = source
    if label is not None:
        code.label = label
    db.session().flush()
    with system("what a code meant before"):
        _refuse_left_out([code.id])


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
