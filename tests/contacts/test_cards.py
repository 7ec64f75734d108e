"""A contact on paper, as a vCard, as a QR code; its timeline; the cards of the home page."""

import re
from datetime import timedelta
from io import BytesIO

from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services, timeline
from crm.contacts.models import Contact, Note
from crm.contacts.visiting_cards import essentials
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import SignIn
from crm.transfer.record import ContactRecord
from crm.transfer.vcard import card_text
from tests.contacts.conftest import Add, Rows
from tests.contacts.test_bulk import plain

AMINA = {
    "role": "Counselor",
    "at": "Harbor",
    "emails": [{"address": "amina@example.org", "label": "work", "primary": "1"}],
    "phones": [{"number": "202-555-0142", "label": "mobile"}],
    "addresses": [{"street": "5 Oak Lane", "city": "Riverbend", "region": "NC", "postal_code": "27603"}],
    "tags": ["school"],
    "note": "Prefers Tuesdays.",
}


def test_a_vcard_holds_what_the_page_shows(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina", "Okafor", **AMINA)
    photo = BytesIO()
    Image.new("RGB", (9, 9)).save(photo, "PNG")
    photo.seek(0)
    organizer_client.post(f"/contacts/{amina}/photo/change", data={"photo": (photo, "me.png")})
    answer = organizer_client.get(f"/contacts/{amina}/card.vcf", buffered=True)
    assert answer.content_type == "text/vcard; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Amina Okafor.vcf"'
    lines = answer.text.replace("\r\n ", "").split("\r\n")
    for line in (
        "N:Okafor;Amina;;;",
        "ORG:Harbor;",
        "ROLE:Counselor",
        "EMAIL;TYPE=INTERNET;TYPE=WORK;TYPE=PREF:amina@example.org",
        "ADR;TYPE=PREF:;;5 Oak Lane;Riverbend;NC;27603;",
        "NOTE:Prefers Tuesdays.",
        "CATEGORIES:school",
    ):
        assert line in lines
    assert any(line.startswith("PHOTO;ENCODING=b;TYPE=JPEG:") for line in lines)


def test_an_organization_one_may_not_see_is_not_on_the_card(sign_in: SignIn, add: Add, rows: Rows) -> None:
    amina = add("Amina", at="Harbor")
    secret = add(organization="Secret Shelter")
    lincoln = add(organization="Lincoln")
    with_app = sign_in(role="organizer")
    with_app.post(f"/contacts/{amina}/affiliations/new", data={"organization": "Lincoln", "is_primary": ""})
    client = sign_in(role="viewer", scope=lincoln)
    card = client.get(f"/contacts/{amina}/card.vcf", buffered=True).text
    assert ("ORG:Lincoln;" in card, "Harbor" in card) == (True, False)
    assert client.get(f"/contacts/{secret}/card.vcf").status_code == 404


@on_sqlite
def test_the_qr_code_holds_the_essentials_and_always_fits(
    app: Flask, organizer_client: PageClient, add: Add
) -> None:
    amina = add("Amina", "Okafor", **AMINA)
    page = organizer_client.get(f"/contacts/{amina}/qr").text
    assert f'src="/contacts/{amina}/qr.svg"' in page
    answer = organizer_client.get(f"/contacts/{amina}/qr.svg")
    assert (answer.mimetype, answer.data[:4]) == ("image/svg+xml", b"<svg")
    record = ContactRecord(family_name="Okafor", notes=["private"], tags=["x"], custom={"Shoe": "9"})
    assert (
        card_text(essentials(record))
        == "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Okafor;;;;\r\nFN:Okafor\r\nEND:VCARD\r\n"
    )
    long = add("A", "B", addresses=[{"street": "x" * 2900}], emails=[{"address": "a@example.org"}])
    assert organizer_client.get(f"/contacts/{long}/qr.svg").data != b""
    endless = add("A" * 190, "B" * 190, job_title="C" * 3000)
    refused = organizer_client.get(f"/contacts/{endless}/qr.svg")
    assert (refused.status_code, "Use the vCard" in refused.text) == (422, True)


@on_sqlite
def test_paper_shows_everything_once(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina", "Okafor", **AMINA)
    text = plain(organizer_client.get(f"/contacts/{amina}/print").text)
    for part in (
        "Counselor, Harbor",
        "amina@example.org",
        "(202) 555-0142",
        "5 Oak Lane",
        "school",
        "Prefers",
    ):
        assert part in text
    assert "Add" not in text.split("How to reach")[1]


@on_sqlite
def test_a_list_is_printed_with_its_own_columns_and_order(organizer_client: PageClient, add: Add) -> None:
    ids = [add("Wei", "Chen", job_title="Nurse"), add("Amina", "Abbott"), add("José", "Núñez")]
    text = plain(
        organizer_client.post(
            "/contacts/bulk/print", data={"ids": ids[:2], "query": "columns=name,job_title&sort=-name"}
        ).text
    )
    assert "Name Job title Wei Chen Nurse Amina Abbott" in text
    assert "Núñez" not in text


@on_sqlite
def test_taking_lists_out_needs_its_permission(viewer_client: PageClient, add: Add) -> None:
    assert viewer_client.post("/contacts/bulk/print", data={"ids": [add("A")]}).status_code == 403


def test_the_timeline_merges_notes_and_changes_newest_first(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina", "Okafor")
    organizer_client.post(f"/contacts/{amina}/notes", data={"body": "Called about the bus."})
    organizer_client.post(f"/contacts/{amina}/field/job_title", data={"value": "Counselor", "seen": ""})
    text = plain(organizer_client.get(f"/contacts/{amina}/timeline?show=all").text)
    told = ("Job title set to Counselor", "Called about the bus", "Added")
    order = [text.index(each) for each in told]
    assert order == sorted(order)
    assert text.count("Called about the bus") == 1
    assert "Note on Amina" not in text


def test_paging_the_timeline_finds_every_entry_once(app: Flask, add: Add, rows: Rows) -> None:
    amina = add("Amina")
    for number in range(25):
        with app.app_context(), db.transaction(Actor.system(), "contacts.note"):
            contact = db.session().get_one(Contact, amina, execution_options={"crm_scoped": True})
            services.add_note(contact, f"note {number}", Actor.system())
    moment = db.now() - timedelta(days=1)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        tied = [f"note {number}" for number in (6, 7, 8)]
        db.session().execute(update(Note).where(Note.body.in_(tied)).values(created_at=moment))
    found, before = [], None
    with app.test_request_context(), system("test"):
        contact = db.session().get_one(Contact, amina)
        while True:
            page = timeline.page(contact, Actor.system(), before, 5)
            found += [entry.body for entry in page.entries if entry.icon == "note"]
            if (before := page.older) is None:
                break
    assert sorted(found) == sorted(f"note {number}" for number in range(25))


def test_the_home_page_counts_and_each_number_opens_its_list(
    app: Flask, organizer_client: PageClient, add: Add
) -> None:
    add("Amina", "Okafor", **AMINA)
    add("Wei", "Chen")
    old = add("José", "Núñez", phones=[{"number": "202-555-0143"}])
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        long_ago = db.now() - timedelta(days=100)
        db.session().execute(update(Contact).where(Contact.id == old).values(created_at=long_ago))
    page = organizer_client.get("/contacts/cards/numbers").text
    numbers = dict(re.findall(r"<dt>([^<]+)</dt><dd><a [^>]*>(\d+)</a>", page))
    assert numbers == {"people": "3", "organizations": "1", "added this month": "3"}
    gaps = organizer_client.get("/contacts/cards/incomplete").text
    counted = re.findall(r'href="(/contacts\?[^"]+)"><span[^>]*>([^<]+)</span><strong[^>]*>(\d+)<', gaps)
    assert [(label.split(":")[0], count) for _address, label, count in counted] == [
        ("People nobody can reach", "1"),
        ("People without an organization", "2"),
        ("Organizations without a sector", "1"),
    ]
    for address, _label, count in (*counted, *_links(page)):
        listed = organizer_client.get(address.replace("&amp;", "&")).text
        assert len(re.findall("data-row-choice", listed)) == int(count)


def _links(page: str) -> list[tuple[str, str, str]]:
    return re.findall(r'<dd><a href="([^"]+)"()>(\d+)</a>', page)


def test_the_chart_says_the_same_as_its_table(app: Flask, organizer_client: PageClient, add: Add) -> None:
    ids = [add("A"), add("B"), add("C")]
    with app.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        long_ago = db.now() - timedelta(days=40)
        db.session().execute(update(Contact).where(Contact.id.in_(ids[:2])).values(created_at=long_ago))
    page = organizer_client.get("/contacts/cards/numbers").text
    drawn = re.findall(r"<title>([^<:]+): (\d+)</title>", page)
    table = re.findall(r'<th scope="row"[^>]*>([^<]+)</th><td[^>]*>(\d+)</td>', page)
    assert (len(drawn), drawn) == (12, table)
    assert sorted(int(count) for _month, count in drawn)[-2:] == [1, 2]
    assert "style=" not in page.split("rc-chart")[1]


def test_an_empty_installation_says_what_to_do_first(organizer_client: PageClient, add: Add) -> None:
    assert "/contacts/cards/begin" in organizer_client.get("/").text
    assert "/imports/new" in organizer_client.get("/contacts/cards/begin").text
    add("Amina")
    home = organizer_client.get("/").text
    assert ("/contacts/cards/begin" in home, "/contacts/cards/numbers" in home) == (False, True)


def test_counts_are_of_what_one_may_see(sign_in: SignIn, add: Add, rows: Rows) -> None:
    add("Amina", at="Harbor")
    add("Wei")
    harbor = rows(select(Contact.id).where(Contact.name == "Harbor"))[0]
    client = sign_in(role="organizer", scope=harbor)
    page = client.get("/contacts/cards/numbers").text
    assert re.findall(r"<dd><a [^>]*>(\d+)</a>", page) == ["1", "1", "2"]
    assert "Wei" not in client.get("/contacts/cards/recent").text


@on_sqlite
def test_outsiders(sign_in: SignIn, outsider_client: PageClient, add: Add) -> None:
    amina, lincoln = add("Amina"), add(organization="Lincoln")
    client = sign_in(role="organizer", scope=lincoln)
    for part in ("card.vcf", "qr", "qr.svg", "print", "timeline"):
        assert client.get(f"/contacts/{amina}/{part}").status_code == 404
        assert outsider_client.get(f"/contacts/{amina}/{part}").status_code == 403
    for card in ("numbers", "incomplete", "recent", "begin"):
        assert outsider_client.get(f"/contacts/cards/{card}").status_code == 403


def test_changed_last_leaves_out_what_was_changed_by_the_hundred(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with db.transaction(Actor.system(), "contacts.import", "Imported a list"):
            services.create({"given_name": "Ida", "family_name": "Import"}, Actor.system())
        with db.transaction(Actor.system(), "contacts.create", "Added"):
            services.create({"given_name": "Olga", "family_name": "Single"}, Actor.system())
    card = sign_in(role="viewer").get("/contacts/cards/recent").text
    assert "Olga Single" in card
    assert "Ida Import" not in card


def test_background_work_is_in_the_menu_of_those_who_have_some(app: Flask, sign_in: SignIn) -> None:
    assert "Background work" not in sign_in(role="viewer").get("/contacts").text
    assert "Background work" in sign_in(role="administrator").get("/contacts").text


def test_the_timeline_tells_what_happened_to_the_person(organizer_client: PageClient, add: Add) -> None:
    amina = add("Amina")
    field = {"value": "1985-03-04", "seen": ""}
    organizer_client.post(f"/contacts/{amina}/field/birth_date", data=field)
    organizer_client.post(f"/contacts/{amina}/tags", data={"tags": "Hearing Dec 4"})
    organizer_client.post(f"/contacts/{amina}/notes", data={"body": "Called back"})
    usual = plain(organizer_client.get(f"/contacts/{amina}/timeline").text)
    assert "Got the tag Hearing Dec 4" in usual
    assert "Added" in usual
    assert usual.count("Called back") == 1
    assert "Birth date" not in usual
    everything = plain(organizer_client.get(f"/contacts/{amina}/timeline?show=all").text)
    assert "Birth date set to" in everything
    assert "1985" in everything
