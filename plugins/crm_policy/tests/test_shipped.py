"""The elements that come with Rollcall read in the reader's language; what a coalition wrote stays."""

import pytest
from flask import Flask

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.words import day_here
from crm_policy import shipped
from crm_policy.services import elements

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "gettext", lambda text: f"En español: {text}")


@pytest.fixture
def filled(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        elements.begin()
        first, second = elements.all_elements()[:2]
        elements.set_value(first, "CT", {"value": "10pct", "status": "effective", "as_of": day_here()})
        with system("the coalition says it in its own words"):
            second.name, second.choices = "Everything counts", [["yes", "Sure", 2]]
        elements.set_value(second, "CT", {"value": "yes", "status": "effective", "as_of": day_here()})


@pytest.mark.usefixtures("spanish", "filled")
def test_pages_say_what_came_with_rollcall_in_the_language_of_the_reader(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(role="policy")
    for address in (
        "/policy/states?element=definition",
        "/policy/states/compare?state=CT",
        "/policy/states/CT/definition",
        "/policy/states/scorecard",
    ):
        page = client.get(address).text
        assert "En español: Definition of chronic absence" in page, address
        assert "En español: 10% of days absent" in page, address
        assert ">Definition of chronic absence" not in page, address


@pytest.mark.usefixtures("spanish", "filled")
def test_the_public_map_is_in_the_language_of_the_reader(app: Flask, sign_in: SignIn) -> None:
    rates = {"policy.legiscan_rate": "60", "policy.openstates_rate": "10"}
    sign_in(role="administrator").post("/settings/", data={"policy.public": "1", **rates})
    page = app.test_client().get("/policy/public/states?element=definition").text
    assert "En español: How does the state define chronic absence?" in page
    assert "En español: 10% of days absent" in page


@pytest.mark.usefixtures("spanish", "filled")
def test_the_words_of_a_coalition_stay_as_they_are_written(app: Flask, sign_in: SignIn) -> None:
    page = sign_in(role="policy").get("/policy/states/compare?state=CT").text
    assert '<th scope="row">Everything counts</th>' in page
    assert "Sure" in page
    assert "En español: Sure" not in page


def test_what_is_kept_is_english_whoever_begins(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "es"}):
        with db.transaction(Actor.system(), "policy.test"):
            elements.begin()
        assert elements.all_elements()[0].name == "Definition of chronic absence"


def test_the_comparison_says_what_its_marks_mean(app: Flask, sign_in: SignIn, filled: None) -> None:
    page = sign_in(role="policy").get("/policy/states/compare?state=CT").text
    assert '<strong aria-hidden="true">◐</strong> Enacted, not in force yet' in page
