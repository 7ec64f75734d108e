"""Two people at one import."""

from threading import Thread

from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.errors import UserError
from crm.jobs.inline import here
from crm.jobs.models import Job
from crm.jobs.services import enqueue
from crm.plugin_api.testing.databases import on_postgresql, on_sqlite
from crm.transfer import at_once, runs
from tests.infrastructure.waiting import until_somebody_waits
from tests.transfer.conftest import ACTOR, Importing, everybody

TWO = "First Name,Last Name\nAna,Ruiz\nBen,Ode\n"


def press(app: Flask, run_id: int, said: list[str]) -> None:
    with app.app_context():
        try:
            with db.transaction(ACTOR, "transfer.apply"):
                runs.ask_to_apply(at_once.read(run_id), ACTOR)
        except UserError as error:
            said.append(error.message)


@on_postgresql
def test_of_two_who_press_import_one_comes_second(app: Flask, importing: Importing) -> None:
    run_id = importing.plan(TWO).id
    said: list[str] = []
    second = Thread(target=press, args=(app, run_id, said))
    with app.app_context(), db.transaction(ACTOR, "transfer.apply"):
        runs.ask_to_apply(at_once.read(run_id), ACTOR)
        second.start()
        until_somebody_waits(app)
    second.join()
    assert said == ["There is no plan to carry out here, or it is being carried out already."]
    with app.app_context(), system("a test"):
        assert len(db.session().scalars(select(Job).where(Job.kind == runs.APPLY)).all()) == 1


@on_sqlite
def test_a_job_whose_import_another_job_has_writes_nothing(app: Flask, importing: Importing) -> None:
    run_id = importing.plan(TWO).id
    with app.app_context(), here(app) as process:
        with db.transaction(ACTOR, "transfer.apply"):
            stray = enqueue(runs.APPLY, {"run_id": run_id}, "Import", ACTOR, runner=process.place).id
            runs.ask_to_apply(at_once.read(run_id), ACTOR)
        job = process.run(stray)
        assert (job.status, job.error) == ("failed", "This import is under way already.")
    assert everybody(app) == {}
