"""Leaving an organization, never having been there, and being entered twice."""

from sqlalchemy import select

from crm.contacts.models import Affiliation, Contact, Tag
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import SignIn
from tests.contacts.conftest import Add, Rows, change_sets, tags_of

HTMX = {"HX-Request": "true"}


def affiliations(rows: Rows) -> list[tuple[str, str, bool, bool]]:
    """Organization, role, whether it is the main one and whether it has ended, oldest first."""
    statement = select(Contact.name, Affiliation.role, Affiliation.is_primary, Affiliation.end_date)
    statement = statement.join(Affiliation, Affiliation.organization_id == Contact.id)
    return [(*row[:3], row[3] is not None) for row in rows(statement.order_by(Affiliation.id))]


def test_leaving_today_keeps_the_history_and_another_leads(
    organizer_client: PageClient, add: Add, rows: Rows
) -> None:
    amina = add("Amina", at="Harbor", role="Nurse")
    organizer_client.post(f"/contacts/{amina}/affiliations/new", data={"organization": "Lincoln"})
    first = rows(select(Affiliation.id).order_by(Affiliation.id))[0]
    address = f"/contacts/{amina}/affiliations/{first}/leave"
    form = organizer_client.get(address, headers=HTMX).text
    assert all(words in form for words in ("Amina and Harbor", "Left today", "Was a mistake, remove"))
    organizer_client.post(address)
    assert affiliations(rows) == [("Harbor", "Nurse", False, True), ("Lincoln", "", True, False)]
    page = organizer_client.get(f"/contacts/{amina}").text
    assert page.count("rc-ended") == 1
    assert "Amina left today" in page
    assert change_sets(rows)[-1][1] == "Amina left Harbor"


def test_a_mistake_is_removed_and_another_leads(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", at="Harbor")
    organizer_client.post(f"/contacts/{amina}/affiliations/new", data={"organization": "Lincoln"})
    first = rows(select(Affiliation.id).order_by(Affiliation.id))[0]
    organizer_client.post(f"/contacts/{amina}/affiliations/{first}/delete")
    assert affiliations(rows) == [("Lincoln", "", True, False)]


def test_nobody_is_twice_in_one_role(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", at="Harbor", role="Nurse")
    new = f"/contacts/{amina}/affiliations/new"
    again = organizer_client.post(new, data={"organization": "harbor", "role": "nurse "}, headers=HTMX)
    assert again.status_code == 422
    assert "Amina is there in this role already." in again.text
    assert len(affiliations(rows)) == 1
    first = rows(select(Affiliation.id))[0]
    organizer_client.post(f"/contacts/{amina}/affiliations/{first}/leave")
    assert organizer_client.post(new, data={"organization": "Harbor", "role": "Nurse"}).status_code == 303
    assert affiliations(rows) == [("Harbor", "Nurse", False, True), ("Harbor", "Nurse", True, False)]
    back = organizer_client.post(
        f"/contacts/{amina}/affiliations/{first}", data={"role": "Nurse", "end_date": ""}
    )
    assert back.status_code == 422


def test_what_is_made_on_the_way_is_said(organizer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", tags=["school"])
    new = f"/contacts/{amina}/affiliations/new"
    organizer_client.post(new, data={"organization": "Harbr"})
    assert "Amina belongs to the new organization Harbr." in organizer_client.get(f"/contacts/{amina}").text
    organizer_client.post(new, data={"organization": "harbr", "role": "Board"})
    assert "Amina belongs to harbr." in organizer_client.get(f"/contacts/{amina}").text
    organizer_client.post(f"/contacts/{amina}/tags", data={"tags": "School, scool"})
    page = organizer_client.get(f"/contacts/{amina}").text
    assert "New tag: scool." in page
    assert "Undo" in page
    assert tags_of(rows, amina) == ["school", "scool"]
    assert rows(select(Tag.name).order_by(Tag.id)) == ["school", "scool"]


def test_saving_in_place_says_so_and_offers_undo(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina", "Okafor")
    answer = organizer_client.post(
        f"/contacts/{amina}/field/job_title", data={"value": "Nurse", "seen": ""}, headers=HTMX
    )
    assert "Job title is saved." in answer.text
    assert "Undo" in answer.text
    assert "data-autofocus" in answer.text
    assert answer.headers["HX-Trigger"] == "contact:changed"
    assert "is saved" not in organizer_client.get(f"/contacts/{amina}").text
    organizer_client.post(f"/contacts/{amina}/do-not-contact", data={"email": "1", "reason-email": "asked"})
    page = organizer_client.get(f"/contacts/{amina}").text
    assert "It is noted how Amina Okafor may be contacted." in page
    assert "Undo" in page


def test_strangers_end_nothing(sign_in: SignIn, viewer_client: PageClient, add: Add, rows: Rows) -> None:
    amina = add("Amina", at="Harbor")
    other = add(organization="Lincoln")
    first = rows(select(Affiliation.id))[0]
    address = f"/contacts/{amina}/affiliations/{first}/leave"
    outside = sign_in(role="organizer", scope=other)
    for method in ("get", "post"):
        assert getattr(outside, method)(address).status_code == 404
        assert getattr(viewer_client, method)(address).status_code == 403
    assert affiliations(rows) == [("Harbor", "", True, False)]
