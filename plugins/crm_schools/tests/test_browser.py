"""A district's first year in a real browser: from a roster to a letter, and what helped."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from crm.jobs.inline import run_waiting
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from crm_schools.tests.made_up import make
from crm_schools.tests.support import roster_zip
from tests.infrastructure.browser import LiveServer, problems_in_both

pytestmark = on_sqlite


@pytest.fixture
def district(live_server: LiveServer, context: BrowserContext) -> Flask:
    app: Flask = live_server.app
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="administrator", name="Dana Wu"))
    return app


def look(page: Page) -> None:
    """Nothing is in the way of anybody, in light, in dark and on a phone."""
    assert problems_in_both(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})


def days_missed(path: Path) -> Path:
    """Ana misses every second Monday; one code nobody has mapped."""
    mondays = [date(2024, 9, 9) + timedelta(weeks=number) for number in range(36)]
    rows = [f"0001,E1,{day},{'ZZ' if number % 9 == 4 else 'U'}" for number, day in enumerate(mondays)]
    path.write_text(
        "\n".join(["Student ID,School ID,Date,Attendance Code", *rows, "0002,E1,2024-10-01,U"]) + "\n"
    )
    return path


def bring(page: Page, app: Flask, kind: str, file: Path) -> None:
    page.goto("/imports/new")
    page.get_by_label("What is in the file").select_option(value=kind)
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(app)


def test_from_a_roster_to_a_letter(page: Page, district: Flask, tmp_path: Path) -> None:
    come_in(page, district, tmp_path)
    page.goto("/schools/")
    expect(page.get_by_role("heading", name="How much school is missed")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Who is flagged").click()
    page.get_by_role("link", name="Ibáñez, Ana").click()
    look(page)
    student = page.url
    page.get_by_role("link", name="Why is this student flagged?").click()
    expect(page.get_by_text(re.compile(r"Missed \d+ of \d+ days enrolled"))).to_be_visible()
    expect(page.get_by_role("cell", name="ZZ").first).to_be_visible()
    look(page)
    act(page, student)


def test_letters_to_many_families_are_written_at_once(page: Page, district: Flask) -> None:
    made = make(district)
    page.goto(f"/schools/students?district_id={made.district_id}&year=2026")
    expect(page.get_by_text("chosen")).to_be_hidden()
    page.get_by_label("Choose all on this page").check()
    expect(page.get_by_text("50 chosen")).to_be_visible()
    page.get_by_label("All 60 students of this list").check()
    expect(page.get_by_text("60 chosen")).to_be_visible()
    look(page)
    page.locator("[data-row-choice]").first.uncheck()
    expect(page.get_by_text("49 chosen")).to_be_visible()
    expect(page.get_by_label("All 60 students of this list")).to_be_hidden()
    page.get_by_label("Choose all on this page").check()
    page.get_by_label("All 60 students of this list").check()
    page.get_by_role("button", name="Write letters").first.click()
    page.get_by_label("At which number").fill("203-555-0110")
    look(page)
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_text("Left out, and why")).to_be_visible()
    look(page)
    page.get_by_role("button", name=re.compile(r"Write \d+ letters")).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    sheets = page.get_by_role("article").count()
    assert 0 < sheets < 60, "who missed no day gets no letter"
    look(page)
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == sheets
    page.get_by_role("button", name="They are sent").click()
    expect(page.get_by_text("All of them are marked as sent.")).to_be_visible()


def test_everybody_reads_and_prints_the_public_report(page: Page, district: Flask) -> None:
    """On a phone, too, where a table is wider than the screen; on paper without what one only clicks."""
    made = make(district)
    page.goto(f"/schools/public-report?district_id={made.district_id}&year=2026")
    look(page)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    run_waiting(district)
    page.goto("/schools/public/1")
    page.get_by_role("link", name="Español").click()
    expect(page.locator("main[lang=es]")).to_be_visible()
    look(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert problems_in_both(page) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.get_by_role("link", name="English")).to_be_hidden()


def come_in(page: Page, district: Flask, tmp_path: Path) -> None:
    """A roster, then attendance that is stopped by codes until somebody says what they mean."""
    bring(page, district, "roster", roster_zip(tmp_path / "roster.zip"))
    expect(page.get_by_text("This is what will happen")).to_be_visible()
    page.get_by_role("button", name="Import").first.click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(district)
    expect(page.get_by_text("Imported as planned")).to_be_visible()

    file = days_missed(tmp_path / "days.csv")
    bring(page, district, "attendance", file)
    expect(page.get_by_text("nobody has said what")).to_be_visible()
    look(page)
    page.goto("/schools/")
    page.get_by_role("link", name="Rules, calendars, codes").click()
    look(page)
    page.get_by_label("What U means").select_option(label="Unexcused absence")
    page.get_by_label("What ZZ means").select_option(label="Excused absence")
    page.get_by_role("button", name="Keep the codes").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    bring(page, district, "attendance", file)
    page.get_by_role("button", name="Import").first.click()
    expect(page.get_by_text("You can leave this page")).to_be_visible()
    run_waiting(district)
    expect(page.get_by_text("Imported as planned")).to_be_visible()


def act(page: Page, student: str) -> None:
    page.goto("/schools/")
    page.get_by_role("link", name="Team meetings").click()
    page.get_by_role("link", name="Plan a meeting").first.click()
    page.get_by_label("Day", exact=True).fill("2025-06-02")
    page.get_by_role("button", name="Plan it and make the agenda").click()
    expect(page.get_by_role("link", name="Ana Ibáñez")).to_be_visible()
    page.get_by_label("What is decided: Ana Ibáñez").fill("A mentor from Monday on")
    page.get_by_role("button", name="Keep the minutes").click()
    look(page)
    page.get_by_role("link", name="Intervention").first.click()
    page.get_by_label("What", exact=True).select_option(value="mentor")
    page.get_by_label("From", exact=True).fill("2025-02-03")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The intervention is added.")).to_be_visible()
    page.goto(student)
    page.get_by_role("link", name="Write a letter").click()
    page.get_by_label("Language").select_option(value="es")
    page.get_by_label("Whom to call").fill("Dana Wu")
    page.get_by_label("At which number").fill("203-555-0110")
    page.get_by_role("button", name="Write it").click()
    expect(page.get_by_text("Extrañamos a Ana")).to_be_visible()
    look(page)
    page.goto("/schools/")
    page.get_by_role("link", name="What helped").click()
    expect(page.get_by_text("Mentor who checks in")).to_be_visible()
    look(page)
