"""Whatever people do and undo in whatever order: what was undone last comes back row by row."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from crm import create_app, db
from crm.access.guard import system
from crm.config import Config
from crm.contacts import services, tags
from crm.contacts.models import Contact, Email, Tag
from crm.errors import UserError
from crm.jobs.inline import here
from crm.journal import undo as undoing
from crm.journal.images import Image
from crm.journal.reading import Row, rows_of
from crm.journal.recorder import ENTRIES
from crm.journal.undo.units import load_images
from tests.journal.conftest import ANA, Rows, acting, change_set, rows

NAMES = st.sampled_from(["Ana", "Ben", "Chloé", "Dmitri"])
TAGS = st.lists(st.sampled_from(["ally", "board", "press"]), max_size=2, unique=True)
ADDRESSES = st.lists(st.sampled_from(["a@example.org", "b@example.org"]), max_size=2, unique=True)
PICK = st.integers(0, 1000)


class People(RuleBasedStateMachine):
    """Contacts with emails, tags and organizations, changed and undone at random."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.context: AppContext = self.app.app_context()
        self.context.push()
        self.states: list[Rows] = []
        self.sets: list[int] = []

    @initialize(tag_names=TAGS, addresses=ADDRESSES)
    def begin(self, tag_names: list[str], addresses: list[str]) -> None:
        self.states.append(rows())
        for name in ("Ana", "Ben"):
            self.create(name, tag_names, addresses, "District")

    def note(self, change_set_id: int | None) -> None:
        if change_set_id is not None:
            self.sets.append(change_set_id)
            self.states.append(rows())

    def contact(self, pick: int, kind: str | None = None) -> Any:
        with system("a test"):
            statement = select(Contact).order_by(Contact.id)
            found = db.session().scalars(statement.where(Contact.kind == kind) if kind else statement).all()
        return found[pick % len(found)] if found else None

    @rule(
        name=NAMES,
        tag_names=TAGS,
        addresses=ADDRESSES,
        organization=st.sampled_from(["", "District", "School"]),
    )
    def create(self, name: str, tag_names: list[str], addresses: list[str], organization: str) -> None:
        emails = [
            {"address": each, "label": "work", "is_primary": n == 0} for n, each in enumerate(addresses)
        ]
        values = {"given_name": name, "tags": tag_names, "emails": emails, "organization": organization}
        with acting(action="contacts.create") as change:
            services.create(values, ANA)
        self.note(change.id)

    @rule(
        pick=PICK,
        title=st.sampled_from([None, "Principal", "Nurse"]),
        outside=st.sampled_from([None, "x1", "x2"]),
    )
    def edit(self, pick: int, title: str | None, outside: str | None) -> None:
        with acting() as change:
            contact = self.contact(pick)
            if contact is not None:
                taken = select(Contact.id).where(Contact.external_id == outside, Contact.id != contact.id)
                contact.job_title = title
                if db.session().scalars(taken).first() is None:
                    contact.external_id = outside
                services.touch(contact)
        self.note(change.id)

    @rule(
        pick=PICK,
        custom=st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, True, 0.1, "é", [None, "2"]])),
    )
    def edit_custom(self, pick: int, custom: dict[str, Any]) -> None:
        with acting() as change:
            if (contact := self.contact(pick)) is not None:
                contact.custom = custom
        self.note(change.id)

    @rule(pick=PICK, address=st.sampled_from(["a@example.org", "c@example.org"]))
    def add_email(self, pick: int, address: str) -> None:
        with acting() as change:
            if (contact := self.contact(pick)) is not None:
                db.session().add(Email(contact_id=contact.id, address=address, address_key=address))
        self.note(change.id)

    @rule(pick=PICK, other=PICK)
    def move_email(self, pick: int, other: int) -> None:
        """As a merge does: a row that belongs to another record afterwards."""
        with acting(action="contacts.merge") as change:
            emails = db.session().scalars(select(Email).order_by(Email.id)).all()
            target = self.contact(other)
            if emails and target is not None:
                emails[pick % len(emails)].contact_id = target.id
        self.note(change.id)

    @rule(pick=PICK, tag_names=TAGS)
    def set_tags(self, pick: int, tag_names: list[str]) -> None:
        with acting(action="contacts.tag") as change:
            if (contact := self.contact(pick)) is not None:
                tags.set_tags(contact, tag_names, ANA)
        self.note(change.id)

    @rule(pick=PICK, other=PICK)
    def set_parent(self, pick: int, other: int) -> None:
        with acting() as change:
            child, parent = self.contact(pick, "organization"), self.contact(other, "organization")
            if child is not None and parent is not None:
                try:
                    services.set_parent(child, parent.id)
                except UserError:
                    return
        self.note(change.id)

    @rule(pick=PICK, count=st.integers(1, 3))
    def delete(self, pick: int, count: int) -> None:
        with acting(action="contacts.delete") as change:
            chosen = {found.id for n in range(count) if (found := self.contact(pick + n))}
            if chosen:
                services.delete(sorted(chosen))
        self.note(change.id)

    @rule(pick=PICK, merge=st.booleans())
    def remove_tag(self, pick: int, merge: bool) -> None:
        with acting(action="tags.merge") as change:
            found = db.session().scalars(select(Tag).order_by(Tag.id)).all()
            if found and merge and len(found) > 1:
                tags.merge(found[pick % len(found)], found[(pick + 1) % len(found)])
            elif found:
                tags.remove(found[pick % len(found)])
        self.note(change.id)

    @rule(pick=st.integers(0, 2))
    def undo_something_new(self, pick: int) -> None:
        self.undo(pick, keep=True)

    @rule(pick=PICK)
    def undo_something_old(self, pick: int) -> None:
        self.undo(pick, keep=True)

    @rule(pick=PICK)
    def undo_something_clean(self, pick: int) -> None:
        self.undo(pick, keep=False)

    def undo(self, pick: int, keep: bool) -> None:
        """Undo anything that is not undone; what stands in the way stays or stops it."""
        open_sets = [each for each in self.sets if change_set(each).undone_by_id is None]
        if not open_sets:
            return
        chosen = open_sets[-1 - pick % len(open_sets)]
        plan = undoing.plan(chosen, ANA)
        before = rows()
        try:
            done = self.take_back(chosen, keep)
        except undoing.StandsInTheWay:
            assert not plan.is_clean
            assert rows() == before
        except UserError:
            assert plan.rows_to_restore == 0
            assert rows() == before
        else:
            assert (done.plan.kept_rows, done.plan.token) == (plan.kept_rows, plan.token)
            assert plan.is_clean or keep
            event("undid all" if plan.is_clean else "undid a part")
            self.note(done.change.id)
            self.check_journal()

    def take_back(self, change_set_id: int, keep: bool = False) -> undoing.Undoing:
        with here(self.app) as process:
            done = undoing.undo(change_set_id, ANA, keep=keep, runner=process.place)
            if done.job_id is not None:
                job = process.run(done.job_id)
                assert job.status == "done", job.error
        return done

    def check_journal(self) -> None:
        """Played from the beginning, the journal gives every row as it is."""
        played: dict[Row, Image] = {}
        columns = (ENTRIES.c.table_name, ENTRIES.c.row_id, ENTRIES.c.operation, ENTRIES.c.after)
        for table_name, row_id, operation, after in rows_of(select(*columns).order_by(ENTRIES.c.id)):
            row = (table_name, row_id)
            if operation == "delete":
                del played[row]
            else:
                assert (row in played) == (operation == "update")
                played[row] = played.get(row, {}) | after
        there = [(name, row_id) for name, lines in rows().items() for row_id in lines]
        assert played == load_images(there)

    def teardown(self) -> None:
        """Undoing everything, newest first, goes back through every state; nothing stands in the way."""
        try:
            self.check_journal()
            while self.sets:
                newest = self.sets.pop()
                self.states.pop()
                plan = undoing.plan(newest, ANA)
                assert plan.is_clean, plan.blocked
                self.take_back(newest)
                assert rows() == self.states[-1]
        finally:
            self.clear()
            self.context.pop()

    def clear(self) -> None:
        """The next run begins with empty tables."""
        names = {*rows(), "job", "undo_kept", "undo_run", "journal_entry", "change_set", "search_document"}
        with system("a test cleans up"):
            for table in reversed(db.Base.metadata.sorted_tables):
                if table.name in names:
                    db.session().execute(table.delete())
        db.session().commit()


@pytest.fixture(scope="module")
def machine_app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("properties")
    shutil.copyfile(sqlite_template, folder / "rollcall.sqlite")
    app = create_app(Config.for_testing(f"sqlite:///{folder / 'rollcall.sqlite'}", folder / "data"))
    yield app
    app.extensions["crm"].engine.dispose()


def test_undo_goes_back_through_every_state(machine_app: Flask) -> None:
    run(machine_app)


def test_the_same_in_chunks_that_cut_everything_in_two(
    machine_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it as background work, three entries at a time, looking for newer changes in small windows."""
    monkeypatch.setattr("crm.journal.undo.planning.SMALL", 0)
    monkeypatch.setattr("crm.journal.undo.inverse.CHUNK", 3)
    monkeypatch.setattr("crm.journal.undo.candidates.WINDOW", 4)
    monkeypatch.setattr("crm.journal.undo.candidates.BATCH", 2)
    run(machine_app)


def run(machine_app: Flask) -> None:
    # Shrinking takes minutes here; what failed is printed step by step as it is.
    machine = type("Machine", (People,), {"app": machine_app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
