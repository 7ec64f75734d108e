"""The interface keeps to the published schemas, and what is exported comes in as the same."""

import json
import re
import zipfile
from copy import deepcopy
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, select

from crm.accounts import limits
from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.hsds import files, importing, reading
from crm_referrals.models import (
    Agency,
    Capacity,
    Location,
    Need,
    Offer,
    Placing,
    Proposal,
    Service,
    ServiceTerm,
)
from crm_referrals.services import entries, finding, nearness
from crm_referrals.tests.made_up import make
from crm_referrals.views import hsds

SAMPLES = Path(__file__).parents[4] / "shared/samples/services"
SPEC = SAMPLES / "hsds_spec/schema/compiled"
TYPES: dict[str, Any] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "array": list,
    "object": dict,
    "boolean": bool,
}
FORMATS = {
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "uri": r"https?://\S+",
    "email": r"\S+@\S+",
    "date-time": r"\d{4}-\d\d-\d\dT.+",
}
ENVELOPE = {
    "total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty", "contents",
}  # fmt: skip
"""`schema/openapi.json`, Page."""
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not on this machine")


def problems(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """What breaks the schema, by the keywords that HSDS uses; an unnamed property is one."""
    wanted = schema.get("type")
    if wanted and not isinstance(value, TYPES[wanted]):
        return [f"{where}: no {wanted}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum']}"]
    if (form := schema.get("format")) in FORMATS and not re.fullmatch(FORMATS[form], value):
        return [f"{where}: {value!r} is no {form}"]
    found = []
    if wanted == "object":
        known = schema.get("properties", {})
        found += [f"{where}.{name}: missing" for name in schema.get("required", ()) if name not in value]
        found += [f"{where}.{name}: not in the schema" for name in value if name not in known]
        for name in known.keys() & value.keys():
            found += problems(value[name], known[name], f"{where}.{name}")
    if wanted == "array":
        for number, each in enumerate(value):
            found += problems(each, schema["items"], f"{where}[{number}]")
    return found


def seed(app: Flask) -> None:
    """The example of the specification, ours, and a shelter whose address nobody may learn."""
    made = make(app)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        outcome = importing.Outcome()
        path = SAMPLES / "hsds_spec/examples/service_full.json"
        importing.apply(importing.read(path, None, outcome), outcome)
        secret = Location(
            uid="11111111-2222-4333-8444-555555555555",
            agency_id=made.agencies[0],
            name="Shelter",
            address="9 Hidden Lane",
            city="Nashville",
            is_confidential=True,
            parts={},
        )
        db.session().add(secret)
        db.session().flush()
        db.session().add(
            Placing(
                uid="21111111-2222-4333-8444-555555555555", service_id=made.services[0], location_id=secret.id
            )
        )


@needs_samples
@on_sqlite
def test_the_schemas_accept_every_answer(app: Flask) -> None:
    seed(app)
    client = app.test_client()
    schemas = {
        name: json.loads((SPEC / f"{name}.json").read_text())
        for name in ("service", "organization", "service_list", "organization_list")
    }
    full_place = deepcopy(schemas["service"]["properties"]["service_at_locations"]["items"])
    assert problems({"id": "x", "extra": 1}, schemas["service_list"])  # It does refuse.
    checked = 0
    for kind in ("service", "organization"):
        listed = client.get(f"/hsds/{kind}s").get_json()
        assert listed["contents"]
        for each in listed["contents"]:
            assert problems(each, schemas[f"{kind}_list"]) == []
            full = client.get(f"/hsds/{kind}s/{each['id']}").get_json()
            assert problems(full, schemas[kind]) == []
            assert "Hidden" not in json.dumps(full)
            assert "contacts" not in json.dumps(full)
            checked += 1
    assert checked == 6
    at_schema = json.loads((SPEC / "service_at_location_list.json").read_text())
    places = client.get("/hsds/service_at_locations").get_json()["contents"]
    assert places
    full_place["properties"] |= {"service": at_schema["properties"]["service"]}
    for each in places:
        assert problems(each, at_schema) == []
        full = client.get(f"/hsds/service_at_locations/{each['id']}").get_json()
        assert problems(full, full_place) == []
        assert "Hidden" not in json.dumps(full)
    assert client.get("/hsds/service_at_locations?proximity=5").status_code == 400
    assert client.get("/hsds/").get_json()["version"] == "3.1"
    assert client.get("/hsds/services?per_page=1").get_json()["total_items"] == 3
    assert client.get("/hsds/services?page=x").status_code == 400
    assert client.get("/hsds/services/none").status_code == 404
    ended = client.get("/hsds/services?search=alder").get_json()
    assert [each["name"] for each in ended["contents"]] == ["Alder Rides service"]


ODD = {
    "id": "31111111-2222-4333-8444-555555555555",
    "name": "Odd",
    "phones": [{"number": "1"}, {"type": "voice"}, {"number": 2, "extension": "12", "extra": "x"}],
    "programs": [{"name": "Vans"}],
    "services": [{
        "id": "31111111-2222-4333-8444-555555555556",
        "name": "Odd rides",
        "status": "active",
        "schedules": [{"freq": "DAILY", "wkst": "MO", "opens_at": "09:00", "schedule_link": "here", "x": 1}],
        "service_areas": [{"id": "7", "name": "Lake County; Davidson County", "extra": {"x": 1}}],
        "cost_options": [{"amount": "5", "option": "a ride"}],
        "service_at_locations": [{
            "location": {"name": "Hall", "location_type": "physical", "addresses": [{"address_1": "1 Elm"}]},
        }],
    }],
}  # fmt: skip
VENDOR = (
    "Agency,Program,Address,City,Zip\n"
    'Alder,Rides,"9 Elm, Suite 2, Nashville, TN 37203",,\n'
    "Alder,Vans,2 Oak,Memphis,\n"
    "Birch,Coats,TN 38103,,\n"
)


def every(client: FlaskClient, path: str, schema: str) -> list[dict[str, Any]]:
    """All that a list of the interface tells, which is as the published schema has it."""
    found = [json.loads(line) for line in client.get(f"/hsds/{path}&format=ndjson").text.splitlines()]
    published = json.loads((SPEC / f"{schema}.json").read_text())
    assert [problem for each in found for problem in problems(each, published)] == []
    return found


def bring(path: Path) -> None:
    outcome = importing.Outcome()
    with db.transaction(Actor.system(), "test"):
        importing.apply(importing.read(path, None, outcome), outcome)


@needs_samples
@on_sqlite
def test_what_vendors_leave_out_or_add_breaks_no_schema(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(VENDOR)
    (tmp_path / "odd.json").write_text(json.dumps([ODD]))
    with app.app_context():
        bring(tmp_path / "list.csv")
        bring(tmp_path / "odd.json")
        odd = db.session().scalars(select(Service).where(Service.name == "Odd rides")).one()
        assert odd.area_codes == ",Lake County,Davidson County,"
    client = app.test_client()
    whole = {each["name"]: each for each in every(client, "services?full=true", "service")}
    rides = whole["Rides"]["service_at_locations"][0]["location"]["addresses"][0]
    assert (rides["address_1"], rides["city"], rides["postal_code"]) == (
        "9 Elm, Suite 2",
        "Nashville",
        "37203",
    )
    found = every(client, "organizations?search=odd", "organization_list")
    assert [each["name"] for each in found] == ["Odd"]
    assert [
        len(each["phones"]) for each in every(client, "organizations?full=true&search=odd", "organization")
    ] == [2]
    minimal = client.get("/hsds/services?minimal=true").get_json()
    assert (minimal["size"], minimal["last_page"]) == (4, True)
    near = client.get("/hsds/service_at_locations?postcode=37203").get_json()
    assert [each["service"]["name"] for each in near["contents"]] == ["Rides"]


@on_sqlite
def test_no_place_of_an_agency_gives_a_shelter_away(app: Flask, tmp_path: Path) -> None:
    """It stands beside the organization alone, as in most files; one of its services is private or hidden."""
    place = {"name": "Shelter", "location_type": "physical", "addresses": [{"address_1": "12 Hidden Lane"}]}
    services = [
        {"name": name, "status": "active", "description": text}
        for name, text in (("Beds", "For survivors of domestic violence"), ("Classes", "For parents"))
    ]
    whole = [{"name": "Harbor", "locations": [place], "services": services}]
    (tmp_path / "list.json").write_text(json.dumps(whole))
    client = app.test_client()

    def told() -> bool:
        with app.app_context():
            ids = db.session().scalars(select(Service.id).where(Service.is_public)).all()
            package = b"".join(b"".join(rows) for rows in _files_of(files.package()).values())
        pages = [client.get(f"/referrals/services/{each}").text for each in ids]
        pages.append(client.get("/hsds/organizations?full=true").text)
        return any("Hidden" in page for page in [*pages, package.decode()])

    def change(**values: bool) -> None:
        with app.app_context(), db.transaction(Actor.system(), "test"):
            beds = db.session().scalars(select(Service).where(Service.name == "Beds")).one()
            for name, value in values.items():
                setattr(beds, name, value)

    with app.app_context():
        bring(tmp_path / "list.json")
    assert not told()
    change(is_sensitive=False, is_public=False)
    assert not told()
    change(is_public=True)
    assert told()
    with app.app_context(), db.transaction(Actor.system(), "test"):
        db.session().scalars(select(Agency)).one().acknowledges_only = True
    assert not told()


@needs_samples
@on_sqlite
def test_a_vendors_directory_goes_out_whole_and_comes_back(app: Flask, tmp_path: Path) -> None:
    """Its places belong to agencies alone, and services serve dozens of counties."""
    with app.app_context():
        bring(SAMPLES / "hsds_florida")
        long = select(Service.area_codes).where(Service.area_codes.like("%,Alachua County,Baker County,%"))
        assert max(map(len, (each.split(",") for each in db.session().scalars(long)))) == 67 + 2
    client = app.test_client()
    assert len(every(client, "services?full=true", "service")) == 135
    told = every(client, "organizations?full_service=true", "organization")
    assert (
        sum(len(each["locations"]) for each in told if "locations" in each) == 23
    )  # Of agencies with nothing private.
    with app.app_context():
        before, content = reading.everything(), files.package()
        (tmp_path / "hsds.zip").write_bytes(content)
        with db.transaction(Actor.system(), "test"), system("test"):
            _empty()
        bring(tmp_path / "hsds.zip")
        assert _told_apart(reading.everything()) == _told_apart(before)
        assert _files_of(files.package()) == _files_of(content)


def _files_of(package: bytes) -> dict[str, list[bytes]]:
    """What each file of a package says in any order, but for when services were last changed."""
    archive = zipfile.ZipFile(BytesIO(package))
    return {
        name: sorted(archive.read(name).splitlines()) for name in archive.namelist() if name != "services.csv"
    }


@needs_samples
@on_sqlite
def test_lists_and_terms_are_as_the_specification_has_them(app: Flask) -> None:
    seed(app)
    client = app.test_client()
    whole = json.loads((SPEC / "service.json").read_text())
    term = whole["properties"]["attributes"]["items"]["properties"]["taxonomy_term"]
    for each in client.get("/hsds/taxonomy_terms?per_page=100").get_json()["contents"]:
        assert problems(each, term) == []
        assert client.get(f"/hsds/taxonomy_terms/{each['id']}").get_json() == each
    for path in ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms"):
        listed = client.get(f"/hsds/{path}").get_json()
        assert set(listed) == ENVELOPE, path
        assert listed["total_items"] >= len(listed["contents"]) == listed["size"]


@needs_samples
def test_export_then_import_changes_nothing(app: Flask, tmp_path: Path) -> None:
    seed(app)
    with app.app_context():
        before = reading.everything()
        content = files.package()
    (tmp_path / "hsds.zip").write_bytes(content)
    assert "datapackage.json" in zipfile.ZipFile(BytesIO(content)).namelist()
    assert b"Hidden" not in b"".join(
        zipfile.ZipFile(BytesIO(content)).read(n) for n in zipfile.ZipFile(BytesIO(content)).namelist()
    )
    for _twice in range(2):  # Into the same directory, and into an empty one.
        with app.app_context():
            outcome = importing.Outcome()
            with db.transaction(Actor.system(), "test"):
                importing.apply(importing.read(tmp_path / "hsds.zip", None, outcome), outcome)
            assert not [each for each in outcome.notes if each.kind == "rejected"]
            assert _told_apart(reading.everything()) == _told_apart(before)
            with db.transaction(Actor.system(), "test"), system("test"):
                _empty()


def _empty() -> None:
    """Forget the whole directory, and the need that stands in its way."""
    for model in (Offer, Need, Proposal, Capacity, Placing, ServiceTerm, Location, Service, Agency):
        db.session().execute(delete(model))


def _told_apart(found: Any) -> Any:
    """Without the languages of telephones: the specification's example gives all its telephones one id."""
    if isinstance(found, list):
        return [_told_apart(each) for each in found]
    if isinstance(found, dict):
        hidden = {"languages"} if "number" in found else {"last_modified"}
        return {name: _told_apart(each) for name, each in found.items() if name not in hidden}
    return found


MAPPING = {
    "organizations.csv": {
        "organization_uuid": "organization.id",
        "organization_name": "organization.name",
        "organization_email": "organization.email",
        "organization_url": "organization.website",
        "organization_description": "organization.description",
        "organization_year_incorporated": "organization.year_incorporated",
        "organization_legal_status": "organization.legal_status",
        "organization_alternate_name": "organization.alternate_name",
    },
    "services.csv": {
        "service_uuid": "service.id",
        "organization_uuid": "service.organization_id",
        "service_name": "service.name",
        "service_description": "service.description",
        "service_email": "service.email",
        "service_url": "service.url",
        "service_min_age": "service.minimum_age",
        "service_max_age": "service.maximum_age",
        "service_alternate_name": "service.alternate_name",
    },
    "locations.csv": {
        "location_uuid": "location.id",
        "organization_uuid": "location.organization_id",
        "location_name": "location.name",
        "location_url": "location.url",
    },
}


@needs_samples
@on_sqlite
def test_a_vendors_files_come_in_by_a_mapping(app: Flask) -> None:
    with app.app_context():
        first = importing.Outcome()
        with db.transaction(Actor.system(), "test"):
            importing.apply(importing.read(SAMPLES / "hsds_florida", MAPPING, first), first)
        second = importing.Outcome()
        with db.transaction(Actor.system(), "test"):
            importing.apply(importing.read(SAMPLES / "hsds_florida", MAPPING, second), second)
    assert first.created > 400
    assert (second.created, second.updated) == (0, 0)
    assert any("https://" in each.text for each in first.notes)


@needs_samples
@on_sqlite
def test_a_vendors_files_are_understood_without_a_mapping(app: Flask, sign_in: SignIn) -> None:
    staff, page = sign_in(role="organizer"), "/referrals/directory/import"
    names = ("organizations.csv", "services.csv", "locations.csv")

    def chosen() -> dict[str, Any]:
        folder = SAMPLES / "hsds_florida"
        return {"file": [(BytesIO((folder / name).read_bytes()), name) for name in names]}

    planned = staff.post(page, data=chosen()).text
    assert "Added: 533, changed: 0, unchanged: 0" in planned
    assert "<code>service.minimum_age</code>" in planned
    assert "got https:// before it" in planned
    assert "Added: 533" in staff.post(page, data=chosen() | {"apply": "1"}).text
    assert "Added: 0, changed: 0, unchanged: 533" in staff.post(page, data=chosen()).text


@on_sqlite
def test_one_table_that_somebody_keeps_is_a_directory(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(
        "Agency,Program,Street address,City,Zip,Phone,Min age,Lat,Lng,Remark\n"
        "Alder,Rides,1 Elm,Nashville,37203,615-1,5,36.16,-86.78,x\n"
        "Alder,Vans,1 Elm,Nashville,37203,615-1,,36.16,-86.78,x\n"
        "Birch,Coats,2 Oak,Memphis,38103,901-1,,35.14,-90.05,x\n"
    )
    with app.app_context():
        outcome = importing.Outcome()
        with db.transaction(Actor.system(), "test"):
            importing.apply(importing.read(tmp_path, None, outcome), outcome)
        assert outcome.columns["list.csv"]["Remark"] == ""
        services = db.session().scalars(select(Service).order_by(Service.name)).all()
        assert [(each.name, each.minimum_age) for each in services] == [
            ("Coats", None), ("Rides", 5), ("Vans", None),
        ]  # fmt: skip
        assert [each.address for each in finding.locations_of(services[1].id)] == ["1 Elm"]
        center = nearness.center_of("37203")
        assert center is not None
        far = nearness.distances([each.id for each in services], center)
        assert round(far[services[0].id]) in range(190, 200)  # Nashville to Memphis, as the crow flies.
        near = finding.search(finding.Wanted(zip_code="37203", within=25))
        assert [each.service.name for each in near] == ["Rides", "Vans"]
        assert nearness.center_of("99999") is None
    client = app.test_client()
    around = client.get("/hsds/service_at_locations?postcode=37203&proximity=40000").get_json()
    assert around["total_items"] == 2
    assert client.get("/hsds/service_at_locations?postcode=99999&proximity=5").status_code == 400
    page = client.get("/referrals/services?zip=37203&within=25").text
    assert "about 1 mile away" in page
    assert "Coats" not in page
    assert "the distance was left aside" in client.get("/referrals/services?zip=99999&within=5").text


def test_capacity_fades_to_unknown(app: Flask) -> None:
    made = make(app)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        service = db.session().get_one(Service, made.services[0])
        said = entries.say_capacity(service, "open", 3, "", "Ines")
        assert finding.state_of(said) == "open"
        said.said_at = db.now() - finding.FADES * 2
        assert finding.state_of(said) == "unknown"


def test_an_agency_proposes_by_its_link_and_staff_take_it_over(app: Flask, sign_in: SignIn) -> None:
    from crm_referrals import links

    made = make(app)
    with app.app_context():
        token = links.token(links.AGENCY, made.agencies[0], 1, sent_to="a@example.org")
    agency, staff = sign_in(), sign_in(role="organizer")
    home = f"/referrals/for-agencies/{token}"
    assert "Alder Rides service" in agency.get(home).text
    assert agency.post(f"{home}/{made.services[0]}/capacity", data={"state": "waitlist"}).status_code == 303
    assert agency.post(f"{home}/{made.services[1]}/capacity", data={"state": "open"}).status_code == 404
    wish = {"by_name": "Ines", "name": "Rides before dawn", "status": "active", "description": "Vans"}
    assert agency.post(f"{home}/{made.services[0]}", data=wish).status_code == 303
    for path in (
        f"directory/{made.services[0]}/edit",
        f"agencies/{made.agencies[0]}",
        "agencies/new",
        f"agencies/{made.agencies[0]}/services/new",
        "directory/import",
        "ledger",
    ):
        assert staff.get(f"/referrals/{path}").status_code == 200, path
    assert agency.get(f"{home}/{made.services[0]}").status_code == 200
    unnamed = staff.post(
        f"/referrals/directory/{made.services[0]}/edit", data={"name": " ", "status": "active"}
    )
    assert unnamed.status_code == 422
    page = staff.get(f"/referrals/directory/{made.services[0]}").text
    assert "Ines proposes changes" in page
    assert "What one gets" in page.split("Ines proposes changes")[1].split("</dl>")[0]
    assert "Waiting list" in page
    assert staff.post("/referrals/proposals/1", data={"take": "1"}).status_code == 303
    assert "Rides before dawn" in app.test_client().get("/referrals/services").text
    assert sign_in(role="viewer").post("/referrals/proposals/1", data={"take": "1"}).status_code == 403


def test_all_of_it_is_read_page_by_page_and_not_all_the_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    services = [{"name": f"Ride {each}", "status": "active"} for each in range(7)]
    (tmp_path / "list.json").write_text(json.dumps([{"name": "Alder", "services": services}]))
    with app.app_context():
        bring(tmp_path / "list.json")
    monkeypatch.setattr(hsds, "READ_AT_ONCE", 3)
    monkeypatch.setattr(limits, "PUBLIC_HERE", limits.Limit("public_here", 3, timedelta(hours=1)))
    client, known = app.test_client(), sorted(f"Ride {each}" for each in range(7))
    seen: list[str] = []

    def note(*said: Any) -> None:
        seen.append(said[2])

    with app.app_context():
        engine = db.session().get_bind()
    event.listen(engine, "before_cursor_execute", note)
    lines = client.get("/hsds/services?format=ndjson").text.splitlines()
    event.remove(engine, "before_cursor_execute", note)
    assert sorted(json.loads(each)["name"] for each in lines) == known
    assert sum("LIMIT" in each and "referrals_service.uid >" in each for each in seen) == 3
    whole = client.get("/hsds/services?minimal=true").get_json()
    assert sorted(each["name"] for each in whole["contents"]) == known
    assert (whole["total_items"], whole["size"], whole["empty"]) == (7, 7, False)
    assert client.get("/hsds/services?minimal=true&search=boat").get_json()["contents"] == []
    refused = client.get("/hsds/services?format=ndjson")
    assert refused.status_code == 429
    assert "Too many" in refused.get_json()["error"]
    assert client.get("/hsds/services?per_page=2&page=4").get_json()["size"] == 1


def test_where_a_zip_code_is_no_hidden_place_says(app: Flask) -> None:
    def of(name: str, north: float, east: float, zip_code: str, *, public: bool) -> None:
        agency = Agency(name=name, sort_name=name, uid=uuid4().hex)
        db.session().add(agency)
        db.session().flush()
        service = entries.save_service(agency, None, {"name": name, "is_public": public}, ["food"])
        place = Location(
            agency_id=agency.id,
            uid=uuid4().hex,
            address="1 Elm",
            postal_code=zip_code,
            latitude=north,
            longitude=east,
        )
        db.session().add(place)
        db.session().flush()
        db.session().add(Placing(service_id=service.id, location_id=place.id, uid=uuid4().hex))

    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        of("Harbor House", 36.1234, -86.7890, "37299", public=False)
        of("Pantry", 36.2, -86.6, "37001", public=True)
    client = app.test_client()
    assert client.get("/hsds/service_at_locations?postcode=37299&proximity=40000").status_code == 400
    assert client.get("/hsds/service_at_locations?postcode=37001&proximity=40000").status_code == 200
