"""The search box as somebody at a keyboard, on a phone, and with a screen reader has it."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from tests.infrastructure.browser import LiveServer, problems_in_both
from tests.search.conftest import Add


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """A browser sees no difference between databases."""
    return sqlite_url


@pytest.fixture
def home(page: Page, live_server: LiveServer, add: Add) -> Page:
    """A page, signed in, with some people to find."""
    for name in ("José Núñez", "Josefina Abad", "Ann Other"):
        add(name)
    user = make_user_in(live_server.app, "organizer")
    sign_in_browser(page.context, live_server.app, live_server.url, user)
    page.goto("/search?q=nobody")
    return page


def box(page: Page) -> Locator:
    return page.get_by_role("combobox")


def answered(page: Page, question: str) -> Locator:
    """The choices for exactly these letters: Enter takes none of those that fewer letters brought."""
    return page.locator(f"[data-question='{question}']")


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_keys_open_it_and_enter_opens_the_choice(home: Page, key: str) -> None:
    home.keyboard.press(key)
    expect(box(home)).to_be_focused()
    home.keyboard.type("jos")
    expect(answered(home, "jos")).to_be_attached()
    expect(home.get_by_role("option")).to_have_count(2)
    expect(home.get_by_role("option", selected=True)).to_contain_text("José Núñez")
    home.keyboard.press("ArrowDown")
    expect(home.get_by_role("option", selected=True)).to_contain_text("Josefina Abad")
    home.keyboard.press("Enter")
    expect(home.get_by_role("heading", level=1)).to_contain_text("Josefina Abad")


def test_a_screen_reader_is_told(home: Page) -> None:
    home.keyboard.press("/")
    home.keyboard.type("jose")
    expect(home.get_by_role("status").filter(has_text="2 results")).to_be_attached()
    expect(box(home)).to_have_attribute("aria-expanded", "true")
    chosen = home.get_by_role("option", selected=True)
    expect(box(home)).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    home.keyboard.type("xyz")
    expect(home.get_by_role("status").filter(has_text="Nothing found")).to_be_attached()
    expect(home.get_by_role("option", name="New person “josexyz”")).to_be_visible()


POINTS_AT_NOTHING = """() => {
    window.astray = 0;
    new MutationObserver(() => {
        const named = document.getElementById("search-input").getAttribute("aria-activedescendant");
        if (named && !document.getElementById(named)) window.astray += 1;
    }).observe(document.getElementById("search-answer"), {childList: true, subtree: true});
}"""


def test_a_choice_that_is_gone_is_not_pointed_at(home: Page) -> None:
    home.keyboard.press("/")
    home.keyboard.type("jose")
    expect(home.get_by_role("option", selected=True)).to_contain_text("José Núñez")
    home.evaluate(POINTS_AT_NOTHING)
    home.keyboard.type("xyz")
    expect(home.get_by_role("option", name="New person “josexyz”")).to_be_visible()
    assert home.evaluate("window.astray") == 0


def test_the_last_five_that_were_opened_come_first(home: Page) -> None:
    for question, name in (("jose", "José"), ("ann", "Ann Other")):
        home.keyboard.press("/")
        home.keyboard.type(question)
        expect(answered(home, question)).to_be_attached()
        expect(home.get_by_role("option", selected=True)).to_contain_text(name)
        home.keyboard.press("Enter")
        expect(home.get_by_role("heading", level=1)).to_contain_text(name)
        home.wait_for_load_state()  # Only then does the page listen to keys.
    home.goto("/")
    home.keyboard.press("/")
    opened = home.get_by_role("group", name="Opened last").get_by_role("option")
    expect(opened).to_have_count(2)
    expect(opened.first).to_contain_text("Ann Other")


def test_escape_closes_it_and_gives_the_focus_back(home: Page) -> None:
    opener = home.get_by_role("link", name="Search")
    opener.focus()
    opener.press("Enter")
    expect(box(home)).to_be_focused()
    expect(home.get_by_role("option").filter(has_text="New person")).to_be_visible()
    home.keyboard.press("Escape")
    expect(box(home)).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_slash_in_a_field_is_a_slash(home: Page) -> None:
    home.goto("/search")
    field = home.get_by_role("searchbox")
    field.press_sequentially("a/b")
    expect(field).to_have_value("a/b")
    expect(home.locator("#search-box")).to_be_hidden()


def test_enter_before_the_answer_asks_for_the_page(home: Page) -> None:
    def answer_pages_only(route: Route) -> None:
        if route.request.is_navigation_request():
            route.continue_()

    home.route("**/search?q=*", answer_pages_only)
    home.keyboard.press("/")
    home.keyboard.type("ann")
    home.keyboard.press("Enter")
    home.wait_for_url("**/search?q=ann")
    expect(home.get_by_role("link", name="Ann Other")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(home: Page, width: int) -> None:
    home.set_viewport_size({"width": width, "height": 800})
    home.get_by_role("link", name="Search").click()
    home.keyboard.type("jos")
    expect(home.get_by_role("option")).to_have_count(2)
    assert problems_in_both(home) == []
    home.keyboard.type("xyz")
    expect(home.get_by_role("option", name="New person “josxyz”")).to_be_visible()
    assert problems_in_both(home) == []
    home.goto("/search?q=jose")
    assert problems_in_both(home) == []
