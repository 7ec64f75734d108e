"""Notes that cannot be saved keep what was typed, and every error leads on."""

from sqlalchemy import select

from crm.contacts.models import Note
from crm.plugin_api.testing.application import PageClient
from tests.contacts.conftest import Add, Rows

HTMX = {"HX-Request": "true"}


def test_an_empty_note_is_asked_for_again(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", "Okafor")
    assert "required" in organizer_client.get(f"/contacts/{amina}").text.split('id="body"')[1].split(">")[0]
    answer = organizer_client.post(f"/contacts/{amina}/notes", data={"body": "   "})
    assert answer.status_code == 422
    assert "Write something before you save the note." in answer.text
    assert f'href="/contacts/{amina}"' in answer.text
    assert rows(select(Note.body)) == []


def test_what_was_typed_into_a_note_survives_a_refusal(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", note="Prefers Tuesdays.")
    note = rows(select(Note.id))[0]
    answer = organizer_client.post(
        f"/contacts/{amina}/notes/{note}", data={"body": "Prefers Fridays.", "seen": "Prefers"}, headers=HTMX
    )
    assert answer.status_code == 409
    assert "Prefers Fridays.</textarea>" in answer.text
    assert 'name="seen" value="Prefers Tuesdays."' in answer.text
    assert rows(select(Note.body)) == ["Prefers Tuesdays."]


def test_only_editors_write_notes(viewer_client: PageClient, outsider_client: PageClient, add: Add) -> None:
    amina = add("Amina")
    for client in (viewer_client, outsider_client):
        assert client.post(f"/contacts/{amina}/notes", data={"body": ""}).status_code == 403


def test_an_error_leads_back_to_where_one_was(organizer_client: PageClient) -> None:
    refused = organizer_client.post(
        "/contacts/bulk/tag", data={}, headers={"Referer": "http://localhost/contacts?list=people"}
    )
    assert refused.status_code == 422
    assert 'href="/contacts?list=people"' in refused.text


def test_an_error_leads_to_no_other_site(organizer_client: PageClient) -> None:
    for referrer in ("https://evil.example/contacts", "http://localhost//evil.example"):
        refused = organizer_client.post("/contacts/bulk/tag", data={}, headers={"Referer": referrer})
        assert "evil.example" not in refused.text
        assert 'href="/"' in refused.text
