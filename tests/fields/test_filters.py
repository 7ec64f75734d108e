"""What each kind of filter finds, on both databases alike, and what its chip says."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import Date, select, update
from sqlalchemy.orm import aliased

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts.models import Affiliation, Contact, Email, Tag
from crm.errors import UserError
from crm.fields.custom.kinds import value_of
from crm.fields.filters import Filter, as_day, condition, describe
from crm.fields.listing import Listing, ListState
from crm.fields.models import CustomField
from crm.i18n import day_here, today
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.types import Field
from tests.contacts.conftest import Add, Rows
from tests.fields.conftest import AddMany

Find = Callable[..., list[str]]

PEOPLE: list[dict[str, Any]] = [
    {
        "given_name": "Amina",
        "family_name": "Okafor",
        "job_title": "100% nurse",
        "emails": [{"address": "amina@example.org"}, {"address": "second@example.com"}],
        "phones": [{"number": "202-555-0142"}],
        "addresses": [{"street": "5 Oak Lane", "city": "Riverbend", "region": "NC", "postal_code": "27603"}],
        "organization": "Harbor",
        "tags": ["School", "Steering"],
        "birth_date": "1976-02-03",
        "language": "es",
        "sector": "school",
    },
    {"given_name": "ÁNGELA", "family_name": "NÚÑEZ", "tags": ["school"], "birth_date": "1980"},
    {
        "given_name": "Wei",
        "family_name": "Chen",
        "job_title": "nurse_100",
        "links": [{"url": "https://wei.example.org"}],
    },
    {"kind": "organization", "name": "Lincoln", "organization": "Riverbend District", "sector": "school"},
]


@pytest.fixture
def find(app: Flask, add_many: AddMany) -> Find:
    """The given names (or names of organizations) of whom filters find: `find("email:contains:example")`."""
    add_many(PEOPLE)

    def run(*filters: str) -> list[str]:
        chosen = tuple(parsed for text in filters if (parsed := Filter.parse(text)))
        with app.test_request_context():
            listing = Listing(ListState("contacts", filters=chosen), Actor.system())
            page = listing.page()
            assert not listing.warnings
            return [
                row["label"].split()[0]
                for row in page.rows
                if row["label"] not in {"Harbor", "Riverbend District"}
            ]

    return run


ALL = ["Wei", "Lincoln", "ÁNGELA", "Amina"]


@pytest.mark.parametrize(
    "filters, names",
    [
        ("name:contains:OKA", ["Amina"]),
        ("name:contains:núñez", ["ÁNGELA"]),
        ("name:contains:angela nu", ["ÁNGELA"]),
        ("name:is:angela nunez", ["ÁNGELA"]),
        ("name:starts:ang", ["ÁNGELA"]),
        ("name:contains:Ángela", ["ÁNGELA"]),
        ("name:is:wei chen", ["Wei"]),
        ("name:not:wei chen", ["Lincoln", "ÁNGELA", "Amina"]),
        ("name:starts:am", ["Amina"]),
        ("job_title:contains:100%", ["Amina"]),
        ("job_title:contains:e_1", ["Wei"]),
        ("job_title:contains:\\", []),
        ("job_title:empty:", ["Lincoln", "ÁNGELA"]),
        ("job_title:filled:", ["Wei", "Amina"]),
        ("job_title:not:nurse_100", ["Lincoln", "ÁNGELA", "Amina"]),
        ("email:contains:EXAMPLE.COM", ["Amina"]),
        ("email:is:second@example.com", ["Amina"]),
        ("email:not:second@example.com", ["Wei", "Lincoln", "ÁNGELA"]),
        ("email:empty:", ["Wei", "Lincoln", "ÁNGELA"]),
        ("email:filled:", ["Amina"]),
        ("phone:contains:5550142", ["Amina"]),
        ("phone:contains:555-0142", ["Amina"]),
        ("phone:is:(202) 555-0142", ["Amina"]),
        ("phone:starts:(202) 555", ["Amina"]),
        ("phone:not:202 555 0142", ["Wei", "Lincoln", "ÁNGELA"]),
        ("city:starts:river", ["Amina"]),
        ("postal_code:is:27603", ["Amina"]),
        ("region:is:nc", ["Amina"]),
        ("street:empty:", ["Wei", "Lincoln", "ÁNGELA"]),
        ("link:contains:wei.", ["Wei"]),
        ("organization:is:harbor", ["Amina"]),
        ("organization:contains:district", ["Lincoln"]),
        ("organization:not:harbor", ["Wei", "Lincoln", "ÁNGELA"]),
        ("organization:filled:", ["Lincoln", "Amina"]),
        ("organization:empty:", ["Wei", "ÁNGELA"]),
        ("kind:is:organization", ["Lincoln"]),
        ("kind:not:organization", ["Wei", "ÁNGELA", "Amina"]),
        ("sector:is:school", ["Lincoln", "Amina"]),
        ("sector:not:school", ["Wei", "ÁNGELA"]),
        ("sector:empty:", ["Wei", "ÁNGELA"]),
        ("tags:filled:", ["ÁNGELA", "Amina"]),
        ("tags:empty:", ["Wei", "Lincoln"]),
        ("birth_date:on:1976-02-03", ["Amina"]),
        ("birth_date:before:1979-01-01", ["Amina"]),
        ("birth_date:after:1979-01-01", ["ÁNGELA"]),
        ("birth_date:empty:", ["Wei", "Lincoln"]),
        ("created_at:last_days:1", ALL),
        ("created_at:next_days:1", []),
        ("created_at:filled:", ALL),
        ("created_at:before:2020-01-01", []),
    ],
)
def test_a_filter_finds(find: Find, filters: str, names: list[str]) -> None:
    assert sorted(find(filters)) == sorted(names)


def test_a_birthday_without_its_year_is_before_no_day(find: Find, add: Add) -> None:
    add("Chi", "Okafor", birth_date="--11-26")
    assert find("birth_date:before:1979-01-01") == ["Amina"]


def test_several_filters_hold_together(find: Find) -> None:
    assert find("kind:is:person", "sector:is:school", "email:filled:") == ["Amina"]
    assert find("kind:is:person", "sector:is:health") == []


def test_tags_are_found_by_what_they_are_now(find: Find, rows: Rows) -> None:
    ids = dict(rows(select(Tag.name, Tag.id)))
    assert sorted(find(f"tags:is:{ids['School']}")) == ["Amina", "ÁNGELA"]
    assert sorted(find(f"tags:not:{ids['Steering']}")) == ["Lincoln", "Wei", "ÁNGELA"]


def test_an_affiliation_that_ended_is_none(app: Flask, find: Find) -> None:
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().execute(update(Affiliation).values(end_date=day_here()))
    assert find("organization:is:harbor") == []


def test_do_not_contact(app: Flask, find: Find, organizer_client: Any, rows: Rows) -> None:
    wei = rows(select(Contact.id).where(Contact.given_name == "Wei"))[0]
    organizer_client.post(f"/contacts/{wei}/do-not-contact", data={"email": "1", "reason-email": "asked"})
    assert find("do_not_contact:is:email") == ["Wei"]
    assert find("do_not_contact:is:phone") == []
    assert find("do_not_contact:filled:") == ["Wei"]
    assert "Wei" not in find("do_not_contact:not:email")
    assert "Wei" not in find("do_not_contact:empty:")


def test_days_are_days_of_the_reader(app: Flask, find: Find) -> None:
    """Just before four in the morning in UTC it is still the day before in New York."""
    moment = datetime(2024, 5, 2, 3, 58, tzinfo=UTC)
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        db.session().execute(update(Contact).where(Contact.given_name == "Wei").values(created_at=moment))
    assert find("created_at:on:2024-05-01") == ["Wei"]
    assert find("created_at:on:2024-05-02") == []
    assert find("created_at:before:2024-05-02") == ["Wei"]
    assert find("created_at:before:2024-05-01") == []
    assert "Wei" not in find("created_at:after:2024-05-01")
    assert "Wei" in find("created_at:after:2024-04-30")


def fitting(app: Flask, field: Field, statement: Any, chosen: str) -> Sequence[Any]:
    parsed = Filter.parse(chosen)
    assert parsed is not None
    with app.test_request_context(), system("test"):
        return list(db.session().execute(statement.where(condition(field, parsed))).scalars())


def days_ago(app: Flask, days: int) -> date:
    """A day as readers count them, in their time zone."""
    with app.test_request_context():
        return today() - timedelta(days=days)


def test_numbers_booleans_and_days(app: Flask, add_many: AddMany) -> None:
    (amina, *_rest) = add_many(PEOPLE[:1])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        start = days_ago(app, 3)
        db.session().execute(update(Affiliation).values(start_date=start))
        db.session().execute(update(Contact).where(Contact.id == amina).values(version=7))
    person = aliased(Contact)
    version = Field("version", "Version", "number", person.version)
    of_version = select(person.given_name).where(person.kind == "person")
    for chosen, found in (
        ("version:is:7", True),
        ("version:is:7.0", True),
        ("version:more:6,5", True),
        ("version:more:7", False),
        ("version:less:8", True),
        ("version:less:7", False),
        ("version:filled:", True),
        ("version:empty:", False),
    ):
        assert fitting(app, version, of_version, chosen) == (["Amina"] if found else []), chosen
    primary = Field("primary", "Main", "boolean", Email.is_primary)
    assert fitting(app, primary, select(Email.address), "primary:yes:") == ["amina@example.org"]
    assert fitting(app, primary, select(Email.address), "primary:no:") == ["second@example.com"]
    begun = Field("begun", "Begun", "date", Affiliation.start_date)
    assert isinstance(Affiliation.start_date.type, Date)
    for chosen, found in (
        (f"begun:on:{start}", True),
        (f"begun:before:{start}", False),
        (f"begun:after:{start - timedelta(days=1)}", True),
        ("begun:last_days:3", True),
        ("begun:last_days:2", False),
        ("begun:next_days:30", False),
        ("begun:empty:", False),
        ("begun:filled:", True),
    ):
        assert bool(fitting(app, begun, select(Affiliation.id), chosen)) is found, chosen


@on_sqlite
@pytest.mark.parametrize(
    "chosen, sentence",
    [
        ("created_at:on:tomorrow", "“tomorrow” is not a date for “Added”; write it as 2026-09-01."),
        ("created_at:on:9999-01-01", "“9999-01-01” is not a date"),
        ("created_at:last_days:many", "“many” is not a number for “Added”."),
        ("created_at:last_days:-1", "out of range"),
        ("created_at:last_days:40000", "out of range"),
        ("name:more:3", "“Name” cannot be filtered that way."),
        ("name:contains: ", "Say by which value “Name” is to be filtered."),
        ("tags:is:999", "“999” is no longer a choice of “Tags”."),
        ("kind:is:robot", "“robot” is no longer a choice of “Kind”."),
        ("shoe_size:is:9", "There is no field “shoe_size” to filter by now."),
    ],
)
def test_what_makes_no_sense_finds_nobody_and_says_why(
    app: Flask, add_many: AddMany, chosen: str, sentence: str
) -> None:
    add_many(PEOPLE[:1])
    parsed = Filter.parse(chosen)
    assert parsed is not None
    with app.test_request_context():
        page = Listing(ListState("contacts", filters=(parsed,)), Actor.system()).page()
        assert [sentence in warning for warning in page.warnings] == [True]
        assert page.rows == []


@pytest.mark.parametrize(
    "written", ["2024-03-05", "3/5/2024", "March 5, 2024", "5 de marzo de 2024", "5.3.2024"]
)
def test_days_are_read_as_people_write_them(written: str) -> None:
    field = Field("begun", "Begun", "date", Affiliation.start_date)
    assert as_day(field, written) == date(2024, 3, 5)


def test_birthdays_of_this_month_are_found_in_whatever_year(app: Flask, add_many: AddMany) -> None:
    with app.test_request_context():
        month, other = f"{today().month:02}", f"{today().month % 12 + 1:02}"
    days = {"Amina": f"1980-{month}-03", "Wei": f"--{month}-28", "Rosa": f"1990-{other}-01", "Sam": "1970"}
    add_many([{"given_name": name, "family_name": "X", "birth_date": day} for name, day in days.items()])
    for operator, names in (("day_this_month", {"Amina", "Wei"}), ("day_next_month", {"Rosa"})):
        with app.test_request_context():
            state = ListState("contacts", filters=(Filter("birth_date", operator),))
            found = {row["label"].split()[0] for row in Listing(state, Actor.system()).page().rows}
        assert (operator, found) == (operator, names)


@on_sqlite
def test_days_may_lie_ahead(app: Flask) -> None:
    field = Field("begun", "Begun", "date", Affiliation.start_date)
    assert as_day(field, "12/31/2150") == date(2150, 12, 31)
    with app.test_request_context(), pytest.raises(UserError, match="is not a date"):
        as_day(field, "March")


@on_sqlite
def test_a_chip_says_the_filter_in_words(app: Flask) -> None:
    from crm.contacts.fields import FIELDS

    fields = {field.name: field for field in FIELDS}
    with app.test_request_context(), force_locale("en"):
        for chosen, words in (
            ("city:contains:Wash", "City contains Wash"),
            ("sector:is:mental_health", "Sector is Mental health"),
            ("email:empty:", "Email is empty"),
            ("created_at:last_days:7", "Added in the last 7 days"),
            ("kind:not:person", "Kind is not Person"),
            ("created_at:on:3/5/2024", "Added is on Mar 5, 2024"),
            ("tags:empty:", "has no tag"),
        ):
            parsed = Filter.parse(chosen)
            assert parsed is not None
            assert describe(fields[parsed.field], parsed) == words
            assert Filter.parse(str(parsed)) == parsed


@on_sqlite
def test_numbers_that_are_none_are_refused(app: Flask) -> None:
    field = Field("version", "Version", "number", Contact.version)
    for value in ("nan", "inf", "-inf", "1e999", "x"):
        with app.test_request_context(), pytest.raises(UserError, match="is not a number"):
            condition(field, Filter("version", "is", value))


def test_roles_and_languages_are_found_by_their_words(app: Flask, add_many: AddMany) -> None:
    add_many(
        [
            {"given_name": "Ana", "organization": "Harbor", "role": "Nurse", "language": "es"},
            {"given_name": "Ben", "job_title": "School nurse", "language": "en"},
            {"given_name": "Cem"},
        ]
    )
    for chosen, names in (
        ("role:contains:nurse", ["Ana", "Ben"]),
        ("role:is:Nurse", ["Ana"]),
        ("language:is:Spanish", ["Ana"]),
        ("language:is:español", ["Ana"]),
    ):
        parsed = Filter.parse(chosen)
        assert parsed is not None
        with app.test_request_context():
            page = Listing(ListState("contacts", filters=(parsed,)), Actor.system()).page()
            assert [row["label"] for row in page.rows] == names
    with app.test_request_context():
        without = ListState("contacts", filters=(Filter("role", "empty"),))
        page = Listing(without, Actor.system()).page()
        assert [row["label"] for row in page.rows] == ["Cem", "Harbor"]


@pytest.mark.parametrize(
    "written, found",
    [("1,000", 1000), ("1,000.5", 1000.5), ("1.000,5", 1000.5), ("1.000.000", 1e6), ("6,5", 6.5),
     ("-12", -12), ("1 000", 1000)],
)  # fmt: skip
def test_filters_read_numbers_as_own_fields_do(app: Flask, written: str, found: float) -> None:
    field = Field("version", "Version", "number", Contact.version)
    own = CustomField(kind="number", key="size", label="Size")
    with app.test_request_context():
        assert value_of(own, written) == found
        asked = condition(field, Filter("version", "more", written))
        assert asked.compile().params == {"version_1": found}
