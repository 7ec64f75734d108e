"""The one list: pages by key, chosen columns, few queries, and nothing that an address could break."""

import json
import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from werkzeug.datastructures import MultiDict

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.models import Affiliation, Contact
from crm.fields.custom import services as custom
from crm.fields.listing import Listing, ListState, decode_cursor, encode_cursor
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.runtime import runtime
from tests.contacts.conftest import Add, Rows
from tests.fields.conftest import AddMany, Counting

FAMILIES = ["Álvarez", "Alvarez", "Núñez", "nunez", "Ångström", "O'Brien", "Obrien", "Øst", "Zhang", "張"]


def people(count: int) -> list[dict[str, str]]:
    """People of whom many share a name, with accents and without."""
    return [{"given_name": "Ana", "family_name": FAMILIES[number % len(FAMILIES)]} for number in range(count)]


def walk(sort: str, size: int, *, back: bool = False) -> list[list[int]]:
    """The ids of every page, forward from the first page or back from the last."""
    state, pages = ListState("contacts", sort=sort), []
    forward: list[list[int]] = []
    while True:
        page = Listing(state, Actor.system()).page(size)
        forward.append([row["id"] for row in page.rows])
        if page.next_query is None:
            break
        state = parse(page.next_query)
    if not back:
        return forward
    while True:
        page = Listing(state, Actor.system()).page(size)
        pages.append([row["id"] for row in page.rows])
        if page.previous_query is None:
            return pages
        state = parse(page.previous_query)


def parse(query: str) -> ListState:
    from urllib.parse import parse_qsl

    return ListState.from_args("contacts", MultiDict(parse_qsl(query)))


@pytest.mark.parametrize("sort", ["name", "-name", "created_at", "-updated_at"])
def test_pages_forward_and_back_are_the_whole_list(app: Flask, add_many: AddMany, sort: str) -> None:
    ids = add_many(people(53))
    with app.test_request_context(), db.transaction(Actor.system(), "test"), system("test"):
        moment = db.now() - timedelta(days=3)
        tied = {"created_at": moment, "updated_at": moment}
        db.session().execute(update(Contact).where(Contact.id.in_(ids[5:40])).values(**tied))
    with app.test_request_context():
        (whole,) = walk(sort, 100)
        assert sorted(whole) == ids
        forward = walk(sort, 7)
        assert [len(page) for page in forward] == [7] * 7 + [4]
        assert [each for page in forward for each in page] == whole
        back = walk(sort, 7, back=True)
        assert [each for page in reversed(back) for each in page] == whole


def test_own_fields_of_every_kind_page_to_the_end(app: Flask, add_many: AddMany) -> None:
    ids = add_many(people(8))
    with app.test_request_context(), system("test"):
        kinds = {"text": "a", "number": 2.5, "date": "2026-11-26", "boolean": True}
        with db.transaction(Actor.system(), "test"):
            for kind in kinds:
                custom.add(runtime().fields.type("contacts"), {"label": kind, "kind": kind})
            some = update(Contact).where(Contact.id.in_(ids[2:7])).values(custom=kinds)
            db.session().execute(some)
        for number in range(1, len(kinds) + 1):
            for sort in (f"custom_{number}", f"-custom_{number}"):
                (whole,) = walk(sort, 100)
                pages = walk(sort, 3)
                assert (sort, [each for page in pages for each in page]) == (sort, whole)


def test_names_are_sorted_as_people_expect(app: Flask, add_many: AddMany) -> None:
    add_many(
        [{"given_name": "Ana", "family_name": name} for name in ("Zhang", "Ångström", "Núñez", "Abbott")]
    )
    add_many([{"kind": "organization", "name": name} for name in ("The Harbor", "Nuñez Foundation")])
    with app.test_request_context():
        page = Listing(ListState("contacts"), Actor.system()).page()
        assert [row["label"] for row in page.rows] == [
            "Ana Abbott",
            "Ana Ångström",
            "The Harbor",
            "Ana Núñez",
            "Nuñez Foundation",
            "Ana Zhang",
        ]


def test_somebody_added_or_removed_between_pages_moves_nobody(
    app: Flask, add_many: AddMany, rows: Rows
) -> None:
    add_many([{"given_name": f"P{number:02}"} for number in range(20)])
    with app.test_request_context():
        first = Listing(ListState("contacts"), Actor.system()).page(5)
        last_seen = first.rows[-1]["label"]
        add_many([{"given_name": "A new one"}])
        assert first.next_query is not None
        second = Listing(parse(first.next_query), Actor.system()).page(5)
        assert (last_seen, second.rows[0]["label"]) == ("P04", "P05")


@pytest.mark.parametrize("count", [10, 50])
def test_a_page_takes_few_queries_however_many_rows(
    organizer_client: PageClient, add_many: AddMany, statements: Counting, count: int
) -> None:
    contacts = [
        {
            "given_name": f"P{number}",
            "organization": f"School {number}",
            "tags": ["a", f"t{number}"],
            "emails": [{"address": f"p{number}@example.org"}],
            "phones": [{"number": f"202-555-01{number:02}"}],
        }
        for number in range(count)
    ]
    add_many(contacts)
    with statements() as found:
        page = organizer_client.get("/contacts?list=people")
    assert len(re.findall("data-row-choice", page.text)) == count
    assert len(found) <= 6, "\n\n".join(found)
    with statements() as found:
        organizer_client.get("/contacts?list=people", headers={"HX-Request": "true"})
    assert len(found) <= 6, "\n\n".join(found)


def test_the_count_is_of_the_filtered_list(organizer_client: PageClient, add_many: AddMany) -> None:
    add_many(people(12))
    add_many([{"kind": "organization", "name": "Lincoln"}])
    assert organizer_client.get("/lists/contacts/count").text.strip() == "13 records"
    assert organizer_client.get("/lists/contacts/count?list=organizations").text.strip() == "1 record"


def test_columns_are_chosen_and_kept_in_order(organizer_client: PageClient, add: Add) -> None:
    """The one that leads to the record always comes first."""
    add("Amina", "Okafor", job_title="Counselor", sector="school")
    page = organizer_client.get("/contacts?column=sector&column=job_title&column=name").text
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", page, re.DOTALL)
    assert [re.sub(r"<[^>]+>|\s", "", head) for head in heads] == ["Name", "Sector", "Jobtitle"]
    assert ("School</td>" in page, "Counselor</td>" in page) == (True, True)


def test_a_cursor_survives_the_way_through_an_address() -> None:
    for key in ('o\'brien "a" ü 張', ""):
        text = encode_cursor({"sort_key": key, "id": 7})
        assert decode_cursor(text, Contact.sort_name) == (key, 7)
        assert quote(text) == text
    moment = db.now()
    text = encode_cursor({"sort_key": moment, "id": 1})
    assert decode_cursor(text, Contact.created_at) == (moment, 1)


HOSTILE = ["'", '"', "%", "_", "\\", "\0", "é" * 300, "1" * 40, "²", "-1", "1e999", "nan", "inf", "{}", "[]",
           "0001-01-01", "9999-12-31", "2026-13-45", ":", "::", "name:is:x", "eyI", "bnVsbA", "WzEsIDJd",
           "W251bGwsIDFd", "WyJ4IiwgMWUzMDld", "eyJhIjogMSwgImIiOiAyfQ"]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_no_address_breaks_the_list(organizer_client: PageClient, add: Add, value: str) -> None:
    """Each part of the address with each value, and each operator of each field with it."""
    add("Amina", "Okafor", emails=[{"address": "a@example.org"}], tags=["x"])
    for part, sort in (("after", value), ("before", "-created_at"), ("after", "updated_at")):
        args = {part: value, "sort": sort, "q": value, "columns": value, "list": value}
        assert organizer_client.get("/contacts", query_string=args).status_code == 200, (part, sort)
    filters = [
        f"{field}:{operator}:{value}"
        for field in ("name", "email", "tags", "kind", "birth_date", "created_at", "organization", "x")
        for operator in ("is", "not", "contains", "on", "after", "before", "last_days", "next_days", "?")
    ]
    assert organizer_client.get("/contacts", query_string={"f": filters}).status_code == 200


@on_sqlite
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["q", "sort", "after", "before", "list", "f"]), st.text(max_size=40)))
)
def test_no_address_at_all_breaks_the_list(app: Flask, args: list[tuple[str, str]]) -> None:
    with app.test_request_context():
        state = ListState.from_args("contacts", MultiDict(args))
        Listing(state, Actor.system()).page(5)


@pytest.mark.parametrize(
    "place", [json.dumps(["0001-01-01T00:00:00+23:59", 1]), "[" * 3000, '["x", 99999999999999999999]']
)
def test_no_place_in_a_list_breaks_it(organizer_client: PageClient, add: Add, place: str) -> None:
    add("Amina")
    cursor = urlsafe_b64encode(place.encode()).decode().rstrip("=")
    for end in ("after", "before"):
        answer = organizer_client.get(f"/contacts?sort=created_at&{end}={cursor}")
        assert (answer.status_code, "Amina" in answer.text) == (200, True)


def test_only_what_one_may_see_is_listed_and_counted(sign_in: SignIn, add: Add, rows: Rows) -> None:
    add("Amina", at="Harbor")
    add("Wei")
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    client = sign_in(role="viewer", scope=harbor)
    page = client.get("/contacts").text
    assert ("Amina" in page, "Wei" in page) == (True, False)
    assert client.get("/lists/contacts/count").text.strip() == "2 records"


def test_an_organization_that_one_may_not_see_stays_unknown(
    app: Flask, sign_in: SignIn, add: Add, rows: Rows
) -> None:
    amina = add("Amina", at="Harbor", role="Nurse")
    school = add(organization="Lincoln", at="Harbor")
    wei = add("Wei", at="Lincoln")
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        shelter = services.create({"kind": "organization", "name": "Quiet Shelter"}, Actor.system())
        for each in (amina, wei):
            for other in db.session().scalars(select(Affiliation).where(Affiliation.person_id == each)):
                other.is_primary = False
            services.affiliate(db.session().get_one(Contact, each), shelter.id, role="Guest", is_primary=True)
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    client = sign_in(role="viewer", scope=harbor)
    page = client.get("/contacts?columns=name,organization,role").text
    assert ("Harbor" in page, "Lincoln" in page, "Nurse" in page) == (True, True, True)
    assert ("Shelter" in page, "Guest" in page) == (False, False)
    for query in ("f=organization:contains:shelter", "q=shelter", "q=guest"):
        assert "Amina" not in client.get(f"/contacts?{query}").text
    assert "Amina" in client.get("/contacts?f=organization:contains:harb").text
    assert "Amina" not in client.get("/contacts?f=organization:empty:").text
    alone = sign_in(role="viewer", scope=school).get("/contacts?columns=name,organization").text
    assert ("Lincoln" in alone, "Wei" in alone, "Harbor" in alone, "Shelter" in alone) == (
        True, True, False, False,
    )  # fmt: skip
    everything = sign_in(role="viewer").get("/contacts?columns=name,organization,role&q=shelter").text
    assert ("Amina" in everything, "Quiet Shelter" in everything, "Guest" in everything) == (True, True, True)


@on_sqlite
def test_an_outsider_learns_nothing_of_lists(outsider_client: PageClient) -> None:
    assert outsider_client.get("/contacts").status_code == 403
    for part in ("filter", "filtered", "columns", "count", "save"):
        assert outsider_client.get(f"/lists/contacts/{part}").status_code == 404
        assert outsider_client.get(f"/lists/nonsense/{part}").status_code == 404
