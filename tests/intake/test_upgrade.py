"""What an upgrade takes to be known of answers that came before it."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, insert, select

from crm import db
from crm.config import Config
from crm.db import make_engine
from crm.intake.models import FormAnswer, HelpRequest, PublicForm
from crm.intake.noticing import MODELS
from crm.plugin_host import migrations

STATES = ("unconfirmed", "waiting", "spam", "declined")


def _fill(connection: Connection) -> None:
    """One answer of each state whose address is not confirmed, and one that is."""
    values = {
        "kind": "help",
        "name": "Help",
        "public_key": "k",
        "texts": {},
        "asked": [],
        "sites": [],
        "tags": [],
    }
    form_id = connection.execute(
        insert(db.table(PublicForm)).values(values).returning(PublicForm.id)
    ).scalar()
    for model in MODELS:
        for state in (*STATES, "confirmed"):
            proof = {"status": state} if state in STATES else {"status": "waiting", "confirmed_at": db.now()}
            row = {"form_id": form_id, "email": f"{state}@example.org", "submission_key": state, **proof}
            connection.execute(insert(db.table(model)).values(row))


@pytest.mark.parametrize("model", [FormAnswer, HelpRequest])
def test_staff_were_told_of_what_was_confirmed_alone(
    empty_database_url: str, tmp_path: Path, model: type[FormAnswer | HelpRequest]
) -> None:
    config = Config.for_testing(empty_database_url, tmp_path / "before", plugins="")
    engine = make_engine(config)
    migrations.upgrade(config, engine)
    (core,) = migrations.branches(config)
    table = db.table(model)
    with migrations.writing(engine) as connection:
        _fill(connection)
        command.downgrade(migrations._settings(core, connection), "core_0014")
        migrations.upgrade_branch(core, connection)
        told = connection.execute(select(table.c.email).where(table.c.told_at.is_not(None))).scalars().all()
        assert told == ["confirmed@example.org"]
    assert migrations.drift(config, engine) == []
    engine.dispose()
