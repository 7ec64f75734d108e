"""Merges, edits and undos in whatever order: no row is lost, none is there twice."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import rule, run_state_machine_as_test
from sqlalchemy import select

from crm import create_app, db
from crm.access.guard import system
from crm.config import Config
from crm.contacts.duplicates import uniting
from crm.contacts.models import Contact, ContactTag, NotDuplicate, Note
from crm.errors import UserError
from tests.journal.conftest import ANA, acting, rows
from tests.journal.test_undo_properties import PICK, People


class Merging(People):
    """People who are merged besides; notes are counted, for a merge keeps every one."""

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
        assert len(after["note"]) == len(before["note"])
        for name in ("contact_tag", "contact_email", "contact_not_duplicate"):
            assert not [
                row for row in after[name].values() if loser in (row.get("contact_id"), row.get("first_id"))
            ]
        self.nothing_is_there_twice()

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
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
