"""`rollcall demo load`: a coalition to look at, and who to sign in as."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from crm import create_app, db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts import passwords, sessions
from crm.accounts.models import User
from crm.config import load
from crm.contacts.models import Affiliation, Contact, Note, Tag
from crm.journal.models import ChangeSet, JournalEntry
from crm.search import services as search
from tests.cli.conftest import Rollcall, on_database, rollcall, settings

__all__ = ["on_database", "rollcall", "settings"]


def test_the_demo_can_be_loaded_once(on_database: str, rollcall: Rollcall) -> None:
    assert rollcall("db", "upgrade").code == 0
    done = rollcall("demo", "load", "--people", "60", "--json")
    assert (done.code, done.data["people"]) == (0, 60)
    app = create_app(load())
    with app.app_context(), system("test"):
        it_looks_alive()
        it_is_one_change_set_and_a_history(done.data["change_set"])
        everybody_can_sign_in_and_sees_their_part(app, done.data)
    app.extensions["crm"].engine.dispose()
    again = rollcall("demo", "load")
    assert again.code == 1
    assert "already holds" in again.err


def it_looks_alive() -> None:
    session = db.session()
    kinds = select(Contact.kind, func.count()).group_by(Contact.kind)
    counts = {row[0]: row[1] for row in session.execute(kinds)}
    assert counts["person"] >= 60
    assert counts["organization"] >= 66  # Plugins bring districts, outlets and agencies of their own.
    for model in (Note, Tag, Affiliation):
        assert session.scalar(select(func.count()).select_from(model))


def it_is_one_change_set_and_a_history(change_set_id: int) -> None:
    session = db.session()
    change_set = session.get_one(ChangeSet, change_set_id)
    entries = select(func.count()).where(JournalEntry.change_set_id == change_set_id)
    assert (change_set.finished, change_set.entries) == (True, session.scalar(entries))
    assert session.scalar(entries.where(JournalEntry.table_name == "contact")) == 60 + 66
    since = session.scalars(select(ChangeSet.at).where(ChangeSet.action.startswith("contacts."))).all()
    assert len(since) > 60
    assert db.now() - min(since) > timedelta(days=50)
    assert timedelta() < db.now() - max(since) < timedelta(days=1)


def everybody_can_sign_in_and_sees_their_part(app: Flask, told: dict[str, Any]) -> None:
    users = db.session().scalars(select(User).order_by(User.id)).all()
    assert [user.email for user in users] == [each["email"] for each in told["accounts"]]
    assert all(passwords.matches(user.password_hash, told["password"]) for user in users)
    administrator, partner = sessions.actor_for(users[0]), actor_of(users, "sam")
    assert len(names_seen(administrator)) > 60
    seen = names_seen(partner)
    assert 0 < len(seen) < 20
    with app.test_request_context():
        assert search.find(seen[0], partner)[0].title == seen[0]

    whoever_works_for_a_school_sees_it(actor_of(users, "grace"))


def actor_of(users: Sequence[User], local: str) -> Actor:
    return next(sessions.actor_for(user) for user in users if user.email == f"{local}@example.org")


def whoever_works_for_a_school_sees_it(school: Actor) -> None:
    assert school.can("schools.students")
    assert "Alder Valley Schools" in names_seen(school)


def names_seen(actor: Actor) -> list[str]:
    statement = visible(Contact, actor).with_only_columns(Contact.name).order_by(Contact.id)
    return list(db.session().execute(statement).scalars())
