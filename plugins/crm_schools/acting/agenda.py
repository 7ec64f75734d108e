"""What a team talks about, made from the data: who is new, worse, better, without help, due for a look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import and_, or_, select

from crm.plugin_api import Actor, db, system, visible
from crm_schools.acting.helping import help_on
from crm_schools.models import (
    AgendaItem,
    Checkpoint,
    Meeting,
    Rating,
)
from crm_schools.permissions import enrolled_last
from crm_schools.rating import settling

MOST: Final = 25
"""More students than that nobody talks about in one meeting; the most absent come first."""


@dataclass(frozen=True)
class Line:
    """A student for the agenda and why. `now` is what they missed since the last meeting, `before` in as many
    days of the calendar before it, both in half days."""

    student_id: int
    reason: str
    absent: int
    enrolled: int
    now: int = 0
    before: int = 0


def made(meeting: Meeting, actor: Actor) -> list[Line]:
    """The lines for a meeting, the most urgent first, of students that the actor may see. A student stands
    once, with the first reason that holds: a checkpoint, newly flagged, worse, nothing done, better."""
    ratings = _ratings(meeting, actor)
    recent = _recent(meeting, ratings)
    helped = _helped(ratings, meeting)
    due = _due(ratings, meeting)
    lines = []
    for student_id, (absent, enrolled, chronic) in ratings.items():
        now, before = recent.get(student_id, (0, 0))
        reason = _reason(
            Student(
                student_id in due,
                chronic,
                _was_chronic(absent - now, enrolled, meeting),
                student_id in helped,
            ),
            now,
            before,
        )
        if reason:
            lines.append(Line(student_id, reason, absent, enrolled, now, before))
    order = {name: place for place, name in enumerate(("checkpoint", "new", "worse", "no_action", "better"))}
    return sorted(lines, key=lambda line: (order[line.reason], -line.absent))[:MOST]


@dataclass(frozen=True)
class Student:
    """What decides about one student's place."""

    due: bool
    chronic: bool
    was_chronic: bool
    helped: bool


def _reason(student: Student, now: int, before: int) -> str:
    if student.due:
        return "checkpoint"
    if student.chronic and not student.was_chronic:
        return "new"
    if now > before and now >= 4 and (student.chronic or student.helped):
        return "worse"
    if student.chronic and not student.helped:
        return "no_action"
    return "better" if student.helped and 2 * now <= before and before >= 2 else ""


def _ratings(meeting: Meeting, actor: Actor) -> dict[int, tuple[int, int, bool]]:
    """Students who are or may become a concern: chronic, or in tier 2 or 3, or with help that is going on; by
    all that they missed, for a school's meeting those who go there now."""
    place = and_(Rating.district_id == meeting.district_id, Rating.part != "school")
    if meeting.school_id:
        place = and_(place, Rating.student_id.in_(enrolled_last([meeting.school_id])))
    statement = (
        visible(Rating, actor)
        .with_only_columns(Rating.student_id, Rating.absent, Rating.enrolled, Rating.is_chronic)
        .where(place, Rating.school_year == meeting.school_year, or_(Rating.is_chronic, Rating.tier > 1))
        .order_by(Rating.absent.desc())
        .limit(2000)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in db.session().execute(statement)}


def _recent(meeting: Meeting, ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Half days missed since the last meeting and in as long before it."""
    since = meeting.since_on
    if since is None or since >= meeting.held_on:
        return {}
    first = since - (meeting.held_on - since)
    found: dict[int, tuple[int, int]] = {}
    for each in settling.absences(set(ids)):
        if each.counted and first < each.on_date <= meeting.held_on:
            now, before = found.get(each.student_id, (0, 0))
            late = each.on_date > since
            found[each.student_id] = now + each.halves * late, before + each.halves * (not late)
    return found


def _was_chronic(absent_before: int, enrolled: int, meeting: Meeting) -> bool:
    """Whether they were flagged at the last meeting. Days enrolled then are today's less the school days
    since, five of seven in a week, which is near enough to say “new”."""
    if meeting.since_on is None:
        return True
    since = (meeting.held_on - meeting.since_on).days * 2 * 5 // 7
    return 10 * absent_before >= enrolled - since > 0


def _helped(ids: Iterable[int], meeting: Meeting) -> set[int]:
    """Students for whom something goes on; see `help_on`."""
    chosen = list(ids)
    with system("help for students who were found for this reader"):
        return {
            row
            for column, condition in help_on(meeting.held_on, meeting.school_year)
            for row in db.session().scalars(select(column).where(db.among(column, chosen), condition))
        }


def _due(ids: Iterable[int], meeting: Meeting) -> set[int]:
    with system("checkpoints of students who were found for this reader"):
        return set(
            db.session().scalars(
                select(Checkpoint.student_id).where(
                    db.among(Checkpoint.student_id, list(ids)),
                    Checkpoint.result == "",
                    Checkpoint.due_on <= meeting.held_on,
                )
            )
        )


def write(meeting: Meeting, lines: Iterable[Line], present: Mapping[int, AgendaItem]) -> int:
    """Put lines on the agenda that are not on it yet; how many. Inside a transaction."""
    items = [
        AgendaItem(meeting_id=meeting.id, student_id=line.student_id, reason=line.reason)
        for line in lines
        if line.student_id not in present
    ]
    db.session().add_all(items)
    db.session().flush()
    return len(items)


def last_before(actor: Actor, district_id: int, school_id: int | None, day: date) -> date | None:
    """The day of the meeting before this one, with which its agenda compares."""
    statement = (
        visible(Meeting, actor)
        .where(Meeting.district_id == district_id, Meeting.held_on < day)
        .order_by(Meeting.held_on.desc())
    )
    statement = statement.where(
        Meeting.school_id.is_(None) if school_id is None else Meeting.school_id == school_id
    )
    found: Meeting | None = db.session().scalars(statement.limit(1)).first()
    return found.held_on if found else None
