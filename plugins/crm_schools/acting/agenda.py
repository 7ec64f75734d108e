"""What a team talks about, made from the data: who is new, worse, better, without help, due for a look, and
what was decided earlier and is not done."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select

from crm.plugin_api import Actor, db, system, visible
from crm_schools.acting import doing, noting
from crm_schools.acting.helping import help_on
from crm_schools.models import (
    AgendaItem,
    Checkpoint,
    Meeting,
    Rating,
)
from crm_schools.permissions import enrolled_last

MOST: Final = 25
"""More students than that nobody talks about in one meeting; those who need it most come first."""
ORDER: Final = ("open", "checkpoint", "new", "worse", "no_action", "last_20", "last_10", "better", "added")
"""Reasons in the order in which a team talks about them."""
LAST_YEAR: Final = frozenset({"last_20", "last_10"})
"""Reasons of whoever missed much last year, and says little of this one yet: a team talks about them once.
Source: Attendance Works: tiers 3 and 2 by 20 % and 10 % of last year."""
SEVERE, OPEN, OTHER = range(3)
"""By how much they need it: who is severely absent without any help, what was decided and is not done, then
everything else."""
FEWEST: Final = 10
"""Of fewer half days nobody says that more or less is missed than before: a week of school."""


@dataclass(frozen=True)
class Line:
    """A student for the agenda and why, or a `topic` of the school that is open. `absent` and `enrolled` are
    half days."""

    student_id: int | None
    reason: str
    absent: int = 0
    enrolled: int = 0
    need: int = OTHER
    topic: str = ""


def made(meeting: Meeting, actor: Actor) -> list[Line]:
    """The lines for a meeting, of students that the actor may see. First stands whoever is severely absent
    and has no help, then what was decided earlier and is not done, then the others by reason. A student
    stands once, with the first reason that holds: a checkpoint, newly flagged, worse, nothing done, much
    missed last year, better; with none of them for what is open."""
    earlier = [item for item, _day in doing.still_open(actor, meeting)]
    decided = {item.student_id for item in earlier if item.student_id is not None}
    ratings = _ratings(meeting, actor, decided)
    lately, helped, due = _lately(meeting, ratings), _helped(ratings, meeting), _due(ratings, meeting)
    known = _Known(lately, helped, due, decided, _met_before(meeting, ratings))
    topics = {item.topic for item in earlier if item.student_id is None}
    lines = [Line(None, "open", need=OPEN, topic=topic) for topic in sorted(topics)]
    lines += [known.line(student_id, standing) for student_id, standing in ratings.items()]
    return sorted((line for line in lines if line.reason), key=_by_need)


@dataclass(frozen=True)
class _Known:
    """What is known of the students of a meeting: what they missed lately and before, who has help, whose
    checkpoint is due, about whom something was decided that is open, whom an earlier meeting of the year had
    on its agenda."""

    lately: Mapping[int, "Lately"]
    helped: Collection[int]
    due: Collection[int]
    decided: Collection[int]
    met: Collection[int]

    def line(self, student_id: int, standing: noting.Standing) -> Line:
        """The line of a student; without a reason where there is nothing to talk about."""
        helped = student_id in self.helped
        # What is decided about them and open says more; that they missed much last year is said once.
        last = "" if student_id in self.met or student_id in self.decided else standing.tier_reason
        lately = self.lately.get(student_id)
        student = Student(student_id in self.due, standing.is_chronic, helped, lately, last)
        line = Line(student_id, _reason(student), standing.absent, standing.enrolled)
        is_severe = standing.band == "severe" and not helped
        return _placed(line, student_id in self.decided, is_severe)


def _placed(line: Line, is_open: bool, is_severe: bool) -> Line:
    """With the need that decides where a line stands."""
    if is_open:
        line = replace(line, reason=line.reason or "open", need=OPEN)
    return replace(line, need=SEVERE) if is_severe and line.reason else line


def _by_need(line: Line) -> tuple[int, int, int]:
    return _place(line.need, line.reason, line.absent)


def _place(need: int, reason: str, absent: int) -> tuple[int, int, int]:
    """Where a point stands: by need, then by reason, then the most absent first. Of those without any help
    the reason tells nothing about how much they need it."""
    return need, 0 if need == SEVERE else ORDER.index(reason), -absent


@dataclass(frozen=True)
class Lately:
    """Half days missed of half days enrolled since the last meeting, and in as long before it; whether they
    were flagged then. A window may reach into holidays, so that what is compared are parts of the days on
    which they were enrolled."""

    now: int
    enrolled: int
    before: int
    enrolled_before: int
    was_chronic: bool

    @property
    def tells(self) -> bool:
        """Whether there were days enough on both sides."""
        return min(self.enrolled, self.enrolled_before) >= FEWEST

    @property
    def is_worse(self) -> bool:
        """More of the days missed than before, and two days at least."""
        more = self.now * self.enrolled_before > self.before * self.enrolled
        return self.tells and more and self.now >= 4

    @property
    def is_better(self) -> bool:
        """Half as much missed as before, or less."""
        half = 2 * self.now * self.enrolled_before <= self.before * self.enrolled
        return self.tells and half and self.before >= 2


@dataclass(frozen=True)
class Student:
    """What decides about one student's place. `lately` is None where there is nothing to compare with, `last`
    one of LAST_YEAR where that is why they need help."""

    due: bool
    chronic: bool
    helped: bool
    lately: Lately | None
    last: str = ""


def _reason(student: Student) -> str:
    lately = student.lately
    if student.due:
        return "checkpoint"
    if student.chronic and lately is not None and not lately.was_chronic:
        return "new"
    if lately is not None and lately.is_worse and (student.chronic or student.helped):
        return "worse"
    if student.chronic and not student.helped:
        return "no_action"
    if student.last in LAST_YEAR and not student.helped:
        return student.last
    return "better" if student.helped and lately is not None and lately.is_better else ""


def _ratings(meeting: Meeting, actor: Actor, decided: Collection[int]) -> dict[int, noting.Standing]:
    """Students who are or may become a concern: chronic, or in tier 2 or 3, or with help that is going on, or
    about whom something was `decided`; by all that they missed, for a school's meeting those who go there
    now. Of a meeting that has passed, as it was on its day."""
    place = and_(Rating.district_id == meeting.district_id, Rating.part != "school")
    if meeting.school_id:
        place = and_(place, Rating.student_id.in_(enrolled_last([meeting.school_id])))
    days = (Rating.absent, Rating.enrolled, Rating.is_chronic, Rating.band, Rating.through_on)
    concern = or_(Rating.is_chronic, Rating.tier > 1, db.among(Rating.student_id, decided))
    day = noting.day_of(meeting)
    statement = (
        visible(Rating, actor)
        .with_only_columns(Rating.student_id, *days, Rating.tier_reason)
        .where(place, Rating.school_year == meeting.school_year, or_(concern, Rating.through_on > day))
        .order_by(Rating.absent.desc())
        .limit(2000)
    )
    found = {row[0]: noting.Standing(*row[1:]) for row in db.session().execute(statement)}
    later = {id_ for id_, each in found.items() if each.through_on is not None and each.through_on > day}
    if not later:
        return found
    by_then = {id_: each for id_, each in found.items() if id_ not in later}
    then = noting.standing_on(later, meeting.school_year, day)
    # What they missed last year was known on that day, too.
    return by_then | {id_: replace(each, tier_reason=found[id_].tier_reason) for id_, each in then.items()}


def _lately(meeting: Meeting, standings: Mapping[int, noting.Standing]) -> dict[int, Lately]:
    """What students missed since the last meeting and in as long before it; nothing of whom only a summary of
    a later day tells."""
    since, day = meeting.since_on, noting.day_of(meeting)
    if since is None or since >= day:
        return {}
    then = noting.standing_on(standings, meeting.school_year, since)
    first = noting.standing_on(standings, meeting.school_year, since - (day - since))
    found = {}
    for student_id in standings.keys() & then.keys():
        now, at = standings[student_id], then[student_id]
        begun = first.get(student_id, at)
        found[student_id] = Lately(
            now.absent - at.absent,
            now.enrolled - at.enrolled,
            at.absent - begun.absent,
            at.enrolled - begun.enrolled,
            at.is_chronic,
        )
    return found


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


def _met_before(meeting: Meeting, ids: Iterable[int]) -> set[int]:
    """Students who were on the agenda of a meeting of the same team that was held earlier in the year."""
    statement = (
        select(AgendaItem.student_id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(
            db.among(AgendaItem.student_id, list(ids)),
            _same_place(meeting),
            Meeting.school_year == meeting.school_year,
            Meeting.status == "held",
            Meeting.held_on < meeting.held_on,
            Meeting.id != (meeting.id or 0),
        )
    )
    with system("earlier agendas with students who were found for this reader"):
        return {each for each in db.session().scalars(statement) if each is not None}


def write(meeting: Meeting, lines: Sequence[Line], present: Collection[AgendaItem] = ()) -> int:
    """Put the lines of highest need on the agenda that are not on it yet; how many. What is on it stays, with
    the numbers and the reason of now, and the meeting notes how many had no room. Inside a transaction."""
    here = {(item.student_id, item.topic): item for item in present}
    now = {(line.student_id, line.topic): line for line in lines}
    for key, item in here.items():
        line = now.get(key)
        item.need = line.need if line is not None else OTHER
        # Where nothing holds any more, or the team put it there, the point stays for what it was.
        item.reason = line.reason if line is not None and item.reason != "added" else item.reason
    students = [line for line in lines if line.student_id is not None]
    chosen = [line for line in lines if line.student_id is None] + students[:MOST]
    items = [
        AgendaItem(
            meeting_id=meeting.id,
            student_id=line.student_id,
            reason=line.reason,
            need=line.need,
            topic=line.topic,
        )
        for line in sorted(chosen, key=_by_need)
        if (line.student_id, line.topic) not in here
    ]
    db.session().add_all(items)
    db.session().flush()
    on_it = {item.student_id for item in (*present, *items)}
    meeting.left_out = sum(line.student_id not in on_it for line in students)
    noting.note(meeting, [*present, *items])
    return len(items)


def in_order(items: Iterable[AgendaItem]) -> list[AgendaItem]:
    """Points as a team talks about them."""
    return sorted(items, key=lambda each: (_place(each.need, each.reason, each.absent or 0), each.id))


def compare_anew(actor: Actor, meeting: Meeting) -> None:
    """Let every planned meeting of this place compare with the meeting that is before it now, since
    this one was added, moved or removed. Inside a transaction."""
    of_year = Meeting.school_year == meeting.school_year
    statement = visible(Meeting, actor).where(
        _same_place(meeting), of_year, Meeting.status == "planned", Meeting.id != meeting.id
    )
    ids = db.session().scalars(statement.with_only_columns(Meeting.id)).all()
    # Whoever holds one of them at this moment comes first, and it is planned no longer.
    held = statement.where(db.among(Meeting.id, ids)).order_by(Meeting.id).with_for_update()
    for each in db.session().scalars(held.execution_options(populate_existing=True)).all():
        since = since_of(actor, each)
        if since != each.since_on:
            each.since_on = since
            db.session().flush()
            points = visible(AgendaItem, actor).where(AgendaItem.meeting_id == each.id)
            write(each, made(each, actor), list(db.session().scalars(points)))


def since_of(actor: Actor, meeting: Meeting) -> date:
    """With which day the agenda of a meeting compares: that of the meeting before, else thirty days ago. With
    one that is still to come nothing can be compared."""
    statement = (
        visible(Meeting, actor)
        .where(_same_place(meeting), Meeting.held_on < noting.day_of(meeting))
        .order_by(Meeting.held_on.desc())
    )
    found: Meeting | None = db.session().scalars(statement.limit(1)).first()
    return found.held_on if found else meeting.held_on - timedelta(days=30)


def _same_place(meeting: Meeting) -> ColumnElement[bool]:
    """Meetings of the same school, or of the same district as a whole."""
    of_school = Meeting.school_id == meeting.school_id if meeting.school_id else Meeting.school_id.is_(None)
    return and_(Meeting.district_id == meeting.district_id, of_school)
