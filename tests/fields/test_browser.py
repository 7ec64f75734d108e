"""The builder of conditions, and own fields, in a real browser."""

import re

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from crm import db
from crm.access.actor import Actor
from crm.contacts import services
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer, accessibility_problems

pytestmark = on_sqlite


@pytest.fixture
def people(live_server: LiveServer, context: BrowserContext) -> None:
    """Two nurses, one of them at a school, seen by an administrator."""
    app: Flask = live_server.app
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="administrator"))
    with app.app_context(), db.transaction(Actor.system(), "contacts.create"):
        for given, family, place in (("Amina", "Okafor", "Lincoln School"), ("Wei", "Chen", "Harbor Clinic")):
            values = {"given_name": given, "family_name": family, "organization": place, "job_title": "Nurse"}
            services.create(values, Actor.system())


def build(page: Page) -> None:
    """Nurses who belong to a school."""
    page.goto("/contacts")
    page.get_by_role("link", name="Conditions").click()
    page.get_by_label("Field").select_option(label="Job title")
    page.get_by_label("Value").fill("nurse")
    page.get_by_label("Value").press("Tab")
    expect(page.get_by_text("Job title contains nurse")).to_be_visible()
    page.get_by_role("button", name="What belongs to them").click()
    page.get_by_label("What belongs to them", exact=True).select_option(label="Belongs to organizations")
    inner = page.locator(".rc-build-related")
    inner.get_by_role("button", name="Condition", exact=True).click()
    inner.get_by_label("Field").select_option(label="Name")
    inner.get_by_label("Value").fill("School")
    inner.get_by_label("Value").press("Tab")
    expect(page.locator("#build-count")).to_have_text("1 record")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Show the list").click()


def test_a_list_is_built_and_says_why_somebody_is_in_it(page: Page, people: None) -> None:
    build(page)
    expect(page.locator("[data-row-choice]")).to_have_count(1)
    page.get_by_role("button", name="Why is Amina Okafor here?").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("All conditions of")).to_be_visible()
    expect(dialog.get_by_role("link", name="Lincoln School")).to_be_visible()
    assert accessibility_problems(page) == []
    dialog.get_by_role("button", name="Close").last.click()
    expect(dialog).to_have_count(0)


def test_somebody_is_taken_out_of_a_saved_list_and_comes_back(page: Page, people: None) -> None:
    build(page)
    page.get_by_role("link", name="Save list").click()
    page.get_by_label("Name", exact=True).fill("School nurses")
    page.get_by_role("button", name="Save list").click()
    expect(page.get_by_role("link", name="School nurses")).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Why is Amina Okafor here?").click()
    page.get_by_role("button", name="Take out of this list").click()
    expect(page.get_by_text("0 always in it, 1 taken out")).to_be_visible()
    expect(page.locator("[data-row-choice]")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Redo")).to_be_visible()
    page.goto("/contacts")
    page.get_by_role("link", name="School nurses").click()
    expect(page.locator("[data-row-choice]")).to_have_count(1)


def test_an_own_field_is_added_filled_in_and_filtered_by(page: Page, people: None) -> None:
    page.goto("/lists/fields")
    page.get_by_role("link", name="New field").first.click()
    page.get_by_label("Name", exact=True).fill("Best time to call")
    page.get_by_label("Kind", exact=True).select_option(label="One choice")
    page.get_by_label("Choices").fill("Morning\nEvening")
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("One choice · 0 values · Morning, Evening")).to_be_visible()
    page.goto("/contacts?list=people")
    page.get_by_role("link", name=re.compile("Amina Okafor")).first.click()
    page.get_by_role("link", name="Edit Own fields").click()
    page.get_by_label("Best time to call").select_option(label="Evening")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("definition").filter(has_text="Evening")).to_be_visible()
    page.goto("/contacts?list=people")
    page.get_by_role("link", name="Filter", exact=True).click()
    page.get_by_label("Field").select_option(label="Best time to call")
    page.get_by_label("Value").select_option(label="Evening")
    page.get_by_role("button", name="Add filter").click()
    expect(page.get_by_text("Best time to call is Evening")).to_be_visible()
    expect(page.locator("[data-row-choice]")).to_have_count(1)
