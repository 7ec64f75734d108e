"""From a partner to its legislators, and back: by the districts that staff gave and by how districts
overlap."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import RECORD_ID, Actor, Affiliation, Organization, Person, db, system
from crm.plugin_api.records import Address
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import bring_in
from crm.plugin_api.words import day_here
from crm_policy.models import Constituency, Legislator, Overlap
from crm_policy.reading.source import neutral
from crm_policy.services import syncing, work

PLACE = "ocd-jurisdiction/country:us/state:ma/government"
STATE = "ocd-division/country:us/state:ma"
SCHOOLS = "\n".join(
    [
        "id,sch_dist_stateid,census_geoid",
        f"{STATE}/school_district:elm,1,2500001",
        f"{STATE}/school_district:oak,2,2500002",
    ]
)
OVERLAPS = (
    "school_district,district,share\n"
    f"2500001,{STATE}/sldu:1st_bristol,60%\n"
    f"{STATE}/school_district:elm,{STATE}/sldl:12,1\n"
    f"2500001,{STATE}/sldu:2nd_bristol,0.4\n"
    f"2500002,{STATE}/sldu:2nd_bristol,lots\n"
    f"someplace,{STATE}/sldu:2nd_bristol,\n"
    f"{STATE}/school_district:gone,{STATE}/sldu:2nd_bristol,\n"
    "2500002,ocd-division/country:us,\n"
)


def person(number: int, name: str, chamber: str, district: str) -> dict[str, Any]:
    role = {"type": chamber, "district": district, "jurisdiction": PLACE, "start_date": "2025-01-01"}
    family = name.rsplit(maxsplit=1)[-1]
    return {"id": f"ocd-person/{number}", "name": name, "family_name": family, "roles": [role]}


@pytest.fixture
def partners(app: Flask, tmp_path: Path) -> dict[str, int]:
    """Three legislators, a school district with a school, whom we know there, and how districts overlap."""
    found = [
        person(1, "Ada Lane", "upper", "1st Bristol"),
        person(2, "Rob Chase", "upper", "2nd Bristol"),
        person(3, "Ines Wood", "lower", "12"),
    ]
    with app.app_context():
        with db.transaction(Actor.system(), "policy.test") as change:
            syncing.take([neutral(each) for each in found], Actor.system(), change)
            town = Organization(name="Elm", sort_name="elm", name_key="elm", custom={})
            db.session().add(town)
            db.session().flush()
            school = Organization(
                name="Elm High", sort_name="elm high", name_key="elmhigh", custom={}, parent_id=town.id
            )
            teacher = Person(
                name="Tess Yew",
                sort_name="yew tess",
                name_key="tessyew",
                given_name="Tess",
                family_name="Yew",
                custom={},
            )
            db.session().add_all([school, teacher])
            db.session().flush()
            db.session().add(Affiliation(person_id=teacher.id, organization_id=school.id, role="Principal"))
            ids = {"town": town.id, "school": school.id, "teacher": teacher.id}
        for name, text in (("schools.csv", SCHOOLS), ("overlaps.csv", OVERLAPS)):
            path = tmp_path / name
            path.write_text(text)
            outcome = bring_in("districts", path, {})
            if name == "overlaps.csv":
                assert outcome.counts["create"] == 3
                assert outcome.counts["rejected"] == 4
        with system("the test looks"):
            rows = db.session().execute(
                select(Overlap.chamber, Overlap.district, Overlap.share).order_by(Overlap.district)
            )
            assert [tuple(row) for row in rows] == [
                ("lower", "12", 100),
                ("upper", "1st_bristol", 60),
                ("upper", "2nd_bristol", 40),
            ]
    return ids


def has_district(person_id: int) -> bool:
    with system("the test looks"):
        condition = work.has_district(RECORD_ID)
        return bool(db.session().execute(select(condition), {"record_id": person_id}).scalar_one())


def legislator(name: str) -> Legislator:
    with system("the test looks"):
        return db.session().scalars(select(Legislator).where(Legislator.name == name)).one()


def test_a_school_district_leads_to_its_legislators_and_back(app: Flask, partners: dict[str, int]) -> None:
    with app.app_context():
        assert not has_district(partners["teacher"])
        given = {"state": "MA", "school": "2500001", "upper": "", "lower": ""}
        with db.transaction(Actor.system(), "policy.test"), system("the test writes"):
            work.set_constituency(db.session().get_one(Organization, partners["town"]), given)
        with system("the test looks"):
            school = db.session().get_one(Organization, partners["school"])
            teacher = db.session().get_one(Person, partners["teacher"])
        actor = Actor.system()
        for contact in (school, teacher):
            sits = work.represented_by(work.districts_of(contact), actor)
            assert [(each.name, place.share) for each, _seats, place in sits] == [
                ("Ines Wood", 100),
                ("Ada Lane", 60),
                ("Rob Chase", 40),
            ]
        assert has_district(partners["teacher"])
        for name in ("Ada Lane", "Ines Wood"):
            assert [each.name for each in work.partners_in(legislator(name), actor)] == ["Elm", "Elm High"]
        with db.transaction(Actor.system(), "policy.test"), system("the test writes"):
            work.set_constituency(school, {**given, "school": "", "upper": "2nd Bristol"})
        assert [each.name for each in work.partners_in(legislator("Ada Lane"), actor)] == ["Elm"]
        assert [each.name for each in work.partners_in(legislator("Rob Chase"), actor)] == ["Elm", "Elm High"]
        with db.transaction(Actor.system(), "policy.test"), system("the test writes"):
            place = db.session().scalars(select(Affiliation)).one()
            place.end_date = day_here()
        assert not has_district(partners["teacher"])
        assert work.districts_of(teacher) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_say_whom_we_know_and_who_represents_them(
    app: Flask, sign_in: SignIn, partners: dict[str, int]
) -> None:
    client = sign_in(role="policy")
    districts = f"/policy/of-contact/{partners['town']}/districts"
    assert 'value="2500001"' in client.get(districts).text  # The one school district with its name.
    refused = client.post(districts, data={"state": "MA", "school": "Nowhere"})
    assert refused.status_code == 422
    assert "seven digits" in refused.text
    assert client.post(districts, data={"state": "MA", "school": "elm"}).status_code == 303
    panel = client.get(f"/policy/of-contact/{partners['school']}").text
    assert "Ada Lane" in panel
    assert "60% of the school district" in panel
    with app.app_context():
        number = legislator("Ada Lane").id
    page = client.get(f"/policy/legislators/{number}/district").text
    assert "Elm High" in page
    assert "Tess Yew" in page
    assert "Principal" in page
    assert "Ines Wood" in client.get(f"/policy/of-contact/{partners['teacher']}").text


CENSUS = (
    "OID_SLDU2024_20|GEOID_SLDU2024_20|NAMELSAD_SLDU2024_20|GEOID_ZCTA5_20|AREALAND_ZCTA5_20|AREALAND_PART\n"
    "1|26012|State Senate District 12|48502|1000|900\n"
    "1|26021|State Senate District 21|48502|1000|99\n"
    "1|26030|State Senate District 30|48502|1000|1\n"
    "1|26012|State Senate District 12||0|5\n"
)


def test_an_address_is_enough_where_the_census_says_which_districts_a_zip_code_lies_in(
    app: Flask, tmp_path: Path
) -> None:
    path = tmp_path / "tab20_sldu202420_zcta520_st26.txt"
    path.write_text(CENSUS)
    with app.test_request_context():
        assert bring_in("districts", path, {}).counts["create"] == 2
        with db.transaction(Actor.system(), "policy.test"), system("test"):
            school, who = (
                Organization(name=name, sort_name=name, name_key=name, custom={}) for name in ("Elm", "Ada")
            )
            db.session().add_all([school, who])
            db.session().flush()
            address = {"label": "work", "postal_code": "48502-1234", "address_key": "x"}
            sits = Legislator(contact_id=who.id, name="Ada", sort_name="ada", family_key="ada", state="MI",
                              chamber="upper", district="12", staff_fields=[], links=[])  # fmt: skip
            db.session().add_all([Address(contact_id=school.id, **address), sits])
            db.session().flush()
            places = [(each.district, each.share, each.by_zip) for each in work.districts_of(school)]
            assert places == [("12", 90, True), ("21", 10, True)]
            assert [each.name for each in work.partners_in(sits, Actor.system())] == ["Elm"]
        path.write_text(CENSUS.replace("SLDU2024", "SLDU2026").replace("|99\n", "|0\n"))
        assert bring_in("districts", path, {}).counts["update"] == 1
        assert [each.district for each in work.districts_of(school)] == ["12"], "lines drawn anew"
        path.write_text(CENSUS)
        assert bring_in("districts", path, {}).counts["unchanged"] == 2
        with db.transaction(Actor.system(), "policy.test"), system("test"):
            given = Constituency(contact_id=school.id, state="MI", chamber="upper", district="21")
            db.session().add(given)
            db.session().flush()
            assert [each.district for each in work.districts_of(school)] == ["21"]
            assert work.partners_in(sits, Actor.system()) == []
