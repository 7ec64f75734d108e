"""Meetings of attendance teams: an agenda made from the data, decisions, who does what; and what helped."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import select, true
from werkzeug.wrappers import Response

from crm.plugin_api import (
    UserError,
    current_actor,
    db,
    go,
    load,
    ngettext,
    render,
    requires,
    say,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options, who_may
from crm.plugin_api.words import today
from crm_schools import figures
from crm_schools.acting import agenda, doing
from crm_schools.acting import results as outcomes
from crm_schools.acting import words as acting_words
from crm_schools.acting.forms import MeetingForm
from crm_schools.lookups import looked
from crm_schools.models import (
    AgendaItem,
    Cause,
    District,
    Enrolment,
    Intervention,
    Meeting,
    Rating,
    School,
    Student,
)
from crm_schools.permissions import ACT, STUDENTS
from crm_schools.terms import FEWEST, SPAN
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared
from crm_schools.views.known import held
from crm_schools.words import year_of


def _of_place(place: figures.Place) -> Any:
    statement = visible(Meeting, current_actor()).where(Meeting.district_id == place.district.id)
    if place.school is not None:
        statement = statement.where(Meeting.school_id == place.school.id)
    return statement.order_by(Meeting.held_on.desc(), Meeting.id.desc())


@blueprint.get("/meetings")
@requires(STUDENTS)
def meetings() -> Response:
    """The meetings of a school's team, or of all teams of a district."""
    place = places.asked()
    rows = list(db.session().scalars(_of_place(place).limit(100)))
    names = dict(place.schools)
    total = figures.by_year(place).get(place.school_year)
    return render(
        "schools/meetings.html",
        None,
        place=place,
        rows=rows,
        names=names,
        must=_must_meet(place, total),
        rights=places.rights(place),
        **shared(),
    )


def _must_meet(place: figures.Place, total: figures.Count | None) -> bool:
    """Where Connecticut's law demands a team: a district from 10 %, a school from 15 % (Conn. Gen. Stat.
    §10-198c). Elsewhere it is good practice and no duty."""
    if total is None or not total.rated or place.district.state != "CT":
        return False
    if place.school is None and not place.whole:
        return False  # Some of its schools are not the district.
    return 100 * total.chronic >= (15 if place.school is not None else 10) * total.rated


@blueprint.route("/meetings/new", methods=["GET", "POST"])
@requires(ACT)
def new_meeting() -> Response:
    """Plan a meeting; its agenda is made at once."""
    place, actor = places.asked(), current_actor()
    if place.school is not None:
        load(School, place.school.id, ACT)
    else:
        load(District, place.district.id, ACT)
    form = MeetingForm(data={"held_on": today(), "people": _people_before(place)})
    if form.sent():
        district_id, school_id = place.district.id, place.school.id if place.school else None
        day = form.held_on.data or today()
        with db.transaction(actor, "schools.meeting", _("Planned a team meeting")) as change:
            meeting = Meeting(
                district_id=district_id,
                school_id=school_id,
                school_year=place.school_year,
                held_on=day,
                place=(form.place.data or "").strip(),
                people=(form.people.data or "").strip(),
                user_id=actor.user_id,
            )
            meeting.since_on = agenda.since_of(actor, meeting)
            db.session().add(meeting)
            db.session().flush()
            agenda.compare_anew(actor, meeting)
            count = agenda.write(meeting, agenda.made(meeting, actor))
            meeting_id = meeting.id
        say(
            ngettext(
                "The meeting is planned, with %(count)s student on its agenda.",
                "The meeting is planned, with %(count)s students on its agenda.",
                count,
                count=count,
            ),
            change,
        )
        return go(url_for("schools.meeting", meeting_id=meeting_id))
    address, back = (url_for(f"schools.{name}", **place.arguments) for name in ("new_meeting", "meetings"))
    return _form_of(place, form, _("Plan a team meeting"), address, back, _("Plan it and make the agenda"))


def _form_of(place: figures.Place, form: Any, title: str, action: str, back: str, label: str) -> Response:
    return render(
        "schools/form_page.html",
        "schools/_form.html",
        form.status,
        form=form,
        title=title,
        heading=f"{title} · {place.school.name if place.school else place.district.name}",
        action=action,
        back=back,
        label=label,
        **shared(),
    )


@blueprint.route("/meeting/<int:meeting_id>/change", methods=["GET", "POST"])
@requires(ACT)
def change_meeting(meeting_id: int) -> Response:
    """Another day or place, or other people. With another day the agenda compares with the meeting before
    that; what was held keeps its day, for its numbers are those of it."""
    found: Meeting = load(Meeting, meeting_id, ACT)
    actor, place = current_actor(), _place_of(found)
    form = MeetingForm(obj=found)
    if found.status == "held":
        del form.held_on
    if form.sent() and _is_of_year(form, found):
        try:
            with db.transaction(actor, "schools.meeting", _("Changed a team meeting")) as change:
                _change(held(Meeting, meeting_id), form)
        except UserError as error:
            form.form_errors.append(error.message)
        else:
            say(_("It is saved."), change)
            return go(url_for("schools.meeting", meeting_id=meeting_id))
    address, back = (
        url_for(f"schools.{name}", meeting_id=meeting_id) for name in ("change_meeting", "meeting")
    )
    return _form_of(place, form, _("Change the meeting"), address, back, _("Save"))


def _change(found: Meeting, form: MeetingForm) -> None:
    """Write what the form says. Inside a transaction; UserError where the day of a meeting would change that
    somebody else has just said was held."""
    found.place, found.people = ((field.data or "").strip() for field in (form.place, form.people))
    day = form.held_on.data if "held_on" in form else None
    if day is None or day == found.held_on:
        return
    if found.status == "held":
        raise UserError(_("Somebody said meanwhile that this meeting was held, so it keeps its day."))
    _move(found, day)


def _is_of_year(form: MeetingForm, found: Meeting) -> bool:
    """Whether the day that a form says is in the school year of the meeting, whose students it is about, or
    in the one in which it was planned: in summer a team may talk about the year that has ended."""
    day = form.held_on.data if "held_on" in form else None
    years = {found.school_year, year_of(found.held_on.month, found.held_on.year)}
    if day is None or year_of(day.month, day.year) in years:
        return True
    form.form_errors.append(_("This day is in another school year. Plan a new meeting for that."))
    return False


def _move(found: Meeting, day: date) -> None:
    """Let a meeting be on another day: its agenda compares with the meeting before that, and others with
    this one. Inside a transaction."""
    actor = current_actor()
    found.held_on = day
    found.since_on = agenda.since_of(actor, found)
    db.session().flush()
    agenda.compare_anew(actor, found)
    points = visible(AgendaItem, actor).where(AgendaItem.meeting_id == found.id)
    agenda.write(found, agenda.made(found, actor), list(db.session().scalars(points)))


@blueprint.post("/meeting/<int:meeting_id>/remove")
@requires(ACT)
def remove_meeting(meeting_id: int) -> Response:
    """A meeting that does not take place, with its agenda; undo brings it back."""
    found: Meeting = load(Meeting, meeting_id, ACT)
    back = url_for("schools.meetings", **_place_of(found).arguments)
    with db.transaction(current_actor(), "schools.meeting", _("Removed a team meeting")) as change:
        gone = held(Meeting, meeting_id)
        with system("all points go with their meeting, also of students who have left the school since"):
            points = select(AgendaItem).where(AgendaItem.meeting_id == meeting_id)
            for each in db.session().scalars(points):
                db.session().delete(each)
            db.session().flush()
        db.session().delete(gone)
        db.session().flush()
        agenda.compare_anew(current_actor(), gone)
    say(_("The meeting is removed."), change)
    return go(back)


def _place_of(found: Meeting) -> figures.Place:
    school = load(School, found.school_id) if found.school_id else None
    district = load(District, found.district_id)
    return figures.place_of(current_actor(), district, school, found.school_year)


def _people_before(place: figures.Place) -> str:
    found = db.session().scalars(_of_place(place).limit(1)).first()
    return found.people if found else ""


@dataclass(frozen=True)
class Point:
    """A point of an agenda with its student, how much they missed, and what is being done for them. `is_now`
    where the numbers are those of today, though the meeting was held. `grade` is that of the day of a meeting
    that was held, empty where nobody knows it."""

    item: AgendaItem
    student: Any
    absent: int | None
    enrolled: int | None
    through_on: date | None
    is_now: bool
    doing: doing.Doing
    grade: str = ""

    @property
    def is_severe(self) -> bool:
        """Whether the numbers that stand there are severe, of somebody without any help."""
        severe = self.absent is not None and bool(self.enrolled) and 5 * self.absent >= (self.enrolled or 0)
        return severe and self.item.need == agenda.SEVERE


def _items(meeting: Meeting) -> list[tuple[AgendaItem, Any, Any]]:
    """Points with the student and their numbers of today, as far as the reader may see them, in order."""
    statement = (
        visible(AgendaItem, current_actor())
        .outerjoin(Student, Student.id == AgendaItem.student_id)
        .outerjoin(
            Rating,
            (Rating.student_id == AgendaItem.student_id)
            & (Rating.school_year == meeting.school_year)
            & (Rating.part != "school"),
        )
        .add_columns(Student, Rating)
        .where(AgendaItem.meeting_id == meeting.id)
    )
    rows = {row[0].id: (row[0], row[1], row[2]) for row in db.session().execute(statement)}
    return [rows[item.id] for item in agenda.in_order(row[0] for row in rows.values())]


def _points(meeting: Meeting) -> list[Point]:
    """The points as the page shows them: once the meeting was held, by what was known then."""
    actor, held = current_actor(), meeting.status == "held"
    rows, earlier = _items(meeting), [] if held else doing.still_open(actor, meeting)
    ids = {item.student_id for item, _student, _rating in rows if item.student_id}
    day = meeting.held_on if held else today()
    done = doing.on_day(actor, ids, day, meeting.school_year)
    for item, met_on in earlier:
        if item.student_id in done:
            done[item.student_id].open.append((item, met_on))
    grades = _grades_then(meeting, ids) if held else {row[1].id: row[1].grade for row in rows if row[1]}
    return [
        _point(row, held, done.get(row[0].student_id or 0) or _of_topic(row[0].topic, earlier), grades)
        for row in rows
    ]


def _grades_then(meeting: Meeting, ids: Collection[int]) -> dict[int, str]:
    """In which grade students were on the day of a meeting, by the stay in its school year that had begun
    last by then; in summer that may be one that has ended."""
    statement = (
        select(Enrolment.student_id, Enrolment.grade)
        .where(
            db.among(Enrolment.student_id, sorted(ids)),
            Enrolment.school_year == meeting.school_year,
            Enrolment.begins_on <= meeting.held_on,
        )
        .order_by(Enrolment.begins_on, Enrolment.id)
    )
    with system("the grades of students whom the reader sees on an agenda"):
        return {row.student_id: row.grade for row in db.session().execute(statement)}


def _of_topic(topic: str, earlier: Sequence[tuple[AgendaItem, date]]) -> doing.Doing:
    """What is open of a point about the school."""
    return doing.Doing(open=[row for row in earlier if row[0].student_id is None and row[0].topic == topic])


def _point(
    row: tuple[AgendaItem, Any, Any], held: bool, done: doing.Doing, grades: Mapping[int, str]
) -> Point:
    item, student, rating = row
    noted = held and item.enrolled is not None
    numbers = item if noted else rating
    absent, enrolled = (numbers.absent, numbers.enrolled) if numbers else (None, None)
    through_on = item.through_on if noted else None
    grade = grades.get(item.student_id or 0, "")
    return Point(item, student, absent, enrolled, through_on, held and not noted, done, grade)


@blueprint.get("/meeting/<int:meeting_id>")
@requires(STUDENTS)
def meeting(meeting_id: int) -> Response:
    """The agenda with what was decided; on paper, too."""
    found: Meeting = load(Meeting, meeting_id)
    actor = current_actor()
    ids = [item.student_id for item, _student, _rating in _items(found) if item.student_id]
    with db.transaction(actor, "schools.look"):
        looked(actor, ids, "list")
    found = load(Meeting, meeting_id)
    place = _place_of(found)
    return render(
        "schools/meeting.html",
        None,
        meeting=found,
        place=place,
        agenda=_points(found),
        share=_share(found, place),
        causes=_widespread(found, ids),
        may_act=_may_act(found),
        is_to_come=found.held_on > today(),
        users=_users(found),
        acting=acting_words,
        rights=places.rights(place),
        **shared(),
    )


def _share(found: Meeting, place: figures.Place) -> tuple[float, bool] | None:
    """The part that is chronically absent, and whether that is of today: of one that is still to come, or of
    whose day nobody noted it."""
    if found.status == "held" and found.rated:
        return (found.chronic or 0) / found.rated, False
    total = figures.by_year(place).get(found.school_year)
    return (total.share, True) if total and total.rated and total.share is not None else None


def _may_act(found: Meeting) -> bool:
    statement = visible(Meeting, current_actor(), ACT).where(Meeting.id == found.id)
    return (
        current_actor().can(ACT)
        and db.session().execute(statement.with_only_columns(Meeting.id)).first() is not None
    )


def _users(found: Meeting) -> list[Any]:
    """Whom the team can give something to do: those who may see this meeting."""
    return options([("", ""), *who_may(Meeting, found.id, STUDENTS)])


def _widespread(meeting: Meeting, ids: list[int]) -> dict[str, int]:
    """How many of these students each kind of cause holds back in the year of the meeting: a cause of many
    calls for another policy rather than for many interventions (Attendance Works). Of a meeting that was held
    those that were known by then."""
    known = Cause.noted_on <= meeting.held_on if meeting.status == "held" else true()
    statement = (
        visible(Cause, current_actor())
        .with_only_columns(Cause.student_id, Cause.kind)
        .where(db.among(Cause.student_id, ids), Cause.school_year == meeting.school_year, known)
        .distinct()
    )
    found: dict[str, int] = {}
    for _student_id, kind in db.session().execute(statement):
        found[kind] = found.get(kind, 0) + 1
    return dict(sorted(found.items(), key=lambda each: -each[1]))


@blueprint.get("/results")
@requires(STUDENTS)
def results() -> Response:
    """What helped: rates before and after, beside similar students."""
    place, actor = places.asked(), current_actor()
    statement = visible(Intervention, actor).where(Intervention.school_year == place.school_year)
    if place.school is not None:
        statement = statement.where(Intervention.school_id == place.school.id)
    else:
        statement = statement.where(db.among(Intervention.school_id, [each for each, _name in place.schools]))
    rows = list(db.session().scalars(statement.order_by(Intervention.id).limit(5000)))
    return render(
        "schools/results.html",
        None,
        place=place,
        results=outcomes.measured(actor, rows),
        interventions=rows,
        rights=places.rights(place),
        acting=acting_words,
        span=SPAN,
        fewest=FEWEST,
        **shared(),
    )
