"""Whoever is erased stands in no file and no row that an import or export left behind."""

from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.contacts import erasing, services
from crm.contacts.models import Contact
from crm.jobs.inline import run_waiting
from crm.plugin_api.testing.databases import on_sqlite
from crm.transfer import exports, storage
from crm.transfer.exporting import Export, Wanted
from crm.transfer.models import ExportRun, ImportRow
from tests.transfer.conftest import ACTOR, Importing

TWICE = "First Name,Last Name,Email,Notes\nAna,Quibblex,ana@example.org,is ill\nBo,Lee,nonsense,\n"


def add_twice(app: Flask) -> list[int]:
    emails = [{"address": "ana@example.org"}]
    with app.test_request_context(), db.transaction(ACTOR, "test"):
        values = {"given_name": "Ana", "family_name": "Quibblex", "emails": emails}
        return [services.create(values, ACTOR).id for _ in range(2)]


def erase(app: Flask, contact_id: int) -> None:
    with app.test_request_context(), db.transaction(ACTOR, "test"), system("a test"):
        erasing.erase(db.session().get_one(Contact, contact_id))


@on_sqlite
def test_a_row_that_meant_nobody_for_sure_goes(app: Flask, importing: Importing) -> None:
    ids = add_twice(app)
    assert importing(TWICE).outcome["rejected"]
    for each in ids:
        erase(app, each)
    with app.app_context(), system("a test"):
        left = db.session().execute(select(ImportRow.record, ImportRow.cells, ImportRow.reasons)).all()
    assert left
    assert "uibblex" not in str(left)


@on_sqlite
def test_a_file_of_another_kind_goes(app: Flask) -> None:
    first, _second = add_twice(app)
    with app.test_request_context(), db.transaction(ACTOR, "test"), system("a test"):
        run_id = exports.ask(Export(Wanted("asks", "csv"), ACTOR), ACTOR).id
    run_waiting(app)
    with app.app_context(), system("a test"):
        key = db.session().get_one(ExportRun, run_id).file_key
    erase(app, first)
    with app.app_context(), system("a test"):
        assert db.session().get(ExportRun, run_id) is None
        assert not key or not storage.path_of("exports", key).exists()
