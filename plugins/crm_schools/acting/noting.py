"""The numbers of a meeting as they were when the team met: what comes later does not change its minutes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, select

from crm.plugin_api import db, system
from crm.plugin_api.words import today
from crm_schools.figures import BANDS
from crm_schools.models import AgendaItem, Meeting, Rating
from crm_schools.rating import settling
from crm_schools.rating.shapes import RATING_COLUMNS

MOST: Final = 3000
"""Of more students nobody waits until they are counted anew for an earlier day."""


@dataclass(frozen=True)
class Standing:
    """How much a student had missed by a day, in half days."""

    absent: int
    enrolled: int
    is_chronic: bool
    band: str
    through_on: date | None
    tier_reason: str = ""
    """Why they are in a tier by now, a code of `crm_schools.tiers`."""


def day_of(meeting: Meeting) -> date:
    """The day whose numbers a meeting talks about: its own, or today while it is still to come."""
    return min(meeting.held_on, today())


def standing_on(student_ids: Collection[int], school_year: int, day: date) -> dict[int, Standing]:
    """How much these students had missed by a day, in all their schools; nothing of whom only a later summary
    tells."""
    found = {}
    for values in settling.standing(student_ids, school_year, day):
        row = dict(zip(RATING_COLUMNS, values, strict=True))
        if row["part"] == "school" or (row["through_on"] is not None and row["through_on"] > day):
            continue
        names = ("absent", "enrolled", "is_chronic", "band", "through_on")
        found[row["student_id"]] = Standing(*(row[name] for name in names))
    return found


def note(meeting: Meeting, items: Iterable[AgendaItem]) -> None:
    """Keep the numbers of today, or of the day of a meeting that has passed. Inside a transaction."""
    items, day = [each for each in items if each.student_id is not None], day_of(meeting)
    found = standing_on({each.student_id for each in items if each.student_id}, meeting.school_year, day)
    for item in items:
        standing = found.get(item.student_id or 0)
        # What cannot be told of that day is said as of today, rather than as of the day of the planning.
        item.absent = standing.absent if standing else None
        item.enrolled = standing.enrolled if standing else None
        item.through_on = standing.through_on if standing else None
    meeting.chronic, meeting.rated = _share(meeting, day) or (None, None)


def _of_place(meeting: Meeting) -> ColumnElement[bool]:
    """The ratings that the rate of a place is of: a school's are of its own days."""
    of_year = and_(Rating.district_id == meeting.district_id, Rating.school_year == meeting.school_year)
    if meeting.school_id is None:
        return and_(of_year, Rating.part != "school")
    return and_(of_year, Rating.school_id == meeting.school_id, Rating.part != "district")


def _share(meeting: Meeting, day: date) -> tuple[int, int] | None:
    """How many were chronically absent on a day, and of how many; None where that cannot be told."""
    place = _of_place(meeting)
    with system("numbers of a place whose meeting the reader sees"):
        run = db.session()
        latest = run.scalar(select(func.max(Rating.through_on)).where(place))
        if latest is not None and latest > day:
            return _counted_on(meeting, day)
        of_all = select(Rating.is_chronic, func.count()).where(place, Rating.band.in_(BANDS))
        counts = {bool(row[0]): int(row[1]) for row in run.execute(of_all.group_by(Rating.is_chronic))}
    return counts.get(True, 0), sum(counts.values())


def _counted_on(meeting: Meeting, day: date) -> tuple[int, int] | None:
    """The same of an earlier day, student by student."""
    ids = db.session().scalars(select(Rating.student_id).where(_of_place(meeting)).limit(MOST + 1)).all()
    if len(ids) > MOST:
        return None
    rows = [
        dict(zip(RATING_COLUMNS, values, strict=True))
        for values in settling.standing(set(ids), meeting.school_year, day)
    ]
    counted = [row for row in rows if _is_of(meeting, row) and row["band"] in BANDS]
    return sum(row["is_chronic"] for row in counted), len(counted)


def _is_of(meeting: Meeting, row: Mapping[str, Any]) -> bool:
    """What `_of_place` says, of a row that is nowhere but here."""
    if meeting.school_id is None:
        return bool(row["part"] != "school")
    return bool(row["part"] != "district" and row["school_id"] == meeting.school_id)
