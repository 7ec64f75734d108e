"""An undo that would enrol somebody twice: stays that it brings back beside newer ones over the same days."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from crm.plugin_api import UserError, db, ngettext, system
from crm.plugin_api.history import rows_written_since
from crm_schools.models import Enrolment

DAYS: Final = ("school_id", "school_year", "begins_on", "ends_on")
"""What makes two stays overlap; of the same days grades and classes may be corrected as one likes."""


def refuse_undo(change: Any, student_ids: Collection[int]) -> None:
    """UserError where a stay that an undo wrote overlaps another of its student in the same school and year
    that somebody wrote after what is undone. Inside its transaction."""
    table = Enrolment.__tablename__
    written = change.rows(table, student_ids, operation="create").union(
        *(change.rows(table, student_ids, column) for column in DAYS)
    )
    if not written:
        return
    other = aliased(Enrolment)
    statement = (
        select(other.id, other.student_id)
        .join(Enrolment, other.student_id == Enrolment.student_id)
        .where(
            db.among(Enrolment.id, written),
            other.id != Enrolment.id,
            other.school_id == Enrolment.school_id,
            other.school_year == Enrolment.school_year,
            other.begins_on <= func.coalesce(Enrolment.ends_on, other.begins_on),
            Enrolment.begins_on <= func.coalesce(other.ends_on, Enrolment.begins_on),
        )
    )
    with system("whether an undo enrols somebody twice"):
        beside = {row[0]: row[1] for row in db.session().execute(statement)}
        # What stood there before, or comes back with the same undo, is as it was.
        of, undone = set(beside.values()), change.undoes_id
        newer = rows_written_since("schools_student", of, table, undone, DAYS) if beside else set()
    if count := len({beside[each] for each in newer & beside.keys()}):
        raise UserError(
            ngettext(
                "This would enrol %(num)s student twice in one school over the same days, for a newer "
                "roster or somebody's hand has written their stay since. Undo first what came after it.",
                "This would enrol %(num)s students twice in one school over the same days, for a newer "
                "roster or somebody's hand has written their stays since. Undo first what came after it.",
                count,
            )
        )
