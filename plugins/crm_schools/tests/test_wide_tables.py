"""Tables with many columns, on a phone and on paper."""

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing.databases import on_sqlite
from crm.plugin_api.testing.people import make_user_in, sign_in_browser
from crm_schools.marks import pack
from crm_schools.models import Attendance, PublicReport
from crm_schools.tests.made_up import MadeUp, make, school_days
from crm_schools.words import GRADES
from tests.infrastructure.browser import LiveServer, problems_in_both

pytestmark = on_sqlite

PHONE, LETTER = {"width": 390, "height": 844}, {"width": 740, "height": 980}
ROOM = "place => place.scrollWidth - place.clientWidth"


@pytest.fixture
def district(live_server: LiveServer, context: BrowserContext) -> Flask:
    app: Flask = live_server.app
    sign_in_browser(context, app, live_server.url, make_user_in(app, role="administrator", name="Dana Wu"))
    return app


def _edge(page: Page, place: Locator) -> float:
    """How dark the right edge of a part is, beside a little to the left of it: 0 where no shadow is."""
    page.evaluate("document.querySelectorAll('.sch-table').forEach(each => each.style.visibility = 'hidden')")
    box = place.bounding_box()
    assert box is not None
    shot = page.screenshot(
        clip={"x": box["x"] + box["width"] - 60, "y": box["y"] + 40, "width": 60, "height": 1}
    )
    shades: list[int] = page.evaluate(
        """async bytes => {
            const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
            const paint = new OffscreenCanvas(60, 1).getContext("2d");
            paint.drawImage(image, 0, 0, 60, 1);
            return Array.from(paint.getImageData(0, 0, 60, 1).data).filter((_, at) => at % 4 === 0);
        }""",
        list(shot),
    )
    return float(shades[5] - shades[57])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_a_table_shows_that_it_goes_on_and_what_is_severe_first(
    page: Page, district: Flask, scheme: str
) -> None:
    made = make(district)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # A dict, as Playwright wants it.
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # One of its words.
    page.goto(f"/schools/reports/grade?district_id={made.district_id}&year=2026")
    expect(page.get_by_role("columnheader", name="Severe chronic absence")).to_be_in_viewport(ratio=1)
    place = page.locator(".sch-scroll")
    assert place.evaluate(ROOM) > 0
    assert _edge(page, place) > 5
    place.evaluate("place => { place.scrollLeft = 9999; }")
    assert abs(_edge(page, place)) < 2


def _published(made: MadeUp) -> None:
    """A report that hides nothing: two schools with all grades."""
    schools = [[str(each), f"Long Harbor Elementary {each}"] for each in made.schools]
    places = [
        ("", ""),
        *(("", grade) for grade in GRADES),
        *((id_, grade) for id_, _n in schools for grade in GRADES),
    ]
    cells = [["grade" if grade else "", school, grade, 100, [24, 12]] for school, grade in places]
    content = {
        "district": "Harbor", "state": "CT", "year": 2026, "through": "", "law": "ct", "minimum_days": 10,
        "schools": schools, "cells": cells,
    }  # fmt: skip
    of = {"district_id": made.district_id, "school_year": 2026, "smallest_group": 10, "smallest_count": 6}
    db.session().add(PublicReport(**of, number=1, content=content, numbers={"cells": [], "hidden": []}))


def test_a_public_report_of_all_grades_fits_the_paper(page: Page, district: Flask) -> None:
    made = make(district, students=2)
    with district.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        _published(made)
    page.goto("/schools/public/1")
    page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    page.set_viewport_size(LETTER)  # type: ignore[arg-type]  # A dict, as Playwright wants it.
    page.emulate_media(media="print")
    heads = page.get_by_role("table", name="School by school: rates").get_by_role("columnheader")
    expect(heads).to_have_count(17)
    rights: list[float] = page.locator("table").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().right)"
    )
    assert max(rights) <= LETTER["width"]


def test_half_a_day_is_explained_and_can_be_read(page: Page, district: Flask) -> None:
    made = make(district)
    with district.app_context(), db.transaction(Actor.system(), "test"), system("test"):
        [kept] = db.session().scalars(select(Attendance).where(Attendance.student_id == made.absent))
        kept.marks = pack([(school_days()[3], 1, 1), (school_days()[5], 2, 1), (school_days()[9], 2, None)])
    page.goto(f"/schools/student/{made.absent}?year=2026")
    expect(page.locator(".sch-month .sch-day-half")).to_have_count(2)
    expect(page.get_by_text("Half a day, in the color of its kind")).to_be_visible()
    assert problems_in_both(page) == []
