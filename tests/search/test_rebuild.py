"""The index can be written anew, and then holds the same."""

from flask import Flask
from sqlalchemy import select, text

from crm import db
from crm.access.actor import Actor
from crm.search.indexing import DOCUMENTS, rebuild
from tests.search.conftest import Add, Find


def test_a_rebuilt_index_is_the_same(add: Add, find: Find, app: Flask) -> None:
    add(organization="Lincoln School")
    add("José Núñez", at="Lincoln School", tags=["council"])
    columns = [column for column in DOCUMENTS.c if column.name != "id"]
    everything = select(*columns).order_by("kind", "record_id")
    with app.app_context():
        before = db.session().execute(everything).all()
        with db.transaction(Actor.system(), "test.break"):
            db.session().execute(text("DELETE FROM search_document"))
        assert find("jose") == []
        with db.transaction(Actor.system(), "search.rebuild"):
            assert rebuild() == 2
        assert db.session().execute(everything).all() == before
    assert find("jose") == ["José Núñez"]


def test_the_full_text_index_of_sqlite_agrees_with_its_table(add: Add, app: Flask) -> None:
    person = add("Ana Ruiz")
    with app.app_context():
        if db.dialect() == "sqlite":
            with db.transaction(Actor.system(), "test.change"):
                session = db.session()
                session.execute(
                    text("UPDATE search_document SET body = 'other' WHERE record_id = :id"), {"id": person}
                )
                for name in ("search_index", "search_title_index"):
                    session.execute(text(f"INSERT INTO {name} ({name}) VALUES ('integrity-check')"))
        hits = db.session().execute(select(DOCUMENTS.c.record_id)).scalars().all()
    assert hits == [person]
