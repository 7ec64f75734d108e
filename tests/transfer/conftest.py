"""Importing in tests: files from a few lines of text, plans, and what stands in the database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, func, select

from crm import db
from crm.access import Actor, system
from crm.contacts.models import (
    Address,
    Affiliation,
    Contact,
    ContactTag,
    DoNotContact,
    Email,
    Note,
    Phone,
    Tag,
)
from crm.jobs.inline import here
from crm.journal.models import ChangeSet, JournalEntry, UndoKept, UndoRun
from crm.transfer import reasons, rows, runs
from crm.transfer.at_once import Wishes, begin, carry_out, read
from crm.transfer.kinds import Line
from crm.transfer.models import ImportRun

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "contacts"
ACTOR = Actor.system("A test")


def sample(name: str) -> Path:
    """A file of the sample data; without it the test is skipped."""
    path = SAMPLES / name
    return path if path.exists() else pytest.skip(f"{path} is not here")


@dataclass
class Importing:
    """Imports files into `app`, in this process."""

    app: Flask
    folder: Path

    def file(self, text: str | bytes, name: str = "people.csv") -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def plan(self, source: str | Path, **wishes: Any) -> ImportRun:
        """Plan a file, or the text of one; `apply` goes on with it."""
        path = source if isinstance(source, Path) else self.file(source)
        with self.app.app_context(), here(self.app) as process:
            run_id = begin("contacts", path, Wishes(**wishes), ACTOR, None)
            carry_out(process, run_id, ACTOR, lambda job: None, runs.ask_for_plan)
            return self.read(run_id)

    def apply(self, run: ImportRun) -> ImportRun:
        with self.app.app_context(), here(self.app) as process:
            carry_out(process, run.id, ACTOR, lambda job: None, runs.ask_to_apply)
            return self.read(run.id)

    def __call__(self, source: str | Path, **wishes: Any) -> ImportRun:
        """Plan and apply."""
        return self.apply(self.plan(source, **wishes))

    def read(self, run_id: int) -> ImportRun:
        found = read(run_id)
        db.session().expunge(found)
        return found

    def lines(self, run: ImportRun, action: str = "") -> list[Line]:
        """The rows of a plan."""
        with self.app.app_context():
            return rows.load(rows.of_run(run.id, *([action] if action else [])), runs.handler_of(run))

    def why(self, run: ImportRun, number: int) -> str:
        """The reasons of a row in words."""
        line = next(line for line in self.lines(run) if line.number == number)
        with self.app.app_context():
            return " ".join(reasons.sentence(runs.handler_of(run), reason) for reason in line.reasons)


@pytest.fixture
def importing(app: Flask, tmp_path: Path) -> Importing:
    """Imports files: `importing("First Name,Last Name\\nAna,López\\n")`."""
    return Importing(app, tmp_path)


@pytest.fixture
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context(), system("a test"):
        yield


@dataclass(frozen=True)
class Person:
    """A contact with what hangs on it, for comparing."""

    name: str
    kind: str
    texts: dict[str, Any]
    emails: list[str]
    phones: list[str]
    streets: list[str]
    tags: list[str]
    organizations: list[str]
    channels: list[str]
    notes: list[str]
    custom: dict[str, Any]
    id: int


People = Callable[[], dict[str, Person]]


def everybody(app: Flask) -> dict[str, Person]:
    """All contacts by name; several of one name count up: `Ana López (2)`."""
    found: dict[str, Person] = {}
    with app.app_context(), system("a test"):
        for contact in db.session().scalars(select(Contact).order_by(Contact.id)):
            name, number = contact.name, 1
            while name in found:
                number += 1
                name = f"{contact.name} ({number})"
            found[name] = _person(contact)
    return found


def _person(contact: Contact) -> Person:
    def column(what: Any, model: Any, key: Any) -> list[Any]:
        statement = select(what).select_from(model).where(key == contact.id).order_by(model.id)
        return list(db.session().execute(statement).scalars())

    texts = {
        name: getattr(contact, name) for name in ("job_title", "birth_date", "external_id", "middle_name")
    }
    organization = select(Contact.name, Affiliation.role).join(
        Affiliation, Affiliation.organization_id == Contact.id
    )
    affiliations = db.session().execute(organization.where(Affiliation.person_id == contact.id)).all()
    tags = select(Tag.name).join(ContactTag).where(ContactTag.contact_id == contact.id).order_by(Tag.name_key)
    return Person(
        contact.name,
        contact.kind,
        {name: value for name, value in texts.items() if value},
        column(Email.address, Email, Email.contact_id),
        column(Phone.number, Phone, Phone.contact_id),
        column(Address.street, Address, Address.contact_id),
        list(db.session().execute(tags).scalars()),
        [f"{name}: {role}" if role else name for name, role in affiliations],
        column(DoNotContact.channel, DoNotContact, DoNotContact.contact_id),
        column(Note.body, Note, Note.contact_id),
        dict(contact.custom),
        contact.id,
    )


# Tables that remember what was done rather than what is there.
REMEMBERING = frozenset({"job"}) | {
    db.table(model).name for model in (ChangeSet, JournalEntry, UndoRun, UndoKept)
}
OWN = frozenset({"import_run", "import_row", "imported_row", "import_mapping"})


def contents(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, what was done aside. The ids of search documents say nothing."""
    found = {}
    with app.app_context(), system("a test compares"):
        for table in db.Base.metadata.sorted_tables:
            if table.name not in REMEMBERING | OWN:
                found[table.name] = _rows(table)
    return found


def _rows(table: Table) -> list[tuple[Any, ...]]:
    columns = [column for column in table.columns if (table.name, column.name) != ("search_document", "id")]
    statement = select(*columns)
    return sorted(tuple(map(repr, row)) for row in db.session().execute(statement))


def count(app: Flask, model: type[db.Base]) -> int:
    with app.app_context(), system("a test counts"):
        return db.session().scalar(select(func.count()).select_from(db.table(model))) or 0
