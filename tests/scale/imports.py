"""An import and its undo against the least that writing the same rows could cost."""

import csv
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy.engine import make_url

from tests.scale.coalition import COLUMNS, write_list
from tests.scale.machine import Database, Databases, Done, rollcall
from tests.scale.report import Result

STAGE: Final = "external_id given family email phone street city region postal_code organization".split()  # noqa: SIM905  # Reads as the line of a file.
MOVE: Final = """
INSERT INTO contact (kind, name, sort_name, name_key, external_id, given_name, family_name, custom, version,
    created_at, updated_at)
SELECT 'person', given || ' ' || family, lower(family || ' ' || given), lower(given || family), external_id,
    given, family, '{}', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP
FROM stage;

INSERT INTO contact (kind, name, sort_name, name_key, custom, version, created_at, updated_at)
SELECT 'organization', organization, lower(organization), lower(organization), '{}', 1, CURRENT_TIMESTAMP,
    CURRENT_TIMESTAMP
FROM (SELECT DISTINCT organization FROM stage WHERE organization <> '') o;

INSERT INTO contact_email (contact_id, label, address, address_key, is_primary, source, created_at)
SELECT c.id, '', s.email, s.email, true, '', CURRENT_TIMESTAMP
FROM stage s JOIN contact c ON c.external_id = s.external_id WHERE s.email <> '';

INSERT INTO contact_phone (contact_id, label, number, extension, is_primary, source, created_at)
SELECT c.id, '', s.phone, '', true, '', CURRENT_TIMESTAMP
FROM stage s JOIN contact c ON c.external_id = s.external_id WHERE s.phone <> '';

INSERT INTO contact_address (contact_id, label, street, street2, city, region, postal_code, country,
    address_key, is_primary, source, created_at)
SELECT c.id, '', s.street, '', s.city, s.region, s.postal_code, 'US', lower(s.street), true, '',
    CURRENT_TIMESTAMP
FROM stage s JOIN contact c ON c.external_id = s.external_id WHERE s.street <> '';

INSERT INTO affiliation (person_id, organization_id, role, department, is_primary, source, created_at)
SELECT c.id, o.id, '', '', true, '', CURRENT_TIMESTAMP
FROM stage s JOIN contact c ON c.external_id = s.external_id
JOIN contact o ON o.name_key = lower(s.organization) AND o.kind = 'organization'
"""
"""Stage to tables, with their indexes, and nothing cleaned, matched, journaled or made findable."""


def measure(databases: Databases, folder: Path, people: int) -> Iterator[Result]:
    """Import a list of so many people into an empty database, again, and take it back."""
    few, many = folder / "few.csv", folder / "many.csv"
    write_list(few, 20)
    write_list(many, people)
    floor = _floor(_new(databases, "floor"), many)
    idle = rollcall(_new(databases, "idle"), "import", "contacts", str(few), "--json")
    database = _new(databases, "imported")
    done = rollcall(database, "import", "contacts", str(many), "--json")
    told = json.loads(done.out)
    assert told["create"] >= people, told
    # Starting the program is not the import.
    seconds = done.seconds - idle.seconds
    yield Result("stage and INSERT, nothing else", people / floor, "rows/s")
    yield Result(
        "import, of that", 100 * floor / seconds, "%", 25, 50, f"{people / seconds:.0f} rows/s", True
    )
    yield Result("import, memory over idle", done.megabytes - idle.megabytes, "MB", 100, note=_peak(done))
    again = rollcall(database, "import", "contacts", str(many), "--json")
    unchanged = json.loads(again.out)["unchanged"]
    yield Result(
        "the same file again, of the import", again.seconds / done.seconds, "×", note=f"{unchanged} unchanged"
    )
    undone = rollcall(database, "undo", str(told["change_set"]))
    yield Result("undo, of the import", undone.seconds / done.seconds, "×", 1, 0.5, f"{undone.seconds:.1f} s")


def _peak(done: Done) -> str:
    return f"{done.megabytes:.0f} MB at most"


def _new(databases: Databases, name: str) -> Database:
    database = databases.new(name)
    rollcall(database, "db", "upgrade")
    return database


def _floor(database: Database, file: Path) -> float:
    """Seconds from the file to the tables."""
    begun = time.perf_counter()
    with file.open(newline="", encoding="utf-8") as source:
        lines = csv.reader(source)
        assert tuple(next(lines)) == COLUMNS
        if database.system == "SQLite":
            _through_sqlite(database, lines)
        else:
            _through_postgresql(database, lines)
    return time.perf_counter() - begun


def _through_sqlite(database: Database, lines: Any) -> None:
    connection = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"CREATE TEMP TABLE stage ({', '.join(STAGE)})")
    connection.executemany(f"INSERT INTO stage VALUES ({', '.join('?' * len(STAGE))})", lines)
    for statement in MOVE.split(";"):
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.close()


def _through_postgresql(database: Database, lines: Any) -> None:
    plain = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE stage ({', '.join(f'{name} text' for name in STAGE)})".encode())
        with cursor.copy("COPY stage FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        cursor.execute("ANALYZE stage")
        for statement in MOVE.split(";"):
            cursor.execute(statement.encode())
