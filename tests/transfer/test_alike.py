"""Rows that look like somebody who is here: marked, decided by people, written as decided."""

import pytest
from flask import Flask

from crm.jobs.inline import run_waiting
from crm.plugin_api.testing.application import PageClient
from crm.plugin_api.testing.people import SignIn
from tests.transfer.conftest import Importing, everybody, sample
from tests.transfer.test_import_pages import address, newest_run, upload

HEAD = "First Name,Last Name,Email,Phone,Birth Date\n"
HERE = HEAD + "Jonathan,Rivera,jon@example.org,202-555-0123,\n"
NEW = HEAD + "Jon,Rivera,jon@example.org,202-555-0123,1980-05-06\nMaya,Olsen,maya@example.org,,\n"


@pytest.mark.parametrize(
    "row",
    [
        "Jon,Rivera,jon@example.org,202-555-0123,",
        "Jonathan,Rivers,jon@example.org,202-555-0123,",
        "Jonathon,Rivera,JON@example.org,,",
        "Jonathan,Rivera,other@example.org,,",
        "J.,Rivera,,(202) 555-0123,",
    ],
)
def test_who_looks_like_somebody_is_marked(importing: Importing, row: str) -> None:
    importing(HERE)
    run = importing.plan(HEAD + row + "\n")
    assert (run.counts["create"], run.counts.get("alike")) == (1, 1), "it is still created by default"


@pytest.mark.parametrize(
    "row",
    [
        "Maya,Olsen,jon@example.org,202-555-0123,",
        "Rosa,Rivera,jon@example.org,202-555-0123,",
        "Jon,Rivera,other@example.org,202-555-0199,",
    ],
)
def test_who_only_shares_something_is_not(importing: Importing, row: str) -> None:
    importing(HERE)
    assert "alike" not in importing.plan(HEAD + row + "\n").counts


def test_a_usual_short_form_is_the_same_name_as_in_the_queue(importing: Importing) -> None:
    importing(HEAD + "William,Rivera,office@example.org,,\n")
    assert importing.plan(HEAD + "Bill,Rivera,office@example.org,,\n").counts.get("alike") == 1


def test_another_birth_date_says_that_it_is_somebody_else(importing: Importing) -> None:
    importing(HEAD + "Jonathan,Rivera,jon@example.org,,1950-01-02\n")
    run = importing.plan(HEAD + "Jon,Rivera,jon@example.org,,1980-05-06\n")
    assert "alike" not in run.counts


def _planned(app: Flask, sign_in: SignIn, text: str) -> tuple[PageClient, str]:
    client = sign_in(role="organizer")
    at = address(upload(client, text))
    targets = ("given_name", "family_name", "emails.1", "phones.1", "birth_date")
    form = {f"column-{number}": target for number, target in enumerate(targets)}
    client.post(f"{at}/plan", data={**form, "match_key": "best", "mode": "replace"})
    run_waiting(app)
    return client, at


def test_said_to_be_the_same_it_fills_what_is_missing(
    app: Flask, sign_in: SignIn, importing: Importing
) -> None:
    importing(HERE)
    client, at = _planned(app, sign_in, NEW)
    page = client.get(f"{at}?show=alike").text
    assert "Maybe here already" in page
    assert "Jonathan Rivera" in page
    client.post(f"{at}/rows/2", data={"said": "same"})
    assert {key: newest_run(app).counts[key] for key in ("create", "update", "alike")} == {
        "create": 1, "update": 1, "alike": 1,
    }  # fmt: skip
    client.post(f"{at}/apply")
    run_waiting(app)
    people = everybody(app)
    assert set(people) == {"Jonathan Rivera", "Maya Olsen"}
    assert people["Jonathan Rivera"].texts["birth_date"] == "1980-05-06"


def test_said_to_be_somebody_else_it_is_created(app: Flask, sign_in: SignIn, importing: Importing) -> None:
    importing(HERE)
    client, at = _planned(app, sign_in, NEW)
    client.post(f"{at}/rows/2", data={"said": "same"})
    client.post(f"{at}/rows/2", data={"said": "other"})
    assert "Somebody else than" in client.get(f"{at}?show=alike").text
    client.post(f"{at}/apply")
    run_waiting(app)
    assert set(everybody(app)) == {"Jonathan Rivera", "Jon Rivera", "Maya Olsen"}


def test_two_rows_may_be_the_same_person(app: Flask, sign_in: SignIn, importing: Importing) -> None:
    importing(HERE)
    text = HEAD + "Jon,Rivera,jon@example.org,,\nJonathon,Rivera,jon@example.org,202-555-0155,\n"
    client, at = _planned(app, sign_in, text)
    for number in (2, 3):
        client.post(f"{at}/rows/{number}", data={"said": "same"})
    client.post(f"{at}/apply")
    run_waiting(app)
    people = everybody(app)
    assert set(people) == {"Jonathan Rivera"}
    assert people["Jonathan Rivera"].phones == ["+12025550123", "+12025550155"]


def test_nobody_else_decides(app: Flask, sign_in: SignIn, importing: Importing) -> None:
    importing(HERE)
    _client, at = _planned(app, sign_in, NEW)
    assert sign_in(role="viewer").post(f"{at}/rows/2", data={"said": "same"}).status_code in {403, 404}
    assert newest_run(app).counts["update"] == 0


def test_what_is_already_written_is_not_decided_any_more(
    app: Flask, sign_in: SignIn, importing: Importing
) -> None:
    importing(HERE)
    client, at = _planned(app, sign_in, NEW)
    client.post(f"{at}/apply")
    run_waiting(app)
    assert client.post(f"{at}/rows/2", data={"said": "same"}).status_code >= 400


def test_twelve_thousand_who_share_addresses_stay_apart(importing: Importing) -> None:
    importing(HEAD + "Lawrence,Nobody,lawrence.woodard@fake.osdi.info,,\n")
    run = importing.plan(sample("osdi_fake_people.csv"))
    assert run.counts["create"] == 11540
