"""Saved lists: one's own, those that others share, and what they remember."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from crm.fields.models import SavedList
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows

FILTER = "f=kind%3Ais%3Aperson&f=job_title%3Acontains%3Anurse&sort=-name&columns=name%2Cjob_title"


def save(client: PageClient, name: str, *, shared: bool = False, query: str = FILTER) -> str:
    data = {"name": name, **({"shared": "1"} if shared else {})}
    answer = client.post(f"/lists/contacts/save?{query}", data=data)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def tabs(client: PageClient) -> list[str]:
    page = client.get("/contacts").text
    bar = page[page.index('"rc-list-tabs') : page.index("</nav>", page.index('"rc-list-tabs'))]
    return re.findall(r">([^<>\n]+)</a>", bar)


def test_a_saved_list_remembers_filters_order_and_columns(organizer_client: PageClient, add: Add) -> None:
    add("Amina", "Okafor", job_title="School nurse")
    add("Wei", "Chen", job_title="Nurse")
    add("José", "Núñez", job_title="Principal")
    address = save(organizer_client, "  Nurses  of the north ")
    page = organizer_client.get(address).text
    assert re.findall(r'data-row-choice aria-label="Choose ([^"]+)"', page) == ["Amina Okafor", "Wei Chen"]
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", page, re.DOTALL)
    assert [re.sub(r"<[^>]+>|\s", "", head) for head in heads] == ["Name", "Jobtitle", "Why?"]
    assert 'aria-current="page">Nurses of the north<' in page
    add("Ana", "Zúñiga", job_title="Nurse practitioner")
    assert "Zúñiga" in organizer_client.get(address).text


def test_a_list_is_private_until_it_is_shared(sign_in: SignIn, rows: Rows) -> None:
    mine, others = sign_in(role="organizer"), sign_in(role="viewer")
    private = save(mine, "Mine")
    save(mine, "Ours", shared=True)
    assert tabs(mine)[-2:] == ["Mine", "Ours"]
    assert (tabs(others)[-1], "Mine" in tabs(others)) == ("Ours", False)
    assert "rc-chip" not in others.get(private).text


def test_sharing_is_for_those_whose_role_says_so(sign_in: SignIn, rows: Rows) -> None:
    viewer = sign_in(role="viewer")
    assert 'name="shared"' not in viewer.get("/lists/contacts/save").text
    refused = viewer.post("/lists/contacts/save", data={"name": "Look here", "shared": "1"})
    assert (refused.status_code, "share lists" in refused.text) == (403, True)
    assert rows(select(SavedList.id)) == []
    organizer = sign_in(role="organizer")
    assert 'name="shared"' in organizer.get("/lists/contacts/save").text
    save(organizer, "Ours", shared=True)
    (list_id,) = rows(select(SavedList.id))
    assert viewer.post(f"/lists/contacts/{list_id}/delete").status_code == 404
    assert "Remove this list" not in viewer.get(f"/contacts?list={list_id}").text
    other = sign_in(role="organizer")
    assert "Remove this list" in other.get(f"/contacts?list={list_id}").text
    assert other.post(f"/lists/contacts/{list_id}/delete").status_code == 303
    assert rows(select(SavedList.id)) == []


def test_nobody_else_removes_a_private_list(sign_in: SignIn, rows: Rows, add: Add) -> None:
    amina = add("Amina", job_title="nurse")
    mine, others = sign_in(role="organizer"), sign_in(role="administrator")
    save(mine, "Mine")
    list_id = rows(select(SavedList.id))[0]
    assert others.post(f"/lists/contacts/{list_id}/delete").status_code == 404
    assert "Remove this list" not in others.get(f"/contacts?list={list_id}").text
    assert "Remove this list" in mine.get(f"/contacts?list={list_id}").text
    assert mine.post(f"/lists/contacts/{list_id}/delete").status_code == 303
    assert rows(select(SavedList.id)) == []
    assert mine.get(f"/contacts/{amina}").status_code == 200
    assert "This list was removed" in mine.get(f"/contacts?list={list_id}").text


def test_shared_lists_are_for_those_who_see_all(sign_in: SignIn, add: Add) -> None:
    add("Amina", job_title="nurse")
    lincoln = add(organization="Lincoln")
    add("Wei", job_title="nurse", at="Lincoln")
    address = save(sign_in(role="organizer"), "Nurses", shared=True)
    scoped = sign_in(role="organizer", scope=lincoln)
    assert "Nurses" not in tabs(scoped)
    assert 'name="shared"' not in scoped.get("/lists/contacts/save").text
    page = scoped.get(address).text
    assert ("Nurses" in page, "rc-chip" in page) == (False, False)
    assert ("Wei" in page, "Amina" in page, "not shared with you" in page) == (False, False, True)


@on_sqlite
def test_a_list_needs_a_name(organizer_client: PageClient, rows: Rows) -> None:
    answer = organizer_client.post(f"/lists/contacts/save?{FILTER}", data={"name": "  "})
    assert (answer.status_code, "Give the list a name" in answer.text) == (422, True)
    assert rows(select(SavedList.id)) == []


@on_sqlite
def test_a_filter_is_added_step_by_step(organizer_client: PageClient, add: Add) -> None:
    add("Amina", sector="school")
    form = organizer_client.get("/lists/contacts/filter?field=sector&q=amina").text
    assert ('value="mental_health"' in form, 'name="q" value="amina"' in form) == (True, True)
    answer = organizer_client.get("/lists/contacts/filtered?q=amina&field=sector&operator=is&value=school")
    assert answer.location == "/contacts?f=sector%3Ais%3Aschool&q=amina"
    page = organizer_client.get(answer.location).text
    assert re.sub(r"<[^>]+>", "", page[page.index('rc-chip"') + 9 :]).startswith("Sector is School")


@on_sqlite
def test_a_filter_leaves_by_its_chip(organizer_client: PageClient) -> None:
    page = organizer_client.get(f"/contacts?{FILTER}").text
    link = re.search(r'href="([^"]+)" aria-label="Remove the filter: Job title contains nurse"', page)
    assert link is not None
    left = link.group(1).replace("&amp;", "&")
    assert left == "/contacts?f=kind%3Ais%3Aperson&sort=-name&columns=name%2Cjob_title"


def filtered(client: PageClient, query: str) -> Any:
    return client.get(f"/lists/contacts/filtered?{query}", headers={"HX-Request": "true"})


@on_sqlite
@pytest.mark.parametrize(
    "query, sentence",
    [
        ("field=", "Choose the field to filter by."),
        ("field=name&operator=contains&value=+", "Say by which value “Name” is to be filtered."),
        ("field=created_at&operator=on&value=soon", "“soon” is not a date for “Added”"),
        ("field=created_at&operator=last_days&value=x", "“x” is not a number for “Added”"),
        ("field=sector&operator=is&value=circus", "“circus” is no longer a choice of “Sector”."),
    ],
)
def test_a_filter_without_sense_is_asked_for_again(
    organizer_client: PageClient, query: str, sentence: str
) -> None:
    answer = filtered(organizer_client, query)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert "<dialog" in answer.text


@on_sqlite
def test_the_form_asks_for_dates_and_numbers_as_such(organizer_client: PageClient) -> None:
    for operator, kind in (("on", "date"), ("last_days", "number")):
        form = organizer_client.get(f"/lists/contacts/filter?field=created_at&operator={operator}").text
        assert f'type="{kind}"' in form[form.index('id="filter-value"') :].split(">")[0]
    form = organizer_client.get("/lists/contacts/filter?field=created_at&operator=empty&list=people").text
    assert 'id="filter-value"' not in form
    assert "Filter: People" in form


def test_a_broken_filter_shows_nobody_and_says_why(organizer_client: PageClient, add: Add) -> None:
    add("Amina")
    for broken in ("nonsense", "created_at:on:soon", "shoe_size:is:9"):
        page = organizer_client.get(f"/contacts?f={broken}").text
        assert ("data-row-choice" in page, "alert-warning" in page) == (False, True)


def test_a_built_in_tab_shows_only_what_was_added(organizer_client: PageClient, add: Add) -> None:
    add("Amina", sector="school")
    add("Wei", sector="health")
    add(organization="Lincoln", sector="school")
    page = organizer_client.get("/contacts?list=people").text
    assert ("rc-chip" in page, "Save list" in page, "Lincoln" in page) == (False, False, False)
    answer = filtered(organizer_client, "list=people&field=sector&operator=is&value=school")
    assert answer.headers["HX-Redirect"] == "/contacts?f=sector%3Ais%3Aschool&list=people"
    page = organizer_client.get(answer.headers["HX-Redirect"]).text
    assert re.findall(r'data-row-choice aria-label="Choose ([^"]+)"', page) == ["Amina"]
    assert page.count('class="rc-chip"') == 1
    assert 'aria-current="page">People<' in page
    assert "Save list" in page
    saved = save(organizer_client, "School people", query="f=sector%3Ais%3Aschool&list=people")
    page = organizer_client.get(saved).text
    assert re.findall(r'data-row-choice aria-label="Choose ([^"]+)"', page) == ["Amina"]


def test_a_saved_list_takes_changes_and_another_name(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    add("Amina", job_title="nurse")
    address = save(organizer_client, "Nurses")
    list_id = rows(select(SavedList.id))[0]
    assert "Save changes" not in organizer_client.get(address).text
    added = filtered(organizer_client, f"list={list_id}&field=city&operator=filled").headers["HX-Redirect"]
    page = organizer_client.get(added).text
    assert "Save changes" in page
    assert 'aria-current="page">Nurses<' in page
    target = re.search(r'action="([^"]+/update[^"]*)"', page)
    assert target is not None
    assert organizer_client.post(target.group(1).replace("&amp;", "&")).location == address
    kept = ["kind~choice:is:person", "job_title~text:contains:nurse", "city~text:filled:"]
    assert rows(select(SavedList.query))[0]["filters"] == kept
    organizer_client.post(f"/lists/contacts/{list_id}/rename", data={"name": " School nurses "})
    assert tabs(organizer_client)[-1] == "School nurses"
    refused = organizer_client.post(f"/lists/contacts/{list_id}/rename", data={"name": " "})
    assert (refused.status_code, "Give the list a name" in refused.text) == (422, True)
    for _pressed_twice in range(2):
        organizer_client.post(f"/lists/contacts/{list_id}/share", data={"shared": "1"})
    assert rows(select(SavedList.shared)) == [True]
    for _pressed_twice in range(2):
        save(organizer_client, "Twice", query="f=city%3Afilled%3A")
    assert len(rows(select(SavedList.id))) == 2


def test_a_saved_list_without_its_last_filter_is_everybody(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    add("Amina")
    add("Wei", job_title="nurse")
    address = save(organizer_client, "Nurses", query="f=job_title%3Acontains%3Anurse")
    page = organizer_client.get(address).text
    link = re.search(r'href="([^"]+)" aria-label="Remove the filter', page)
    assert link is not None
    page = organizer_client.get(link.group(1).replace("&amp;", "&")).text
    assert re.findall(r'data-row-choice aria-label="Choose ([^"]+)"', page) == ["Amina", "Wei"]
    assert "Save changes" in page


@on_sqlite
def test_tabs_stay_while_somebody_types(organizer_client: PageClient, add: Add) -> None:
    add("Amina", job_title="nurse")
    address = save(organizer_client, "Nurses")
    part = organizer_client.get(f"{address}&q=ami", headers={"HX-Request": "true"}).text
    assert "rc-list-tabs" not in part
    assert "Save changes" in part
    page = organizer_client.get(f"{address}&q=ami").text
    assert page.index("rc-list-tabs") < page.index('id="list"')
    assert 'aria-current="page">Nurses<' in page


@on_sqlite
def test_lists_of_others_are_not_changed(sign_in: SignIn, rows: Rows) -> None:
    mine, others = sign_in(role="organizer"), sign_in(role="administrator")
    save(mine, "Ours", shared=True)
    list_id = rows(select(SavedList.id))[0]
    for step in ("update", "rename", "share"):
        assert others.post(f"/lists/contacts/{list_id}/{step}", data={"name": "Theirs"}).status_code == 404
    assert rows(select(SavedList.name, SavedList.shared)) == [("Ours", True)]


def heads(client: PageClient, address: str) -> list[str]:
    page = client.get(address).text
    found = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", page, re.DOTALL)
    return [re.sub(r"<[^>]+>|\s", "", head) for head in found]


def test_columns_keep_their_order_and_are_remembered(sign_in: SignIn, add: Add) -> None:
    add("Amina")
    mine, others = sign_in(role="organizer"), sign_in(role="organizer")
    columns = "/lists/contacts/columns?list=people"
    mine.post(columns, data={"column": ["name", "tags", "email"]})
    mine.post(columns, data={"column": ["name", "language", "tags", "email"]})
    assert heads(mine, "/contacts?list=people") == ["Name", "Email", "Tags", "Language"]
    assert heads(mine, "/contacts") == ["Name", "Organization", "Email", "Phone", "City", "Tags"]
    assert heads(others, "/contacts?list=people")[1] == "Organization"
    mine.post("/lists/contacts/columns", data={"column": ["name", "city"]})
    assert heads(mine, "/contacts") == heads(mine, "/contacts?list=all") == ["Name", "City"]


@on_sqlite
def test_what_cannot_be_sorted_by_is_said(organizer_client: PageClient, add: Add) -> None:
    add("Amina")
    page = organizer_client.get("/contacts?sort=-email").text
    assert "The list cannot be sorted by “Email”; it is sorted by “Name”." in page
    assert 'aria-sort="ascending"' in page
    assert "cannot be sorted" not in organizer_client.get("/contacts?sort=-updated_at").text


@on_sqlite
def test_an_empty_list_says_what_stands_in_the_way(organizer_client: PageClient, add: Add) -> None:
    add("Amina", "Okafor")
    page = organizer_client.get("/contacts?q=zebra&f=job_title%3Acontains%3Anurse").text
    assert "Without “zebra”" in page
    (without,) = re.findall(r'<a class="btn" href="([^"]+)">Without “zebra”', page)
    assert without == "/contacts?f=job_title%3Acontains%3Anurse"
    assert "Put into a list" in organizer_client.get(save(organizer_client, "Nurses")).text
    assert "fills by itself" in organizer_client.get("/signons/signatures?list=waiting").text
