"""Conditions in groups and on related records: the builder, its list, and why somebody is in it."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.coalitions.models import Coalition
from crm.coalitions.services import memberships
from crm.fields.conditions import Count, Group, Related, dumps
from crm.fields.filters import Filter
from crm.fields.models import ListedByHand, SavedList
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows

BUILD, PUT = "/lists/contacts/build", "/lists/contacts/put"


def names(page: str) -> list[str]:
    return re.findall(r'data-row-choice aria-label="Choose ([^"]+)"', page)


def shown(client: PageClient, rules: Group, **more: str) -> str:
    return client.get(f"/contacts?{urlencode({'rules': dumps(rules), **more})}").text


@pytest.fixture
def coalition(app: Flask, add: Add) -> dict[str, int]:
    """Lincoln and Harbor belong to a coalition, Harbor no longer; Amina works at Lincoln, Wei at Harbor."""
    found = {
        "Lincoln": add(organization="Lincoln"),
        "Harbor": add(organization="Harbor"),
        "Amina": add("Amina", "Okafor", at="Lincoln", job_title="Nurse"),
        "Wei": add("Wei", "Chen", at="Harbor", job_title="Nurse"),
        "José": add("José", "Núñez"),
    }
    actor = Actor.system()
    with app.app_context(), db.transaction(actor, "test"):
        north = Coalition(name="North", sort_name="north", level="local", region="")
        db.session().add(north)
        db.session().flush()
        for name, status in (("Lincoln", "active"), ("Harbor", "left")):
            values = {"status": status, "role": "member", "start_date": None, "end_date": None}
            memberships.add_many(north, [found[name]], values)
        found["North"] = north.id
    return found


MEMBER = Related("coalitions_memberships", where=Group("all", (Filter("status", "is", "active"),)))


def test_a_list_asks_in_groups_and_of_related_records(
    organizer_client: PageClient, coalition: dict[str, int]
) -> None:
    works_there = Related("contacts_organizations", where=Group("all", (MEMBER,)))
    either = Group("any", (works_there, Filter("family_name", "is", "Núñez")))
    page = shown(organizer_client, either)
    assert names(page) == ["José Núñez", "Amina Okafor"]
    assert "Belongs to organizations: at least one where (Member of coalitions: at least one" in page
    nobody_else = Group("none", (works_there, Filter("kind", "is", "organization")))
    assert names(shown(organizer_client, nobody_else)) == ["Wei Chen", "José Núñez"]
    without = Group("all", (Related("contacts_people", "none"), Filter("kind", "is", "organization")))
    assert names(shown(organizer_client, without)) == []
    counted = Group("all", (Related("contacts_people", "exactly", 1),))
    assert names(shown(organizer_client, counted)) == ["Harbor", "Lincoln"]
    assert names(shown(organizer_client, Group("all", (Related("contacts_people", "more", 1),)))) == []


def test_a_list_asks_for_at_least_and_at_most_so_many(
    organizer_client: PageClient, coalition: dict[str, int], add: Add
) -> None:
    add("Bo", "Adams", at="Lincoln")

    def schools(count: Count, number: int) -> str:
        has = Related("contacts_people", count, number)
        return shown(organizer_client, Group("all", (has, Filter("kind", "is", "organization"))))

    page = schools("least", 2)
    assert (names(page), "at least 2" in page) == (["Lincoln"], True)
    page = schools("most", 1)
    assert (names(page), "at most 1" in page) == (["Harbor"], True)
    assert names(schools("least", 0)) == names(schools("most", 5)) == ["Harbor", "Lincoln"]
    form = {"k.0": "group", "k.0.0": "related", "r.0.0": "contacts_people", "c.0.0": "least", "n.0.0": "2"}
    built = organizer_client.post(BUILD, data={**form, "do": "show"})
    assert names(organizer_client.get(str(built.location)).text) == ["Lincoln"]


@on_sqlite
def test_the_builder_works_step_by_step_without_script(
    organizer_client: PageClient, coalition: dict[str, int]
) -> None:
    first = {"k.0": "group", "j.0": "all", "k.0.0": "filter", "f.0.0": "job_title"}
    page = organizer_client.post(BUILD, data={**first, "do": "again"}).text
    assert 'name="o.0.0"' in page
    filled = {**first, "o.0.0": "is", "v.0.0": "nurse"}
    page = organizer_client.post(BUILD, data={**filled, "do": "related:0"}).text
    assert 'name="r.0.1"' in page
    related = {
        **filled,
        "k.0.1": "related",
        "r.0.1": "contacts_organizations",
        "c.0.1": "some",
        "j.0.1": "all",
    }
    page = organizer_client.post(BUILD, data={**related, "do": "filter:0.1"}).text
    assert 'name="f.0.1.0"' in page
    unfinished = organizer_client.post(BUILD, data={**related, "k.0.1.0": "filter", "do": "show"})
    assert (unfinished.status_code, "Choose the field to filter by" in unfinished.text) == (422, True)
    whole = {**related, "k.0.1.0": "filter", "f.0.1.0": "name", "o.0.1.0": "is", "v.0.1.0": "Harbor"}
    built = organizer_client.post(BUILD, data={**whole, "do": "show"})
    assert built.status_code == 303
    assert names(organizer_client.get(str(built.location)).text) == ["Wei Chen"]
    again = organizer_client.get(str(built.location).replace("/contacts?", "/lists/contacts/build?")).text
    assert 'value="Harbor"' in again
    removed = organizer_client.post(BUILD, data={**whole, "do": "remove:0.1"}).text
    assert ('value="Harbor"' in removed, 'value="nurse"' in removed) == (False, True)


def test_why_somebody_is_in_a_list_and_why_not(
    organizer_client: PageClient, coalition: dict[str, int]
) -> None:
    works_there = Related("contacts_organizations", where=Group("all", (MEMBER,)))
    rules = Group("all", (works_there, Filter("job_title", "is", "nurse")))
    query = urlencode({"rules": dumps(rules)})
    page = organizer_client.get(f"/lists/contacts/why/{coalition['Amina']}?{query}").text
    assert "Why is Amina Okafor here?" in page
    assert len(re.findall("rc-why rc-why-yes", page)) == 2
    assert f'href="/contacts/{coalition["Lincoln"]}">Lincoln<' in page
    page = organizer_client.get(f"/lists/contacts/why/{coalition['Wei']}?{query}").text
    assert "Why is Wei Chen not here?" in page
    assert [len(re.findall(f"rc-why rc-why-{each}", page)) for each in ("yes", "no")] == [1, 1]
    assert organizer_client.get(f"/lists/contacts/why/999?{query}").status_code == 404


def saved_list(client: PageClient, rows: Rows, query: str, name: str = "Nurses") -> int:
    client.post(f"/lists/contacts/save?{query}", data={"name": name})
    found: int = max(rows(select(SavedList.id)))
    return found


def test_somebody_is_put_into_a_list_by_hand_and_out_of_it(
    organizer_client: PageClient, coalition: dict[str, int], rows: Rows
) -> None:
    list_id = saved_list(organizer_client, rows, "f=job_title%3Ais%3Anurse")
    where = f"/contacts?list={list_id}"
    assert names(organizer_client.get(where).text) == ["Wei Chen", "Amina Okafor"]
    put = {"list": str(list_id), "ids": coalition["José"], "what": "pin"}
    assert organizer_client.post(PUT, data=put).status_code == 303
    organizer_client.post(PUT, data={**put, "ids": coalition["Wei"], "what": "exclude"})
    page = organizer_client.get(where).text
    assert names(page) == ["José Núñez", "Amina Okafor"] or sorted(names(page)) == [
        "Amina Okafor",
        "José Núñez",
    ]
    assert "By hand: 1 always in it, 1 taken out" in page
    by_hand = organizer_client.get(f"/lists/contacts/{list_id}/by-hand").text
    assert ("José Núñez" in by_hand, "Wei Chen" in by_hand) == (True, True)
    why = organizer_client.get(f"/lists/contacts/why/{coalition['José']}?list={list_id}").text
    assert re.search(r"Organizer \d+ put them into the list “Nurses” on \w+ \d+, \d{4}", why)
    assert names(organizer_client.get(f"{where}&q=amina").text) == ["Amina Okafor"]
    narrowed = f"{where}&whole=1&f=job_title%3Ais%3Anurse&f=name%3Acontains%3A"
    assert names(organizer_client.get(f"{narrowed}amina").text) == ["Amina Okafor"]
    assert names(organizer_client.get(f"{narrowed}jos").text) == ["José Núñez"]
    organizer_client.post(
        f"/lists/contacts/{list_id}/by-hand", data={"ids": coalition["Wei"], "what": "rule"}
    )
    assert "Wei Chen" in names(organizer_client.get(where).text)
    organizer_client.post(f"/lists/contacts/{list_id}/delete")
    assert rows(select(ListedByHand.id)) == []


@on_sqlite
def test_a_list_of_those_alone_who_were_chosen(
    organizer_client: PageClient, coalition: dict[str, int], rows: Rows
) -> None:
    ids = [coalition["Amina"], coalition["José"]]
    made = organizer_client.post(
        "/lists/contacts/put", data={"list": "new", "new_name": "Friends", "ids": ids}
    )
    page = organizer_client.get(str(made.location)).text
    assert sorted(names(page)) == ["Amina Okafor", "José Núñez"]
    nameless = organizer_client.post(PUT, data={"list": "new", "new_name": " ", "ids": ids})
    assert (nameless.status_code, "Give the list a name" in nameless.text) == (422, True)
    of_amina = organizer_client.get(f"/lists/contacts/of/{coalition['Amina']}").text
    assert "Friends" in of_amina


def test_lists_follow_merging_and_forget_who_is_deleted(
    app: Flask, organizer_client: PageClient, coalition: dict[str, int], rows: Rows
) -> None:
    from crm.contacts import services
    from crm.fields import by_hand

    ids = [coalition["Amina"], coalition["José"]]
    organizer_client.post(PUT, data={"list": "new", "new_name": "Friends", "ids": ids})
    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        by_hand.merge(coalition["Wei"], coalition["Amina"])
    assert sorted(rows(select(ListedByHand.record_id))) == sorted([coalition["Wei"], coalition["José"]])
    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        services.delete([coalition["Wei"]])
    assert rows(select(ListedByHand.record_id)) == [coalition["José"]]
    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        by_hand.erase(coalition["José"])
    assert rows(select(ListedByHand.id)) == []


@on_sqlite
def test_a_list_that_is_gone_is_not_everybody(
    organizer_client: PageClient, coalition: dict[str, int], rows: Rows
) -> None:
    list_id = saved_list(organizer_client, rows, "f=job_title%3Ais%3Anurse")
    organizer_client.post(f"/lists/contacts/{list_id}/delete")
    page = organizer_client.get(f"/contacts?list={list_id}").text
    assert (names(page), "This list was removed" in page) == ([], True)
    chosen = {"whole_list": "1", "query": f"list={list_id}", "list": "new", "new_name": "All"}
    assert organizer_client.post(PUT, data=chosen).status_code == 422


BROKEN: dict[str, tuple[Any, str]] = {
    "a field that is gone": (Filter("garden_beds", "is", "1"), "There is no field “garden_beds”"),
    "a relation that is gone": (Related("garden_beds"), "“garden_beds” cannot be asked for now"),
    "another kind": (Filter("job_title", "is", "nurse", "number"), "has become another kind of field"),
    "deep within": (
        Group(
            "any",
            (Filter("kind", "filled"), Related("contacts_people", where=Group("all", (Filter("x", "is"),)))),
        ),
        "There is no field “x”",
    ),
}


@on_sqlite
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_condition_is_said_and_the_list_shows_nobody(
    organizer_client: PageClient, coalition: dict[str, int], case: str
) -> None:
    part, sentence = BROKEN[case]
    page = shown(organizer_client, Group("any", (Filter("kind", "is", "person"), part)))
    assert (names(page), sentence in page, "Broken:" in page) == ([], True, True)
    query = urlencode({"rules": dumps(Group("all", (part,)))})
    chosen = organizer_client.post("/contacts/bulk/tag", data={"whole_list": "1", "query": query})
    assert chosen.status_code in {404, 422}
    assert "rc-why-broken" in organizer_client.get(f"/lists/contacts/why/{coalition['Amina']}?{query}").text


@on_sqlite
@pytest.mark.parametrize(
    "text", ["{", "[]", "7", '{"join":"xor","parts":[]}', "[" * 5000, '{"join":"all"}', "null x"]
)
def test_conditions_that_make_no_sense_find_nobody(
    organizer_client: PageClient, coalition: dict[str, int], text: str
) -> None:
    answer = organizer_client.get(f"/contacts?{urlencode({'rules': text})}")
    assert answer.status_code == 200
    assert names(answer.text) == []


def test_what_others_may_not_see_is_not_asked_for(
    app: Flask, sign_in: SignIn, coalition: dict[str, int], rows: Rows
) -> None:
    partner = sign_in(role="viewer", scope=coalition["Harbor"])
    page = shown(
        partner, Group("any", (Related("contacts_organizations"), Related("coalitions_memberships")))
    )
    assert "Amina" not in page
    assert partner.get(f"/lists/contacts/why/{coalition['Amina']}").status_code == 404
    assert partner.get(f"/lists/contacts/of/{coalition['Amina']}").status_code == 404
    mine = saved_list(sign_in(role="organizer"), rows, "f=job_title%3Ais%3Anurse")
    assert partner.get(f"/lists/contacts/{mine}/by-hand").status_code == 404
    put = {"list": str(mine), "ids": coalition["Wei"]}
    assert partner.post(PUT, data=put).status_code == 404
    assert partner.post(f"/lists/contacts/{mine}/by-hand", data=put).status_code == 404


def test_a_form_that_takes_people_takes_a_list(
    organizer_client: PageClient, coalition: dict[str, int], rows: Rows
) -> None:
    list_id = saved_list(organizer_client, rows, "f=job_title%3Ais%3Anurse")
    offered = organizer_client.get("/contacts/names?contacts=nur&lists=1").text
    assert f"Nurses · list #L{list_id}" in offered
    data = {"contacts": [f"Nurses · list #L{list_id}", "José Núñez"], "status": "active", "role": "member"}
    joined = organizer_client.post(f"/coalitions/{coalition['North']}/members/new", data=data)
    assert joined.status_code == 303
    page = organizer_client.get(f"/coalitions/{coalition['North']}").text
    assert all(name in page for name in ("Amina Okafor", "Wei Chen", "José Núñez"))
    gone = organizer_client.post(
        f"/coalitions/{coalition['North']}/members/new", data={**data, "contacts": ["Old · list #L999"]}
    )
    assert "There is no list" in gone.text


def many_names(count: int, do: str, **more: str) -> dict[str, str]:
    """The form of a list of whoever has one of so many names."""
    data = {"k.0": "group", "j.0": "any", "do": do}
    for number in range(count):
        place = f"0.{number}"
        data |= {
            f"k.{place}": "filter",
            f"f.{place}": "name",
            f"o.{place}": "is",
            f"v.{place}": f"Name {number}",
        }
    return {**data, **more}


def foot_of(page: str) -> str:
    return page[page.index("card-footer") :]


@on_sqlite
def test_sixty_conditions_fit_and_one_more_is_said_and_not_lost(
    organizer_client: PageClient, add: Add
) -> None:
    add("Name", "59")
    built = organizer_client.post(BUILD, data=many_names(60, "show"))
    assert names(organizer_client.get(str(built.location)).text) == ["Name 59"]
    added = organizer_client.post(BUILD, data=many_names(60, "filter:0")).text
    assert "At most 60 conditions" in added
    assert ('value="Name 59"' in added, 'name="k.0.60"' in added) == (True, False)
    for do in ("show", "save"):
        answer = organizer_client.post(BUILD, data=many_names(61, do))
        assert (answer.status_code, "At most 60 conditions" in answer.text) == (422, True)
        assert 'value="Name 60"' in answer.text, "what was typed is lost"
        assert "At most 60 conditions" in foot_of(answer.text), "not beside the button that was pressed"
    foot = foot_of(added)
    assert ("At most 60 conditions" in foot, "data-autofocus" in foot) == (True, False)
    at_button = added[: added.index("card-footer")].rpartition("rc-build-steps")[2]
    assert ("At most 60 conditions" in at_button, "data-autofocus" in at_button) == (True, True)
    removed = organizer_client.post(BUILD, data=many_names(62, "remove:0.3")).text
    assert ("At most 60" in removed, 'value="Name 61"' in removed, 'value="Name 3"' in removed) == (
        True, True, False,
    )  # fmt: skip


@on_sqlite
def test_an_inner_group_does_not_read_as_if_it_let_somebody_in_alone(organizer_client: PageClient) -> None:
    groups = {"k.0.1": "group", "j.0.1": "all", "k.0.2": "group", "j.0.2": "any"}
    for join, word in (("any", "or"), ("all", "and"), ("none", "or")):
        data = many_names(1, "again", **groups) | {"j.0": join}
        page = organizer_client.post(BUILD, data=data).text
        assert page.count("In the list when") == 1
        labels = re.findall(r'<label for="j.0.[12]">([^<]*)</label>', page)
        assert labels == [word, word]


@on_sqlite
def test_a_condition_that_is_shortened_ends_in_an_ellipsis(organizer_client: PageClient, add: Add) -> None:
    add("Amina", "Okafor")
    page = organizer_client.get("/contacts?f=job_title%3Ais%3A" + "head+nurse+of+the+school+district+").text
    words = re.findall(r"Without “([^”]*)”", page)
    assert len(words) == 1
    assert words[0].endswith("…")
    assert "..." not in words[0]


@on_sqlite
def test_conditions_too_long_for_an_address_are_said_and_not_lost(organizer_client: PageClient) -> None:
    long = {f"v.0.{number}": f"{number} " + "x" * 380 for number in range(40)}
    answer = organizer_client.post(BUILD, data=many_names(40, "show", **long))
    assert (answer.status_code, "too long for one list" in answer.text) == (422, True)
    assert long["v.0.39"] in answer.text
