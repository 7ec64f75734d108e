"""Undoing much: in chunks, as background work, through crashes, while other people go on working."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select

from crm import db
from crm.access.guard import system
from crm.config import Config
from crm.contacts import services
from crm.contacts.models import Contact, ContactTag, Email, Tag
from crm.db import table
from crm.errors import UserError
from crm.jobs.inline import here
from crm.jobs.models import Job
from crm.jobs.services import cancel
from crm.journal.models import ChangeSet, UndoRun
from crm.journal.recorder import Change, before_commit
from crm.journal.undo import StandsInTheWay, Undoing, plan, resume, undo, unfinished_undo
from crm.journal.undo.inverse import Inverse
from tests.journal.conftest import ANA, BEN, acting, add, change_set, edit, id_of, rows

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
UNDO = """
import sys
from crm.cli import run
from crm.journal.undo import inverse
inverse.CHUNK = 30
sys.exit(run(["undo", sys.argv[1], "--json"]))
"""


@pytest.fixture
def in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let little be large: background work from 10 entries on, 7 at a time."""
    monkeypatch.setattr("crm.journal.undo.planning.SMALL", 10)
    monkeypatch.setattr("crm.journal.undo.inverse.CHUNK", 7)
    monkeypatch.setattr("crm.jobs.inline.PAUSE", 0)


def fill(count: int) -> tuple[int, list[int]]:
    """Import people, each with an email address and a tag, as sets: the change set's id and theirs."""
    with acting(ANA, "contacts.import", f"Imported {count} people") as change:
        made = _insert(change, Contact, [_person(number) for number in range(count)])
        emails = [
            {"contact_id": each, "address": f"{each}@x.org", "address_key": f"{each}@x.org"} for each in made
        ]
        _insert(change, Email, emails)
        (tag,) = _insert(change, Tag, [{"name": "spring", "name_key": "spring"}])
        _insert(change, ContactTag, [{"contact_id": each, "tag_id": tag} for each in made])
    return id_of(change), made


def _person(number: int) -> dict[str, object]:
    name = f"Person {number:05}"
    return {"kind": "person", "name": name, "sort_name": name.lower(), "name_key": name.lower(), "custom": {}}


def _insert(change: Change, model: type[db.Base], lines: Sequence[Mapping[str, object]]) -> list[int]:
    statement = insert(table(model)).returning(table(model).c.id, sort_by_parameter_order=True)
    ids = list(db.session().execute(statement, lines).scalars())
    change.created(table(model), ids)
    return ids


def take_back(
    app: Flask, change_set_id: int, *, keep: bool = False, watch: Callable[[Job], None] | None = None
) -> Undoing:
    """Undo a large change set here and now."""
    with here(app) as process:
        done = undo(change_set_id, ANA, keep=keep, runner=process.place)
        assert done.job_id is not None
        job = process.run(done.job_id, watch)
        assert job.status == "done", job.error
    return done


@pytest.mark.usefixtures("in_chunks")
def test_an_import_is_undone_and_redone_in_chunks(inside: Flask) -> None:
    before = rows()
    imported, _ = fill(40)
    after = rows()
    done = take_back(inside, imported)
    assert rows() == before
    undoing = change_set(id_of(done.change))
    assert undoing.finished
    assert undoing.entries == change_set(imported).entries
    take_back(inside, undoing.id)
    assert rows() == after


@pytest.mark.usefixtures("in_chunks")
def test_whoever_is_asked_before_the_commit_of_any_chunk_knows_that_it_is_an_undo(
    inside: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of what: doing again what was undone is an undo of the same act."""
    known: list[tuple[int | None, str]] = []

    def note(change: Change) -> None:
        if change.touched:
            known.append((change.undoes_id, change.undone_action))

    monkeypatch.setattr("crm.journal.recorder.before_commit", [*before_commit, note])
    imported, _ = fill(40)
    known.clear()
    undoing = id_of(take_back(inside, imported).change)
    assert len(known) > 3
    assert {*known} == {(imported, "contacts.import")}
    known.clear()
    take_back(inside, undoing)
    assert {*known} == {(undoing, "contacts.import")}


@pytest.mark.usefixtures("in_chunks")
def test_a_large_bulk_edit_and_a_large_deletion_are_undone(inside: Flask) -> None:
    _, people = fill(40)
    before = rows()
    with acting(action="contacts.bulk") as change:
        change.update(table(Contact), people, {"sector": "school", "version": Contact.version + 1})
    edited = id_of(change)
    with acting(action="contacts.delete") as change:
        services.delete(people[5:35])
    take_back(inside, id_of(change))
    take_back(inside, edited)
    assert rows() == before


@pytest.mark.usefixtures("in_chunks")
def test_organizations_under_each_other_are_cut_anywhere(inside: Flask) -> None:
    """One statement deletes rows that refer to each other in every direction; chunks end between them."""
    before = rows()
    with acting(action="contacts.import") as change:
        made = _insert(change, Contact, [{**_person(n), "kind": "organization"} for n in range(40)])
    above = {child: made[(number * 7 + 3) % 40] for number, child in enumerate(made)}
    contacts = table(Contact)
    with acting(), system("tied together, unseen by the journal"):
        for child, parent in above.items():
            db.session().execute(contacts.update().where(contacts.c.id == child).values(parent_id=parent))
    with acting(action="contacts.delete") as deletion:
        deletion.delete(contacts, made)
    done = take_back(inside, id_of(deletion))
    assert {each: row["parent_id"] for each, row in rows()["contact"].items()} == above
    take_back(inside, id_of(done.change))
    assert rows() == before


@pytest.mark.usefixtures("in_chunks")
def test_an_error_between_chunks_costs_one_chunk(inside: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows()
    imported, _ = fill(40)
    write, calls = Inverse.write, []

    def stumble(self: Inverse) -> None:
        calls.append(1)
        write(self)
        if len(calls) in {1, 4, 5}:
            raise RuntimeError("the machine hiccups")

    monkeypatch.setattr(Inverse, "write", stumble)
    done = take_back(inside, imported)
    assert rows() == before
    assert change_set(id_of(done.change)).entries == change_set(imported).entries


@pytest.mark.usefixtures("in_chunks")
def test_a_stopped_undo_goes_on_where_it_was(inside: Flask) -> None:
    before = rows()
    imported, _ = fill(40)

    def stop(job: Job) -> None:
        with inside.app_context(), acting(), system("a test"):
            cancel(db.session().get_one(Job, job.id), ANA)

    with here(inside) as process:
        begun = undo(imported, ANA, runner=process.place)
        assert begun.job_id is not None
        assert process.run(begun.job_id, stop).status == "cancelled"
        half = rows()
        assert before["contact"] != half["contact"] or before["contact_tag"] != half["contact_tag"]
        assert unfinished_undo(imported) is not None
        with pytest.raises(UserError, match="undone already"):
            undo(imported, ANA)
        with pytest.raises(UserError, match="not finished"):
            undo(id_of(begun.change), ANA)
        assert process.run(resume(imported, ANA, runner=process.place)).status == "done"
    assert rows() == before
    assert unfinished_undo(imported) is None


@pytest.mark.usefixtures("in_chunks")
def test_what_others_do_meanwhile_is_left_alone(inside: Flask) -> None:
    imported, people = fill(40)
    untouched, half_gone = people[3], people[39]

    def work(job: Job) -> None:
        if job.progress_done != 7:
            return
        with inside.app_context():
            edit(untouched, BEN, job_title="Nurse")
            edit(half_gone, BEN, job_title="Teacher")
            add(BEN, given_name="Omar", tags=["spring"])

    done = take_back(inside, imported, watch=work)
    left = rows()
    names = {row["name"]: row["job_title"] for row in left["contact"].values()}
    assert names == {"Person 00003": "Nurse", "Person 00039": "Teacher", "Omar Shah": None}
    assert {row["contact_id"] for row in left["contact_email"].values()} == {untouched, half_gone}
    assert [row["name"] for row in left["tag"].values()] == ["spring"]
    assert untouched in {row["contact_id"] for row in left["contact_tag"].values()}
    assert change_set(id_of(done.change)).finished


@pytest.mark.usefixtures("in_chunks")
def test_a_large_undo_says_what_stands_in_the_way(inside: Flask) -> None:
    imported, people = fill(40)
    for each in people[:3]:
        edit(each, BEN, job_title="Nurse")
    add(BEN, given_name="Omar", tags=["spring"])
    made = plan(imported, ANA)
    assert [each.label for each in made.blocked] == ["Person 00000", "Person 00001", "Person 00002", "spring"]
    assert made.kept_rows == 3 * 3 + 1
    with pytest.raises(StandsInTheWay):
        undo(imported, ANA)
    take_back(inside, imported, keep=True)
    assert len(rows()["contact"]) == 4


def test_killed_at_any_moment_it_finishes_with_no_row_twice_and_none_missing(
    inside: Flask, config: Config
) -> None:
    """The real command in a real process, killed and started again."""
    before = rows()
    imported, _ = fill(700)
    for _round in range(3):
        done = progress(imported)
        process = start(config, imported)
        wait_until(partial(got_on, imported, done, process))
        process.kill()
        process.wait()
    process = start(config, imported)
    assert process.wait(PATIENCE) == 0
    assert rows() == before
    undoing = change_set(change_set(imported).undone_by_id or 0)
    assert undoing.finished
    assert undoing.entries == change_set(imported).entries
    with system("a test"):
        assert db.session().scalars(select(UndoRun)).all() == []


def start(config: Config, change_set_id: int) -> "subprocess.Popen[bytes]":
    db.session().rollback()
    environment = {
        **os.environ,
        "CRM_DATABASE_URL": config.database_url,
        "CRM_DATA_DIR": str(config.data_dir),
        "CRM_SECRET_KEY": config.secret_key,
        "CRM_PLUGINS": "",
    }
    config.data_dir.mkdir(exist_ok=True)
    command = [sys.executable, "-c", UNDO, str(change_set_id)]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)


def progress(change_set_id: int) -> int:
    """How many entries are undone so far."""
    db.session().rollback()
    with system("a test"):
        undoing = select(ChangeSet.undone_by_id).where(ChangeSet.id == change_set_id).scalar_subquery()
        done = db.session().scalar(select(UndoRun.done).where(UndoRun.change_set_id == undoing))
    db.session().rollback()
    return done or 0


def got_on(change_set_id: int, done: int, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, "the undo ended before it was killed; let there be more to undo"
    return progress(change_set_id) > done


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; only its failing takes long."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.005)
