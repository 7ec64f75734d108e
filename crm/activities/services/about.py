"""Contacts that become one, ask what is held about them, or are to be forgotten."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from crm import db
from crm.access.guard import system
from crm.activities.models import Activity, ActivityFile, Participant, ReceivedMail, Task, TaskItem
from crm.contacts.files import storage
from crm.contacts.models import Contact, Email
from crm.journal import erasing as history
from crm.journal.models import JournalEntry
from crm.journal.recorder import Change
from crm.plugin_api.types import DataSection

TEXTS: Final[Mapping[type[Any], tuple[str, ...]]] = {
    Activity: ("subject", "body", "outcome"),
    Task: ("title", "note"),
}
SHORTEST_NAME: Final = 3
"""A part of a name that is shorter, such as an initial, is left in the texts of others."""


def merge(survivor_id: int, loser_id: int) -> None:
    """What the one took part in becomes the other's; nobody takes part in an activity twice."""
    change, table, tasks = _change(), db.table(Participant), db.table(Task)
    db.session().flush()
    with system("a merge moves every row of both"):
        present = select(table.c.activity_id).where(table.c.contact_id == survivor_id)
        both = select(table.c.id).where(table.c.contact_id == loser_id, table.c.activity_id.in_(present))
        change.delete(table, _all(both))
        change.update(
            table, _all(select(table.c.id).where(table.c.contact_id == loser_id)), {"contact_id": survivor_id}
        )
        theirs = _all(select(tasks.c.id).where(tasks.c.contact_id == loser_id))
        change.update(tasks, theirs, {"contact_id": survivor_id})
    db.session().expire_all()


def remove(ids: Sequence[int]) -> None:
    """Contacts are deleted: they took part in nothing any more, and tasks are about nobody. Inside a
    transaction."""
    change, table, tasks = _change(), db.table(Participant), db.table(Task)
    with system("deleting contacts with all that hangs on them"):
        change.delete(table, _all(select(table.c.id).where(db.among(table.c.contact_id, ids))))
        about = _all(select(tasks.c.id).where(db.among(tasks.c.contact_id, ids)))
        change.update(tasks, about, {"contact_id": None})


# What is held about somebody.


def sections(contact: Contact) -> Iterable[DataSection]:
    """The activities somebody took part in, tasks about them, and mail that waits with their address."""
    yield DataSection(_("Activities"), [_shown(each, _ACTIVITY) for each in _activities(contact.id)])
    tasks = db.session().scalars(select(Task).where(Task.contact_id == contact.id).order_by(Task.id))
    yield DataSection(_("Tasks"), [_task(task) for task in tasks])
    files = (
        select(ActivityFile)
        .join(Participant, Participant.activity_id == ActivityFile.activity_id)
        .where(Participant.contact_id == contact.id)
        .order_by(ActivityFile.id)
    )
    yield DataSection(
        _("Files of activities"),
        [
            _shown(each, ("file_name", "media_type", "size", "created_at"))
            for each in db.session().scalars(files)
        ],
    )
    mail = [_shown(each, ("sender", "addresses", "subject", "at")) for each in _mail_of(contact.id)]
    yield DataSection(_("Mail to be filed"), mail)


_ACTIVITY = (
    "kind",
    "subject",
    "at",
    "minutes",
    "body",
    "outcome",
    "author_label",
    "message_id",
    "created_at",
)
_TASK = ("title", "note", "due_date", "repeat", "done_at", "created_at")


def _activities(contact_id: int) -> Iterable[Activity]:
    statement = (
        select(Activity)
        .join(Participant, Participant.activity_id == Activity.id)
        .where(Participant.contact_id == contact_id)
        .order_by(Participant.at, Activity.id)
    )
    return db.session().scalars(statement)


def _task(task: Task) -> dict[str, Any]:
    items = select(TaskItem.text).where(TaskItem.task_id == task.id).order_by(TaskItem.position, TaskItem.id)
    steps = ", ".join(db.session().execute(items).scalars())
    return _shown(task, _TASK) | ({_("Checklist"): steps} if steps else {})


def _shown(record: Any, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in names}
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _mail_of(contact_id: int) -> list[ReceivedMail]:
    """Received messages that carry an address of the contact, or that became an activity with them."""
    keys = [each.lower() for each in _addresses(contact_id)]
    filed = select(Participant.activity_id).where(Participant.contact_id == contact_id)
    every = db.session().scalars(select(ReceivedMail).order_by(ReceivedMail.id))
    wanted, acts = set(keys), set(_all(filed))
    return [
        each
        for each in every
        if each.activity_id in acts
        or wanted & {address.lower() for address in (each.sender, *each.addresses)}
    ]


def _addresses(contact_id: int) -> set[str]:
    """Every address that somebody has or ever had: where one is to be forgotten, the rows may be gone by
    now, but not the history."""
    entries = db.table(JournalEntry)
    found = set(_all(select(Email.address).where(Email.contact_id == contact_id)))
    for image in (entries.c.before, entries.c.after):
        address = image["address"].as_string()
        former = select(address).where(
            entries.c.subject_table == "contact",
            entries.c.subject_id == contact_id,
            entries.c.table_name == "contact_email",
            address.is_not(None),
        )
        found |= set(_all(former))
    return found


# Forgetting.


def erase(contact: Contact) -> None:
    """Take somebody out of all activities and tasks. One with nobody else goes, with its files and mail; one
    with others stays without them and without their name. Its history goes, for it held both."""
    contact_id, names = contact.id, _names(contact)
    db.session().flush()
    with system("forgetting somebody"):
        acts = _all(select(Participant.activity_id).where(Participant.contact_id == contact_id).distinct())
        former = _former_acts(contact_id)
        for mail in _mail_of(contact_id):
            _forget_mail(mail, names)
        db.session().execute(
            delete(db.table(Participant)).where(db.table(Participant).c.contact_id == contact_id)
        )
        shared = set(
            _all(select(Participant.activity_id).where(db.among(Participant.activity_id, acts)).distinct())
        )
        _scrub_tasks(_tasks_of({*acts, *former}), names)
        for activity_id in acts:
            if activity_id in shared:
                _scrub(Activity, activity_id, names)
            else:
                _remove_activity(activity_id, names)
        for activity_id in sorted(former - set(acts)):
            _scrub(Activity, activity_id, names)
        _forget_tasks(contact_id, names)
    db.session().expire_all()


def _names(contact: Contact) -> list[str]:
    """What somebody may be called in a text: the whole name, the parts of it that say who it is, addresses;
    the longest first."""
    parts = (contact.name, contact.given_name, contact.family_name, contact.nickname)
    found = {
        part.strip()
        for part in (*parts, *_addresses(contact.id))
        if part and len(part.strip()) >= SHORTEST_NAME
    }
    return sorted(found, key=lambda name: (-len(name), name))


def without_names(text: str, names: Iterable[str]) -> str:
    """The text without these names where they stand as whole words. A single word counts only as it is
    written in the name: Will goes, but not what somebody will do."""
    for name in names:
        flags = re.NOFLAG if name.isalpha() else re.IGNORECASE
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _("somebody erased"), text, flags=flags)
    return text


def _former_acts(contact_id: int) -> set[int]:
    """Activities that somebody was once part of, and was taken out of or that were deleted: their texts, or
    their history, may still name them."""
    entries = db.table(JournalEntry)
    found: set[int] = set()
    for image in (entries.c.before, entries.c.after):
        activity = image["activity_id"].as_integer()
        statement = select(activity).where(
            entries.c.table_name == "activity_participant",
            entries.c.subject_table == "contact",
            entries.c.subject_id == contact_id,
            activity.is_not(None),
        )
        found |= set(_all(statement))
    return found


def _tasks_of(acts: Iterable[int]) -> list[int]:
    """Tasks that came of these activities, or once did: who deletes an activity leaves its tasks alone."""
    ids, entries = sorted(acts), db.table(JournalEntry)
    found = set(_all(select(Task.id).where(db.among(Task.activity_id, ids))))
    for image in (entries.c.before, entries.c.after):
        once = db.among(image["activity_id"].as_integer(), ids) & (entries.c.subject_table == "task")
        found |= set(_all(select(entries.c.row_id).where(once, entries.c.table_name == "task")))
    return sorted(found)


def _scrub(model: type[Any], record_id: int, names: list[str]) -> None:
    """Take the names out of a record's texts, without a word in the journal, and forget its history."""
    table = db.table(model)
    columns = [table.c[name] for name in TEXTS[model]]
    row = db.session().execute(select(*columns).where(table.c.id == record_id)).one_or_none()
    if row is None:
        history.erase(table.name, record_id, names)
        return
    values: dict[str, Any] = {
        column.name: without_names(text, names) for column, text in zip(columns, row, strict=True)
    }
    values["version"] = table.c.version + 1
    db.session().execute(update(table).where(table.c.id == record_id).values(**values))
    history.erase(table.name, record_id, names)
    _change().touch(table.name, [record_id])


def _remove_activity(activity_id: int, names: list[str]) -> None:
    files, tasks, mail = db.table(ActivityFile), db.table(Task), db.table(ReceivedMail)
    keys = _all(select(files.c.storage_key).where(files.c.activity_id == activity_id))
    db.session().execute(delete(files).where(files.c.activity_id == activity_id))
    for table in (tasks, mail):
        db.session().execute(update(table).where(table.c.activity_id == activity_id).values(activity_id=None))
    db.session().execute(delete(db.table(Activity)).where(db.table(Activity).c.id == activity_id))
    history.erase("activity", activity_id, names)
    _change().touch("activity", [activity_id])
    db.after_commit(lambda: storage.remove_unused(keys))


def _forget_mail(mail: ReceivedMail, names: list[str]) -> None:
    mail_id, key, table = mail.id, mail.raw_key, db.table(ReceivedMail)
    db.session().expunge(mail)
    db.session().execute(delete(table).where(table.c.id == mail_id))
    history.erase("activity_mail", mail_id, names)
    if key:
        db.after_commit(lambda: storage.remove_unused([key]))


def _forget_tasks(contact_id: int, names: list[str]) -> None:
    """Tasks about somebody stay somebody's work, but name them no more."""
    tasks = db.table(Task)
    ids = _all(select(tasks.c.id).where(tasks.c.contact_id == contact_id))
    db.session().execute(update(tasks).where(db.among(tasks.c.id, ids)).values(contact_id=None))
    _scrub_tasks(ids, names)


def _scrub_tasks(ids: Sequence[int], names: list[str]) -> None:
    """Take the names out of tasks and their checklists."""
    items = db.table(TaskItem)
    rows = db.session().execute(select(items.c.id, items.c.text).where(db.among(items.c.task_id, ids))).all()
    for row in rows:
        text = without_names(row.text, names)
        db.session().execute(update(items).where(items.c.id == row.id).values(text=text))
    for task_id in ids:
        _scrub(Task, task_id, names)


def _all(statement: Any) -> list[Any]:
    return list(db.session().execute(statement).scalars())


def _change() -> Change:
    change = db.current_change()
    assert change is not None
    return change
