"""Saved lists: one's own, those that others share, and what they remember."""

import re

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
    bar = page[page.index("rc-list-tabs") : page.index("</nav>", page.index("rc-list-tabs"))]
    return re.findall(r">([^<>\n]+)</a>", bar)


def test_a_saved_list_remembers_filters_order_and_columns(organizer_client: PageClient, add: Add) -> None:
    add("Amina", "Okafor", job_title="School nurse")
    add("Wei", "Chen", job_title="Nurse")
    add("José", "Núñez", job_title="Principal")
    address = save(organizer_client, "  Nurses  of the north ")
    page = organizer_client.get(address).text
    assert re.findall(r'data-row-choice aria-label="Choose ([^"]+)"', page) == ["Amina Okafor", "Wei Chen"]
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", page, re.DOTALL)
    assert [re.sub(r"<[^>]+>|\s", "", head) for head in heads] == ["Name", "Jobtitle"]
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
    assert "Amina" in mine.get(f"/contacts?list={list_id}").text


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
    assert ("Wei" in page, "Amina" in page) == (True, False)


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
