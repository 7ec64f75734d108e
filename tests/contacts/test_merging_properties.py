"""Merges, edits and undos in whatever order: no row is lost, none is there twice."""

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test
from sqlalchemy import select

from crm import create_app, db
from crm.access.guard import system
from crm.accounts.models import User
from crm.activities.models import Task
from crm.coalitions.models import Coalition, Commitment, Membership
from crm.config import Config
from crm.contacts.duplicates import uniting
from crm.contacts.models import Contact, ContactTag, NotDuplicate, Note
from crm.errors import UserError
from crm.events.models import Event, Guest
from crm.plugin_host.checks import tables_of
from crm.runtime import runtime
from crm_media.models import Reporter
from tests.journal.conftest import ANA, acting, rows
from tests.journal.test_undo_properties import ADDRESSES, PICK, TAGS, People

HANGING = ("membership", "delegate", "commitment", "task", "guest", "reporter")


class Merging(People):
    """People with rows of every part of the program, a plugin's too, who are merged besides."""

    def __init__(self) -> None:
        super().__init__()
        with acting(action="test.settings"):
            session = db.session()
            owner = User(name="Olga", email="olga@example.org", email_key="olga@example.org")
            coalition = Coalition(name="Maple", sort_name="maple", level="local")
            event = Event(
                kind="meeting", title="Meeting", starts_at=db.now(), ends_at=db.now() + timedelta(hours=1),
                time_zone="UTC", uid="meeting@example.org",
            )  # fmt: skip
            session.add_all([owner, coalition, event])
            session.flush()
            self.owner, self.coalition, self.event = owner.id, coalition.id, event.id

    @initialize(tag_names=TAGS, addresses=ADDRESSES)
    def begin(self, tag_names: list[str], addresses: list[str]) -> None:
        """Rows of every part hang on those who are merged from the first step on."""
        super().begin(tag_names, addresses)
        for number, what in enumerate(HANGING):
            self.hang_on(number, number + 1, what)

    @rule(pick=PICK, other=PICK, what=st.sampled_from(HANGING))
    def hang_on(self, pick: int, other: int, what: str) -> None:
        with acting() as change:
            one, two = self.contact(pick), self.contact(other)
            if one is not None and two is not None:
                db.session().add_all(self._row(what, one.id, two.id))
        self.note(change.id)

    def _row(self, what: str, one: int, other: int) -> list[Any]:
        """A row about the one, with a part for the other in some; none where there is one that may be there
        once only."""
        if what in {"membership", "delegate"} and not self._has(Membership, one):
            delegate = other if what == "delegate" and other != one else None
            row = Membership(coalition_id=self.coalition, contact_id=one, delegate_id=delegate)
            return [row]
        if what == "guest" and not self._has(Guest, one):
            return [Guest(event_id=self.event, contact_id=one, note=f"Invited as {one}")]
        if what == "reporter" and not self._has(Reporter, one):
            return [Reporter(contact_id=one, beats=f"Beat of {one}")]
        if what == "task":
            return [Task(title="Call", assignee_user_id=self.owner, contact_id=one)]
        if what == "commitment":
            values = {"owner_user_id": self.owner, "pledged_on": date(2026, 1, 1)}
            return [Commitment(contact_id=one, delegate_id=other, kind="host", title="Host", **values)]
        return []

    def _has(self, model: Any, contact_id: int) -> bool:
        with system("a test"):
            found = db.session().scalars(select(model.id).where(model.contact_id == contact_id))
            return found.first() is not None

    @rule(pick=PICK, count=st.integers(1, 3))
    def delete(self, pick: int, count: int) -> None:
        """What must be kept of somebody stops it, and then nothing is gone."""
        before = rows()
        try:
            super().delete(pick, count)
        except UserError:
            assert rows() == before

    @rule(pick=PICK, other=PICK)
    def merge(self, pick: int, other: int) -> None:
        before = rows()
        try:
            with acting(action="contacts.merge") as change:
                one, two = self.contact(pick), self.contact(other)
                if one is None or two is None:
                    return
                survivor, loser = one.id, two.id
                uniting.merge(survivor, [survivor, loser], {}, ANA)
        except UserError:
            assert rows() == before
            return
        self.note(change.id)
        after = rows()
        assert set(before["contact"]) - set(after["contact"]) == {loser}
        for name in ("note", "task", "commitment"):
            assert len(after[name]) == len(before[name]), name
        for name in ("coalition_membership", "event_guest", "media_reporter"):
            both = [row for row in before[name].values() if row["contact_id"] in {survivor, loser}]
            left = [row for row in after[name].values() if row["contact_id"] == survivor]
            assert bool(both) == bool(left), name
        assert self.refers_to(loser) == []
        self.nothing_is_there_twice()

    def refers_to(self, contact_id: int) -> list[str]:
        """The columns of all features and plugins that name a contact who is gone."""
        found = []
        for plugin in runtime().plugins.plugins:
            for table in tables_of(plugin):
                for key in table.foreign_keys:
                    if key.column.table.name == "contact":
                        with system("a test"):
                            named = select(key.parent).where(key.parent == contact_id)
                            if db.session().execute(named).first() is not None:
                                found.append(f"{table.name}.{key.parent.name}")
        return found

    @rule(pick=PICK)
    def write_note(self, pick: int) -> None:
        with acting() as change:
            if (contact := self.contact(pick)) is not None:
                db.session().add(Note(contact_id=contact.id, body="Called"))
        self.note(change.id)

    @rule(pick=PICK, other=PICK)
    def say_two(self, pick: int, other: int) -> None:
        with acting() as change:
            one, two = self.contact(pick), self.contact(other)
            if one is not None and two is not None and one.id != two.id:
                first, second = sorted((one.id, two.id))
                known = select(NotDuplicate).where(
                    NotDuplicate.first_id == first, NotDuplicate.second_id == second
                )
                if db.session().scalars(known).first() is None:
                    db.session().add(NotDuplicate(first_id=first, second_id=second))
        self.note(change.id)

    def nothing_is_there_twice(self) -> None:
        with system("a test"):
            tags = [(row.contact_id, row.tag_id) for row in db.session().scalars(select(ContactTag))]
            parents = dict(db.session().execute(select(Contact.id, Contact.parent_id)).all())
        assert len(tags) == len(set(tags))
        for each, above in parents.items():
            seen = {each}
            while above is not None:
                assert above not in seen, "a circle of parents"
                seen.add(above)
                above = parents[above]  # noqa: PLW2901  # One step up the chain.


@pytest.fixture
def machine_app(sqlite_template: Path, tmp_path: Path) -> Any:
    shutil.copyfile(sqlite_template, tmp_path / "rollcall.sqlite")
    app = create_app(Config.for_testing(f"sqlite:///{tmp_path / 'rollcall.sqlite'}", tmp_path / "data"))
    yield app
    app.extensions["crm"].engine.dispose()


def test_merges_and_undos_go_back_through_every_state(machine_app: Flask) -> None:
    machine = type("Machine", (Merging,), {"app": machine_app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
