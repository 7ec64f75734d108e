"""Pages against the floor, requests in turns."""

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Final
from urllib.parse import quote_plus, urlencode

from crm.fields.conditions import Group, Related, dumps
from crm.fields.filters import Filter
from tests.scale.browser import WARM, Browser, Work, interleave, milliseconds, ratio
from tests.scale.coalition import Coalition, count_queries, write_rows
from tests.scale.floor import ROWS
from tests.scale.machine import ROLLCALL, Server, rollcall, served
from tests.scale.report import Result

FLOOR: Final = [sys.executable, "-m", "tests.scale.floor"]
ONE: Final = [*ROLLCALL, "serve", "--no-worker", "--workers", "1"]
TWO: Final = [*ROLLCALL, "serve", "--no-worker", "--workers", "2"]
SIGN_IN: Final = "/sign-in"
FRAGMENT: Final = {"HX-Request": "true"}
TYPED: Final = (
    "s",
    "ma",
    "mar",
    "mari",
    "maria g",
    "cb",
    "joh",
    "johnson",
    "alder",
    "555",
    "hern",
    "okafor dav",
)
"""As people type: very common beginnings, names, an organization, a place, digits, nobody."""

BUILT: Final = Group("all", (
    Filter("kind", "is", "person"),
    Group("any", (
        Related("activities_done", "more", 1, Group("all", (Filter("at", "last_days", "120"),))),
        Related("contacts_organizations", where=Group("all", (
            Filter("name", "contains", "school"),
            Related("coalitions_memberships", where=Group("all", (Filter("status", "is", "active"),))),
        ))),
    )),
    Group("none", (Filter("city", "is", "Nowhere"),)),
))  # fmt: skip
"""People who did things with us lately or belong to a school that is in a coalition, but for a city."""

_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_LOADED: Final = re.compile(r'hx-get="([^"]+)"[^>]*hx-trigger="load"')


def measure(coalition: Coalition, rounds: int, *, cpu: bool = False) -> Iterator[Result]:
    """All pages of one database; with `cpu` by the processor time of the web processes."""
    floor_settings = {**coalition.database.settings, ROWS: str(write_rows(coalition))}
    with ExitStack() as stack:
        floor = stack.enter_context(served(FLOOR, floor_settings, "/hello"))
        ours = stack.enter_context(served(ONE, coalition.database.settings, SIGN_IN))
        pages = _Pages(coalition, floor, ours, cpu)
        yield from pages.read(rounds)
        yield from pages.write(rounds)
        yield from pages.plain(rounds)
    queries = count_queries(coalition, "/contacts")
    yield Result("list page, statements", queries, "", 6, note="sign-in included")
    yield from _processes(coalition)
    yield from _alike(coalition)


def _alike(coalition: Coalition) -> Iterator[Result]:
    """Everybody looked through for duplicates, for the first time."""
    database = coalition.database
    looked = rollcall(database, "duplicates", "find", "--json")
    idle = rollcall(database, "duplicates", "find", "--json")  # Nobody has changed since.
    told = json.loads(looked.out)
    note = f"{told['pairs']} pairs among {told['looked_at']}"
    yield Result("duplicates among everybody", looked.seconds - idle.seconds, "s", 60, note=note)
    yield Result("duplicates, memory over idle", looked.megabytes - idle.megabytes, "MB", 100)


class _Pages:
    def __init__(self, coalition: Coalition, floor: Server, ours: Server, cpu: bool) -> None:
        self.coalition, self.floor, self.ours = coalition, floor, ours
        self._floor_clock = floor.cpu if cpu else time.perf_counter
        self._clock = ours.cpu if cpu else time.perf_counter

    def _plain(self, name: str, *paths: str) -> Work:
        browser = Browser(self.floor.port)
        return Work(name, browser, [browser.request("GET", path) for path in paths], 200, self._floor_clock)

    def _ours(self, name: str, *paths: str, fragment: bool = False) -> Work:
        browser = Browser(self.ours.port, self.coalition.cookies)
        headers = FRAGMENT if fragment else {}
        return Work(
            name, browser, [browser.request("GET", path, headers) for path in paths], 200, self._clock
        )

    def read(self, rounds: int) -> Iterator[Result]:
        hello, static = self._plain("hello world", "/hello"), self._plain("static50", "/static50")
        first, part = self._ours("list", "/contacts"), self._ours("fragment", "/contacts", fragment=True)
        late = self._ours("at 90 %", f"/contacts?after={self.coalition.late}")
        built = self._ours("built", f"/contacts?{urlencode({'rules': dumps(BUILT)})}")
        typed = self._ours("typed", *(f"/search?q={quote_plus(text)}" for text in TYPED), fragment=True)
        record = f"/contacts/{self.coalition.record_id}"
        page, parts = self._ours("record", record), self._parts_of(record)
        interleave([hello, static, first, part, late, built, typed, page, *parts], rounds)
        yield Result("hello world", milliseconds(hello), "ms")
        yield Result("static50", milliseconds(static), "ms")
        yield Result("list page, 50 rows", ratio(first, static), "×", 6, 4, f"static50; {_ms(first)}")
        yield Result("the same as a fragment", ratio(part, first), "×", 0.8, 0.6, f"full page; {_ms(part)}")
        yield Result(
            "page at 90 % of the list", ratio(late, first), "×", 1.25, 1.1, f"first page; {_ms(late)}"
        )
        note = f"static50; {_ms(built)}"
        yield Result("list of groups and related counts", ratio(built, static), "×", 6, 4, note)
        yield Result("search as you type", ratio(typed, hello), "×", 4, 2.5, f"hello world; {_ms(typed)}")
        yield self._slowest(typed, hello)
        whole = Work("record, loaded", page.browser, [])
        whole.times = [sum(times) for times in zip(*(each.times for each in (page, *parts)), strict=True)]
        note = f"static50; {_ms(page)}"
        yield Result("record page", ratio(page, static), "×", 5, 3, note)
        yield Result(
            f"record page and the {len(parts)} parts it loads", ratio(whole, static), "×", note=_ms(whole)
        )

    def _parts_of(self, path: str) -> list[Work]:
        """What a page loads by itself: panels and the timeline."""
        text = Browser(self.ours.port, self.coalition.cookies).get(path).text
        paths = [each.replace("&amp;", "&") for each in _LOADED.findall(text)]
        return [self._ours(f"part {each}", each, fragment=True) for each in paths]

    def _slowest(self, typed: Work, hello: Work) -> Result:
        """The word that took longest among those typed."""
        found = []
        for place, text in enumerate(TYPED):
            # The rounds before the first that counts have asked for some already.
            rounds = [each for each in range(len(typed.times)) if (each + WARM) % len(TYPED) == place]
            mine, floor = replace(typed, times=[]), replace(hello, times=[])
            mine.times, floor.times = (
                [typed.times[each] for each in rounds],
                [hello.times[each] for each in rounds],
            )
            found.append((ratio(mine, floor), text) if rounds else (0.0, text))
        worst, text = max(found)
        return Result("  its slowest word", worst, "×", note=f"“{text}”")

    def write(self, rounds: int) -> Iterator[Result]:
        insert, create = self._insert(rounds), self._create(rounds)
        interleave([insert, create], rounds)
        yield Result(
            "create, validated and journaled", ratio(create, insert), "×", 6, 4, f"raw insert; {_ms(create)}"
        )

    def _people(self, rounds: int, last: str) -> Iterator[dict[str, str]]:
        for number in range(rounds + WARM):
            letters = "".join(chr(97 + int(digit)) for digit in str(number))
            yield {
                "given_name": f"New{letters}",
                "family_name": last,
                "email": f"new.{letters}@example.org",
                "phone": f"(202) 555-{100 + number % 100:04}",
            }

    def _insert(self, rounds: int) -> Work:
        browser = Browser(self.floor.port)
        bodies = [urlencode(each).encode() for each in self._people(rounds, "Raw")]
        return Work(
            "insert", browser, [browser.request("POST", "/insert", body=each) for each in bodies], 303
        )

    def _create(self, rounds: int) -> Work:
        browser = Browser(self.ours.port, self.coalition.cookies)
        form = browser.get("/contacts/new")
        name, _, value = form.header("set-cookie").partition(";")[0].partition("=")
        browser.cookies[name] = value
        found = _TOKEN.search(form.text)
        assert found is not None, "the form has no token"
        people = [{"csrf_token": found[1], "kind": "person", **each} for each in self._people(rounds, "Made")]
        bodies = [urlencode(each).encode() for each in people]
        requests = [browser.request("POST", "/contacts/new", body=each) for each in bodies]
        return Work("create", browser, requests, 303, self._clock)

    def plain(self, rounds: int) -> Iterator[Result]:
        """What raw SQL would need, for comparison."""
        static = self._plain("static50", "/static50")
        raw = [
            self._plain("raw SQL list of 50", "/list"),
            self._plain("raw SQL search", *(f"/search?q={text.split()[0]}" for text in TYPED)),
            self._plain("raw SQL record", f"/record/{self.coalition.record_id}"),
        ]
        interleave([static, *raw], rounds // 2)
        for work in raw:
            yield Result(work.name, ratio(work, static), "×", note=f"static50; {_ms(work)}")


def _processes(coalition: Coalition) -> Iterator[Result]:
    with served(TWO, coalition.database.settings, SIGN_IN) as server:
        yield Result("start to first answer", server.seconds, "s", 3, 1.5)
        for _connection in range(8):  # The kernel spreads connections over both workers.
            browser = Browser(server.port, coalition.cookies)
            for path in (
                "/contacts",
                "/contacts?sort=-name",
                f"/contacts/{coalition.record_id}",
                "/search?q=mar",
            ):
                for _time in range(20):
                    browser.get(path)
        yield Result("two web workers after load", server.megabytes(), "MB", 240, 180, "all processes, PSS")


def _ms(work: Work) -> str:
    return f"{milliseconds(work):.2f} ms"
