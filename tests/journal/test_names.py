"""What history calls records whose name stands in another table."""

import warnings

from flask import Flask

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Organization
from crm.journal.names import Namer
from crm.plugin_api.testing.databases import on_sqlite
from crm.runtime import runtime


def test_each_is_called_by_its_own_name(app: Flask) -> None:
    from crm_media.models import Outlet

    with app.test_request_context():
        with db.transaction(Actor.system(), "test", "For a test"):
            made = {}
            for name in ("The Courier", "The Herald", "Neither of them"):
                paper = Organization(name=name, sort_name=name, name_key=name, custom={})
                db.session().add(paper)
                db.session().flush()
                if name.startswith("The"):
                    outlet = Outlet(contact_id=paper.id)
                    db.session().add(outlet)
                    db.session().flush()
                    made["media_outlet", outlet.id] = name
        with db.transaction(Actor.system(), "test", "For a test"), system("test"):
            gone = max(made)
            db.session().delete(db.session().get_one(Outlet, gone[1]))
        found = Namer(Actor.system()).records(made)
        assert found.pop(gone).hidden
        assert [(each.name, each.url) for each in found.values()] == [("The Courier", "/media/outlets/1")]
        (stranger,) = Namer(Actor(None, "Nobody")).records(found).values()
        assert stranger.hidden


@on_sqlite
def test_no_kind_of_record_mixes_up_names(app: Flask) -> None:
    """SQLAlchemy warns of tables side by side that nothing joins."""
    with app.test_request_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        tables = {kind.model.__tablename__ for kind in runtime().fields.types()}
        assert len(tables) > 20
        assert len(Namer(Actor.system()).records((each, 1) for each in tables)) == len(tables)


def test_whoever_has_no_name_in_history_is_called_by_their_number(app: Flask) -> None:
    from crm_schools.models import Student
    from crm_schools.tests.made_up import make

    made = make(app, students=1)
    row = ("schools_student", made.absent)
    with app.test_request_context():
        with system("test"):
            number = db.session().get_one(Student, made.absent).local_id
        assert number != str(made.absent)
        assert Namer(Actor.system()).records([row])[row].name == f"Student {number}"
        assert number not in Namer(Actor(None, "Nobody")).records([row])[row].name
