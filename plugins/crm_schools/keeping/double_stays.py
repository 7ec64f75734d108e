"""An undo that would enrol somebody twice: stays that it brings back beside newer ones over the same days."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from crm.plugin_api import UserError, db, ngettext, system
from crm.plugin_api.history import Done, done_to, rows_written_beside, rows_written_since
from crm_schools.models import Enrolment

DAYS: Final = ("school_id", "school_year", "begins_on", "ends_on")
"""What makes two stays overlap; of the same days grades and classes may be corrected as one likes."""

LAST: Final = date.max.isoformat()
Days = dict[str, str]
"""Of a stay what DAYS name, as history keeps it: days as 2025-09-02, empty while it lasts."""


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
    _refuse(len({beside[each] for each in newer & beside.keys()}))


def refuse_whole(change_set_id: int) -> None:
    """The same of all that an undo would bring back, before any of it is: a large one goes on in parts, and
    must not stop half way."""
    table = Enrolment.__tablename__
    with system("whether an undo would enrol somebody twice"):
        newer = rows_written_beside("schools_student", table, change_set_id, DAYS)
        statement = select(Enrolment).where(db.among(Enrolment.student_id, sorted(newer)))
        stays: dict[int, dict[int, Days]] = defaultdict(dict)
        for row in db.session().scalars(statement) if newer else ():
            stays[row.student_id][row.id] = _as_written({name: getattr(row, name) for name in DAYS})
        back: dict[int, Days] = {}
        for each in done_to(change_set_id, "schools_student", sorted(newer), table) if newer else ():
            _take_back(each, stays, newer, back)
    _refuse(sum(_is_twice(of_student, newer[student], back) for student, of_student in stays.items()))


def _as_written(row: Mapping[str, Any]) -> Days:
    """Of a row, or of the columns of one, what decides about its days, as history keeps it."""
    return {name: str(row[name]) if row[name] is not None else "" for name in DAYS if name in row}


def _take_back(
    each: Done, stays: dict[int, dict[int, Days]], newer: Mapping[int, set[int]], back: dict[int, Days]
) -> None:
    """Do to the stays of a student what the undo of one entry does; what somebody wrote since stays."""
    if each.row_id in newer.get(each.subject_id, ()):
        return
    mine, before = stays[each.subject_id], _as_written(each.before)
    if each.operation == "create":
        mine.pop(each.row_id, None)
        back.pop(each.row_id, None)
    elif before and (each.operation == "delete" or each.row_id in mine):
        back[each.row_id] = mine[each.row_id] = {**mine.get(each.row_id, {}), **before}


def _is_twice(stays: Mapping[int, Days], newer: Collection[int], back: Mapping[int, Days]) -> bool:
    """Whether a stay that comes back overlaps one that somebody wrote since, in its school and year."""
    return any(
        (mine["school_id"], mine["school_year"]) == (other["school_id"], other["school_year"])
        and mine["begins_on"] <= (other["ends_on"] or LAST)
        and other["begins_on"] <= (mine["ends_on"] or LAST)
        for row_id, mine in stays.items()
        if row_id in back
        for other_id, other in stays.items()
        if other_id in newer
    )


def _refuse(count: int) -> None:
    if count:
        raise UserError(
            ngettext(
                "This would enrol %(num)s student twice in one school over the same days, for a newer "
                "roster or somebody's hand has written their stay since. Undo first what came after it.",
                "This would enrol %(num)s students twice in one school over the same days, for a newer "
                "roster or somebody's hand has written their stays since. Undo first what came after it.",
                count,
            )
        )
