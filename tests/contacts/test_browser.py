"""The pages of contacts in a real browser: chosen, changed, undone; readable for everybody."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from crm import db
from crm.access.actor import Actor
from crm.access.guard import system
from crm.contacts import services
from crm.contacts.models import Contact
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer, is_too_wide, problems_in_both, settled

pytestmark = on_sqlite


@pytest.fixture
def amina(live_server: LiveServer, context: BrowserContext) -> Iterator[int]:
    """The id of one of four contacts, seen by an administrator."""
    app: Flask = live_server.app
    user = make_user_in(app, role="administrator")
    sign_in_browser(context, app, live_server.url, user)
    with app.app_context(), db.transaction(Actor.system(), "contacts.create", "Added four contacts"):
        for given, family, tag in (
            ("Amina", "Okafor", "school"),
            ("Wei", "Chen", "health"),
            ("José", "Núñez", ""),
        ):
            values = {
                "given_name": given,
                "family_name": family,
                "organization": "Harbor",
                "tags": [tag],
                "emails": [{"address": f"{family.lower()}@example.org".replace("ú", "u").replace("ñ", "n")}],
                "note": "Prefers Tuesdays.",
            }
            services.create(values, Actor.system())
    with app.app_context(), system("test"):
        yield db.session().scalars(select(Contact.id).where(Contact.given_name == "Amina")).one()


def test_many_are_tagged_and_untagged_again(page: Page, amina: int) -> None:
    page.goto("/contacts?list=people")
    page.get_by_label("Choose all on this page").check()
    expect(page.locator("[data-chosen-count]").first).to_have_text("3")
    page.get_by_role("button", name="Add tag").click()
    page.get_by_label("Tag").fill("steering")
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_text("The tag “steering” is new")).to_be_visible()
    page.get_by_role("button", name="Change 3 contacts").click()
    expect(page.locator(".rc-tag", has_text="steering")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undid: Tagged 3 contacts")).to_be_visible()
    page.goto("/contacts?list=people")
    expect(page.locator(".rc-tag", has_text="steering")).to_have_count(0)


def test_only_the_chosen_field_asks_for_a_value(page: Page, amina: int) -> None:
    page.goto("/contacts?list=people")
    page.get_by_label("Choose Amina Okafor").check()
    page.get_by_role("button", name="Edit a field").click()
    expect(page.get_by_label("Sector")).to_be_hidden()
    expect(page.get_by_label("Job title")).to_be_hidden()
    page.get_by_label("Field").select_option("job_title")
    page.get_by_label("Job title").fill("Counselor")
    expect(page.get_by_label("Sector")).to_be_hidden()
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_role("row", name="Amina Okafor – Counselor")).to_be_visible()


def test_the_menu_opens_closes_and_shows_the_code(page: Page, amina: int) -> None:
    page.goto(f"/contacts/{amina}")
    menu = page.get_by_text("More", exact=True)
    menu.click()
    expect(page.get_by_role("link", name="vCard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="vCard")).to_be_hidden()
    menu.click()
    page.get_by_role("link", name="QR code").click()
    code = page.get_by_role("img", name=re.compile("QR code with the name"))
    expect(code).to_be_visible()
    assert code.evaluate("image => image.naturalWidth") > 100
    page.get_by_role("button", name="Close").click()
    expect(code).to_have_count(0)


def test_a_file_and_a_photo_are_sent_and_fetched(page: Page, amina: int) -> None:
    page.goto(f"/contacts/{amina}")
    page.set_input_files("#new-file", {"name": "no.exe", "mimeType": "x/y", "buffer": b"MZ"})
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_text("is not a kind of file that can be kept here")).to_be_visible()
    page.set_input_files("#new-file", {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"the plan"})
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_text("The file is attached.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="plan.txt", exact=True).click()
    assert download.value.path().read_bytes() == b"the plan"
    picture = BytesIO()
    Image.new("RGB", (50, 50), "teal").save(picture, "PNG")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Photo").click()
    page.set_input_files("#photo", {"name": "me.png", "mimeType": "image/png", "buffer": picture.getvalue()})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The photo is saved.")).to_be_visible()
    shown = page.locator(".rc-record-head img")
    assert shown.evaluate("image => image.naturalWidth") == 320


def test_tags_are_merged_in_two_steps(page: Page, amina: int) -> None:
    page.goto("/contacts/tags")
    page.get_by_role("link", name="Merge into another: health").click()
    page.get_by_label("The tag that stays").select_option(label="school (1)")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("1 contact has “health” and will have “school” instead.")).to_be_visible()
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_text("“health” is now “school”.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^school 2"))).to_be_visible()


PAGES = (
    "/",
    "/contacts/tags",
    "/contacts/{id}",
    "/contacts/{id}/field/job_title",
    "/contacts/{id}/print",
    "/contacts/{id}/qr",
    "/contacts/{id}/data",
    "/contacts/{id}/erase",
    "/contacts/{id}/files",
    "/contacts/{id}/photo/change",
    "/contacts/{id}/timeline",
    "/contacts/cards/numbers",
)


def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(page: Page, amina: int) -> None:
    found = []
    for address in (*PAGES, "/contacts"):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(address.format(id=amina))
        settled(page)
        found += [f"{address}: {each}" for each in problems_in_both(page)]
        page.set_viewport_size({"width": 390, "height": 844})
        if is_too_wide(page):
            found.append(f"{address} is wider than a phone")
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_what_is_done_with_many(page: Page, amina: int) -> None:
    found = []
    for action in (
        "Add tag",
        "Edit a field",
        "Put into an organization",
        "Do not contact",
        "Delete",
        "Copy emails",
    ):
        page.goto("/contacts?list=people")
        page.get_by_label("Choose Amina Okafor").check()
        if action == "Add tag":
            found += [f"chosen: {each}" for each in problems_in_both(page)]
        if not page.get_by_role("button", name=action).is_visible():
            page.locator(".rc-bulk").get_by_text("More", exact=True).click()
        page.get_by_role("button", name=action).click()
        settled(page)
        found += [f"{action}: {each}" for each in problems_in_both(page)]
    assert not found, "\n".join(found)
