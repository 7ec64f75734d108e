"""Writing the made-up coalition: in sets, journaled as one change set, however large it is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update

from crm import bulk, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Contact, Tag
from crm.demo import words
from crm.demo.generator import Author, Generator, organization_count
from crm.demo.rows import CHILD_COLUMNS, CONTACT_COLUMNS, Rows
from crm.errors import UserError
from crm.journal.models import ChangeSet
from crm.journal.recorder import Change
from crm.transfer.cleaning.text import fold

ACTION: Final = "demo.load"
CHUNK: Final = 20_000
AGE: Final = timedelta(weeks=9)


def require_empty() -> None:
    """The made-up people do not belong among real ones."""
    with system("the demo looks whether anybody is here"):
        count = db.session().execute(select(func.count()).select_from(db.table(Contact))).scalar_one()
    if count:
        raise UserError(
            f"This database already holds {count} contacts, and made-up people would be mixed with them. "
            "Load the demo into an empty one: set CRM_DATA_DIR to a new folder."
        )


def load(people: int, actor: Actor, authors: Sequence[Author], notes: float = 0.5) -> int:
    """Write organizations and so many people with what hangs on them, some weeks ago; returns the id of the
    change set. Large ones are written in several transactions that belong to it."""
    moment = db.now() - AGE
    organizations = organization_count(people)
    summary = f"{people} people and {organizations} organizations from the membership list"
    with db.transaction(actor, ACTION, summary) as change:
        backdate(change, moment)
        generator = Generator(moment, _write_tags(change, moment, authors), authors)
        ids = bulk.reserve(db.table(Contact), organizations)
        _write(change, generator.make_organizations(ids), ids)
        change.finished = people == 0
        change_set_id = change.require_id()
    for first in range(0, people, CHUNK):
        count = min(CHUNK, people - first)
        with db.transaction(actor, ACTION, summary, change_set_id=change_set_id) as change:
            ids = bulk.reserve(db.table(Contact), count)
            _write(change, generator.make_people(ids, notes), ids)
            change.finished = first + count == people
    return change_set_id


def backdate(change: Change, moment: datetime) -> None:
    """Let a change have happened earlier."""
    change.session.execute(update(ChangeSet).where(ChangeSet.id == change.require_id()).values(at=moment))


def _write_tags(change: Change, moment: datetime, authors: Sequence[Author]) -> Sequence[int]:
    table = db.table(Tag)
    ids = bulk.reserve(table, len(words.TAGS))
    rows = [
        (tag_id, name, fold(name), description, color, authors[number % len(authors)][0], moment)
        for number, (tag_id, (name, description, color)) in enumerate(zip(ids, words.TAGS, strict=True))
    ]
    columns = ("id", "name", "name_key", "description", "color", "owner_user_id", "created_at")
    bulk.insert(table, columns, rows)
    change.created(table, ids)
    return ids


def _write(change: Change, rows: Rows, ids: Sequence[int]) -> None:
    contacts = db.table(Contact)
    bulk.insert(contacts, CONTACT_COLUMNS, rows.contacts)
    change.created(contacts, ids)
    for name, columns in CHILD_COLUMNS.items():
        table = contacts.metadata.tables[name]
        child_ids = bulk.reserve(table, len(rows.children[name]))
        numbered = zip(child_ids, rows.children[name], strict=True)
        bulk.insert(table, ("id", *columns), ((row_id, *row) for row_id, row in numbered))
        change.created(table, child_ids)
