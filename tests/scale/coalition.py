"""The data that pages are measured on, and somebody who is signed in."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flask import Flask
from sqlalchemy import BigInteger, ColumnElement, Text, case, cast, event, func, insert, literal, select, text
from sqlalchemy.orm import Session

from crm import create_app, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import services, sessions
from crm.activities.models import Activity, Participant
from crm.coalitions.models import Coalition as CoalitionRecord
from crm.coalitions.models import Membership
from crm.config import load
from crm.contacts.models import Contact, Note
from crm.demo.generator import Generator, organization_count
from crm.demo.load import load as load_people
from crm.demo.rows import CHILD_COLUMNS, CONTACT_COLUMNS
from crm.fields.listing import encode_cursor
from tests.scale.machine import Database, rollcall

NOTES: Final = 3.0
"""For each person, so that 100,000 have 300,000."""

TIMELINE: Final = 25


@dataclass(frozen=True)
class Coalition:
    """A database with people in it. `record_id` has a long timeline; `late` is the cursor of the list at
    90 % of it."""

    database: Database
    people: int
    cookies: dict[str, str]
    record_id: int
    late: str
    rows: list[dict[str, Any]]


@contextmanager
def application(database: Database) -> Iterator[Flask]:
    """The application on a database, in this process."""
    app = create_app(load(database.settings))
    try:
        with app.app_context():
            yield app
    finally:
        app.extensions["crm"].engine.dispose()


def settle(database: Database, people: int) -> Coalition:
    """Fill a new database."""
    rollcall(database, "db", "upgrade")
    with application(database) as app:
        load_people(people, Actor.system(), [(None, "Scale")], NOTES)
        record_id = _with_long_timeline()
        _with_belongings()
        cookies = _sign_in(app)
        with system("scale"):
            if db.dialect() == "postgresql":
                db.session().execute(text("ANALYZE"))
                db.session().commit()
            return Coalition(database, people, cookies, record_id, _cursor(0.9), _fifty())


def _with_long_timeline() -> int:
    with db.transaction(Actor.system(), "scale.notes"), system("scale"):
        session: Session = db.session()
        person = session.scalar(select(func.max(Contact.id)).where(Contact.kind == "person"))
        assert person is not None
        session.add_all([Note(contact_id=person, body=f"Note {number}") for number in range(TIMELINE)])
    return person


def _with_belongings() -> None:
    """Three activities for each contact, and every third organization in a coalition, for conditions."""
    now = db.now()
    with db.transaction(Actor.system(), "scale.belongings"), system("scale"):
        session: Session = db.session()
        coalition = CoalitionRecord(name="Scale", sort_name="scale", level="state", region="")
        session.add(coalition)
        session.flush()
        contact, activity, part = db.table(Contact), db.table(Activity), db.table(Participant)
        for number, days in enumerate((10, 100, 300)):
            values = {
                "kind": case((contact.c.id % 3 == number, "call"), else_="meeting"), "subject": "Call",
                "body": "", "at": now - timedelta(days=days), "outcome": "", "version": 1,
                "author_label": cast(contact.c.id, Text), "created_at": now, "updated_at": now,
            }  # fmt: skip
            columns = [each if isinstance(each, ColumnElement) else literal(each, activity.c[name].type)
                       for name, each in values.items()]  # fmt: skip
            session.execute(insert(activity).from_select(list(values), select(*columns).select_from(contact)))
        whose = select(activity.c.id, cast(activity.c.author_label, BigInteger), activity.c.at)
        session.execute(insert(part).from_select(["activity_id", "contact_id", "at"], whose))
        member = {
            "coalition_id": coalition.id,
            "status": "active",
            "role": "member",
            "note": "",
            "created_at": now,
        }
        table = db.table(Membership)
        same = [literal(each, table.c[name].type) for name, each in member.items()]
        third = select(contact.c.id, *same).where(contact.c.kind == "organization", contact.c.id % 3 == 0)
        session.execute(insert(table).from_select(["contact_id", *member], third))


def _sign_in(app: Flask) -> dict[str, str]:
    with db.transaction(Actor.system(), "scale.account"):
        services.seed_roles()
        user = services.create_user("organizer@example.org", "An Organizer", None)
        role = services.role_named("organizer")
        assert role is not None
        services.grant(user, role)
        user_id = user.id
    with app.test_request_context(), db.transaction(Actor(user_id, "An Organizer"), "accounts.sign_in"):
        found = services.user_by_email("organizer@example.org")
        assert found is not None
        return {sessions.cookie_name(): sessions.open_session(found)}


def _cursor(share: float) -> str:
    """Where the list is at this part of it."""
    table = db.table(Contact)
    count = db.session().execute(select(func.count()).select_from(table)).scalar_one()
    ordered = select(table.c.sort_name.label("sort_key"), table.c.id).order_by(table.c.sort_name, table.c.id)
    row = db.session().execute(ordered.offset(int(count * share)).limit(1)).mappings().one()
    return encode_cursor(dict(row))


def _fifty() -> list[dict[str, Any]]:
    """The first rows of the list, for the page that has no database."""
    from tests.scale.floor import Raw

    raw = Raw(db.session().get_bind().engine.url.render_as_string(hide_password=False))
    found = [dict(row) for row in raw.fifty()]
    raw.connection.close()
    return found


def write_rows(coalition: Coalition) -> Path:
    file = coalition.database.folder / "rows.json"
    file.write_text(json.dumps(coalition.rows))
    return file


def count_queries(coalition: Coalition, path: str) -> int:
    """How many statements a page needs, the sign-in included."""
    statements: list[str] = []
    with application(coalition.database) as app:
        engine = app.extensions["crm"].engine
        client = app.test_client()
        for name, value in coalition.cookies.items():
            client.set_cookie(name, value)
        client.get(path)
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        assert client.get(path).status_code == 200
    return len(statements)


COLUMNS: Final = (
    "External ID", "First Name", "Last Name", "Email", "Phone", "Address", "City", "State", "ZIP",
    "Organization",
)  # fmt: skip


def write_list(file: Path, people: int) -> None:
    """A CSV file of made-up people, as a coalition would bring it."""
    generator = Generator(datetime(2026, 1, 1, tzinfo=UTC), [1], [(None, "")])
    generator.make_organizations(range(1, organization_count(people) + 1))
    names = {each.id: each.name for each in generator.organizations}
    rows = generator.make_people(range(1_000_001, 1_000_001 + people), 0)
    emails, phones, addresses, places = (
        {row[0]: row for row in rows.children[name]}
        for name in ("contact_email", "contact_phone", "contact_address", "affiliation")
    )
    given, family = CONTACT_COLUMNS.index("given_name"), CONTACT_COLUMNS.index("family_name")
    blank = ("",) * len(CHILD_COLUMNS["contact_address"])
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        for row in rows.contacts:
            email, phone = emails.get(row[0], blank)[2], phones.get(row[0], blank)[2]
            street, _more, *place = addresses.get(row[0], blank)[2:7]
            organization = names[places[row[0]][1]]
            writer.writerow(
                (f"P{row[0]}", row[given], row[family], email, phone, street, *place, organization)
            )
