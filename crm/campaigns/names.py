"""What the people of a campaign are called, as far as a reader may know."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import select

from crm import db
from crm.access import visible
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.contacts.models import Contact


def hidden() -> str:
    """The name of somebody whom the reader may not see."""
    return _("Somebody you may not see")


def contacts(ids: Iterable[int | None], actor: Actor) -> dict[int, str]:
    """The names of those contacts that the actor may see."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    statement = visible(Contact, actor).where(db.among(Contact.id, wanted))
    rows = db.session().execute(statement.with_only_columns(Contact.id, Contact.name))
    return {row[0]: row[1] for row in rows}


def users(ids: Iterable[int | None]) -> dict[int, str]:
    """The names of accounts; whoever sees what somebody did may know who it was."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    with system("who did or owns something"):
        rows = db.session().execute(select(User.id, User.name).where(db.among(User.id, wanted)))
        return {row[0]: row[1] for row in rows}


def hidden_record() -> str:
    """The name of a campaign or coalition that the reader may not see."""
    return _("One that you may not see")
