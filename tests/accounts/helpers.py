"""What several tests of accounts need."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from crm import db
from crm.access import system
from crm.access.actor import Actor
from crm.accounts.delivery import mail_folder
from crm.jobs.inline import run_waiting


@contextmanager
def writing(app: Flask) -> Iterator[Any]:
    """The database of `app`, to be written to by the system."""
    with app.app_context(), db.transaction(Actor.system(), "test"):
        yield db.session()


def rows(app: Flask, model: type[Any], *conditions: Any) -> list[Any]:
    """The rows of a table, by id."""
    with app.app_context(), system("a test"):
        found = db.session().scalars(select(model).where(*conditions).order_by(model.id)).all()
        db.session().expunge_all()
        return list(found)


def change(app: Flask, model: type[Any], *conditions: Any, **values: Any) -> None:
    """Set columns of the rows that meet the conditions, past every service."""
    with writing(app) as session, system("a test"):
        session.execute(update(model).where(*conditions).values(**values))


def delivered(app: Flask) -> list[EmailMessage]:
    """Let the worker do what waits; then every message in the development outbox, oldest first."""
    failed = [job.error for job in run_waiting(app) if job.status != "done"]
    assert not failed, failed
    with app.app_context():
        files = sorted(mail_folder().glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(message: EmailMessage) -> str:
    """The path of the first link to a page in a message."""
    found = re.search(r"https?://[^/\s]+(/\S+)", text_of(message))
    assert found is not None, text_of(message)
    return found.group(1)
