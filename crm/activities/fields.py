"""The fields of activities and tasks, declared once for their lists."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask_babel import gettext as _translate
from sqlalchemy import ColumnElement, Date, Select, Text, and_, cast, func, literal, not_, or_, select, true

from crm import db
from crm.access import current_actor, visible, visible_clause
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.activities.models import Activity, Participant, Task
from crm.activities.permissions import EDIT, TASKS, VIEW
from crm.activities.words import KINDS, REPEATS, STATES
from crm.campaigns.models import Campaign
from crm.coalitions.models import Coalition
from crm.contacts.models import Contact
from crm.fields.filters import as_id
from crm.i18n import lazy_gettext as _
from crm.i18n import lazy_pgettext
from crm.plugin_api.types import Field, Preset, RecordType

Clause = ColumnElement[bool]
NEVER: Final = date(9999, 12, 31)
SHOWN_NAMES: Final = 3
WHAT, ABOUT, RECORD = _("What"), _("Belonging"), _("Record")


def quick_filter(text: str, actor: Actor) -> Clause:
    """What the list's own search field means: words of the subject or the text."""
    # Imported here because search reads the providers that activities declare.
    from crm.search.services import matching_ids_clause

    return Activity.id.in_(matching_ids_clause(text, "activities", actor))


def _name_of(model: Any, name: Any, key: Any, of: Any) -> ColumnElement[Any]:
    return select(name).where(model.id == key).correlate(of).scalar_subquery()


def _by_id(column: Any) -> Any:
    """A filter by the record that a column refers to."""

    def test(operator: str, values: Sequence[str]) -> Clause:
        if operator in {"filled", "empty"}:
            return column.is_not(None) if operator == "filled" else column.is_(None)  # type: ignore[no-any-return]  # A column of any model.
        wanted = as_id(values[0])
        return column == wanted if operator == "is" else or_(column.is_(None), column != wanted)

    return test


def _who(operator: str, values: Sequence[str]) -> Clause:
    """With somebody: by a part of the name, or by number as in `#12`."""
    if operator in {"filled", "empty"}:
        some = Activity.id.in_(select(Participant.activity_id))
        return some if operator == "filled" else not_(some)
    text = values[0].strip().lower()
    if text.startswith("#"):
        test: Clause = Participant.contact_id == as_id(text[1:])
    else:
        lowered = func.lower(Contact.name)
        tests = {
            "contains": lowered.contains(text, autoescape=True),
            "starts": lowered.startswith(text, autoescape=True),
        }
        named = and_(tests.get(operator, lowered == text), visible_clause(Contact, current_actor()))
        test = Participant.contact_id.in_(select(Contact.id).where(named))
    found = Activity.id.in_(select(Participant.activity_id).where(test))
    return not_(found) if operator == "not" else found


def participants(ids: Sequence[int]) -> Mapping[int, str]:
    """Who took part in each activity, as far as the reader may see."""
    return participants_for(ids, current_actor())


def participants_for(ids: Sequence[int], actor: Actor) -> Mapping[int, str]:
    """Who took part in each activity, as far as the actor may see: three names and how many more."""
    statement = (
        visible(Contact, actor)
        .join(Participant, Participant.contact_id == Contact.id)
        .where(db.among(Participant.activity_id, ids))
        .with_only_columns(Participant.activity_id, Contact.name, Participant.id)
    )
    names: dict[int, list[str]] = {}
    # Put in order here: asked to do it, a database may walk through the whole index in that order.
    found = sorted(db.session().execute(statement.limit(20_000)), key=lambda row: row[2])
    for activity_id, name, _row in found:
        names.setdefault(activity_id, []).append(name)
    return {each: _in_short(some) for each, some in names.items()}


def _in_short(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return _translate("%(names)s and %(count)s more", names=shown, count=more) if more > 0 else shown


def _named(model: Any, of: Any, column: Any) -> Any:
    """Gets the names of the records that rows refer to, as far as the reader may see them. Two statements,
    for a join could begin at the wrong end and read every row."""

    def fetch(ids: Sequence[int]) -> Mapping[int, str]:
        with system("the rows were listed for the reader"):
            referring = select(of.id, column).where(db.among(of.id, ids), column.is_not(None))
            keys = {row[0]: row[1] for row in db.session().execute(referring)}
        named = visible(model, current_actor()).where(db.among(model.id, sorted(set(keys.values()))))
        rows = db.session().execute(named.with_only_columns(model.id, model.name))
        names = {row[0]: row[1] for row in rows}
        return {each: names[key] for each, key in keys.items() if key in names}

    return fetch


def _chosen(model: Any) -> Any:
    """The records that a filter can choose from."""

    def choices() -> Sequence[tuple[str, str]]:
        statement = visible(model, current_actor()).order_by(model.sort_name, model.id).limit(500)
        rows = db.session().execute(statement.with_only_columns(model.id, model.name))
        return [(str(row[0]), row[1]) for row in rows]

    return choices


def users() -> Sequence[tuple[str, str]]:
    """Everybody who ever could sign in, by name."""
    with system("the names of accounts, to filter by them"):
        rows = db.session().execute(select(User.id, User.name).order_by(User.name, User.id))
        return [(str(row[0]), row[1]) for row in rows]


def _kinds() -> Sequence[tuple[str, Any]]:
    return tuple(KINDS.items())


FIELDS: tuple[Field, ...] = (
    Field("subject", _("Subject"), expression=Activity.subject, section=WHAT),
    Field("kind", _("Kind"), "choice", Activity.kind, section=WHAT, choices=_kinds),
    Field("at", _("When"), "datetime", Activity.at, section=WHAT, sortable=True),
    Field("who", _("With"), fetch=participants, filter=_who, section=WHAT),
    Field("minutes", lazy_pgettext("length", "Minutes"), "number", Activity.minutes, section=WHAT),
    Field("outcome", _("Outcome"), expression=Activity.outcome, section=WHAT),
    Field("body", _("Text"), "long_text", Activity.body, section=WHAT, listable=False),
    Field("campaign", _("Campaign"), "choices", fetch=_named(Campaign, Activity, Activity.campaign_id),
          section=ABOUT, filter=_by_id(Activity.campaign_id), choices=_chosen(Campaign)),
    Field("coalition", _("Coalition"), "choices", fetch=_named(Coalition, Activity, Activity.coalition_id),
          section=ABOUT, filter=_by_id(Activity.coalition_id), choices=_chosen(Coalition)),
    Field("author", _("Logged by"), "choices", Activity.author_label, section=RECORD,
          filter=_by_id(Activity.author_user_id), choices=users),
    Field("created_at", _("Added"), "datetime", Activity.created_at, section=RECORD),
)  # fmt: skip


def record_type() -> RecordType:
    """Activities as their list knows them."""
    return RecordType(
        "activities",
        _("Activities"),
        _("Activity"),
        Activity,
        VIEW,
        Activity.subject,
        "activities.show",
        "activities.index",
        FIELDS,
        default_columns=("subject", "kind", "at", "who", "campaign", "author"),
        default_sort="-at",
        quick_filter=quick_filter,
        id_argument="activity_id",
        icon="messages",
        edit_permission=EDIT,
        presets=(
            Preset("all", _("All")),
            *(Preset(kind, label, (("kind", "is", kind),)) for kind, label in _PLURALS),
        ),
    )


_PLURALS = (
    ("call", _("Calls")),
    ("meeting", _("Meetings")),
    ("email", _("Emails")),
    ("visit", _("Visits")),
)


# Tasks.


def _state(operator: str, values: Sequence[str]) -> Clause:
    if operator in {"filled", "empty"}:
        return true() if operator == "filled" else Task.id.is_(None)
    done = (values[0] == "done") == (operator == "is")
    return Task.done_at.is_not(None) if done else Task.done_at.is_(None)


def _title(text: str, _actor: Actor) -> Clause:
    words = text.lower().split()[:8]
    return and_(true(), *(func.lower(Task.title).contains(word, autoescape=True) for word in words))


_due = func.coalesce(Task.due_date, literal(NEVER, Date()))


TASK_FIELDS: tuple[Field, ...] = (
    Field("title", _("Task"), expression=Task.title, section=WHAT),
    Field("due_date", _("Due"), "date", Task.due_date, sort_expression=_due, section=WHAT, sortable=True),
    Field("assignee", _("Who does it"), "choices",
          _name_of(User, User.name, Task.assignee_user_id, Task), section=WHAT,
          filter=_by_id(Task.assignee_user_id), choices=users),
    Field("state", _("State"), "choice", None, section=WHAT, listable=False, filter=_state,
          choices=lambda: tuple(STATES.items())),
    Field("done_at", _("Done"), "datetime", Task.done_at, section=WHAT),
    Field("repeat", _("Repeats"), "choice", Task.repeat, section=WHAT,
          choices=lambda: tuple(REPEATS.items())),
    Field("contact", _("About"), fetch=_named(Contact, Task, Task.contact_id), section=ABOUT,
          filterable=False),
    Field("campaign", _("Campaign"), "choices", fetch=_named(Campaign, Task, Task.campaign_id),
          section=ABOUT, filter=_by_id(Task.campaign_id), choices=_chosen(Campaign)),
    Field("coalition", _("Coalition"), "choices", fetch=_named(Coalition, Task, Task.coalition_id),
          section=ABOUT, filter=_by_id(Task.coalition_id), choices=_chosen(Coalition)),
    Field("created_at", _("Added"), "datetime", Task.created_at, section=RECORD, sortable=True),
)  # fmt: skip


def task_record_type() -> RecordType:
    """Tasks of everybody, as their list knows them."""
    return RecordType(
        "activities_tasks",
        _("Tasks"),
        _("Task"),
        Task,
        TASKS,
        Task.title,
        "activities.task",
        "activities.tasks",
        TASK_FIELDS,
        default_columns=("title", "due_date", "assignee", "contact", "campaign", "coalition"),
        default_sort="due_date",
        quick_filter=_title,
        id_argument="task_id",
        icon="checklist",
        edit_permission=EDIT,
        presets=(
            Preset("open", _("To do"), (("state", "is", "open"),)),
            Preset(
                "done",
                _("Done"),
                (("state", "is", "done"),),
                "-created_at",
                columns=("title", "done_at", "assignee", "contact"),
            ),
            Preset("all", _("All")),
        ),
    )


def documents(condition: ColumnElement[bool]) -> Select[Any]:
    """What the search box knows of activities: subject and text, and the day to tell them apart by."""
    body = func.substr(Activity.body, 1, 4000) + " " + Activity.outcome
    return select(
        Activity.id.label("record_id"),
        Activity.subject.label("title"),
        func.substr(cast(Activity.at, Text()), 1, 10).label("subtitle"),
        body.label("body"),
    ).where(condition)
