"""The main job in a real browser: a spreadsheet comes in, is looked at, and goes again."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Download, Page, expect

from crm.jobs.inline import run_waiting
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer, problems_in_both, settled
from tests.transfer.conftest import everybody, sample

pytestmark = on_sqlite
PEOPLE = (
    "First Name,Last Name,Email,Phone,Ward\n"
    "Ana,López,ana@example.org,202-555-0123,5\n"
    "Ben,Ode,ben@example.org,,6\n"
    " , ,nonsense,,7\n"
)


@pytest.fixture
def organizer(live_server: LiveServer, context: BrowserContext) -> Flask:
    user = make_user_in(live_server.app, role="organizer")
    sign_in_browser(context, live_server.app, live_server.url, user)
    return live_server.app


def look(page: Page) -> None:
    """Nothing is in the way of anybody, in light and in dark."""
    assert problems_in_both(page) == []


def choose(page: Page, file: Path) -> None:
    page.goto("/contacts")
    page.get_by_role("link", name="Import", exact=True).first.click()
    look(page)
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Go on").click()


def test_a_list_comes_in_and_goes_again(page: Page, organizer: Flask, tmp_path: Path) -> None:
    file = tmp_path / "volunteers.csv"
    file.write_text(PEOPLE)
    choose(page, file)
    expect(page.get_by_label("Ward")).to_be_visible()
    look(page)
    expect(page.locator("#preview")).to_contain_text("Ana López")
    page.get_by_label("Ward").select_option("tags")
    expect(page.locator("#preview")).to_contain_text("Tags")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    look(page)
    run_waiting(organizer)
    expect(page.get_by_text("This is what will happen")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Cannot be used").click()
    expect(page.get_by_text("This row names nobody")).to_be_visible()
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(organizer)
    expect(page.get_by_text("Imported as planned")).to_be_visible()
    look(page)
    assert everybody(organizer)["Ana López"].tags == ["5"]
    imported = page.url
    page.get_by_role("link", name="See the contacts").click()
    expect(page.get_by_role("link", name="Ana López")).to_be_visible()
    page.goto(imported)
    take_back(page, organizer)


def take_back(page: Page, app: Flask) -> None:
    page.get_by_role("button", name="Undo this import").click()
    settled(page)
    run_waiting(app)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    assert everybody(app) == {}
    page.goto("/imports")
    expect(page.get_by_text("Taken back")).to_be_visible()
    look(page)


@pytest.mark.slow
def test_the_people_of_washington(page: Page, organizer: Flask) -> None:
    choose(page, sample("osdi_fake_people.csv"))
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(organizer)
    page.get_by_role("button", name="Import 11,540 rows").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(organizer)
    expect(page.get_by_text("Imported as planned")).to_be_visible()
    assert len(everybody(organizer)) == 11540
    page.get_by_role("link", name="See the contacts").click()
    expect(page.locator("tbody tr")).to_have_count(50)


def test_a_bad_file_is_said_so_at_once(page: Page, organizer: Flask, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 300)
    choose(page, file)
    expect(page.get_by_role("alert")).to_contain_text("not a list.")
    look(page)


def test_a_list_goes_out(page: Page, organizer: Flask, tmp_path: Path) -> None:
    file = tmp_path / "volunteers.csv"
    file.write_text(PEOPLE)
    choose(page, file)
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(organizer)
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(organizer)
    expect(page.get_by_text("Imported as planned")).to_be_visible()
    page.goto("/contacts")
    page.get_by_label("Choose Ana López").check()
    page.locator(".rc-bulk").get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("1 chosen")).to_be_visible()
    look(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="Export").click()
    download: Download = started.value
    assert download.suggested_filename.endswith(".csv")
    text = Path(download.path()).read_text("utf-8-sig")
    assert "ana@example.org" in text
    assert "ben@example.org" not in text
    page.goto("/contacts")
    page.get_by_role("link", name="Export this list").click()
    expect(page.get_by_text("The whole list")).to_be_visible()
    page.goto("/exports")
    look(page)
