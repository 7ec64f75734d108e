"""Logging, changing and deleting activities."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from flask_babel import gettext as _
from sqlalchemy import select

from crm import bulk, db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.activities.models import Activity, ActivityFile, Participant, ReceivedMail, Task
from crm.activities.words import KINDS, WITH
from crm.contacts.models import Contact
from crm.errors import Conflict, UserError
from crm.fields.custom.values import apply_custom
from crm.journal.recorder import Change
from crm.transfer.cleaning.text import clean_note, squash

MOST_PARTICIPANTS: Final = 5000
LONGEST_BODY: Final = 100_000
LONGEST_DAY: Final = 24 * 60
PLAIN: Final = ("kind", "at", "minutes", "campaign_id", "coalition_id", "event_id")


def log(values: Mapping[str, Any], participants: Iterable[int], actor: Actor) -> Activity:
    """Write down an activity with those who took part; raises UserError for what makes no sense.

    `values` are columns of Activity; a missing subject is made of the kind and the names.
    """
    ids = list(dict.fromkeys(participants))
    checked = _checked(values, ids)
    activity = Activity(author_user_id=actor.user_id, author_label=actor.label)
    activity.message_id = values.get("message_id")
    for name, value in checked.items():
        setattr(activity, name, value)
    apply_custom(activity, values)
    db.session().add(activity)
    db.session().flush()
    _add_participants(activity, ids)
    return activity


def change(
    activity: Activity, values: Mapping[str, Any], participants: Iterable[int], seen: int, actor: Actor
) -> None:
    """Change an activity that had the version `seen`; raises Conflict when it has another one now.

    Of those who took part, only such as the actor sees are exchanged."""
    with system("the row was loaded for this actor; it is read again under the lock"):
        db.session().refresh(activity, with_for_update=True)
    if activity.version != seen:
        raise Conflict(_("Somebody else changed this activity while you were typing."))
    wanted = list(dict.fromkeys(participants))
    moved = activity.at != values["at"]
    for name, value in _checked(values, wanted).items():
        setattr(activity, name, value)
    apply_custom(activity, values)
    activity.version += 1
    activity.updated_at = db.now()
    _set_participants(activity, wanted, actor)
    if moved:
        _move_participants(activity)
    db.session().flush()


def delete(activity: Activity) -> None:
    """Delete an activity with its participants and files; tasks that came of it stay."""
    change = _change()
    db.session().flush()
    with system("everything that hangs on an activity"):
        for table in (db.table(Participant), db.table(ActivityFile)):
            change.delete(table, _ids(table, activity.id))
        for table in (db.table(ReceivedMail), db.table(Task)):
            change.update(table, _ids(table, activity.id), {"activity_id": None})
        change.delete(db.table(Activity), [activity.id])
    db.session().expire_all()


def participants_of(activity_id: int, actor: Actor) -> tuple[list[Contact], int]:
    """Those who took part as far as the actor may see them, by name, and how many more there are."""
    with system("how many took part"):
        every = select(Participant.contact_id).where(Participant.activity_id == activity_id)
        ids = list(db.session().scalars(every))
    statement = visible(Contact, actor).where(db.among(Contact.id, ids))
    found = list(db.session().scalars(statement.order_by(Contact.sort_name, Contact.id)))
    return found, len(ids) - len(found)


def with_whom(kind: str, ids: Sequence[int]) -> str:
    """A subject for an activity that has none: “Call with Ana Ruiz and 2 others”."""
    with system("the subject names those who took part"):
        named = select(Contact.name).where(db.among(Contact.id, ids[:1]))
        first = db.session().execute(named).scalar()
    if first is None:
        return str(KINDS[kind])
    more = len(ids) - 1
    who = first if not more else _("%(name)s and %(count)s more", name=first, count=more)
    return str(WITH[kind]) % {"who": who}


def _checked(values: Mapping[str, Any], ids: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = {name: values.get(name) for name in PLAIN}
    if found["kind"] not in KINDS:
        raise UserError(_("Choose what kind of activity it was."))
    if len(ids) > MOST_PARTICIPANTS:
        raise UserError(
            _("At most %(most)s people and organizations fit into one activity.", most=MOST_PARTICIPANTS)
        )
    if found["at"] is None or found["at"] > db.now() + timedelta(days=1):
        raise UserError(
            _("This is still to come. Log what has happened; plan what is to come with a task or an event.")
        )
    if found["minutes"] is not None and not 0 <= found["minutes"] <= LONGEST_DAY:
        raise UserError(_("Give the minutes as a number from 0 to 1440, or leave them out."))
    found["body"] = clean_note(values.get("body") or "")
    if len(found["body"]) > LONGEST_BODY:
        raise UserError(_("The text is too long: it holds at most 100,000 characters."))
    found["outcome"] = clean_note(values.get("outcome") or "")
    found["subject"] = squash(values.get("subject") or "") or with_whom(found["kind"], ids)
    if not ids and not (found["campaign_id"] or found["coalition_id"] or found["event_id"]):
        raise UserError(_("Say with whom, or choose a campaign, a coalition or an event that it was for."))
    return found


def _add_participants(activity: Activity, ids: Sequence[int]) -> None:
    table = db.table(Participant)
    made = bulk.reserve(table, len(ids))
    rows = ((row, activity.id, each, activity.at) for row, each in zip(made, ids, strict=True))
    bulk.insert(table, ("id", "activity_id", "contact_id", "at"), rows)
    _change().created(table, made)


def _set_participants(activity: Activity, wanted: Sequence[int], actor: Actor) -> None:
    table = db.table(Participant)
    with system("who took part until now"):
        rows = db.session().execute(
            select(table.c.contact_id, table.c.id).where(table.c.activity_id == activity.id)
        )
        present = {row[0]: row[1] for row in rows}
    seen = visible(Contact, actor).where(db.among(Contact.id, present)).with_only_columns(Contact.id)
    removable = set(db.session().execute(seen).scalars())
    gone = [row for contact, row in present.items() if contact in removable and contact not in wanted]
    with system("participants are exchanged in a set"):
        _change().delete(table, gone)
    _add_participants(activity, [each for each in wanted if each not in present])


def _move_participants(activity: Activity) -> None:
    table = db.table(Participant)
    with system("participants carry the activity's time"):
        _change().update(table, _ids(table, activity.id), {"at": activity.at})


def _ids(table: Any, activity_id: int) -> list[int]:
    statement = select(table.c.id).where(table.c.activity_id == activity_id).order_by(table.c.id)
    return list(db.session().execute(statement).scalars())


def _change() -> Change:
    change = db.current_change()
    assert change is not None
    return change
