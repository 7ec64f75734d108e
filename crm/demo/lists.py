"""Lists with conditions, and fields of the coalition's own, in the made-up data."""

from typing import Any, Final

from sqlalchemy import select

from crm import db
from crm.access.guard import system
from crm.coalitions.models import Coalition
from crm.demo import words
from crm.demo.accounts import Accounts
from crm.fields.conditions import Group, Related
from crm.fields.custom import services as custom
from crm.fields.filters import Filter
from crm.fields.listing import ListState
from crm.fields.lists import save
from crm.runtime import runtime

MET_LATELY: Final = Group("any", (
    Related("activities_done", "more", 1, Group("all", (Filter("at", "last_days", "60"),))),
    Related("events_guest", where=Group("all", (Filter("guest_came", "yes"),))),
))  # fmt: skip
OPEN_PROMISE: Final = Group("all", (
    Filter("kind", "is", "organization"),
    Related("coalitions_memberships", where=Group("all", (Filter("status", "is", "active"),))),
    Related("coalitions_commitments", where=Group("all", (Filter("state", "is", "open"),))),
))  # fmt: skip
LISTS: Final = (("Met lately", MET_LATELY), ("Members who have something open", OPEN_PROMISE))
MEETS: Final = "Meets on"
DAYS: Final = ("First Tuesday", "Second Thursday", "Last Wednesday", "As needed")


def add_lists(accounts: Accounts) -> None:
    """Two shared lists; a field of contacts out of what the membership list brought, one of coalitions."""
    actor = accounts.organizers[0].actor
    with db.transaction(accounts.loader, "fields.custom", "Added two fields of our own"):
        times = "\n".join(words.MEETING_TIMES)
        _add("contacts", "Best time to meet", times, "Best time to meet", "Getting together")
        meets = _add("coalitions", MEETS, "\n".join(DAYS), "", "Getting together")
        with system("the demo fills in what it made"):
            coalitions = db.session().scalars(select(Coalition).order_by(Coalition.id)).all()
        for number, coalition in enumerate(coalitions):
            key = meets.choices[number % len(DAYS)][0]
            coalition.custom = {**coalition.custom, meets.key: key}
    with db.transaction(actor, "lists.save", "Saved two lists"):
        for name, rules in LISTS:
            save(ListState("contacts", rules=rules), name, True, actor)


def _add(record_type: str, label: str, choices: str, key: str, section: str) -> Any:
    given = {"label": label, "kind": "choice", "choices": choices, "section": section}
    return custom.add(runtime().fields.type(record_type), given, key)
