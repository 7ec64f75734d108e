"""A process that imports is killed at random moments. Whoever goes on loses no row and writes none twice."""

import multiprocessing
import random
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from crm import db
from crm.access import system
from crm.config import Config
from crm.contacts.models import Contact, Email
from crm.jobs.inline import run_waiting
from crm.journal.models import ChangeSet, JournalEntry
from crm.journal.undo import undo
from crm.transfer.models import ImportedRow, ImportRow, ImportRun
from tests.transfer import small_pieces
from tests.transfer.conftest import ACTOR, Importing, contents

PEOPLE = 150
AGAIN = PEOPLE // 5
MOST_ROUNDS = 30

# A server forks each process from one that has imported everything, so that it starts at once.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.transfer.small_pieces"])


def people() -> str:
    """People of whom every fifth comes a second time, with a phone, somewhere above or below."""
    rows = [f"Given{n},Family{n},mail{n}@example.org,,School {n % 7}" for n in range(PEOPLE)]
    rows += [
        f"Given{n},Family{n},mail{n}@example.org,202-555-{n:04},School {n % 7}" for n in range(0, PEOPLE, 5)
    ]
    random.Random(5).shuffle(rows)
    return "\n".join(["First Name,Last Name,Email,Phone,Organization", *rows, ""])


def begin(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    process = processes.Process(target=work, args=arguments)
    process.start()
    return process


def kill_after_progress(app: Flask, process: BaseProcess, model: type[db.Base]) -> None:
    """Kill the process a moment after it has written a piece more than there was."""
    before = rows_of(app, model)
    while process.is_alive() and rows_of(app, model) == before:
        process.join(0.005)
    process.join(random.uniform(0.0, 0.06))
    process.kill()
    process.join()


def rows_of(app: Flask, model: type[db.Base]) -> int:
    with app.app_context(), system("a test"):
        return db.session().scalar(select(func.count()).select_from(db.table(model))) or 0


def finished(app: Flask) -> bool:
    with app.app_context(), system("a test"):
        return db.session().scalars(select(ImportRun.status)).all() == ["done"]


def test_killed_at_random_moments_no_row_is_lost_or_doubled(
    app: Flask, config: Config, importing: Importing
) -> None:
    file = importing.file(people())
    before = contents(app)
    kill_after_progress(app, begin(small_pieces.import_file, config, file), ImportedRow)
    assert not finished(app), "the import was too short to be killed in its middle"
    for _round in range(MOST_ROUNDS):
        if finished(app):
            break
        kill_after_progress(app, begin(small_pieces.finish, config), ImportedRow)
    assert finished(app)
    run = check(app)
    with app.app_context():
        undo(run.change_set_id or 0, ACTOR)
        run_waiting(app)
    assert contents(app) == before


def test_killed_while_it_plans_the_plan_is_whole(app: Flask, config: Config, importing: Importing) -> None:
    file = importing.file(people())
    kill_after_progress(app, begin(small_pieces.import_file, config, file), ImportRow)
    for _round in range(3):
        kill_after_progress(app, begin(small_pieces.finish, config), ImportRow)
    begin(small_pieces.finish, config).join()
    with app.app_context(), system("a test"):
        run = db.session().scalars(select(ImportRun)).one()
        assert run.status == "planned"
        db.session().expunge(run)
    importing.apply(run)
    check(app)


def check(app: Flask) -> ImportRun:
    """Everybody is there once, with all that hangs on them, and the journal knows it."""
    with app.app_context(), system("a test"):
        session = db.session()
        run = session.scalars(select(ImportRun)).one()
        assert run.outcome == run.counts
        assert run.outcome["create"] == PEOPLE
        assert run.outcome["update"] + run.outcome["unchanged"] == AGAIN
        names = session.scalars(select(Contact.name).where(Contact.kind == "person")).all()
        assert sorted(names) == sorted(f"Given{n} Family{n}" for n in range(PEOPLE))
        emails = session.scalars(select(Email.address)).all()
        assert sorted(emails) == sorted(f"mail{n}@example.org" for n in range(PEOPLE))
        schools = session.scalars(select(Contact.name).where(Contact.kind == "organization")).all()
        assert sorted(schools) == [f"School {n}" for n in range(7)]
        lines = session.scalars(select(ImportedRow.line).where(ImportedRow.line > 0)).all()
        assert sorted(lines) == list(range(2, PEOPLE + AGAIN + 2))
        change_set = session.scalars(select(ChangeSet).where(ChangeSet.id == run.change_set_id)).one()
        mine = select(func.count()).where(JournalEntry.change_set_id == change_set.id)
        assert change_set.finished
        assert change_set.entries == session.scalar(mine)
        session.expunge(run)
        return run
