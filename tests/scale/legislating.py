"""The pages of policy staff, with 200,000 bills of 50 states and what the states have on the books."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select, text

from crm import bulk, db
from crm.access.actor import Actor
from crm.access.guard import system
from crm_policy.models import Action, Bill, Element, ElementValue, Session, Sponsor, Vote
from crm_policy.places import STATES
from crm_policy.reading.neutral import sort_key
from crm_policy.services import elements
from tests.scale.browser import Browser, Work, interleave, milliseconds, ratio
from tests.scale.coalition import Coalition, application, count_queries, write_rows
from tests.scale.floor import ROWS
from tests.scale.machine import served
from tests.scale.organizing import like
from tests.scale.pages import FLOOR, ONE, SIGN_IN
from tests.scale.report import Result

BILLS: Final = 200_000
ACTIONS: Final = 8
SPONSORS: Final = 10
TRACKED: Final = 400
"""Of so many one is tracked: 500 bills, as a coalition that works in every state has."""
ENDS: Final = ("live", "died_at_session_end", "failed", "vetoed")


def measure(coalition: Coalition, rounds: int) -> Iterator[Result]:
    """Each page against the floor, with the budget of a list or of a record, and its statements."""
    bill = fill(coalition)
    settings = {**coalition.database.settings, ROWS: str(write_rows(coalition))}
    paths = {
        "list of bills": ("/policy/", 6, 4),
        "list of a state’s bills": ("/policy/?f=state.is.MI", 6, 4),
        "list of tracked bills": ("/policy/?view=tracked", 6, 4),
        "bill page": (f"/policy/bills/{bill}", 5, 3),
        "map of states": ("/policy/states", 5, 3),
        "Monday": ("/policy/monday", None, None),
    }
    with ExitStack() as stack:
        floor = stack.enter_context(served(FLOOR, settings, "/hello"))
        ours = stack.enter_context(served(ONE, coalition.database.settings, SIGN_IN))
        plain, browser = Browser(floor.port), Browser(ours.port, coalition.cookies)
        static = Work("static50", plain, [plain.request("GET", "/static50")], 200)
        pages = [Work(name, browser, [browser.request("GET", path[0])], 200) for name, path in paths.items()]
        interleave([static, *pages], rounds)
        for page in pages:
            _path, must, aim = paths[page.name]
            note = f"static50; {milliseconds(page):.2f} ms"
            yield Result(page.name, ratio(page, static), "×", must, aim, note)
    for name, (path, _must, _aim) in paths.items():
        yield Result(f"{name}, statements", count_queries(coalition, path), "", note="sign-in included")


def fill(coalition: Coalition) -> int:
    """Write sessions, bills with actions and sponsors, and a value of each element; returns a bill that has
    its share of all."""
    with application(coalition.database), db.transaction(Actor.system(), "scale.policy"), system("scale"):
        bills = _bills()
        _parts(bills)
        _values()
    with application(coalition.database), system("scale"):
        if coalition.database.system == "PostgreSQL":
            db.session().execute(text("ANALYZE"))
            db.session().commit()
    return bills[len(bills) // 2]


def _bills() -> list[int]:
    states, table, now = [each for each in STATES if len(each) == 2][:50], db.table(Bill), db.now()
    sessions = list(bulk.reserve(db.table(Session), len(states)))
    rows = [
        (number, state, "2025-2026", now.date() + timedelta(30))
        for number, state in zip(sessions, states, strict=True)
    ]
    names: tuple[str, ...] = ("id", "state", "identifier", "ends_on")
    bulk.insert(db.table(Session), names, rows, _rest(Session, names))
    ids = list(bulk.reserve(table, BILLS))
    names = (
        "id", "state", "session_id", "identifier", "sort_key", "title", "chamber", "stage", "source_stage",
        "disposition", "source_disposition", "triage", "changed_at", "last_action_on", "last_action",
    )  # fmt: skip
    made = (
        _bill(each, place, states[place % 50], sessions[place % 50], now) for place, each in enumerate(ids)
    )
    bulk.insert(table, names, made, _rest(Bill, names))
    return ids


def _bill(number: int, place: int, state: str, session: int, now: Any) -> tuple[Any, ...]:
    name = f"{'HB' if place % 100 < 50 else 'SB'} {place // 50 + 1}"
    stage, end = place % 11, ENDS[place % 4]
    moment = now - timedelta(minutes=place)
    return (
        number, state, session, name, sort_key(state, name), f"Education: attendance; act {place} to amend",
        "lower", stage, stage, end, end, "tracked" if place % TRACKED == 0 else "", moment, moment.date(),
        "Referred to the committee on education",
    )  # fmt: skip


def _parts(bills: list[int]) -> None:
    """Actions and sponsors of every tenth bill; votes of the one that is looked at."""
    some, now = bills[::10], db.now().date()
    some = sorted({*some, bills[len(bills) // 2]})
    number = iter(bulk.reserve(db.table(Action), len(some) * ACTIONS))
    names: tuple[str, ...] = ("id", "bill_id", "acted_on", "position", "text")
    rows = (
        (next(number), bill, now - timedelta(place), place, f"Step {place} of its way")
        for bill in some
        for place in range(ACTIONS)
    )
    bulk.insert(db.table(Action), names, rows, _rest(Action, names))
    number = iter(bulk.reserve(db.table(Sponsor), len(some) * SPONSORS))
    names = ("id", "bill_id", "name", "name_key")
    sponsors = (
        (next(number), bill, f"Member {place}", f"member {place}")
        for bill in some
        for place in range(SPONSORS)
    )
    bulk.insert(db.table(Sponsor), names, sponsors, _rest(Sponsor, names))
    names = ("id", "bill_id", "motion")
    votes = [(each, bills[len(bills) // 2], "Third reading") for each in bulk.reserve(db.table(Vote), 6)]
    bulk.insert(db.table(Vote), names, votes, _rest(Vote, names))


def _values() -> None:
    elements.begin()
    found = db.session().execute(select(Element.id, Element.choices)).all()
    number = iter(bulk.reserve(db.table(ElementValue), len(found) * len(STATES)))
    names = ("id", "element_id", "state", "value", "status", "as_of")
    rows = [
        (next(number), row[0], state, row[1][place % len(row[1])][0] if row[1] else "", "effective",
         db.now().date())
        for row in found
        for place, state in enumerate(STATES)
    ]  # fmt: skip
    bulk.insert(db.table(ElementValue), names, rows, _rest(ElementValue, names))


def _rest(model: type[Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in like(model).items() if name not in {*names, "id"}}
