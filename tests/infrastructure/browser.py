"""A real Chromium and a real server for it to talk to."""

import os
import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Literal
from weakref import WeakKeyDictionary

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PageError
from werkzeug.serving import make_server

from crm.config import Config
from crm.plugin_api.testing.application import Assemble, MakeEngine, with_database

AXE = Path(__file__).parents[2] / ".assets" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What passes need not be described: that takes as long as the looking.
RUN_AXE = """async (rules) => (await axe.run(
    document, {runOnly: rules, preload: false, resultTypes: ["violations"]})).violations.flatMap(
    rule => rule.nodes.map(
        node => `${rule.id}: ${rule.help}: ${node.target.join(" ")}: ${node.failureSummary}`))"""
IDLE = "() => new Promise(done => requestIdleCallback(() => requestAnimationFrame(() => setTimeout(done))))"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATIENCE_MS = 30_000
"""As long as a busy machine may take; what is there at once is not waited for."""

_under_way: WeakKeyDictionary[BrowserContext, Counter[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class LiveServer:
    """An application that answers at `url`, without a slash at its end."""

    url: str
    app: Flask


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser and run it last: Playwright leaves an event loop running in its thread."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of this machine's Chromium; without one the test is skipped."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return found or pytest.skip("Chromium is not installed; `make test` installs it where it may")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests of a worker."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def listening() -> Iterator[socket.socket]:
    """One free port for all tests of a worker, so that its application is put together once."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def live_server(
    config: Config, listening: socket.socket, assembled: Assemble, engines: MakeEngine
) -> Iterator[LiveServer]:
    """The application of `config` on a free port of this machine."""
    url = f"http://localhost:{listening.getsockname()[1]}"
    with with_database(replace(config, base_url=url), assembled, engines) as app:
        server = make_server("127.0.0.1", 0, app, threaded=True, fd=os.dup(listening.fileno()))
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="live server")
        thread.start()
        yield LiveServer(url, app)
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A browser profile of its own, with the server's address as its base."""
    size: ViewportSize = {"width": 1280, "height": 800}
    # Colours that are still changing would be looked at as if they stayed.
    fresh = browser.new_context(base_url=live_server.url, viewport=size, reduced_motion="reduce")
    fresh.set_default_timeout(PATIENCE_MS)
    _watch(fresh)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page; the test fails when a script on it fails or the Content-Security-Policy blocks something."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.extend(_complaint(message)))
    yield page
    assert not problems, "\n".join(problems)


def accessibility_problems(page: Page) -> list[str]:
    """What axe finds on the page as it is now, a sentence for each element.

    Axe's `preload` would write a style element, which the policy rightly blocks; only one rule of no
    interest here (`css-orientation-lock`) needs it.
    """
    if not AXE.exists():
        pytest.fail("axe is missing; `make assets` brings it")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(RUN_AXE, RULES)
    return found


OUT_OF_REACH = """[...document.querySelectorAll("main")]
    .some(each => each.getBoundingClientRect().top + scrollY < 0)"""


def problems_in_both(page: Page) -> list[str]:
    """What axe finds on the page as it is now, in light and in dark, and what cannot be scrolled to; it stays
    light."""
    found = ["the head of the page lies above its top"] if page.evaluate(OUT_OF_REACH) else []
    for scheme in reversed(SCHEMES):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(IDLE)  # The page hears of it before it is looked at.
        assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme
        found += [f"{scheme}: {each}" for each in accessibility_problems(page)]
    return found


def is_too_wide(page: Page) -> bool:
    """Whether one has to scroll sideways."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wide


def settled(page: Page) -> None:
    """Wait until the page has loaded and all that it asked the server for since is answered and shown."""
    page.wait_for_load_state("load")
    quiet = 0
    for _ in range(2_000):
        with suppress(PageError):  # It goes to another page just now.
            page.evaluate(IDLE)
        quiet = 0 if +_under_way[page.context] else quiet + 1
        if quiet == 2:
            return
    pytest.fail(f"{page.url} goes on asking for {', '.join(+_under_way[page.context])}")


def _watch(context: BrowserContext) -> None:
    """Count the requests that are under way."""
    under_way = _under_way[context] = Counter()

    def ended(request: Request) -> None:
        under_way[request.url] -= 1

    context.on("request", lambda request: under_way.update([request.url]))
    context.on("requestfinished", ended)
    context.on("requestfailed", ended)


def _complaint(message: ConsoleMessage) -> list[str]:
    """An answer like 404 or 422 is no fault of the page; every other error is."""
    expected = message.text.startswith("Failed to load resource: the server responded with a status of 4")
    return [message.text] if message.type == "error" and not expected else []
