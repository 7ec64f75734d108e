"""The floor: the least that a page of the same content could cost, on the same stack and database.

`python -m tests.scale.floor --port N` serves hello world, a page of 50 rows without a database, and pages
from raw SQL.
"""

import argparse
import json
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from flask import Flask, redirect, render_template, request
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer
from jinja2 import DictLoader
from sqlalchemy.engine import make_url
from werkzeug.wrappers import Response

ROWS: Final = "SCALE_ROWS"
"""The variable that names a JSON file with the 50 rows of the static page."""

HEAD: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Contacts</title></head><body>"""
PAGE: Final = f"""{HEAD}<h1>Contacts</h1><table>
<thead><tr><th>Name</th><th>Organization</th><th>Email</th><th>Phone</th><th>City</th><th>Tags</th></tr></thead>
<tbody>{{% for row in rows %}}
<tr><td><a href="/contacts/{{{{ row.id }}}}">{{{{ row.name }}}}</a></td>
<td>{{{{ row.organization or '' }}}}</td><td>{{{{ row.email or '' }}}}</td>
<td>{{{{ row.phone or '' }}}}</td><td>{{{{ row.city or '' }}}}</td><td>
{{% for tag in row.tags.split('|') if tag %}}<span class="badge">{{{{ tag }}}}</span>{{% endfor %}}</td></tr>
{{% endfor %}}</tbody></table></body></html>"""
RECORD: Final = f"""{HEAD}<h1>{{{{ row.name }}}}</h1>
<ul>{{% for each in reach %}}<li>{{{{ each.value }}}}</li>{{% endfor %}}</ul><ol>{{% for note in notes %}}
<li><p>{{{{ note.body }}}}</p><small>{{{{ note.author_label }}}}, {{{{ note.created_at }}}}</small></li>
{{% endfor %}}</ol></body></html>"""

JOINED: Final = {"sqlite": "group_concat(t.name, '|')", "postgresql": "string_agg(t.name, '|')"}
COLUMNS: Final = """
c.id, c.name,
(SELECT o.name FROM affiliation a JOIN contact o ON o.id = a.organization_id
 WHERE a.person_id = c.id AND a.end_date IS NULL ORDER BY a.is_primary DESC, a.id LIMIT 1) AS organization,
(SELECT address FROM contact_email WHERE contact_id = c.id ORDER BY is_primary DESC, id LIMIT 1) AS email,
(SELECT number FROM contact_phone WHERE contact_id = c.id ORDER BY is_primary DESC, id LIMIT 1) AS phone,
(SELECT city FROM contact_address WHERE contact_id = c.id ORDER BY is_primary DESC, id LIMIT 1) AS city,
coalesce((SELECT {joined} FROM contact_tag x JOIN tag t ON t.id = x.tag_id WHERE x.contact_id = c.id), '')
    AS tags
"""
INSERT_CONTACT: Final = """
INSERT INTO contact (kind, name, sort_name, name_key, given_name, family_name, custom, version, created_at,
    updated_at)
VALUES ('person', ?, ?, ?, ?, ?, '{}', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP) RETURNING id
"""
INSERT_EMAIL: Final = """
INSERT INTO contact_email (contact_id, label, address, address_key, is_primary, source, created_at)
VALUES (?, 'work', ?, ?, ?, '', CURRENT_TIMESTAMP)
"""
INSERT_PHONE: Final = """
INSERT INTO contact_phone (contact_id, label, number, extension, is_primary, source, created_at)
VALUES (?, 'work', ?, '', ?, '', CURRENT_TIMESTAMP)
"""


class Raw:
    """One connection per process and plain SQL."""

    def __init__(self, url: str) -> None:
        self.system = "sqlite" if url.startswith("sqlite") else "postgresql"
        self.mark = "?" if self.system == "sqlite" else "%s"
        self.connection: Any
        if self.system == "sqlite":
            self.connection = sqlite3.connect(
                url.removeprefix("sqlite:///"), check_same_thread=False, isolation_level=None
            )
            self.connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000", "busy_timeout=60000"):
                self.connection.execute(f"PRAGMA {pragma}")
        else:
            plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
            self.connection = psycopg.connect(plain, autocommit=True, row_factory=psycopg.rows.dict_row)
        self.columns = COLUMNS.format(joined=JOINED[self.system])

    def run(self, statement: str, *values: Any) -> Any:
        return self.connection.execute(statement.replace("?", self.mark), values)

    def all(self, statement: str, *values: Any) -> Sequence[Any]:
        found: Sequence[Any] = self.run(statement, *values).fetchall()
        return found

    def fifty(self) -> Sequence[Any]:
        return self.all(f"SELECT {self.columns} FROM contact c ORDER BY c.sort_name, c.id LIMIT 50")

    def search(self, typed: str) -> Sequence[Any]:
        """Ten hits of the beginnings of words, by the plainest use of the index."""
        if self.system == "sqlite":
            fits = "search_index MATCH ?"
            source, typed = "search_index JOIN search_document d ON d.id = search_index.rowid", f'"{typed}"*'
        else:
            fits, source, typed = "d.vector @@ CAST(? AS tsquery)", "search_document d", f"'{typed}':*"
        columns = "d.record_id AS id, d.title AS name, d.subtitle AS organization"
        return self.all(f"SELECT {columns} FROM {source} WHERE {fits} LIMIT 10", typed)

    def insert(self, given: str, family: str, email: str, phone: str) -> None:
        self.run("BEGIN IMMEDIATE" if self.system == "sqlite" else "BEGIN")
        keys = (f"{family} {given}".lower(), (given + family).lower())
        row = self.run(INSERT_CONTACT, f"{given} {family}", *keys, given, family).fetchone()
        self.run(INSERT_EMAIL, row["id"], email, email, True)
        self.run(INSERT_PHONE, row["id"], phone, True)
        self.run("COMMIT")


def make_app(url: str) -> Flask:
    """The floor's application."""
    app = Flask("floor")
    app.jinja_loader = DictLoader({"page.html": PAGE, "record.html": RECORD})
    raw = Raw(url)
    rows = json.loads(Path(os.environ[ROWS]).read_text())

    @app.get("/hello")
    def hello() -> str:
        return "Hello, world"

    @app.get("/static50")
    def static50() -> str:
        return render_template("page.html", rows=rows)

    @app.get("/list")
    def raw_list() -> str:
        return render_template("page.html", rows=raw.fifty())

    @app.get("/search")
    def raw_search() -> str:
        found = [{**dict(row), "tags": ""} for row in raw.search(request.args["q"])]
        return render_template("page.html", rows=found)

    @app.get("/record/<int:contact_id>")
    def raw_record(contact_id: int) -> str:
        row = raw.all("SELECT * FROM contact WHERE id = ?", contact_id)[0]
        reach = raw.all(
            "SELECT address AS value FROM contact_email WHERE contact_id = ? UNION ALL "
            "SELECT number FROM contact_phone WHERE contact_id = ?", contact_id, contact_id,
        )  # fmt: skip
        notes = raw.all("SELECT * FROM note WHERE contact_id = ? ORDER BY id DESC LIMIT 20", contact_id)
        return render_template("record.html", row=row, reach=reach, notes=notes)

    @app.post("/insert")
    def raw_insert() -> Response:
        form = request.form
        raw.insert(form["given_name"], form["family_name"], form["email"], form["phone"])
        return redirect("/static50", 303)

    return app


def _load(target: str) -> Flask:
    return make_app(target)


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the floor of the speed budgets.")
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    url = os.environ["CRM_DATABASE_URL"]
    server = MPServer(
        url,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=1,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=_load)


if __name__ == "__main__":
    main()
