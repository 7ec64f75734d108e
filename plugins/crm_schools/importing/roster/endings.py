"""Relations of guardians that end, since a whole roster names them no more.

What people wrote to protect a child outlasts every roster: whoever must not be contacted, or has a note or a
decision about custody, stays, and the plan says so."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from crm.plugin_api import Contact, bulk, db, system
from crm.plugin_api.transfer import Line
from crm_schools.models import Guardian, Student

WHY = "a whole roster says who cares for nobody any more"


def plan(lines: Sequence[Line]) -> None:
    """Say of each whom they care for no more, and of which child they stay."""
    names = _names(lines)
    for line in lines:
        line.record_id = line.record["guardian"]
        ended = 0
        for row in _rows(line):
            code = "schools_guardian_kept" if _is_protected(row) else "schools_guardian_ended"
            ended += not _is_protected(row)
            line.reasons.append([code, names.get(row.contact_id, ""), _number(row.student_id)])
        line.changes = [["ended", "", str(ended)]] if ended else []
        line.action = "update" if ended else "unchanged"


def write(lines: Iterable[Line]) -> None:
    """Let the relations end; what was written meanwhile to protect a child keeps its own."""
    with system(WHY), bulk.many_objects():
        for line in lines:
            line.record_id = line.record["guardian"]
            for row in _rows(line):
                if not _is_protected(row):
                    db.session().delete(row)
        db.session().flush()


def _is_protected(row: Guardian) -> bool:
    return row.contact_prohibited or bool(row.custody.strip() or row.note.strip())


def _rows(line: Line) -> Sequence[Guardian]:
    statement = (
        select(Guardian)
        .where(
            Guardian.contact_id == line.record["guardian"],
            db.among(Guardian.student_id, line.record["students"]),
        )
        .order_by(Guardian.student_id)
    )
    with system(WHY):
        return db.session().scalars(statement).all()


def _number(student_id: int) -> str:
    with system(WHY):
        return db.session().scalars(select(Student.local_id).where(Student.id == student_id)).one()


def _names(lines: Sequence[Line]) -> dict[int, str]:
    ids = [line.record["guardian"] for line in lines]
    with system(WHY):
        rows = db.session().execute(select(Contact.id, Contact.name).where(db.among(Contact.id, ids)))
        return {row[0]: row[1] for row in rows}
