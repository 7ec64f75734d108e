"""What the search says when nothing has all of the words, and before anything is typed."""

import pytest

from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import MakeUser, SignIn
from tests.search.conftest import Add
from tests.search.test_page import BOX, links


@pytest.fixture
def estela(add: Add) -> int:
    add(organization="Families of Wren Hollow")
    return add("Estela Valdez", at="Families of Wren Hollow", job_title="Navigator")


@pytest.mark.parametrize(
    "question", ["valdes est", "valdes", "estella valdez", "valdez organizer", "valdes wren", "Vladez"]
)
def test_a_letter_or_a_word_too_many_still_finds(
    estela: int, organizer_client: PageClient, question: str
) -> None:
    answer = organizer_client.get("/search", query_string={"q": question}, headers=BOX).text
    assert f"/contacts/{estela}" in links(answer)


def test_words_of_name_and_organization_go_together(estela: int, organizer_client: PageClient) -> None:
    answer = organizer_client.get("/search?q=valdez+wren", headers=BOX).text
    assert links(answer)[0] == f"/contacts/{estela}"
    assert "Nearly so" not in answer


def test_what_was_found_has_nothing_near_it(add: Add, organizer_client: PageClient) -> None:
    add("Maria Valdez")
    add("Maria Valdes")
    answer = organizer_client.get("/search?q=valdes", headers=BOX).text
    assert "Maria Valdez" not in answer


def test_who_is_not_found_can_be_added(organizer_client: PageClient, viewer_client: PageClient) -> None:
    answer = organizer_client.get("/search?q=Zora+Quist", headers=BOX).text
    assert "New person “Zora Quist”" in answer
    at = next(link for link in links(answer) if link.startswith("/contacts/new")).replace("&amp;", "&")
    form = organizer_client.get(at).text
    assert 'value="Zora"' in form
    assert 'value="Quist"' in form
    assert "New person" not in viewer_client.get("/search?q=Zora+Quist", headers=BOX).text


def test_nobody_is_near_whom_the_reader_may_not_see(
    add: Add, estela: int, make_user: MakeUser, sign_in: SignIn
) -> None:
    own = add(organization="Quill House")
    client = sign_in(make_user(role="viewer", scope=own))
    for question in ("valdes", "valdez quill"):
        assert "Estela" not in client.get("/search", query_string={"q": question}, headers=BOX).text
    assert "Estela" not in client.get(f"/search?opened=contact:{estela}", headers=BOX).text


def test_the_empty_box_shows_what_was_opened_last(
    add: Add, estela: int, organizer_client: PageClient
) -> None:
    assert f'data-record="contact:{estela}"' in organizer_client.get(f"/contacts/{estela}").text
    other = add("Ben Ode")
    answer = organizer_client.get(
        f"/search?opened=contact:{other},contact:{estela},contact:99999,nonsense", headers=BOX
    ).text
    assert links(answer)[:2] == [f"/contacts/{other}", f"/contacts/{estela}"]


def test_signing_out_is_a_command(organizer_client: PageClient) -> None:
    answer = organizer_client.get("/search?q=sign+out", headers=BOX).text
    assert 'form="command-form" formaction="/sign-out"' in answer, "Enter in the search field is no sign-out"
