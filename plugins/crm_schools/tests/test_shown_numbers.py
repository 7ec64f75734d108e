"""Numbers as people read them: differences of what stands beside them, as the reader writes numbers."""

import re

import pytest
from flask import Flask
from flask_babel import force_locale

from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_schools.tests.reading import Sheet, sheets
from crm_schools.tests.test_what_pages_tell import Town, build
from crm_schools.views import places

pytestmark = on_sqlite


@pytest.fixture
def town(app: Flask) -> Town:
    return build(app)


def _sheet(html: str, caption: str) -> Sheet:
    return next(each for each in sheets(html) if each.caption == caption)


def _rate(cell: str) -> float:
    return float(cell.split("%", maxsplit=1)[0])


def test_a_difference_is_that_of_the_two_rates_beside_it(app: Flask) -> None:
    """44.03 and 38.06 are 5.97 apart, and read 44.0 and 38.1."""
    with app.test_request_context():
        assert (places.percent(0.3806), places.percent(0.4403)) == ("38.1%", "44.0%")
        assert places.points(0.3806, 0.4403) == "-5.9"
        assert places.points(0.3894, 0.3166) == "+7.2"
        assert places.points(0.30001, 0.3) == "0.0"
        assert places.points(None, 0.3) == "–"


def test_what_stands_beside_rates_can_be_worked_out_from_them(sign_in: SignIn, town: Town) -> None:
    staff = sign_in(role="administrator")
    pages = [staff.get(f"/schools/compare?district_id={town.district}").text]
    compared = _sheet(pages[0], "Chronic absence by school and year")
    assert len(compared.rows) == 7
    for row in compared.rows:
        assert float(row[3]) == pytest.approx(_rate(row[2]) - _rate(row[1])), row
    for school_id in town.schools.values():
        page = staff.get(f"/schools/reports/over-time?school_id={school_id}").text
        for row in _sheet(page, "Chronic absence over time, beside the district").rows:
            assert float(row[5]) == pytest.approx(_rate(row[3]) - _rate(row[4])), row


def test_all_numbers_of_a_page_in_spanish_have_the_same_point(
    app: Flask, sign_in: SignIn, town: Town
) -> None:
    with app.test_request_context(), force_locale("es"):
        assert places.percent(0.2481) == "24.8\xa0%"
        assert places.points(0.28, 0.248) == "+3.2"
        assert places.one_digit(1037.26) == "1,037.3"
    staff = sign_in(role="administrator")
    staff.get("/", headers={"Accept-Language": "es"})
    page = staff.get(f"/schools/compare?district_id={town.district}", headers={"Accept-Language": "es"}).text
    assert ">Cambio</th>" in page
    assert ">Cambiar</th>" not in page
    assert re.search(r'<tfoot><tr><th scope="row">Total</th>', page)
