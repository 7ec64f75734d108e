"""What the conditions of a list find agrees with what plain Python finds, on both database systems."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask, g
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import db, i18n
from crm.access.actor import Actor
from crm.access.guard import system
from crm.coalitions.models import Coalition, Commitment
from crm.contacts import services
from crm.fields.conditions import COUNTS, JOINS, Group, Part, Related, loads
from crm.fields.conditions import dumps as written
from crm.fields.custom import services as custom
from crm.fields.filters import Filter
from crm.fields.listing import Listing, ListState
from crm.plugin_api.testing.people import make_user_in
from crm.runtime import runtime

Row = dict[str, Any]
WORDS = ("nurse", "Nurse lead", "", "100%", "a_b", "Ñandú")
KINDS = ("host", "testify")
KINDS_OF = {"hours": "number", "joined": "date", "helps": "boolean", "languages": "choices"}


@dataclass
class World:
    """The rows as Python knows them, and the names of three custom fields."""

    people: dict[int, Row]
    custom: dict[str, str]


def _people(today: date) -> list[Row]:
    return [
        {
            "job_title": WORDS[number % len(WORDS)] or None,
            "hours": [None, 0, 2.5, 7, -3][number % 5],
            "joined": None if number % 4 == 0 else today - timedelta(days=number * 9 - 20),
            "helps": [None, True, False][number % 3],
            "languages": [[], ["es"], ["es", "en"]][number % 3],
            "pledges": [
                {"kind": KINDS[each % 2], "due_date": today + timedelta(days=each * 20 - 30)}
                for each in range(number % 4)
            ],
        }
        for number in range(14)
    ]


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """Fourteen people with what they promised, in an application context."""
    actor, made, owner = Actor.system(), {}, make_user_in(app, role="organizer").id
    with app.test_request_context():
        g.crm_actor = actor
        with db.transaction(actor, "test"):
            contacts = runtime().fields.type("contacts")
            names = {}
            for label, kind in (
                ("hours", "number"),
                ("joined", "date"),
                ("helps", "boolean"),
                ("languages", "choices"),
            ):
                field = custom.add(contacts, {"label": label, "kind": kind, "choices": "es\nen"})
                names[label] = f"custom_{field.id}"
            where = Coalition(name="North", sort_name="north", level="local", region="")
            db.session().add(where)
            db.session().flush()
            for number, row in enumerate(_people(i18n.today())):
                values = {"given_name": f"P{number}", "job_title": row["job_title"]}
                contact = services.create(values, actor)
                made[contact.id] = row
                contact.custom = _stored(row)
                db.session().add_all(
                    Commitment(contact_id=contact.id, coalition_id=where.id, owner_user_id=owner, title="It",
                               status="open", pledged_on=date(2020, 1, 1), remind_days=7, **pledge)
                    for pledge in row["pledges"]
                )  # fmt: skip
        yield World(made, names)


def _stored(row: Row) -> Row:
    values = {name: row[name] for name in ("hours", "helps", "languages")}
    values["joined"] = row["joined"].isoformat() if row["joined"] else None
    return {name: value for name, value in values.items() if value not in (None, [])}


# Plain Python.


def text(operator: str, have: str | None, value: str) -> bool:
    have, value = (have or "").lower(), value.lower()
    tests: dict[str, bool] = {
        "contains": bool(have) and value in have,
        "is": have == value,
        "not": have != value,
        "starts": bool(have) and have.startswith(value),
        "empty": not have,
        "filled": bool(have),
    }
    return tests[operator]


def number(operator: str, have: float | None, value: str) -> bool:
    if operator in {"empty", "filled"}:
        return (have is None) == (operator == "empty")
    wanted = float(value)
    return have is not None and {"is": have == wanted, "more": have > wanted, "less": have < wanted}[operator]


def day(operator: str, have: date | None, value: str) -> bool:
    today = i18n.today()
    if operator in {"empty", "filled"}:
        return (have is None) == (operator == "empty")
    if have is None:
        return False
    if operator in {"this_month", "this_year"}:
        return have.year == today.year and (operator == "this_year" or have.month == today.month)
    if operator in {"last_days", "next_days", "before_days"}:
        ago = (today - have).days
        days = int(value)
        return {"last_days": 0 <= ago <= days, "next_days": 0 <= -ago <= days, "before_days": ago > days}[
            operator
        ]
    wanted = date.fromisoformat(value)
    return {"on": have == wanted, "before": have < wanted, "after": have > wanted}[operator]


def boolean(operator: str, have: bool | None, _value: str) -> bool:
    return have is (operator == "yes")


def several(operator: str, have: list[str], value: str) -> bool:
    tests = {"is": value in have, "not": value not in have, "empty": not have, "filled": bool(have)}
    return tests[operator]


ASKED: dict[str, Callable[[str, Any, str], bool]] = {
    "job_title": text, "hours": number, "joined": day, "helps": boolean, "languages": several,
}  # fmt: skip


def holds(part: Part, row: Row) -> bool:
    if isinstance(part, Group):
        found = [holds(each, row) for each in part.parts]
        return {"all": all(found), "any": any(found), "none": not any(found)}[part.join]
    if isinstance(part, Related):
        amount = sum(holds(part.where, each) for each in row["pledges"])
        limit = part.number
        return {
            "some": amount > 0, "none": amount == 0, "more": amount > limit, "less": amount < limit,
            "exactly": amount == limit,
            "least": amount >= limit,
            "most": amount <= limit,
        }[part.count]  # fmt: skip
    if part.field == "kind":
        return bool(row["kind"] == part.value) == (part.operator == "is")
    if part.field == "due_date":
        return day(part.operator, row["due_date"], part.value)
    return ASKED[part.field](part.operator, row[part.field], part.value)


# Random conditions.

_days = st.sampled_from(("empty", "filled", "this_month", "this_year")).map(
    lambda how: (how, "")
) | st.one_of(
    st.tuples(st.sampled_from(("last_days", "next_days", "before_days")), st.integers(0, 90).map(str)),
    st.tuples(
        st.sampled_from(("on", "before", "after")),
        st.integers(-60, 60).map(lambda days: (date(2026, 11, 1) + timedelta(days=days * 4)).isoformat()),
    ),
)
_words = st.sampled_from([word for word in WORDS if word])
_values: dict[str, Any] = {
    "job_title": st.tuples(
        st.sampled_from(("contains", "is", "not", "starts")), st.sampled_from([w for w in WORDS if w])
    )
    | st.sampled_from((("empty", ""), ("filled", ""))),
    "hours": st.tuples(st.sampled_from(("is", "more", "less")), st.sampled_from(("0", "2.5", "7", "-4")))
    | st.sampled_from((("empty", ""), ("filled", ""))),
    "joined": _days,
    "helps": st.sampled_from((("yes", ""), ("no", ""))),
    "languages": st.sampled_from((("is", "es"), ("is", "en"), ("not", "en"), ("empty", ""), ("filled", ""))),
    "kind": st.tuples(st.sampled_from(("is", "not")), st.sampled_from(KINDS)),
    "due_date": _days,
}


def _filters(names: tuple[str, ...]) -> Any:
    return st.sampled_from(names).flatmap(lambda name: _values[name].map(lambda how: Filter(name, *how)))


def _groups(parts: Any) -> Any:
    return st.builds(Group, st.sampled_from(JOINS), st.lists(parts, max_size=3).map(tuple))


_pledges = st.builds(
    Related, st.just("coalitions_commitments"), st.sampled_from(COUNTS), st.integers(0, 3),
    _groups(_filters(("kind", "due_date"))),
)  # fmt: skip
_leaves = _filters(tuple(ASKED)) | _pledges
_rules = _groups(st.recursive(_leaves, _groups, max_leaves=5))


def _named(part: Part, names: dict[str, str]) -> Part:
    if isinstance(part, Filter):
        return Filter(names.get(part.field, part.field), part.operator, part.value)
    if isinstance(part, Group):
        return Group(part.join, tuple(_named(each, names) for each in part.parts))
    return Related(part.relation, part.count, part.number, part.where)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=_rules)
def test_conditions_find_what_python_finds(world: World, rules: Group) -> None:
    asked = _named(rules, world.custom)
    assert isinstance(asked, Group)
    assert loads(written(asked)) == asked
    for one_by_one in (False, True):
        listing = Listing(ListState("contacts", rules=asked), Actor.system())
        listing.meaning.one_by_one = one_by_one
        with system("test"):
            found = set(db.session().execute(listing.ids()).scalars())
        assert listing.warnings == []
        assert found == {each for each, row in world.people.items() if holds(rules, row)}
