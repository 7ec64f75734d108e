"""What schools add to the pages of others: panels, cards, the calendar, the morning mail. No student's name
leaves."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flask import url_for
from sqlalchemy import ColumnElement, exists, func, or_

from crm.plugin_api import (
    RECORD_ID,
    Actor,
    CalendarEntry,
    Card,
    Contact,
    DigestItem,
    NavItem,
    Panel,
    db,
    ngettext,
    system,
    visible,
)
from crm.plugin_api import gettext as _
from crm.plugin_api import lazy_gettext as _l
from crm_schools.acting import checkpoints
from crm_schools.models import Checkpoint, District, Guardian, Meeting, School
from crm_schools.permissions import ACT, STUDENTS, VIEW


def nav_items() -> Iterable[NavItem]:
    return (NavItem(_l("Schools"), "schools.index", "school", VIEW, 60, area="schools"),)


def contact_panels(contact: Contact) -> Iterable[Panel]:
    """On a school or district its numbers; on a guardian the students they care for."""
    this = {"contact_id": contact.id}
    if contact.kind == "organization":
        yield Panel(
            "schools", _l("Attendance"), "schools.of_contact", this, VIEW, 40, when=_is_school_or_district
        )
    else:
        label = _l("Students they care for")
        yield Panel("schools", label, "schools.of_guardian", this, STUDENTS, 40, when=_is_guardian)


def _is_school_or_district() -> ColumnElement[bool]:
    return or_(
        exists().where(School.contact_id == RECORD_ID), exists().where(District.contact_id == RECORD_ID)
    )


def _is_guardian() -> ColumnElement[bool]:
    return exists().where(Guardian.contact_id == RECORD_ID)


def cards() -> Iterable[Card]:
    return (
        Card(
            "schools",
            _l("Chronic absence"),
            "schools.card",
            permission=VIEW,
            weight=35,
            width=6,
            roles=("school",),
        ),
        Card(
            "schools.mine",
            _l("My students"),
            "schools.my_card",
            permission=ACT,
            weight=36,
            width=6,
            roles=("school",),
        ),
    )


def _place_name(meeting: Meeting) -> str:
    with system("the name of a school whose meeting the reader sees"):
        if meeting.school_id is not None:
            return db.session().get_one(School, meeting.school_id).name
        return db.session().get_one(District, meeting.district_id).name


def calendar_entries(
    actor: Actor, begins: datetime, ends: datetime, *, mine: bool
) -> Iterable[CalendarEntry]:
    """Team meetings; checkpoints as how many there are on a day, for a feed leaves the house."""
    if not actor.can(STUDENTS):
        return
    meetings = visible(Meeting, actor).where(Meeting.held_on >= begins.date(), Meeting.held_on < ends.date())
    if mine:
        meetings = meetings.where(Meeting.user_id == actor.user_id)
    for meeting in db.session().scalars(meetings.order_by(Meeting.held_on).limit(200)):
        address = url_for("schools.meeting", meeting_id=meeting.id)
        title = _("Attendance team of %(school)s", school=_place_name(meeting))
        yield CalendarEntry(
            f"schools-meeting-{meeting.id}", _l("Team meeting"), title, meeting.held_on, address,
            icon="users-group", place=meeting.place, mine=meeting.user_id == actor.user_id,
        )  # fmt: skip
    for day, count in _checkpoints(actor, begins.date(), ends.date()):
        title = ngettext("%(count)s checkpoint", "%(count)s checkpoints", count, count=count)
        address = url_for("schools.my_checkpoints")
        yield CalendarEntry(
            f"schools-checkpoints-{day}", _l("Checkpoint"), title, day, address, icon="checklist", mine=True
        )


def _checkpoints(actor: Actor, begins: date, ends: date) -> Iterable[tuple[date, int]]:
    """Open checkpoints of plans that the actor looks after, by day."""
    statement = (
        checkpoints.open_of(actor)
        .with_only_columns(Checkpoint.due_on, func.count(Checkpoint.id))
        .where(Checkpoint.due_on >= begins, Checkpoint.due_on < ends)
        .group_by(Checkpoint.due_on)
    )
    return [(row[0], row[1]) for row in db.session().execute(statement)]


def digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    """Meetings of today, checkpoints that are due; numbers alone, since mail is read in trains."""
    if not actor.can(STUDENTS):
        return
    statement = visible(Meeting, actor).where(Meeting.held_on == today, Meeting.status == "planned")
    for meeting in db.session().scalars(statement.limit(20)):
        address = url_for("schools.meeting", meeting_id=meeting.id)
        yield DigestItem(
            _l("Attendance teams"), _("Team meeting of %(school)s", school=_place_name(meeting)), address
        )
    due = list(_checkpoints(actor, today - timedelta(days=60), today + timedelta(days=1)))
    if count := sum(each for _day, each in due):
        title = ngettext("%(count)s checkpoint is due", "%(count)s checkpoints are due", count, count=count)
        late = any(day < today for day, _count in due)
        yield DigestItem(_l("Attendance teams"), title, url_for("schools.my_checkpoints"), late=late)
