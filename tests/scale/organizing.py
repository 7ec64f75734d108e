"""The pages of an organizer's day, with 200 coalitions and a million activities beside the people."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import JSON, select, text
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from crm import bulk, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.accounts.models import User
from crm.activities.models import Activity, Participant, Task
from crm.campaigns.models import Ask, Campaign, Goal, Milestone, Supporter, Target
from crm.coalitions.models import Coalition as CoalitionRow
from crm.coalitions.models import Commitment, Membership
from crm.contacts.models import Contact
from crm.demo.rows import Dice
from tests.scale.browser import Browser, Work, interleave, milliseconds, ratio
from tests.scale.coalition import Coalition, application, count_queries, write_rows
from tests.scale.floor import ROWS
from tests.scale.machine import served
from tests.scale.pages import FLOOR, ONE, SIGN_IN
from tests.scale.report import Result

COALITIONS: Final = 200
CAMPAIGNS: Final = 200
MEMBERS: Final = 100
ACTIVITIES: Final = 1_000_000
TASKS: Final = 50_000
MINE: Final = 40
"""Open tasks of the one who looks."""

KINDS: Final = ("call", "meeting", "email", "letter", "visit", "note")


def measure(coalition: Coalition, rounds: int) -> Iterator[Result]:
    """The campaign page, My day and the home page against the floor; each with what it needs to be whole."""
    campaign = fill(coalition)
    settings = {**coalition.database.settings, ROWS: str(write_rows(coalition))}
    with ExitStack() as stack:
        floor = stack.enter_context(served(FLOOR, settings, "/hello"))
        ours = stack.enter_context(served(ONE, coalition.database.settings, SIGN_IN))
        plain = Browser(floor.port)
        static = Work("static50", plain, [plain.request("GET", "/static50")], 200)
        browser = Browser(ours.port, coalition.cookies)
        paths = {
            "campaign page": f"/campaigns/{campaign}",
            "My day": "/activities/my-day",
            "coalition page": "/coalitions/1",
            "list of activities of a person": f"/contacts/{coalition.record_id}/timeline",
        }
        pages = [Work(name, browser, [browser.request("GET", path)], 200) for name, path in paths.items()]
        interleave([static, *pages], rounds)
        for page in pages:
            yield Result(page.name, ratio(page, static), "×", note=f"static50; {milliseconds(page):.2f} ms")
    for name, path in paths.items():
        yield Result(f"{name}, statements", count_queries(coalition, path), "", note="sign-in included")


def fill(coalition: Coalition) -> int:
    """Write the coalitions, campaigns, activities and tasks; returns a campaign that has its share of all."""
    with application(coalition.database), db.transaction(Actor.system(), "scale.organizing"), system("scale"):
        user = db.session().execute(select(db.table(User).c.id)).scalar_one()
        people = list(db.session().execute(select(db.table(Contact).c.id).limit(20_000)).scalars())
        coalitions = _coalitions(user, people)
        campaigns = _campaigns(user, coalitions, people)
        _activities(user, coalitions, campaigns, people)
        _tasks(user, campaigns, people)
    if coalition.database.system == "PostgreSQL":
        with application(coalition.database), system("scale"):
            db.session().execute(text("ANALYZE"))
            db.session().commit()
    return campaigns[0]


def _coalitions(user: int, people: Sequence[int]) -> Sequence[int]:
    moment, table, members = db.now(), db.table(CoalitionRow), db.table(Membership)
    ids = bulk.reserve(table, COALITIONS)
    names = ("id", "name", "sort_name", "level", "region", "owner_user_id")
    rows = [(each, f"Coalition {each}", f"coalition {each:06}", "local", "MI", user) for each in ids]
    same = {"description": "", "version": 1, "created_at": moment, "updated_at": moment}
    bulk.insert(table, names, rows, same)
    member_ids = iter(bulk.reserve(members, COALITIONS * MEMBERS))
    belong = [
        (next(member_ids), each, people[(place * 7 + number) % len(people)])
        for place, each in enumerate(ids)
        for number in range(MEMBERS)
    ]
    constants = {"status": "active", "role": "member", "note": "", "created_at": moment}
    bulk.insert(members, ("id", "coalition_id", "contact_id"), belong, constants)
    return ids


def _campaigns(user: int, coalitions: Sequence[int], people: Sequence[int]) -> Sequence[int]:
    moment, table = db.now(), db.table(Campaign)
    today = moment.date()
    ids = bulk.reserve(table, CAMPAIGNS)
    names = (
        "id", "name", "sort_name", "kind", "status", "coalition_id", "owner_user_id", "start_date",
        "end_date",
    )  # fmt: skip
    rows = [
        (each, f"Campaign {each}", f"campaign {each:06}", "local_practice", "active",
         coalitions[place % len(coalitions)], user, today - timedelta(200), today + timedelta(165))
        for place, each in enumerate(ids)
    ]  # fmt: skip
    bulk.insert(table, names, rows, {"summary": "", "version": 1, "created_at": moment, "updated_at": moment})
    _hang(Goal, ids, 4, lambda number, person: ("Promises kept", "coalitions.kept", 40, {}, number),
          ("label", "measure", "target", "parameters", "position"), {}, people)  # fmt: skip
    _hang(Milestone, ids, 6, lambda number, person: (f"Step {number}", today + timedelta(number * 20)),
          ("title", "due_date"), {}, people)  # fmt: skip
    _hang(Target, ids, 30, lambda number, person: (person, number % 5 - 2, number % 5 + 1),
          ("contact_id", "support", "influence"), {"stage": "contacted", "note": "", "created_at": moment},
          people)  # fmt: skip
    _hang(Supporter, ids, 200, lambda number, person: (person, number % 6 + 1, today),
          ("contact_id", "rung", "since"), {"note": ""}, people)  # fmt: skip
    _hang(Ask, ids, 100, lambda number, person: (person, today - timedelta(number), user),
          ("contact_id", "asked_on", "asked_by_user_id"), like(Ask, answer="waiting", what="To come"),
          people)  # fmt: skip
    promised = like(Commitment, owner_user_id=user, kind="host", title="Hosts a meeting", pledged_on=today,
                     status="open", due_date=today + timedelta(30))  # fmt: skip
    _hang(Commitment, ids, 50, lambda number, person: (person,), ("contact_id",), promised, people)
    return ids


def like(model: type[Any], **values: Any) -> dict[str, Any]:
    """A value for each column that must have one: the given, the default, or an empty text."""
    found: dict[str, Any] = {}
    for column in db.table(model).columns:
        if column.name in values:
            found[column.name] = values[column.name]
        elif isinstance(column.default, ScalarElementColumnDefault):
            found[column.name] = column.default.arg
        elif column.default is not None:
            found[column.name] = {} if isinstance(column.type, JSON) else db.now()
    return found


def _hang(
    model: type[Any],
    campaigns: Sequence[int],
    count: int,
    make: Any,
    columns: Sequence[str],
    constants: dict[str, Any],
    people: Sequence[int],
) -> None:
    """So many rows of a kind for each campaign; people of one campaign differ."""
    table = db.table(model)
    ids = iter(bulk.reserve(table, len(campaigns) * count))
    rows = (
        (next(ids), campaign, *make(number, people[(place * 31 + number) % len(people)]))
        for place, campaign in enumerate(campaigns)
        for number in range(count)
    )
    same = {name: value for name, value in constants.items() if name not in {*columns, "id", "campaign_id"}}
    bulk.insert(table, ("id", "campaign_id", *columns), rows, same)


def _activities(
    user: int, coalitions: Sequence[int], campaigns: Sequence[int], people: Sequence[int]
) -> None:
    moment, dice = db.now(), Dice(7)
    table, parts = db.table(Activity), db.table(Participant)
    for first in range(0, ACTIVITIES, 100_000):
        ids = bulk.reserve(table, 100_000)
        ats = [moment - timedelta(minutes=dice.number(0, 1_500_000)) for _each in ids]
        rows = (
            (each, KINDS[place % 6], f"About attendance {first + place}", ats[place],
             campaigns[place % len(campaigns)] if place % 3 else None,
             coalitions[place % len(coalitions)], user)
            for place, each in enumerate(ids)
        )  # fmt: skip
        names = ("id", "kind", "subject", "at", "campaign_id", "coalition_id", "author_user_id")
        bulk.insert(table, names, rows, _rest(Activity, names))
        part_ids = bulk.reserve(parts, 100_000)
        joined = (
            (part_ids[place], each, people[(first + place) % len(people)], ats[place])
            for place, each in enumerate(ids)
        )
        bulk.insert(parts, ("id", "activity_id", "contact_id", "at"), joined)


def _tasks(user: int, campaigns: Sequence[int], people: Sequence[int]) -> None:
    moment, table = db.now(), db.table(Task)
    ids = bulk.reserve(table, TASKS)
    names = ("id", "title", "assignee_user_id", "due_date", "done_at", "contact_id", "campaign_id")
    rows = (
        (each, f"Call back {place}", user, moment.date() + timedelta(place % 60 - 20),
         None if place < MINE else moment, people[place % len(people)], campaigns[place % len(campaigns)])
        for place, each in enumerate(ids)
    )  # fmt: skip
    bulk.insert(table, names, rows, _rest(Task, names))


def _rest(model: type[Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in like(model).items() if name not in {*names, "id"}}
