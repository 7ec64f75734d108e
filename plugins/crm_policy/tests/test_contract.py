"""What every plugin owes; see docs/plugins.md."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from alembic import command

from crm.plugin_api import Contact, db
from crm.plugin_api.testing.contract import *  # noqa: F403  # The tests run here.
from crm.plugin_host import migrations
from crm_policy import models
from crm_policy.models import Bill, Constituency, Legislator, Lobbying, Session, Stance


@pytest.fixture
def plugin_name() -> str:
    return "policy"


@pytest.fixture
def rows_about() -> Callable[[Contact], None]:
    def write(contact: Contact) -> None:
        number = contact.id
        session = Session(state="MI", identifier=f"session {number}")
        db.session().add(session)
        db.session().flush()
        bill = Bill(
            state="MI", session_id=session.id, identifier="HB 1", sort_key="mi hb 1", title="Attendance"
        )
        bill.former_identifiers, bill.subjects, bill.hashes, bill.status_events = [], [], {}, []
        db.session().add(bill)
        db.session().flush()
        about = {"contact_id": contact.id}
        db.session().add_all(
            [
                Legislator(
                    name=contact.name,
                    sort_name="ada",
                    family_key="ada",
                    state="MI",
                    links=[],
                    staff_fields=[],
                    **about,
                ),
                Constituency(state="MI", chamber="upper", district="3", source="staff", **about),
                Stance(bill_id=bill.id, stance="support", note="Said so by phone", **about),
                models.Testimony(bill_id=bill.id, title="Why it matters", body="It does", **about),
                Lobbying(worked_on=date(2026, 3, 2), kind="direct", note="Met at the capitol", **about),
            ]
        )
        db.session().flush()

    return write


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_no_id_is_given_twice_after_a_step_back(fresh: Any, plugin_name: str) -> None:
    config, engine = fresh
    migrations.upgrade(config, engine)
    branch = next(each for each in migrations.branches(config) if each.name == plugin_name)
    with migrations.writing(engine) as connection:
        command.downgrade(migrations._settings(branch, connection), "policy_0002")
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master")
        made = {row[0]: row[1] for row in rows}
    again = ("policy_hearing", "policy_hearing_bill", "policy_office", "policy_feed")
    assert [each for each in again if "AUTOINCREMENT" not in made[each]] == []


@pytest.mark.parametrize("module", ["public", "views", "services.work"])
def test_each_part_can_be_the_first_that_a_process_loads(module: str) -> None:
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", f"import crm_policy.{module}"]
    done = subprocess.run(words, env=os.environ | paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
