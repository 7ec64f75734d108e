"""Saying what codes mean, and by which rules a district counts."""

import re
from datetime import date

from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm_schools.models import Code, District, Setting, Year
from crm_schools.tests.made_up import make


def add_district(app: Flask) -> tuple[int, int]:
    with app.app_context(), db.transaction(Actor.system(), "schools.make"):
        district = District(name="Example", local_id="D1", state="CT")
        db.session().add(district)
        db.session().flush()
        code = Code(district_id=district.id, code="ZZ", code_key="zz")
        db.session().add(code)
        db.session().flush()
        return district.id, code.id


def test_where_a_code_comes_from_is_said_in_the_language_of_the_reader(app: Flask, sign_in: SignIn) -> None:
    district_id, code_id = add_district(app)
    page = f"/schools/district/{district_id}/settings"
    client, spanish = sign_in(role="organizer"), {"Accept-Language": "es"}
    client.post(f"/schools/district/{district_id}/codes", data={f"code-{code_id}": "suspension"})
    kept = {
        "A": "visto por primera vez en “days (“1”).csv”",
        "B": "first seen in “march.csv”",
        "C": "dicho en la página del distrito",
        "D": "The handbook, first seen in May",
    }
    with app.app_context(), db.transaction(Actor.system(), "schools.make"):
        for code, source in kept.items():
            row = Code(district_id=district_id, code=code, code_key=code.lower(), source=source)
            db.session().add(row)
    in_spanish, in_english = client.get(page, headers=spanish).text, client.get(page).text
    assert in_spanish.count("dicho en la página del distrito") == 2
    assert "visto por primera vez en “march.csv”" in in_spanish
    assert "said on the page" not in in_spanish
    assert in_english.count("said on the page of the district") == 2
    assert "first seen in “days (“1”).csv”" in in_english
    assert "The handbook, first seen in May" in in_spanish


def test_a_code_is_mapped_and_a_rule_decided(app: Flask, sign_in: SignIn) -> None:
    district_id, code_id = add_district(app)
    client = sign_in(role="organizer")
    page = client.get(f"/schools/district/{district_id}/settings").text
    assert "to be mapped" in page
    assert "Connecticut General Statutes §10-198a" in page
    sent = client.post(f"/schools/district/{district_id}/codes", data={f"code-{code_id}": "suspension"})
    assert sent.status_code == 303
    rule = f"/schools/district/{district_id}/rule/minimum_days"
    refused = client.post(rule, data={"value": "999", "source": "Law"})
    assert refused.status_code == 422 or "whole number" in refused.text
    no_day = client.post(rule, data={"value": "20", "source": "State law 1", "dated_on": "2025-99-99"})
    assert "“2025-99-99” is not a day" in no_day.text
    kept = client.post(rule, data={"value": "20", "source": "State law 1", "dated_on": "2025-07-01"})
    assert kept.status_code == 303
    page = client.get(f"/schools/district/{district_id}/settings").text
    assert "to be mapped" not in page
    assert "State law 1" in page
    with app.app_context(), system("a test looks"):
        assert db.session().get_one(Code, code_id).kind == "suspension"
        assert db.session().scalars(select(Setting.value)).all() == ["20"]
    assert sign_in(role="viewer").get(f"/schools/district/{district_id}/settings").status_code == 403


def test_days_of_school_years_are_written_as_everywhere_else(app: Flask, sign_in: SignIn) -> None:
    district_id, _code_id = add_district(app)
    days = {"begins_on": date(2026, 8, 17), "ends_on": date(2027, 6, 4), "through_on": date(2026, 9, 1)}
    with app.app_context(), db.transaction(Actor.system(), "schools.make"):
        db.session().add(Year(district_id=district_id, school_year=2027, **days))
    page = sign_in(role="organizer").get(f"/schools/district/{district_id}/settings").text
    for day in ("Aug 17, 2026", "Jun 4, 2027", "Sep 1, 2026"):
        assert f">{day}</td>" in page
    assert "2027-06-04" not in page


def test_whoever_changes_what_a_code_means_is_told_what_that_does(app: Flask, sign_in: SignIn) -> None:
    made = make(app, students=12)
    with app.app_context(), system("a test looks"):
        excused = db.session().scalars(select(Code.id).where(Code.code == "E")).one()
    address, data = f"/schools/district/{made.district_id}/codes", {f"code-{excused}": "present"}
    said = sign_in(role="administrator").post(address, data=data, follow_redirects=True).text
    assert re.search(r"The codes are kept.* Chronically absent now: 2025–26: (\d+) → (?!\1)\d+\.", said)


def test_a_rule_that_nobody_decided_names_no_source_of_its_own(app: Flask, sign_in: SignIn) -> None:
    district_id, _code = add_district(app)
    client, address = sign_in(role="organizer"), f"/schools/district/{district_id}/settings"
    assert 'value="Connecticut General Statutes §10-198a"' not in client.get(address).text
    assert 'placeholder="Connecticut General Statutes §10-198a"' in client.get(address).text
    rule = {"value": "ca", "source": "The board, 2025-06-01"}
    client.post(f"/schools/district/{district_id}/rule/truancy", data=rule)
    assert 'value="The board, 2025-06-01"' in client.get(address).text
