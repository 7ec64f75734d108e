"""Who may see and write what was done, and the tasks of whom."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, false, or_, select

from crm.access.actor import Actor, Scopes
from crm.accounts.permissions import STAFF
from crm.activities.models import Activity, ActivityFile, Participant, ReceivedMail, Task, TaskItem
from crm.campaigns.permissions import campaigns_in
from crm.coalitions.permissions import coalitions_in
from crm.contacts.models import Affiliation
from crm.contacts.permissions import organizations_in
from crm.i18n import lazy_gettext as _
from crm.plugin_api.types import Permission, Visibility

VIEW = "activities.view"
EDIT = "activities.edit"
TASKS = "activities.tasks"
MAIL = "activities.mail"


def permissions() -> Iterable[Permission]:
    organizer = ("organizer",)
    return (
        Permission(VIEW, _("See what was done with whom"), roles=(*STAFF, "viewer")),
        Permission(EDIT, _("Log calls, meetings and mail, and have tasks"), roles=STAFF),
        Permission(TASKS, _("See the tasks of everybody and give tasks to others"), roles=organizer),
        Permission(
            MAIL, _("File mail that came in and fits nobody for sure"), roles=organizer, everywhere=True
        ),
    )


def activities_in(scopes: Scopes) -> Select[int]:
    """The ids of activities with an organization that somebody's roles are limited to, or with its people."""
    organizations = organizations_in(scopes)
    people = select(Affiliation.person_id).where(Affiliation.organization_id.in_(organizations))
    mine = or_(Participant.contact_id.in_(organizations), Participant.contact_id.in_(people))
    return select(Participant.activity_id).where(mine)


def activity_rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """One's own; over a coalition its activities and those of its campaigns; over an organization those with
    it."""
    own = false() if actor.user_id is None else Activity.author_user_id == actor.user_id
    return or_(
        own,
        Activity.coalition_id.in_(coalitions_in(scopes)),
        Activity.campaign_id.in_(campaigns_in(scopes)),
        Activity.id.in_(activities_in(scopes)),
    )


def participant_rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    return Participant.activity_id.in_(select(Activity.id).where(activity_rule(actor, scopes)))


def file_rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    return ActivityFile.activity_id.in_(select(Activity.id).where(activity_rule(actor, scopes)))


def task_rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    """One's own tasks; over a coalition, its own and those of its campaigns."""
    own = false() if actor.user_id is None else Task.assignee_user_id == actor.user_id
    return or_(own, Task.coalition_id.in_(coalitions_in(scopes)), Task.campaign_id.in_(campaigns_in(scopes)))


def item_rule(actor: Actor, scopes: Scopes) -> ColumnElement[bool]:
    return TaskItem.task_id.in_(select(Task.id).where(task_rule(actor, scopes)))


def mail_rule(actor: Actor, _scopes: Scopes) -> ColumnElement[bool]:
    """What came in from oneself."""
    return false() if actor.user_id is None else ReceivedMail.user_id == actor.user_id


def visibility() -> Iterable[Visibility]:
    return (
        Visibility(Activity, VIEW, activity_rule),
        Visibility(Participant, VIEW, participant_rule),
        Visibility(ActivityFile, VIEW, file_rule),
        Visibility(Task, TASKS, task_rule, own=True),
        Visibility(TaskItem, TASKS, item_rule, own=True),
        Visibility(ReceivedMail, MAIL, mail_rule, own=True),
    )
