"""Files as people really have them: without ids, damaged, with a password, in any shape."""

import hashlib
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.journal.models import ChangeSet
from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.hsds import importing
from crm_referrals.hsds.importing import Outcome, nesting
from crm_referrals.hsds.importing.outcome import Tables
from crm_referrals.models import Agency, Location, Placing, Service

Files = list[tuple[str, bytes]]
PAGE = "/referrals/directory/import"


def uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def as_json(value: Any, name: str = "list.json") -> Files:
    return [(name, json.dumps(value).encode())]


def zipped(*inside: tuple[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in inside:
            archive.writestr(name, content)
    return out.getvalue()


def bring(client: Any, files: Files, mapping: Any = None) -> Any:
    """What the page answers when these are chosen and imported."""
    chosen: dict[str, Any] = {"file": [(BytesIO(content), name) for name, content in files], "apply": "1"}
    if mapping is not None:
        chosen["map"] = (BytesIO(json.dumps(mapping).encode()), "map.json")
    return client.post(PAGE, data=chosen)


def said(answer: Any) -> str:
    assert answer.status_code == 200, answer.text[-3000:]
    found = re.search(r"Added: \d+, changed: \d+, unchanged: \d+", answer.text)
    return found[0] if found else ""


def services_of(app: Flask) -> dict[str, list[str]]:
    """The names of services by those of their agencies."""
    with app.app_context():
        rows = db.session().execute(select(Agency.name, Service.name).join(Service).order_by(Service.name))
        found: dict[str, list[str]] = {}
        for agency, service in rows:
            found.setdefault(agency, []).append(service)
        return found


def test_json_without_ids_keeps_every_row(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    elm = {"name": "Elm house", "addresses": [{"address_1": "1 Elm", "city": "Nashville"}]}
    oak = {"id": "", "addresses": [{"address_1": "2 Oak", "city": "Nashville"}]}
    at = [{"location": elm}, {"location": oak}]
    birch = {"name": "Rides", "status": "active", "service_at_locations": at}
    first = as_json(
        [
            {
                "name": "Alder",
                "services": [{"name": each, "status": "active"} for each in ("Rides", "Coats")],
            },
            {"name": "Birch", "locations": [elm], "services": [birch]},
        ]
    )
    assert said(bring(staff, first)) == "Added: 7, changed: 0, unchanged: 0"
    assert services_of(app) == {"Alder": ["Coats", "Rides"], "Birch": ["Rides"]}
    listed = [
        {"id": None, "name": name, "status": "active", "description": name, "organization": {"name": "Cedar"}}
        for name in ("Beds", "Meals", "Beds")
    ]
    listed.append({"name": "Lost", "status": "active"})
    answer = bring(staff, as_json(listed))
    assert said(answer) == "Added: 3, changed: 0, unchanged: 0"
    assert "Left out: Lost: The service names no organization" in answer.text
    assert "None" not in answer.text
    assert services_of(app) == {
        "Alder": ["Coats", "Rides"], "Birch": ["Rides"], "Cedar": ["Beds", "Meals"],
    }  # fmt: skip
    assert said(bring(staff, first)) == "Added: 0, changed: 0, unchanged: 7"
    assert said(bring(staff, as_json(listed))) == "Added: 0, changed: 0, unchanged: 3"


@on_sqlite
def test_what_stands_twice_is_one_and_nothing_of_another_agency_is_overwritten(
    app: Flask, sign_in: SignIn
) -> None:
    staff = sign_in(role="organizer")

    def agency(number: int, name: str, of_service: int, service: str) -> dict[str, Any]:
        row = {"id": uid(of_service), "name": service, "status": "active"}
        return {"id": uid(number), "name": name, "services": [row]}

    twice = [agency(1, "Alder", 2, "Rides"), agency(1, "Alderwood", 3, "Coats")]
    answer = bring(staff, as_json(twice))
    assert "Put right: Alder: It stands in the file more than once" in answer.text
    assert services_of(app) == {"Alder": ["Coats", "Rides"]}
    assert said(bring(staff, as_json(twice))) == "Added: 0, changed: 0, unchanged: 3"
    taken = [agency(9, "Thief", 2, "Mine")]
    answer = bring(staff, as_json(taken))
    assert "A service of Alder has this id already, so this one was left out." in answer.text
    assert services_of(app) == {"Alder": ["Coats", "Rides"]}


def test_a_confidential_place_stays_so_under_a_new_id(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")

    def directory(number: int, owner: int = 1, code: str = "37203") -> Files:
        place = {
            "id": uid(number),
            "location_type": "physical",
            "addresses": [{"address_1": "12 Hidden Lane", "postal_code": code}],
        }
        service = {
            "id": uid(owner + 1),
            "name": "Beds",
            "status": "active",
            "service_at_locations": [{"location": place}],
        }
        return as_json([{"id": uid(owner), "name": "Harbor", "services": [service]}])

    bring(staff, directory(3))
    with app.app_context(), db.transaction(Actor.system(), "test"):
        db.session().scalars(select(Location)).one().is_confidential = True
    assert "is confidential too" in bring(sign_in(role="coordinator"), directory(4)).text
    assert "Hidden Lane" not in app.test_client().get("/referrals/services/1").text
    assert "Hidden Lane" not in app.test_client().get("/hsds/services?full=true").text
    assert "is confidential too" in bring(sign_in(role="coordinator"), directory(5, owner=21)).text
    assert "Hidden Lane" not in app.test_client().get("/hsds/services?full=true").text
    assert "is confidential too" not in bring(staff, directory(6, owner=31, code="38103")).text


def test_a_place_that_left_the_file_goes_when_somebody_says_so(app: Flask, sign_in: SignIn) -> None:
    staff, away = sign_in(role="organizer"), "/referrals/directory/import/places"
    service = {"id": uid(2), "name": "Rides", "status": "active"}

    def directory(*places: int) -> Files:
        at = [
            {
                "id": uid(each),
                "location": {"id": uid(each), "name": f"House {each}", "location_type": "physical"},
            }
            for each in places
        ]
        whole = {"id": uid(1), "name": "Alder", "services": [service | {"service_at_locations": at}]}
        return as_json([whole])

    def here() -> list[str]:
        with app.app_context():
            at = select(Location.name).join(Placing).order_by(Location.id)
            return list(db.session().scalars(at))

    bring(staff, directory(11, 12, 13))
    page = bring(staff, directory(11)).text
    tick = re.findall(r'type="checkbox" name="place" value="([\d:]+)">.*?<span>(House \d+)<', page)
    assert [name for _value, name in tick] == ["House 12", "House 13"]
    every = [value for value, _name in tick]
    assert staff.post(away, data={"which": "ticked", "every": every}).status_code == 422
    assert sign_in(role="viewer").post(away, data={"which": "all", "every": every}).status_code == 403
    assert len(here()) == 3
    done = staff.post(
        away, data={"which": "ticked", "place": tick[0][0], "every": every}, follow_redirects=True
    )
    assert "1 place is taken away." in done.text
    assert here() == ["House 11", "House 13"]
    undo = re.search(r'action="(/changes/\d+/undo)"', done.text)
    assert undo is not None
    staff.post(undo[1])
    assert here() == ["House 11", "House 12", "House 13"]
    staff.post(away, data={"which": "all", "every": [*every, "9:9", "odd", "1:99999999999999999999"]})
    assert here() == ["House 11"]


def test_a_service_that_moved_and_an_id_of_two_places(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")

    def directory(*places: tuple[int, int]) -> Files:
        at = [
            {"id": uid(number), "location": {"id": uid(place), "name": f"House {place}"}}
            for number, place in places
        ]
        service = {"id": uid(2), "name": "Rides", "status": "active", "service_at_locations": at}
        return as_json([{"id": uid(1), "name": "Alder", "services": [service]}])

    def placed() -> list[tuple[str, str]]:
        with app.app_context():
            rows = db.session().execute(select(Placing.uid, Location.name).join(Location))
            return sorted((row[0], row[1]) for row in rows)

    assert said(bring(staff, directory((3, 10)))) == "Added: 3, changed: 0, unchanged: 0"
    assert said(bring(staff, directory((3, 11)))) == "Added: 1, changed: 1, unchanged: 1"
    assert placed() == [(uid(3), "House 11")]
    both = directory((3, 11), (3, 12))
    answer = bring(staff, both)
    assert "is that of another one too; it got one of its own" in answer.text
    assert [place for _id, place in placed()] == ["House 11", "House 12"]
    assert "/directory/import/places" not in answer.text
    gone = bring(staff, directory((3, 11))).text
    assert re.findall(r'name="place" value="[\d:]+">.*?<span>(House \d+)<', gone) == ["House 12"]
    assert said(bring(staff, both)) == "Added: 0, changed: 0, unchanged: 4"
    with app.app_context():
        before = db.session().scalars(select(Service.updated_at)).one()
    assert said(bring(staff, directory((3, 13)))) == "Added: 1, changed: 1, unchanged: 1"
    with app.app_context():
        assert db.session().scalars(select(Service.updated_at)).one() > before


def test_names_are_cut_where_no_index_holds_them(app: Flask, sign_in: SignIn) -> None:
    long = "".join(hashlib.sha256(bytes([each])).hexdigest() for each in range(90))
    rows = [{"id": uid(1), "name": long, "services": [{"id": uid(2), "name": long, "status": "active"}]}]
    answer = bring(sign_in(role="organizer"), as_json(rows))
    assert "2 rows: Its name has more than 300 letters; the rest was left out." in answer.text
    assert services_of(app) == {long[:300]: [long[:300]]}


def with_password() -> bytes:
    """A zip whose flags say that it is encrypted."""
    content = bytearray(zipped(("organizations.csv", b"id,name\n1,Alder\n")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


ONE = b"id,name\n1,Alder\n"
ZIP = zipped(("organizations.csv", b"id,name\n1,aaaaaaaa\n"))
REFUSED: dict[str, tuple[Files, Any, str]] = {
    "damaged": ([("x.zip", ZIP.replace(b"aaaaaaaa", b"aaaabaaa"))], None, "x.zip cannot be unpacked: it is"),
    "cut off": ([("x.zip", b"PK\x05\x06" + b"\0" * 18)], None, "neither a CSV nor a JSON file in x.zip"),
    "password": ([("x.zip", with_password())], None, "or it has a password. Make the zip anew"),
    "spreadsheet": ([("x.xlsx", zipped(("xl/a.xml", b"")))], None, "Save a spreadsheet as CSV first"),
    "two of a name": ([("a/x.csv", ONE), ("b/x.csv", ONE)], None, "Two of the files are called x.csv"),
    "two in a zip": ([("x.zip", zipped(("a/x.csv", ONE), ("b/x.csv", ONE)))], None, "are called x.csv"),
    "two JSON": ([("x.zip", zipped(("a.json", b"[]"), ("b.json", b"[]")))], None, "Choose one JSON or zip"),
    "quotation mark": ([("organizations.csv", b'id,name\n1,"A' + b"a" * 140_000)], None, "Line 2 of organiz"),
    "no JSON": ([("x.json", b"")], None, "This is not JSON"),
    "nothing": ([("x.json", b"[]")], None, "There is no agency and no service in x.json"),
    "only columns": ([("organizations.csv", b"id,name\n")], None, "There is no agency and no service in org"),
    "number": ([("x.csv", ONE)], {"x.csv": {"name": 5}}, "reads the column “name” as “5”, which is no field"),
    "list": ([("x.csv", ONE)], {"x.csv": {"name": "organization.services"}}, "“organization.services”, wh"),
    "thing": ([("x.csv", ONE)], {"x.csv": {"name": "agency.name"}}, "things are: organization, service,"),
    "no point": ([("x.csv", ONE)], {"x.csv": {"name": "name"}}, "such as service.name"),
    "own line": ([("x.csv", ONE)], {"x.csv": {"name": "service._line"}}, "“service._line”, which is no"),
    "no mapping": ([("x.csv", ONE)], ["x.csv"], "The mapping has to name files"),
}  # fmt: skip


@on_sqlite
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    for case, (files, mapping, sentence) in REFUSED.items():
        answer = bring(staff, files, mapping)
        assert answer.status_code == 422, (case, answer.status_code)
        assert sentence in answer.text, (case, answer.text[-3000:])
    with app.app_context():
        assert db.session().scalar(select(func.count()).select_from(Agency)) == 0


@on_sqlite
def test_files_come_in_whatever_they_are_called(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    header = b"Agency,Program\n"
    for number, name in enumerate(("..", "a" * 300 + ".csv", "a\0b.csv", "C:\\lists\\x.CSV", "../../x.csv")):
        content = header + b"Alder,Rides %d\n" % number
        answer = bring(staff, [(name, content)])
        if name == "..":
            assert answer.status_code == 422
        else:
            assert said(answer).startswith("Added: "), name
    shadow = zipped(
        ("__MACOSX/._organizations.csv", b"\0\5\x16\7"),
        ("list/organizations.csv", b"id,name\n%s,Birch\n" % uid(1).encode()),
    )
    assert said(bring(staff, [("mac.zip", shadow)])) == "Added: 1, changed: 0, unchanged: 0"
    assert "Added: 2" in said(bring(staff, [("es.csv", b"Agency;Program\nCedro;Abrigos, zapatos\n")]))
    wide = "Agency\tProgram\nDogwood\tCamas\n".encode("utf-16")
    assert "Added: 2" in said(bring(staff, [("wide.csv", wide)]))
    answer = bring(staff, [("x.csv", ONE), ("other.csv", ONE)], {"x.csv": {"name": "organization.name"}})
    assert "Left out: other.csv: The mapping does not name this file." in answer.text
    assert services_of(app) == {
        "Alder": ["Rides 1", "Rides 2", "Rides 3", "Rides 4"],
        "Cedro": ["Abrigos, zapatos"],
        "Dogwood": ["Camas"],
    }


ODD = {
    "id": uid(1), "name": "Alder", "phones": "x", "description": ["a"], "email": {"a": 1}, "website": ["x"],
    "year_incorporated": "x",
    "locations": [
        {"id": uid(4), "latitude": "x", "longitude": True, "location_type": ["a"],
         "addresses": [{"address_1": 5, "city": None}]},
    ],
    "services": [
        {
            "id": uid(2), "name": 5, "status": 5, "assured_date": 20260101,
            "languages": [{"code": ["a"]}], "service_areas": [{"extent": {"a": 1}, "name": 5}],
            "attributes": [{"taxonomy_term_id": ["a"]}, {"taxonomy_term_id": {"a": 1}}],
            "schedules": [{"byday": ["MO"], "opens_at": 5}], "required_documents": [{"document": 5}],
        }
    ],
}  # fmt: skip


@on_sqlite
def test_json_of_any_shape_comes_in_as_far_as_it_means_something(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="administrator")
    answer = bring(staff, as_json([ODD, {"id": {"a": 1}, "name": "Birch"}]))
    assert said(answer) == "Added: 4, changed: 0, unchanged: 0"
    for name in ("taxonomy_term_id", "location_type", "email", "byday", "extent", "id"):
        assert f"“{name}” does not hold what HSDS has there; it was left out." in answer.text
    assert services_of(app) == {"Alder": ["5"]}
    with app.app_context():
        number = db.session().scalar(select(Service.id))
    for path in (
        "referrals/directory", f"referrals/directory/{number}", f"referrals/directory/{number}/edit",
        "referrals/services", "referrals/services/print", "referrals/directory/export",
        "hsds/services?full=true", f"hsds/services/{uid(2)}", f"hsds/organizations/{uid(1)}",
    ):  # fmt: skip
        assert staff.get(f"/{path}", follow_redirects=True).status_code == 200, path
    assert said(bring(staff, as_json([ODD]))) == "Added: 0, changed: 0, unchanged: 3"


@on_sqlite
def test_a_folder_without_a_directory_says_so(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with app.app_context(), pytest.raises(UserError, match="neither a CSV nor a JSON file"):
        importing.read(tmp_path, None, importing.Outcome())


def test_history_tells_few_where_a_confidential_place_is_or_was(app: Flask, sign_in: SignIn) -> None:
    staff, coordinator = sign_in(role="organizer"), sign_in(role="coordinator")

    def directory(hidden: str, known: str) -> Files:
        places = [
            {"id": uid(number), "location_type": "physical", "addresses": [{"address_1": street}]}
            for number, street in ((3, hidden), (4, known))
        ]
        at = [{"id": each["id"], "location": each} for each in places]
        service = {"id": uid(2), "name": "Beds", "status": "active", "service_at_locations": at}
        return as_json([{"id": uid(1), "name": "Harbor", "services": [service]}])

    bring(staff, directory("12 Hidden Lane", "1 Elm Street"))
    with app.app_context(), db.transaction(Actor.system(), "test"):
        place = db.session().scalars(select(Location).where(Location.address == "12 Hidden Lane")).one()
        place.is_confidential = True
        place_id = place.id
    bring(staff, directory("9 Secret Lane", "2 Elm Street"))
    with app.app_context(), system("test"):
        changes = db.session().scalars(select(ChangeSet.id).order_by(ChangeSet.id)).all()
    pages = [staff.get(f"/changes/{each}") for each in changes]
    texts = "".join(each.text for each in pages if each.status_code == 200)
    assert "2 Elm Street" in texts
    assert "Hidden Lane" not in texts
    assert "Secret Lane" not in texts
    path = f"/referrals/directory/1/places/{place_id}"
    form = {"kind": "physical", "address": "7 Silent Lane", "is_confidential": "y"}
    assert coordinator.post(path, data=form).status_code == 303
    with app.app_context(), system("test"):
        last = db.session().scalars(select(ChangeSet.id).order_by(ChangeSet.id.desc()).limit(1)).one()
    assert "Silent Lane" in coordinator.get(f"/changes/{last}").text


@on_sqlite
def test_every_row_that_is_left_out_is_told_with_its_line(app: Flask) -> None:
    """A whole data package in which one row of each table leads nowhere."""
    here, service, place, gone = uid(1), uid(2), uid(3), uid(99)
    address = f"id,location_id,address_1,city\n{uid(6)},{gone},1 Elm,Nashville\n"
    tables = {
        "organizations.csv": f"id,name\n{here},Alder\n{here},Other name\n",
        "services.csv": f"id,organization_id,name,status\n{service},{here},Food,active\n"
        f"{service},{here},Food,inactive\n",
        "locations.csv": f"id,location_type,name\n{place},physical,Nobody's house\n",
        "service_at_location.csv": f"id,service_id,location_id\n{uid(4)},{service},{gone}\n",
        "addresses.csv": address,
        "phones.csv": f"id,service_id,number\n{uid(7)},{service},615-1\n{uid(8)},{gone},615-2\n",
        "schedules.csv": f"id,service_id,opens_at\n{uid(9)},{gone},09:00\n",
        "attributes.csv": f"id,link_id,link_entity,taxonomy_term_id\n{uid(10)},{gone},service,{gone}\n",
        "required_documents.csv": f"id,service_id,document\n{uid(11)},{gone},Passport\n",
        "contacts.csv": f"id,name\n{uid(12)},Somebody\n",
        "programs.csv": "id,organization_id,name\n",
        "units.csv": "id,name\n",
    }
    outcome = importing.Outcome()
    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        given = [(name, text.encode()) for name, text in tables.items()]
        importing.apply(importing.read_uploads(given, None, outcome), outcome)
    told = {kind: sorted(each.where for each in outcome.notes if each.kind == kind) for kind in KINDS}
    assert told == {
        "rejected": [
            "addresses.csv:2", "attributes.csv:2", "contacts.csv", "locations.csv:2", "phones.csv:3",
            "required_documents.csv:2", "schedules.csv:2", "service_at_location.csv:2",
        ],
        "repaired": ["organizations.csv:3", "services.csv:3"],
    }  # fmt: skip
    assert services_of(app) == {"Alder": ["Food"]}


KINDS = ("rejected", "repaired")


@on_sqlite
def test_a_service_for_many_areas_is_read_in_one_go(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statewide service names fifteen hundred ZIP codes: each row is looked at a few times, not once for
    each other row."""
    looked, said = Counter[str](), nesting._said

    def counted(row: Mapping[str, Any]) -> dict[str, Any]:
        looked.update(["rows"])
        return said(row)

    monkeypatch.setattr(nesting, "_said", counted)
    areas = [{"id": f"a{each}", "service_id": "s", "name": f"{37000 + each}"} for each in range(1500)]
    tables: Tables = {
        "organization": [{"id": "o", "name": "Alder"}],
        "service": [{"id": "s", "organization_id": "o", "name": "Rides"}],
        "service_area": [*areas, dict(areas[0])],
    }
    with app.app_context():
        (agency,) = nesting.nest(tables, Outcome())
    assert len(agency["services"][0]["service_areas"]) == 1500
    assert looked["rows"] <= 3 * len(areas)
