"""What activities and tasks offer to other pages: panels, timeline, calendar, home page, goals."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import url_for
from flask_babel import get_timezone
from flask_babel import gettext as _translate
from sqlalchemy import Select, select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.accounts.permissions import STAFF
from crm.activities import choices
from crm.activities.fields import participants_for
from crm.activities.models import Activity, Participant, Task
from crm.activities.permissions import EDIT, VIEW
from crm.activities.words import ICONS, KINDS
from crm.campaigns.models import Target
from crm.contacts.models import Contact
from crm.i18n import day
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import (
    Action,
    BulkAction,
    CalendarEntry,
    Card,
    Counted,
    DigestItem,
    Measure,
    NavItem,
    Panel,
    TimelineEntry,
)

LONGEST: Final = 600
"""Characters of a text that the timeline shows."""
MOST_DATED: Final = 2000
MOST_IN_MAIL: Final = 40


def nav_items() -> Iterable[NavItem]:
    return (
        NavItem(_("My day"), "activities.my_day", "sun", VIEW, 12),
        NavItem(_("Activities"), "activities.index", "messages", VIEW, 40, "command"),
        NavItem(_("Log an activity"), "activities.new", "phone", EDIT, 12, "command"),
        NavItem(_("New task"), "activities.new_task", "checklist", EDIT, 13, "command"),
    )


def contact_panels(contact: Contact) -> Iterable[Panel]:
    this = {"kind": "contact", "record_id": contact.id}
    return (
        Panel("log", _("Log an activity"), "activities.activities_of", this, EDIT, 10),
        Panel("tasks", _("Tasks"), "activities.tasks_of", this, VIEW, 20),
    )


def record_panels(kind: str, record_id: int) -> Iterable[Panel]:
    if kind not in {"coalition", "campaign", "event"}:
        return ()
    this = {"kind": kind, "record_id": record_id}
    return (
        Panel("tasks", _("Tasks"), "activities.tasks_of", this, VIEW, 50),
        Panel("activities", _("Activities"), "activities.activities_of", this, VIEW, 60),
    )


def contact_actions(contact: Contact) -> Iterable[Action]:
    this = {"contact_id": contact.id}
    return (
        Action(_("Log an activity"), "activities.new", this, "phone", EDIT, weight=10, dialog=True),
        Action(_("New task"), "activities.new_task", this, "checklist", EDIT, weight=55, dialog=True),
    )


def cards() -> Iterable[Card]:
    this: Mapping[str, Any] = {}
    return (Card("my_day", _("My day"), "activities.card_my_day", this, EDIT, 5, 6, roles=STAFF),)


def bulk_actions(record_type: str) -> Iterable[BulkAction]:
    if record_type == "contacts":
        yield BulkAction(
            "activities.log",
            _("Log an activity with these"),
            "activities.bulk_choose",
            EDIT,
            "phone",
            "contacts",
            45,
        )


def timeline(contact: Contact, actor: Actor, before: datetime | None, limit: int) -> Iterable[TimelineEntry]:
    """The newest activities of a contact, found through the index of those who took part."""
    statement = (
        visible(Activity, actor)
        .join(Participant, Participant.activity_id == Activity.id)
        .where(Participant.contact_id == contact.id)
        .order_by(Participant.at.desc(), Participant.activity_id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(Participant.at < before)
    for each in db.session().scalars(statement.execution_options(populate_existing=False)):
        title = f"{KINDS[each.kind]}: {each.subject}"
        parts = (each.outcome, each.body)
        body = "\n\n".join(part for part in parts if part)
        body = body if len(body) <= LONGEST else f"{body[: LONGEST - 1]}…"
        url = url_for("activities.show", activity_id=each.id)
        yield TimelineEntry(each.at, ICONS[each.kind], title, body, each.author_label, url)


def calendar(actor: Actor, begins: datetime, ends: datetime, mine: bool) -> Iterable[CalendarEntry]:
    """Open tasks on the day on which they are due."""
    zone = get_timezone()
    first, last = begins.astimezone(zone).date(), (ends - timedelta(seconds=1)).astimezone(zone).date()
    own = Task.assignee_user_id == actor.user_id
    due = Task.due_date.between(first, last)
    statement = visible(Task, actor).where(Task.done_at.is_(None), due, *((own,) if mine else ()))
    columns = tuple(choices.ABOUT)
    ordered = choices.linked(statement, Task, actor, columns).order_by(Task.due_date, Task.id)
    for row in db.session().execute(ordered.limit(MOST_DATED)):
        task: Task = row[0]
        assert task.due_date is not None
        yield CalendarEntry(
            f"task-{task.id}",
            _translate("Task"),
            task.title,
            task.due_date,
            url_for("activities.task", task_id=task.id),
            icon="checklist",
            description=_about(row, task, columns),
            mine=task.assignee_user_id == actor.user_id,
        )


def _about(row: Any, task: Task, columns: Sequence[str]) -> str:
    return ", ".join(each.name for each in choices.links(row, task, columns))


def digest(actor: Actor, today: date) -> Iterable[DigestItem]:
    """The actor's tasks that are late or due today."""
    mine = visible(Task, actor).where(
        Task.assignee_user_id == actor.user_id, Task.done_at.is_(None), Task.due_date <= today
    )
    columns = tuple(choices.ABOUT)
    ordered = choices.linked(mine, Task, actor, columns).order_by(Task.due_date, Task.id)
    for row in db.session().execute(ordered.limit(MOST_IN_MAIL)):
        task: Task = row[0]
        assert task.due_date is not None
        late = task.due_date < today
        about = _about(row, task, columns)
        since = _translate("due %(day)s", day=day(task.due_date)) if late else ""
        yield DigestItem(
            _("Late") if late else _("Today"),
            task.title,
            url_for("activities.task", task_id=task.id),
            ", ".join(part for part in (about, since) if part),
            late,
        )


# Goals of campaigns.


def _meetings(campaign_id: int, parameters: Mapping[str, Any]) -> Select[int]:
    """Activities of the campaign of a kind, or of every kind."""
    statement = select(Activity.id).where(Activity.campaign_id == campaign_id)
    kind = parameters.get("kind")
    return statement.where(Activity.kind == kind) if kind in KINDS else statement


def _with_targets(campaign_id: int, parameters: Mapping[str, Any]) -> Select[int]:
    """Those of them in which a target of the campaign took part."""
    targets = select(Target.contact_id).where(Target.campaign_id == campaign_id)
    met = select(Participant.activity_id).where(Participant.contact_id.in_(targets))
    return _meetings(campaign_id, parameters).where(Activity.id.in_(met))


def _shown(ids: Sequence[int], actor: Actor) -> Sequence[Counted]:
    statement = visible(Activity, actor).where(db.among(Activity.id, ids))
    found = db.session().scalars(statement.order_by(Activity.at.desc(), Activity.id.desc())).all()
    who = participants_for([each.id for each in found], actor)
    return [
        Counted(
            each.subject,
            url_for("activities.show", activity_id=each.id),
            ", ".join(part for part in (day(each.at), who.get(each.id, "")) if part),
        )
        for each in found
    ]


def measures() -> Iterable[Measure]:
    kinds = (("kind", _("Kind"), lambda: (("", _("every kind")), *KINDS.items())),)
    return (
        Measure(
            "activities.count",
            _("Activities"),
            Activity,
            _meetings,
            _shown,
            kinds,
            _("Calls, meetings, visits … that were logged for the campaign."),
        ),
        Measure(
            "activities.targets",
            _("Activities with targets"),
            Activity,
            _with_targets,
            _shown,
            kinds,
            _("Those in which somebody took part who is a target of the campaign."),
        ),
    )
