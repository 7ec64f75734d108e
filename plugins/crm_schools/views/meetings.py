"""Meetings of attendance teams: an agenda made from the data, decisions, who does what; and what helped."""

from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, load, ngettext, render, requires, say, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import options, who_may
from crm.plugin_api.words import today
from crm_schools import figures
from crm_schools.acting import agenda
from crm_schools.acting import results as outcomes
from crm_schools.acting import words as acting_words
from crm_schools.acting.forms import MeetingForm
from crm_schools.lookups import looked
from crm_schools.models import AgendaItem, District, Intervention, Meeting, Rating, School, Student
from crm_schools.permissions import ACT, STUDENTS
from crm_schools.terms import FEWEST, SPAN
from crm_schools.views import places
from crm_schools.views.blueprint import blueprint
from crm_schools.views.dashboards import shared


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
        since = agenda.last_before(actor, district_id, school_id, day) or day - timedelta(days=30)
        with db.transaction(actor, "schools.meeting", _("Planned a team meeting")) as change:
            meeting = Meeting(
                district_id=district_id,
                school_id=school_id,
                school_year=place.school_year,
                held_on=day,
                since_on=since,
                place=(form.place.data or "").strip(),
                people=(form.people.data or "").strip(),
                user_id=actor.user_id,
            )
            db.session().add(meeting)
            db.session().flush()
            count = agenda.write(meeting, agenda.made(meeting, actor), {})
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
    return render(
        "schools/form_page.html",
        "schools/_form.html",
        form.status,
        form=form,
        title=_("Plan a team meeting"),
        action=url_for("schools.new_meeting", **place.arguments),
        back=url_for("schools.meetings", **place.arguments),
        label=_("Plan it and make the agenda"),
        **shared(),
    )


def _people_before(place: figures.Place) -> str:
    found = db.session().scalars(_of_place(place).limit(1)).first()
    return found.people if found else ""


def _items(meeting_id: int) -> list[tuple[AgendaItem, Any]]:
    """Points with the student's name, grade and numbers, as far as the reader may see them."""
    meeting = db.session().scalars(visible(Meeting, current_actor()).where(Meeting.id == meeting_id)).one()
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
        .where(AgendaItem.meeting_id == meeting_id)
        .order_by(AgendaItem.id)
    )
    order = {name: place for place, name in enumerate(acting_words.REASONS)}
    rows = [(row[0], (row[1], row[2])) for row in db.session().execute(statement)]
    return sorted(rows, key=lambda row: order.get(row[0].reason, 9))


@blueprint.get("/meeting/<int:meeting_id>")
@requires(STUDENTS)
def meeting(meeting_id: int) -> Response:
    """The agenda with what was decided; on paper, too."""
    found: Meeting = load(Meeting, meeting_id)
    items, actor = _items(found.id), current_actor()
    ids = [item.student_id for item, _about in items if item.student_id]
    with db.transaction(actor, "schools.look"):
        looked(actor, ids, "list")
    found, items = load(Meeting, meeting_id), _items(meeting_id)
    place = figures.place_of(
        actor, load(District, found.district_id), load(School, found.school_id) if found.school_id else None,
        found.school_year,
    )  # fmt: skip
    return render(
        "schools/meeting.html",
        None,
        meeting=found,
        place=place,
        items=items,
        total=figures.by_year(place).get(found.school_year),
        causes=_widespread(found, ids),
        may_act=_may_act(found),
        users=_users(found),
        acting=acting_words,
        rights=places.rights(place),
        **shared(),
    )


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
    calls for another policy rather than for many interventions (Attendance Works)."""
    from crm_schools.models import Cause

    statement = (
        visible(Cause, current_actor())
        .with_only_columns(Cause.student_id, Cause.kind)
        .where(db.among(Cause.student_id, ids), Cause.school_year == meeting.school_year)
        .distinct()
    )
    found: dict[str, int] = {}
    for _student_id, kind in db.session().execute(statement):
        found[kind] = found.get(kind, 0) + 1
    return found


@blueprint.post("/meeting/<int:meeting_id>/save")
@requires(ACT)
def save_meeting(meeting_id: int) -> Response:
    """Keep what was decided about each point, the notes, and whether the meeting was held."""
    found: Meeting = load(Meeting, meeting_id, ACT)
    ids = [item.id for item, _about in _items(found.id)]
    allowed = {user_id for user_id, _name in who_may(Meeting, found.id, STUDENTS)}
    with db.transaction(
        current_actor(), "schools.minutes", _("Kept the minutes of a team meeting")
    ) as change:
        found = db.session().get_one(Meeting, meeting_id)
        if "notes" in request.form:
            found.notes = _said("notes", found.notes)
        held = "1" if request.form.get("held") else ""
        found.status = "held" if _chosen("held", held, "1" if found.status == "held" else "") else "planned"
        for item in db.session().scalars(
            visible(AgendaItem, current_actor()).where(db.among(AgendaItem.id, ids))
        ):
            _keep(item, allowed)
    say(_("The minutes are kept."), change)
    return go(url_for("schools.meeting", meeting_id=meeting_id))


def _said(name: str, stored: str) -> str:
    """What a field of the minutes says. UserError where somebody else wrote there since the page opened."""
    said, before = request.form.get(name, "").strip(), request.form.get(f"was-{name}")
    if before is None or _same(before, stored):
        return said
    if _same(said, before) or _same(said, stored):
        return stored
    raise UserError(
        _(
            "Somebody else wrote in these minutes since you opened them. Go back, copy what you wrote, open "
            "the meeting anew and add it."
        )
    )


def _same(one: str, other: str) -> bool:
    """Whether two texts are the same; browsers send other line ends than they were given."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _keep(item: AgendaItem, allowed: set[int]) -> None:
    """Keep what a form says of a point that stands in it; one that was added since is left as it is."""
    stored = {"who": str(item.user_id or ""), "due": str(item.due_on or ""), "decision": item.decision}
    if not any(f"{name}-{item.id}" in request.form for name in stored):
        return
    if f"decision-{item.id}" in request.form:
        item.decision = _said(f"decision-{item.id}", item.decision)[:4000]
    done = "1" if request.form.get(f"done-{item.id}") else ""
    item.is_done = bool(_chosen(f"done-{item.id}", done, "1" if item.is_done else ""))
    who, due = (
        _chosen(f"{name}-{item.id}", request.form.get(f"{name}-{item.id}", stored[name]), stored[name])
        for name in ("who", "due")
    )
    if who != stored["who"]:
        item.user_id = int(who) if who.isdecimal() and len(who) < 19 and int(who) in allowed else None
    try:
        item.due_on = date.fromisoformat(due) if due else None
    except ValueError:
        item.due_on = None


def _chosen(name: str, said: str, stored: str) -> str:
    """What is chosen; where the form leaves it as it was, what somebody else may have chosen since."""
    return stored if request.form.get(f"was-{name}") == said else said


@blueprint.post("/meeting/<int:meeting_id>/agenda")
@requires(ACT)
def add_to_agenda(meeting_id: int) -> Response:
    """Make the agenda anew from the data: what is missing is added; or add a point about the school."""
    found: Meeting = load(Meeting, meeting_id, ACT)
    actor = current_actor()
    topic = request.form.get("topic", "").strip()[:300]
    lines = [] if topic else agenda.made(found, actor)
    present = {item.student_id: item for item, _about in _items(meeting_id) if item.student_id}
    with db.transaction(actor, "schools.agenda", _("Added to the agenda of a team meeting")) as change:
        if topic:
            db.session().add(AgendaItem(meeting_id=meeting_id, reason="added", topic=topic))
            count = 1
        else:
            count = agenda.write(db.session().get_one(Meeting, meeting_id), lines, present)
    say(
        ngettext("%(count)s point is added.", "%(count)s points are added.", count, count=count)
        if count
        else _("Nothing new: the agenda is up to date."),
        change if count else None,
    )
    return go(url_for("schools.meeting", meeting_id=meeting_id))


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
    year = figures.year_row(place)
    return render(
        "schools/results.html",
        None,
        place=place,
        results=outcomes.measured(actor, rows, year.through_on or year.ends_on if year else None),
        interventions=rows,
        rights=places.rights(place),
        acting=acting_words,
        span=SPAN,
        fewest=FEWEST,
        **shared(),
    )
