"""What a vendor's words for kinds of need become, and how a directory comes in in two steps."""

import csv
import io
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals.hsds import files, importing
from crm_referrals.hsds.importing import kinds
from crm_referrals.models import Agency, Location, Placing, Referral, Service
from crm_referrals.services import entries, finding, places
from crm_referrals.tests.made_up import make, referral_of, sent
from crm_referrals.tests.test_hsds import SAMPLES, needs_samples

PAGE = "/referrals/directory/import"
LIST = (
    "Agency,Program,Category,Description\n"
    "Alder,Pantry,Food Pantries; Diaper Bank,Bags\n"
    "Alder,Harbor House,Emergency Shelter,For survivors of domestic violence\n"
    "Birch,Dogs,Pets,Food for dogs\n"
)


def found(app: Flask) -> dict[str, tuple[set[str], bool]]:
    with app.app_context():
        rows = db.session().scalars(select(Service)).all()
        terms = finding.terms_of([each.id for each in rows])
        return {each.name: (set(terms.get(each.id, ())), each.is_sensitive) for each in rows}


def bring(app: Flask, path: Path) -> importing.Outcome:
    outcome = importing.Outcome()
    with app.app_context(), db.transaction(Actor.system(), "test"):
        importing.apply(importing.read(path, None, outcome), outcome)
    return outcome


@on_sqlite
@pytest.mark.parametrize(
    "word, codes",
    [
        ("Housing", {"housing"}), ("food", {"food"}), ("Getting to school", {"transport"}),
        ("Vivienda", {"housing"}), ("Domestic Violence", {"safety"}), ("Pets", set()),
        ("Salud mental", {"mental_health"}), ("After-school programs", {"after_school"}),
    ],
)  # fmt: skip
def test_words_of_others_are_our_kinds(app: Flask, word: str, codes: set[str]) -> None:
    with app.test_request_context():
        assert kinds.of_word(word) == codes


def test_words_become_kinds_and_nobodys_choice_is_overwritten(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST)
    outcome = bring(app, tmp_path)
    assert found(app) == {
        "Pantry": ({"food", "clothing"}, False),
        "Harbor House": ({"housing"}, True),
        "Dogs": (set(), False),
    }
    assert (len(outcome.kindless), dict(outcome.unknown_words)) == (1, {"Pets": 1})
    with app.app_context(), db.transaction(Actor.system(), "test"):
        for row in db.session().scalars(select(Service)).all():
            entries.set_terms(row, ["mentoring"])
            entries.put(row, {"is_sensitive": False})
    again = bring(app, tmp_path)
    assert (again.created, again.updated) == (0, 0)
    assert set(map(str, found(app).values())) == {"({'mentoring'}, False)"}


@on_sqlite
def test_the_term_of_another_taxonomy_counts_by_its_name(app: Flask, tmp_path: Path) -> None:
    tables = {
        "organizations.csv": "id,name\no1,Alder\n",
        "services.csv": "id,organization_id,name,status\ns1,o1,Vans,active\n",
        "attributes.csv": "id,link_id,link_entity,taxonomy_term_id\na1,s1,service,t1\n",
        "taxonomy_terms.csv": "id,code,name,description\nt1,BT-4500,Public Transportation,\n",
    }
    for name, text in tables.items():
        (tmp_path / name).write_text(text)
    bring(app, tmp_path)
    assert found(app) == {"Vans": ({"transport"}, False)}


@on_sqlite
def test_a_service_is_private_by_the_words_of_its_category(app: Flask, tmp_path: Path) -> None:
    rows = {
        "Harbor House": "Domestic Violence Shelters",
        "Haven": "Counseling",
        "Law": "Legal",
        "Coats": "Clothing",
    }

    def private() -> list[str]:
        lines = [f"Alder,{name},{category}" for name, category in rows.items()]
        (tmp_path / "list.csv").write_text("\n".join(["Agency,Program,Category", *lines]))
        told.append(bring(app, tmp_path))
        return sorted(name for name, (_kinds, is_private) in found(app).items() if is_private)

    told: list[importing.Outcome] = []
    assert private() == ["Harbor House", "Haven"]
    assert [each.kind for each in told[0].notes].count("marked") == 2
    rows["Coats"] = "Clothing; Survivors of abuse"
    assert private() == ["Coats", "Harbor House", "Haven"]
    with app.app_context(), db.transaction(Actor.system(), "test"):
        haven = db.session().scalars(select(Service).where(Service.name == "Haven")).one()
        entries.put(haven, {"is_sensitive": False})
    assert private() == ["Coats", "Harbor House"]


@needs_samples
@on_sqlite
def test_real_problem_codes_are_legal_help_and_what_is_dangerous_is_private(app: Flask) -> None:
    outcome = bring(app, SAMPLES / "hsds_florida")
    with (SAMPLES / "hsds_florida/services.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [each.kind for each in outcome.notes].count("repaired") == 538
    assert sum("“N/A” is no address of a page" in each.text for each in outcome.notes) == 9
    assert len(outcome.kindless) == sum(not row["service_problem_codes"] for row in rows)
    with app.app_context():
        for each in finding.search(finding.Wanted(text="domestic violence"), limit=200):
            assert each.service.is_sensitive, each.service.name
        immigration = finding.search(finding.Wanted(term="immigration"), limit=200)
        assert len(immigration) == sum("Immigration" in row["service_problem_codes"] for row in rows)
        legal = finding.search(finding.Wanted(term="legal"), limit=300)
        assert len(legal) + len(outcome.kindless) == len(rows)
        assert not finding.search(finding.Wanted(term="food"))  # “Food Stamps” there is a lawyer.


@on_sqlite
def test_files_are_chosen_once_and_equal_sentences_stand_once(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    planned = staff.post(PAGE, data={"file": [(io.BytesIO(LIST.encode()), "list.csv")]}).text
    assert planned.index("What was understood of list.csv") < planned.index("What was put right or left out")
    assert planned.count("It has no status") == 1
    assert "list.csv:2, list.csv:3, list.csv:4" in planned
    assert "1 of the services has no kind of need" in planned
    assert not found(app)
    kept = unescape(re.findall(r'name="kept" value="([^"]+)"', planned)[0])
    for wrong in ("nonsense", kept[:40], kept[:-30] + "A" * 30):
        refused = staff.post(PAGE, data={"kept": wrong, "apply": "1"})
        assert refused.status_code == 422
        assert "Choose them again" in refused.text
    done = staff.post(PAGE, data={"kept": kept, "apply": "1"}).text
    assert len(found(app)) == 3
    assert "/referrals/directory?term=none" in done
    assert sign_in(role="viewer").post(PAGE, data={"kept": kept, "apply": "1"}).status_code == 403


@on_sqlite
def test_a_mapping_comes_along_with_the_files(app: Flask, sign_in: SignIn) -> None:
    mapping = b'{"l.csv": {"Org": "organization.name", "Programa": "service.name", "Tema": "service.terms"}}'
    chosen: dict[str, Any] = {
        "file": [(io.BytesIO(b"Org,Programa,Tema\nAlder,Despensa,Alimentos\n"), "l.csv")],
        "map": (io.BytesIO(mapping), "map.json"),
    }
    staff = sign_in(role="organizer")
    kept = unescape(re.findall(r'name="kept" value="([^"]+)"', staff.post(PAGE, data=chosen).text)[0])
    staff.post(PAGE, data={"kept": kept, "apply": "1"})
    assert found(app) == {"Despensa": ({"food"}, False)}


@on_sqlite
def test_services_without_a_kind_are_found_and_told_at_once(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    made = make(app)
    (tmp_path / "list.csv").write_text("Agency,Program\nAlder,Coats\nAlder,Shoes\nBirch,Dogs\n")
    bring(app, tmp_path)
    staff, listed = sign_in(role="organizer"), "/referrals/directory?term=none"
    page = staff.get(listed).text
    assert "Coats" in page
    assert "Alder Rides service" not in page
    ids = dict(map(reversed, re.findall(r'name="id" value="(\d+)" aria-label="(\w+)"', page)))
    post = "/referrals/directory/kinds?term=none"
    for wrong in ({"id": ids["Coats"]}, {"terms": "clothing"}):
        assert staff.post(post, data=wrong).status_code == 422
    chosen = {"terms": "clothing", "id": [ids["Coats"], ids["Shoes"], str(made.services[0])]}
    assert staff.post(post, data=chosen).location == listed
    assert found(app)["Alder Rides service"][0] == {"transport"}  # It is not among those that the page shows.
    assert found(app)["Shoes"][0] == found(app)["Coats"][0] == {"clothing"}
    assert staff.post(f"{post}&q=dogs", data={"terms": "family_support", "which": "all"}).status_code == 303
    assert found(app)["Dogs"][0] == {"family_support"}
    assert "No service found" in staff.get(listed).text
    outsider = sign_in(role="viewer")
    assert outsider.post(post, data=chosen).status_code == 403
    assert 'name="terms"' not in outsider.get(listed).text
    assert "Without a kind of need" not in app.test_client().get("/referrals/services").text


@on_sqlite
def test_a_better_place_is_near_at_hand_and_goes_with_a_reason(app: Flask, sign_in: SignIn) -> None:
    made = make(app)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        agency = db.session().get_one(Agency, made.agencies[1])
        entries.save_service(agency, None, {"name": "Aardvark Law"}, ["legal"])
    referral_id = sent(app, made)
    agency_page = sign_in(role="agency", scope=made.agency_contacts[0])
    page = agency_page.get(f"/referrals/inbox/{referral_id}").text
    chooser = page.split('id="decline-suggested"')[1].split("</select>")[0]
    assert chooser.index("Birch Vans service – Birch Vans") < chooser.index("Aardvark Law – Birch Vans")
    home = f"/referrals/inbox/{referral_id}/decline"
    answer = {"reason": "no_capacity", "by": "agency", "note": "We are full until spring"}
    assert agency_page.post(home, data=answer | {"suggested": str(made.services[0])}).status_code == 422
    assert agency_page.post(home, data=answer | {"suggested": str(made.services[1])}).status_code == 303
    with app.app_context():
        referral: Referral = referral_of(referral_id)
        assert (referral.state, referral.suggested_id) == ("declined", made.services[1])
    assert "We propose: Birch Vans service" in agency_page.get(f"/referrals/inbox/{referral_id}").text


def test_a_page_carries_no_bomb() -> None:
    import base64

    from crm.plugin_api import UserError
    from crm_referrals.views import carried

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0/a.csv", bytes(carried.MOST_UNPACKED + 1))
    with pytest.raises(UserError):
        carried.unpack(base64.b64encode(out.getvalue()).decode())


def test_what_went_out_from_here_comes_in_as_unchanged(app: Flask, tmp_path: Path) -> None:
    made = make(app)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        service = db.session().get_one(Service, made.services[0])
        service.language_codes = ",en,es,"
        places.set_documents(service, "Proof of address\nA photo")
        home = {"address": "1 Elm St", "city": "Nashville", "latitude": 36.16, "longitude": -86.78}
        place = Location(uid=str(uuid4()), agency_id=service.agency_id, parts={}, **home)
        db.session().add(place)
        db.session().flush()
        db.session().add(Placing(uid=str(uuid4()), service_id=service.id, location_id=place.id))
    with app.app_context():
        (tmp_path / "hsds.zip").write_bytes(files.package())
    outcome = bring(app, tmp_path / "hsds.zip")
    assert (outcome.created, outcome.updated, outcome.notes) == (0, 0, [])
    changed = files_changed(tmp_path / "hsds.zip", b"1 Elm St", b"2 Oak St")
    assert bring(app, changed).updated == 1


def files_changed(path: Path, old: bytes, new: bytes) -> Path:
    """The same zip with other words in it."""
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as archive:
        for each in source.infolist():
            archive.writestr(each.filename, source.read(each).replace(old, new))
    return target
