"""Deleting many contacts with all that hangs on them."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.bulk.state import IN_USE, Arguments, State
from crm.contacts.models import Contact


def title(_arguments: Arguments) -> str:
    return _("Delete")


def sentence(_arguments: Arguments, count: int) -> str:
    return str(ngettext("Deleted %(count)s contact", "Deleted %(count)s contacts", count, count=count))


def read(_arguments: Arguments, ids: Sequence[int]) -> Mapping[int, State]:
    """Whoever was edited since the plan was made is not deleted."""
    in_use = services.kept(ids)
    with system("the ids were checked against what the actor may see"):
        rows = db.session().execute(select(Contact.id, Contact.version).where(db.among(Contact.id, ids)))
        return {each: State(refusal=IN_USE) if each in in_use else State(version) for each, version in rows}


def write(_arguments: Arguments, ids: Sequence[int], _actor: Actor) -> None:
    services.delete(ids)
