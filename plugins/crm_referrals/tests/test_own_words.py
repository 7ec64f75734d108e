"""What was changed here stands against files; what is told of looks, links, urgency, years and the erased."""

import html
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, Person, db, system
from crm.plugin_api.files import keep, read
from crm.plugin_api.testing import SignIn
from crm.plugin_api.testing.databases import on_sqlite
from crm_referrals import words
from crm_referrals.hsds import documents, importing
from crm_referrals.models import Agency, Consent, Location, Need, Proposal, Service, Unmet
from crm_referrals.services import asking, consenting, entries, ledger, needs, places
from crm_referrals.tests.made_up import MadeUp, drafted, make, referral_of, sent, values_of_consent
from crm_referrals.tests.test_forgetting import NAME, erase, guardian
from crm_referrals.tests.test_renewals import write
from crm_schools.models import Look

pytestmark = on_sqlite
LIST = (
    "Agency,Program,Description,Phone,Address,City,Zip,Languages\n"
    "Alder,Pantry,Bags,615-555-0100,1 Elm St,Nashville,37203,en\n"
)


@pytest.fixture
def made(app: Flask) -> MadeUp:
    return make(app)


def bring(app: Flask, text: str, tmp_path: Path, *, overwrite: bool = False) -> importing.Outcome:
    (tmp_path / "list.csv").write_text(text)
    outcome = importing.Outcome(overwrite=overwrite)
    with app.test_request_context(), db.transaction(Actor.system(), "test"):
        importing.apply(importing.read(tmp_path, None, outcome), outcome)
    return outcome


def only(model: type[Any]) -> Any:
    return db.session().scalars(select(model)).one()


def change() -> None:
    """What staff and an agency put right after the first import."""
    agency, service = db.session().scalars(select(Agency)).one(), db.session().scalars(select(Service)).one()
    entries.save_agency(agency, {"website": "https://alder.example"})
    entries.save_service(agency, service, {"description": "Bags on Mondays"}, ["food"])
    row = Proposal(service_id=service.id, changes={"eligibility_description": "Everybody"}, by_name="Alder")
    db.session().add(row)
    db.session().flush()
    entries.decide(row, take=True)
    place = db.session().scalars(select(Location)).one()
    address = {"kind": "physical", "is_confidential": False, "address": "9 Oak St"}
    places.save_location(service, place, address)


def now_here(app: Flask) -> tuple[str, str, str, str]:
    with app.app_context():
        agency = db.session().scalars(select(Agency)).one()
        service = db.session().scalars(select(Service)).one()
        place = db.session().scalars(select(Location)).one()
        return agency.website, service.description, service.eligibility_description, place.address


def test_what_was_changed_here_stands_against_the_next_file(
    app: Flask, sign_in: SignIn, tmp_path: Path
) -> None:
    bring(app, LIST, tmp_path)
    write(app, change)
    ours = ("https://alder.example", "Bags on Mondays", "Everybody", "9 Oak St")
    outcome = bring(app, LIST.replace("en\n", "es\n"), tmp_path)
    assert now_here(app) == ours
    told = " ".join(each.text for each in outcome.notes if each.kind == "kept")
    assert all(label in told for label in ("Website", "Description", "Who may come", "Street"))
    staff = sign_in(role="administrator")
    page = staff.post(
        "/referrals/directory/import",
        data={"file": (io.BytesIO(LIST.encode()), "list.csv"), "apply": "0"},
    ).text
    assert "Let the file overwrite what was changed here" in page
    kept = html.unescape(re.search(r'name="kept" value="([^"]*)"', page)[1])  # type: ignore[index]
    data = {"kept": kept, "apply": "1", "overwrite": "1"}
    assert "Done." in staff.post("/referrals/directory/import", data=data).text
    assert now_here(app) == ("", "Bags", "", "1 Elm St")
    again = bring(app, LIST, tmp_path)
    assert (again.updated, again.keeps) == (0, False)


def test_an_address_is_from_here_or_from_the_file_and_never_half_of_each(app: Flask, tmp_path: Path) -> None:
    """Staff put the ZIP code and the youngest age right; then the file says that the place has moved."""
    head = "service_id,location_id,Agency,Program,Description,Address,City,Zip,Latitude,Longitude,"
    head += "Min age,Max age\n"
    row = "{0}1,{0}2,Alder,Pantry,Bags,{1}\n"
    rows = [
        head + row.format("00000000-0000-4000-8000-00000000000", cells)
        for cells in ("1 Elm St,Nashville,37200,36.1,-86.1,5,12", "7 Ash Rd,Memphis,38103,35.1,-90.0,3,10")
    ]
    bring(app, rows[0], tmp_path)

    def right() -> None:
        agency, service, place = only(Agency), only(Service), only(Location)
        places.save_location(service, place, told(place) | {"postal_code": "37203"})
        entries.save_service(agency, service, {"minimum_age": 0, "maximum_age": 12}, ["food"])

    def told(place: Location) -> dict[str, object]:
        names = (
            "kind",
            "is_confidential",
            "address",
            "city",
            "state",
            "postal_code",
            "latitude",
            "longitude",
        )
        return {name: getattr(place, name) for name in names}

    def here() -> list[object]:
        with app.app_context():
            service, values = only(Service), told(only(Location))
            return [*(values[name] for name in ("address", "city", "postal_code", "latitude")),
                    service.minimum_age, service.maximum_age]  # fmt: skip

    write(app, right)
    ours = ["1 Elm St", "Nashville", "37203", 36.1, 0, 12]
    assert here() == ours
    outcome = bring(app, rows[1], tmp_path)
    assert here() == ours
    kept = " ".join(each.text for each in outcome.notes if each.kind == "kept")
    assert "Street, City, ZIP code, Latitude, Longitude" in kept
    assert "Youngest age, Oldest age" in kept
    bring(app, rows[1], tmp_path, overwrite=True)
    assert here() == ["7 Ash Rd", "Memphis", "38103", 35.1, 3, 10]
    bring(app, rows[0], tmp_path)
    assert here() == ["1 Elm St", "Nashville", "37200", 36.1, 5, 12]


def test_languages_are_written_by_their_names(app: Flask, tmp_path: Path) -> None:
    """Beside them stand hours and what to bring, which belong to the service of their row too."""
    text = LIST.replace("Languages", "Languages,Hours,What to bring")
    bring(app, text.replace(",en\n", ',"Spanish; en-US, Tagalog",Mondays,An ID card\n'), tmp_path)
    with app.app_context():
        assert only(Service).language_codes == ",es,en,Tagalog,"
        assert places.documents_of(only(Service)) == "An ID card"
        assert [each.note for each in places.schedules_of(only(Service))] == ["Mondays"]

    def save() -> None:
        entries.save_service(
            only(Agency), only(Service), {"language_codes": "árabe, Vietnamese, Tagalog"}, []
        )

    write(app, save)
    with app.test_request_context():
        service = only(Service)
        assert service.language_codes == ",ar,vi,Tagalog,"
        assert words.languages(service.language_codes) == ["Arabic", "Vietnamese", "Tagalog"]
        told = [
            {name: each[name] for name in each if name != "id"}
            for each in documents.rows_of(service)["languages"]
        ]
        assert told == [{"code": "ar"}, {"code": "vi"}, {"name": "Tagalog"}]


def test_everybody_and_agencies_read_in_the_language_that_they_choose(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    reader = app.test_client()
    page = reader.get("/referrals/services?in=es&q=alder").text
    assert "Servicios para familias" in page
    assert f'href="/referrals/services/{made.services[0]}?in=es"' in page
    with app.test_request_context():
        agency = db.session().get_one(Agency, made.agencies[0])
        link = entries.link_of(agency).removeprefix("http://localhost")
    link = link[link.index("/referrals") :]
    assert "¿Sigue siendo correcto?" in reader.get(f"{link}?language=es").text
    said = sign_in(role="viewer").post(
        f"{link}/{made.services[0]}/capacity?language=es", data={"state": "open"}
    )
    assert said.location.endswith("?language=es")


def test_who_saves_a_form_has_changed_no_text_of_several_lines(app: Flask, tmp_path: Path) -> None:
    bring(app, LIST.replace("Bags", '"Bags\nOn Mondays"'), tmp_path)

    def save() -> None:
        agency, service = only(Agency), only(Service)
        entries.save_service(agency, service, {"description": "Bags\r\nOn Mondays "}, [])

    write(app, save)
    with app.app_context():
        service = db.session().scalars(select(Service)).one()
        assert (service.description, service.staff_fields) == ("Bags\nOn Mondays", [])


def test_who_opens_the_page_of_a_new_need_has_looked(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    school = sign_in(role="school", scope=made.school_contact)
    assert school.get(f"/referrals/student/{made.student}/new").status_code == 200
    with app.app_context(), system("test"):
        assert db.session().scalars(select(Look.student_id)).all() == [made.student]


def test_no_link_is_offered_for_which_nothing_waits(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    def ask() -> None:
        drafted(made)
        need = db.session().get_one(Need, made.need)
        consenting.write(need, made.agencies[:1], values_of_consent(method="link"), "Test")

    write(app, ask)
    school = sign_in(role="school", scope=made.school_contact)
    assert "/referrals/consent/" in school.get(f"/referrals/needs/{made.need}").text
    write(app, lambda: setattr(referral_of(1), "state", "expired"))
    page = school.get(f"/referrals/needs/{made.need}").text
    assert "/referrals/consent/" not in page
    assert "Nothing waits for it any more" in page
    refused = school.post("/referrals/consents/1/link", data={"email": "a@example.org"})
    assert refused.status_code == 409
    with app.app_context(), system("test"):
        assert not asking.waiting_for(db.session().scalars(select(Consent)).one())


def test_an_agency_sees_that_it_is_urgent(app: Flask, sign_in: SignIn, made: MadeUp) -> None:
    write(app, lambda: setattr(db.session().get_one(Need, made.need), "urgency", "urgent"))
    referral_id = sent(app, made)
    agency = sign_in(role="agency", scope=made.agency_contacts[0])
    assert "Urgent" in agency.get(f"/referrals/inbox/{referral_id}").text
    entries = json.loads(agency.get(f"/referrals/inbox/{referral_id}/fhir").text)["entry"]
    assert [each["resource"]["priority"] for each in entries[:2]] == ["urgent", "urgent"]


def test_the_old_name_and_the_scan_of_the_erased_go_at_once(
    app: Flask, sign_in: SignIn, made: MadeUp
) -> None:
    """Told without a number, and renamed since."""
    keys: list[str] = []

    def tell() -> None:
        keys.extend([keep(b"%PDF-1.4 signed"), str(guardian(NAME, made.student))])
        need = db.session().get_one(Need, made.need)
        need.note = f"{NAME} works at night"
        values = values_of_consent(disclosed=[*words.MINIMUM, "guardian", "note"], signer_name=NAME)
        consenting.write(need, made.agencies[:1], values, "Test").scan_key = keys[0]
        needs.send(drafted(made), Actor.system())

    write(app, tell)
    write(app, lambda: setattr(db.session().get_one(Person, int(keys[1])), "name", "Zelda Lopez"))
    erase(app, sign_in, int(keys[1]), "Zelda Lopez", delete=False)
    page = sign_in(role="agency", scope=made.agency_contacts[0]).get("/referrals/inbox/1").text
    assert "Zelda" not in page
    with app.app_context():
        assert read(keys[0]) == b""


def test_unmet_needs_of_one_school_year_betray_no_small_number(app: Flask, sign_in: SignIn) -> None:
    """Food 12 and 3, housing 30 and 20 over two years: what all of them say less one year is hidden too."""
    counts = {("food", 2025): 12, ("food", 2026): 3, ("housing", 2025): 30, ("housing", 2026): 20}

    def count() -> None:
        for (category, year), number in counts.items():
            for _each in range(number):
                row = Unmet(category=category, reason="no_capacity", closed_on=date(year, 9, 1))
                db.session().add(row)

    write(app, count)
    page = sign_in(role="administrator").get("/referrals/ledger?year=2027").text
    assert "School year 2026–2027" in page
    with app.app_context():
        years = {year: ledger.by(Unmet.category, year) for year in ledger.school_years()}
        whole = {each.what: each.count for each in ledger.by(Unmet.category)}
    assert list(years) == [2027, 2026]
    assert whole == {"housing": 50, "food": 15}
    told = {(each.what, year): each.count for year, rows in years.items() for each in rows}
    assert told["food", 2027] is None
    assert told["food", 2026] is None
    assert told["housing", 2027] is None


def test_what_is_hidden_of_a_school_year_stands_where_it_betrays_nothing(app: Flask, sign_in: SignIn) -> None:
    """Housing, hidden, has as many as food and transport: between the two its place would say so."""
    counts = {("food", 2026): 19, ("housing", 2026): 19, ("transport", 2026): 18, ("dental", 2026): 2,
              ("housing", 2025): 5, ("dental", 2025): 8}  # fmt: skip

    def count() -> None:
        for (category, year), number in counts.items():
            rows = (
                Unmet(category=category, reason="no_capacity", closed_on=date(year, 9, 1))
                for _each in range(number)
            )
            db.session().add_all(rows)

    write(app, count)
    with app.app_context():
        assert [(each.what, each.count) for each in ledger.by(Unmet.category, 2027)] == [
            ("food", 19), ("transport", 18), ("dental", None), ("housing", None),
        ]  # fmt: skip
