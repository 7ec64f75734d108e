"""Whose file brought a place: another import takes away only what came with the same directory."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from crm.plugin_api import Actor, db
from crm.plugin_api.testing.people import SignIn
from crm_referrals.hsds import importing
from crm_referrals.models import Location, Placing, Service
from crm_referrals.services import entries, finding, places

PAGE = "/referrals/directory/import"
AWAY = f"{PAGE}/places"
BY_HAND = {
    "kind": "physical", "name": "Annex", "address": "9 Elm", "city": "Nashville", "state": "TN",
    "postal_code": "37203", "transportation": "", "latitude": None, "longitude": None,
    "is_confidential": False,
}  # fmt: skip


def uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def directory(*numbers: int) -> bytes:
    """An agency with one service that is given at these places."""
    at = [
        {
            "id": uid(each),
            "location": {"id": uid(each), "name": f"House {each}", "location_type": "physical"},
        }
        for each in numbers
    ]
    service = {"id": uid(2), "name": "Rides", "status": "active", "service_at_locations": at}
    return json.dumps([{"id": uid(1), "name": "Alder", "services": [service]}]).encode()


def bring(staff: Any, content: bytes, name: str = "alder.json", sender: str = "") -> str:
    data = {"file": (BytesIO(content), name), "apply": "1", "sender": sender}
    answer = staff.post(PAGE, data=data)
    assert answer.status_code == 200
    return str(answer.text)


def offered(page: str) -> list[str]:
    """The places that a page offers to take away."""
    return re.findall(r'name="place" value="[\d:]+">.*?<span>([^<]+)<', page)


def add_by_hand(app: Flask) -> str:
    """A place that staff add to the service; both ids as the page writes them."""
    with app.app_context(), db.transaction(Actor.system(), "test"):
        service = db.session().scalars(select(Service)).one()
        place = places.save_location(service, None, BY_HAND)
        return f"{service.id}:{place.id}"


def names(app: Flask) -> list[str]:
    with app.app_context():
        at = select(Location.name).join(Placing, Placing.location_id == Location.id)
        return sorted(db.session().scalars(at))


def test_a_place_added_here_or_by_another_directory_never_left_the_file(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    bring(staff, directory(11, 12), "alder_2026-01.json")
    own = add_by_hand(app)
    assert offered(bring(staff, directory(13), "list.json", sender="County line")) == []
    page = bring(staff, directory(11), "alder_2026-02.json")
    assert offered(page) == ["House 12"]
    every = [*re.findall(r'name="every" value="([\d:]+)"', page), own]
    staff.post(AWAY, data={"which": "all", "every": every})
    assert names(app) == ["Annex", "House 11", "House 13"]


def test_pages_say_where_a_service_and_its_places_come_from(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    plan = staff.post(
        PAGE, data={"file": (BytesIO(directory(11)), "x.json"), "apply": "0", "sender": "Líneas & Co"}
    ).text
    assert "Noted as the directory of Líneas &amp; Co." in plan
    kept = re.search(r'name="kept" value="([^"]+)"', plan)
    assert kept is not None
    staff.post(PAGE, data={"kept": kept[1], "sender": "Líneas & Co", "apply": "1"})
    own = add_by_hand(app)
    page = staff.get(f"/referrals/directory/{own.partition(':')[0]}").text
    assert page.count("Came with the file of Líneas &amp; Co") == 2
    assert page.count("Written here") == 1
    public = app.test_client().get(f"/referrals/services/{own.partition(':')[0]}").text
    assert "Came with the file" not in public
    with app.app_context(), db.transaction(Actor.system(), "test"):
        agency = entries.save_agency(None, {"name": "Birch"})
        number = entries.save_service(agency, None, {"name": "Vans"}, []).id
    assert "Written here" in staff.get(f"/referrals/directory/{number}").text


def test_what_nobody_noted_is_whose_file_names_it_next(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    bring(staff, directory(11, 12))
    with app.app_context(), db.transaction(Actor.system(), "test"):
        for model in (Service, Location, Placing):
            db.session().execute(update(model).values(came_from=None))
    assert offered(bring(staff, directory(11))) == []
    bring(staff, directory(11, 12))
    assert offered(bring(staff, directory(11))) == ["House 12"]


def test_a_place_written_here_stays_when_a_file_gave_a_service_there(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    bring(staff, directory(11))
    own = add_by_hand(app)
    with app.app_context(), db.transaction(Actor.system(), "test"):
        place = db.session().get_one(Location, int(own.partition(":")[2]))
        place.uid = uid(12)  # As if it had gone out from here and come back.
        db.session().flush()
        db.session().delete(
            db.session().scalars(select(Placing).where(Placing.location_id == place.id)).one()
        )
    bring(staff, directory(11, 12))
    page = bring(staff, directory(11))
    assert len(offered(page)) == 1
    staff.post(AWAY, data={"which": "all", "every": re.findall(r'name="every" value="([\d:]+)"', page)})
    with app.app_context():
        assert db.session().scalar(select(Location.id).where(Location.uid == uid(12))) is not None
    assert names(app) == ["House 11"]


def test_only_what_the_same_sender_brought_is_gone(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "alder.json"
    for sender, numbers in (("One", (11, 12)), ("Two", (13,)), ("One", (11,))):
        file.write_bytes(directory(*numbers))
        outcome = importing.Outcome(sender=sender)
        with app.app_context(), db.transaction(Actor.system(), "test"):
            importing.apply(importing.read(file, None, outcome), outcome)
            gone = [each.place for each in outcome.gone]
            places.take_away((each.service_id, each.location_id) for each in outcome.gone)
    assert gone == ["House 12"]
    assert names(app) == ["House 11", "House 13"]


def test_whoever_asks_for_changes_hears_of_places_and_room(app: Flask, sign_in: SignIn) -> None:
    bring(sign_in(role="organizer"), directory(11))
    steps: tuple[Callable[[Service], object], ...] = (
        lambda service: places.save_location(service, None, BY_HAND),
        lambda service: places.add_schedule(service, ["MO"], None, None, ""),
        lambda service: entries.say_capacity(service, "open", 3, "", "Ines"),
        lambda service: entries.add_terms(finding.Wanted(), None, ["dental"]),
    )
    long_ago = db.now() - timedelta(days=9)
    for step in steps:
        with app.app_context(), db.transaction(Actor.system(), "test"):
            db.session().execute(update(db.table(Service)).values(updated_at=long_ago))
        with app.app_context(), db.transaction(Actor.system(), "test"):
            step(db.session().scalars(select(Service)).one())
        with app.app_context():
            assert db.session().scalars(select(Service.updated_at)).one() > long_ago


def test_nobody_finds_out_a_shelters_street_by_guessing_it(app: Flask, sign_in: SignIn) -> None:
    staff = sign_in(role="organizer")
    bring(staff, directory(11))
    with app.app_context(), db.transaction(Actor.system(), "test"):
        place = db.session().scalars(select(Location)).one()
        place.address, place.is_confidential = "12 Hidden Lane", True
    at = {"id": uid(31), "name": "", "addresses": [{"address_1": "12 Hidden Lane", "postal_code": "37203"}]}
    service = {"id": uid(32), "name": "Guess", "status": "active"}
    service["service_at_locations"] = [{"id": uid(33), "location": at}]  # type: ignore[assignment]
    guess = json.dumps([{"id": uid(34), "name": "Birch", "services": [service]}]).encode()

    def plan(role: str) -> str:
        data = {"file": (BytesIO(guess), "x.json"), "apply": "0"}
        return str(sign_in(role=role).post(PAGE, data=data).text)

    assert "is confidential too" not in plan("organizer")
    assert "is confidential too" in plan("coordinator")
    bring(staff, guess)
    with app.app_context():
        found = db.session().scalars(select(Location.is_confidential).where(Location.uid == uid(31))).one()
        assert found


GUESSES = (
    "agency_name,service_name,category,address,city,zip\n"
    "{agency},{service},Food,{number} Hidden Lane,Nashville,37203\n"
)


@pytest.mark.parametrize("service", ["Beds", "Guess"])
@pytest.mark.parametrize("agency", ["Harbor", "Other"])
def test_no_guess_looks_otherwise_than_a_hit(app: Flask, sign_in: SignIn, agency: str, service: str) -> None:
    """The shelter came in by a file, its place was marked here and got another name."""

    def plan(number: int, role: str) -> str:
        rows = GUESSES.format(agency=agency, service=service, number=number).encode()
        data = {"file": (BytesIO(rows), "list.csv"), "apply": "0"}
        page = str(sign_in(role=role).post(PAGE, data=data).text)
        told = page.split("<main", 1)[1].split('name="kept"', 1)[0] + page.split("</form>", 1)[1]
        return re.sub(r'value="[^"]*"', "", told.replace(str(number), "N"))

    first = GUESSES.format(agency="Harbor", service="Beds", number=77).encode()
    bring(sign_in(role="organizer"), first, "list.csv")
    with app.app_context(), db.transaction(Actor.system(), "test"):
        place = db.session().scalars(select(Location)).one()
        entries.put(place, {"name": "The house", "is_confidential": True})
    assert plan(77, "organizer") == plan(78, "organizer")
    assert plan(77, "coordinator") != plan(78, "coordinator")
