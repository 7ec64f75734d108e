"""The minutes of a meeting as a team writes them; its agenda made anew loses nothing of them."""

from datetime import date
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from crm.plugin_api import UserError, current_actor, db, go, load, ngettext, requires, say, visible
from crm.plugin_api import gettext as _
from crm.plugin_api.choosing import who_may
from crm.plugin_api.words import today
from crm_schools.acting import agenda, doing, noting
from crm_schools.models import AgendaItem, Meeting
from crm_schools.permissions import ACT, STUDENTS
from crm_schools.views.blueprint import blueprint
from crm_schools.views.known import held


@blueprint.post("/meeting/<int:meeting_id>/save")
@requires(ACT)
def save_meeting(meeting_id: int) -> Response:
    """Keep what was decided about each point, the notes, and whether the meeting was held."""
    load(Meeting, meeting_id, ACT)
    words = _("Kept the minutes of a team meeting")
    with db.transaction(current_actor(), "schools.minutes", words) as change:
        _keep_minutes(meeting_id)
        _add_topic(meeting_id)
    say(_("The minutes are kept."), change)
    return go(url_for("schools.meeting", meeting_id=meeting_id))


@blueprint.post("/meeting/<int:meeting_id>/agenda")
@requires(ACT)
def add_to_agenda(meeting_id: int) -> Response:
    """Make the agenda anew from the data: what is missing is added; or add a point about the school. What was
    typed into the minutes is kept first."""
    load(Meeting, meeting_id, ACT)
    words = _("Added to the agenda of a team meeting")
    with db.transaction(current_actor(), "schools.agenda", words) as change:
        found = _keep_minutes(meeting_id)
        count = _add_topic(meeting_id) or _look_again(found)
        nothing = (
            _("The minutes are kept.")
            if found.status == "held"
            else _("Nothing new: the agenda is up to date.")
        )
    say(
        ngettext("%(count)s point is added.", "%(count)s points are added.", count, count=count)
        if count
        else nothing,
        change,
    )
    return go(url_for("schools.meeting", meeting_id=meeting_id))


def _add_topic(meeting_id: int) -> int:
    """Put a point about the school on the agenda, if one was typed; how many."""
    topic = request.form.get("topic", "").strip()[:300]
    if topic:
        db.session().add(AgendaItem(meeting_id=meeting_id, reason="added", topic=topic))
    return int(bool(topic))


def _look_again(found: Meeting) -> int:
    """Add what the data says now, and note its numbers; how many points. What was held stays as it was."""
    if found.status == "held":
        return 0
    # A meeting that was still to come when this one was planned may be the one before it by now.
    found.since_on = agenda.since_of(current_actor(), found)
    return agenda.write(found, agenda.made(found, current_actor()), _points(found.id))


def _points(meeting_id: int) -> list[AgendaItem]:
    statement = visible(AgendaItem, current_actor()).where(AgendaItem.meeting_id == meeting_id)
    return list(db.session().scalars(statement))


def _keep_minutes(meeting_id: int) -> Meeting:
    """Keep all that a form says of a meeting. Inside a transaction."""
    # Of two who save at once, the second sees what the first wrote, and adds no point a second time.
    found: Meeting = held(Meeting, meeting_id)
    points, earlier = _points(meeting_id), doing.still_open(current_actor(), found)
    if "notes" in request.form:
        found.notes = _said("notes", found.notes)
    allowed = {user_id for user_id, _name in who_may(Meeting, found.id, STUDENTS)}
    for item in points:
        _keep(item, allowed)
    for item, _day in earlier:
        if f"was-done-{item.id}" in request.form:
            item.is_done = _ticked(f"done-{item.id}", item.is_done)
    if {"held", "was-held"} & {*request.form}:
        _hold(found, points)
    db.session().flush()
    return found


def _hold(found: Meeting, points: list[AgendaItem]) -> None:
    """Say whether the meeting was held; from then on its numbers are those of its day."""
    was_held = found.status == "held"
    is_held = _ticked("held", was_held)
    if is_held and not was_held and found.held_on > today():
        raise UserError(
            _("The day of this meeting is still to come. If it was held already, change its day first.")
        )
    found.status = "held" if is_held else "planned"
    if is_held and not was_held:
        noting.note(found, points)


def _ticked(name: str, stored: Any) -> bool:
    """Whether a box is ticked; see `_chosen`."""
    return bool(_chosen(name, "1" if request.form.get(name) else "", "1" if stored else ""))


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
    item.is_done = _ticked(f"done-{item.id}", item.is_done)
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
