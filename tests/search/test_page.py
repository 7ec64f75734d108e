"""The search page, and the fragment that the box asks for."""

import re

from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.search.conftest import Add

BOX = {"HX-Request": "true"}


def links(html: str) -> list[str]:
    main = html[html.index("<main") :] if "<main" in html else html
    return re.findall(r'class="rc-search-option[^"]*"[^>]*href="([^"]+)"', main)


def test_the_page_works_without_script(add: Add, organizer_client: PageClient) -> None:
    person = add("José Núñez", emails=[{"address": "jose@example.org"}])
    page = organizer_client.get("/search?q=jose")
    assert links(page.text) == [f"/contacts/{person}"]
    assert "José Núñez" in page.text
    assert 'value="jose"' in page.text


def test_the_box_gets_choices_only(add: Add, organizer_client: PageClient) -> None:
    person = add("José Núñez")
    answer = organizer_client.get("/search?q=nu", headers=BOX)
    assert links(answer.text) == [f"/contacts/{person}"]
    assert "<html" not in answer.text
    assert 'data-question="nu"' in answer.text
    assert "1 result" in answer.text


def test_more_than_fits_leads_to_the_page(add: Add, organizer_client: PageClient) -> None:
    for number in range(12):
        add(f"Maria Number{number}")
    found = links(organizer_client.get("/search?q=maria", headers=BOX).text)
    assert len(found) == 9
    assert found[-1] == "/search?q=maria"
    assert len(links(organizer_client.get("/search?q=maria").text)) == 12


def test_commands_are_those_that_the_role_may_do(
    organizer_client: PageClient, viewer_client: PageClient
) -> None:
    assert "/contacts/new" in links(organizer_client.get("/search?q=new per", headers=BOX).text)
    assert "/contacts/new" not in links(viewer_client.get("/search?q=new per", headers=BOX).text)
    assert "/contacts" in links(viewer_client.get("/search?q=cont", headers=BOX).text)


def test_an_empty_question_lists_commands(organizer_client: PageClient) -> None:
    assert "/contacts/new" in links(organizer_client.get("/search", headers=BOX).text)


def test_what_is_typed_is_shown_as_text(organizer_client: PageClient) -> None:
    page = organizer_client.get("/search", query_string={"q": '<b>"x'})
    assert "<b>" not in page.text
    assert "Nothing fits" in page.text


def test_outsiders_find_nothing_and_strangers_sign_in(
    add: Add, outsider_client: PageClient, client: PageClient
) -> None:
    add("José Núñez")
    assert links(outsider_client.get("/search?q=jose").text) == []
    assert client.get("/search?q=jose").status_code == 303


def test_somebody_limited_to_an_organization_finds_its_people_only(
    add: Add, make_user: MakeUser, sign_in: SignIn
) -> None:
    mine = add(organization="Maple Agency")
    add("Maria Maple", at="Maple Agency")
    add("Maria Cedar")
    page = sign_in(make_user(role="viewer", scope=mine)).get("/search?q=maria")
    assert "Maria Maple" in page.text
    assert "Maria Cedar" not in page.text
