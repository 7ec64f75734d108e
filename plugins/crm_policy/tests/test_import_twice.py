"""What one file, or two imports at a time, tell twice."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.testing import SignIn
from crm.plugin_api.transfer import Line, Settings, bring_in
from crm_policy.importing import people
from crm_policy.models import Bill, Legislator, Unmatched
from crm_policy.reading.source import neutral

PLACE = {"id": "ocd-jurisdiction/country:us/state:mi/government", "name": "Michigan"}


def person(name: str, district: str, number: int | None = None) -> dict[str, Any]:
    role = {"type": "lower", "district": district, "jurisdiction": PLACE["id"], "start_date": "2025-01-01"}
    told = {"name": name, "family_name": name.rsplit(maxsplit=1)[-1], "roles": [role]}
    return told | ({"id": f"ocd-person/{number}"} if number else {})


def zipped(tmp_path: Path, *found: dict[str, Any]) -> Path:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, each in enumerate(found):
            archive.writestr(f"{number}.json", json.dumps(each))
    return path


def count(model: Any) -> int:
    with system("the test looks"):
        return db.session().execute(select(func.count()).select_from(model)).scalar_one()


def test_people_without_an_id_are_each_somebody(app: Flask, tmp_path: Path) -> None:
    path = zipped(tmp_path, person("Ada Lane", "12"), person("Bo Ray", "13"), person("Cy Ott", "14"))
    with app.app_context():
        assert bring_in("legislators", path, {}).counts["create"] == 3
        assert count(Legislator) == 3
        assert bring_in("legislators", path, {}).counts["unchanged"] == 3


def test_one_zip_with_the_bill_of_both_sources_joins_them(app: Flask, tmp_path: Path) -> None:
    told = {"bill_id": 7, "change_hash": "a", "session": {"year_start": 2025, "year_end": 2026}}
    more = {"state": "MI", "bill_number": "HB0012", "body": "H", "title": "Attendance", "status": 1}
    other = {"id": "ocd-bill/1", "identifier": "HB 12", "session": "2025-2026", "title": "Attendance"}
    path = zipped(tmp_path, {"bill": {**told, **more}}, {**other, "jurisdiction": PLACE})
    with app.app_context():
        assert not bring_in("bills", path, {}).counts.get("rejected")
        with system("the test looks"):
            one = db.session().scalars(select(Bill)).one()
        assert (one.legiscan_id, one.ocd_id) == (7, "ocd-bill/1")


def test_two_imports_may_ask_about_the_same_name(app: Flask) -> None:
    def planned(*found: dict[str, Any]) -> list[Line]:
        lines = [Line(number, neutral(each)) for number, each in enumerate(found)]
        people.plan("person", lines, settings)
        return lines

    settings = Settings(0, Actor.system(), "test")
    with app.app_context():
        with db.transaction(Actor.system(), "policy.test") as change:
            people.write("person", planned(person("Ada Lane", "12")), settings, change)
        asked = person("Ada Lane", "98", 7), person("Ada Lane", "97"), person("Ada Lane", "96")
        both = planned(*asked), planned(*asked)
        for lines in both:
            with db.transaction(Actor.system(), "policy.test") as change:
                people.write("person", lines, settings, change)
        assert count(Unmatched) == 3, "each once, those without an id too"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_two_replies_the_newer_counts_and_an_old_file_takes_nothing_back(
    app: Flask, tmp_path: Path
) -> None:
    def reply(title: str, on: str, **more: Any) -> dict[str, Any]:
        named = {"id": "ocd-bill/1", "identifier": "HB 12", "session": "2025-2032", "title": title}
        return {**named, "jurisdiction": PLACE, "updated_at": f"{on}T08:00:00+00:00", **more}

    old, new = reply("Old words", "2026-05-01"), reply("New words", "2026-06-01")
    with app.app_context():
        assert bring_in("bills", zipped(tmp_path, old, new), {}).counts["rejected"] == 1
        assert bring_in("bills", zipped(tmp_path, old), {}).counts["unchanged"] == 1
        with system("the test looks"):
            assert db.session().scalars(select(Bill.title)).one() == "New words"
        newest = zipped(tmp_path, reply("Newest words", "2026-06-02"))
        assert bring_in("bills", newest, {}).counts["update"] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_older_file_without_a_stamp_is_known_by_its_last_day(
    app: Flask, tmp_path: Path, sign_in: SignIn
) -> None:
    def reply(*history: tuple[str, str]) -> dict[str, Any]:
        told = {"bill_id": 7, "change_hash": "a", "session": {"year_start": 2025, "year_end": 2032}}
        more = {"state": "MI", "bill_number": "HB0012", "body": "H", "title": "Attendance", "status": 1}
        steps = [{"date": on, "action": text, "chamber": "H"} for on, text in history]
        return {"bill": {**told, **more, "history": steps}}

    first, last = ("2026-02-01", "introduced"), ("2026-05-01", "Signed by Governor")
    later = ("2031-07-01", "Effective 7/1/31")
    with app.app_context():
        bring_in("bills", zipped(tmp_path, reply(first, last, later)), {})
        assert bring_in("bills", zipped(tmp_path, reply(first)), {}).counts["unchanged"] == 1
        assert bring_in("bills", zipped(tmp_path, reply(first, last)), {}).counts["update"] == 1
        with system("the test looks"):
            one = db.session().scalars(select(Bill)).one()
        assert one.stage == 10
        # Was it the source's mistake, staff takes the file that ends earlier.
        client = sign_in(role="policy")
        assert "Take the next file though it ends earlier" in client.get(f"/policy/bills/{one.id}").text
        assert client.post(f"/policy/bills/{one.id}/older").status_code == 303
        db.session().expire_all()
        assert bring_in("bills", zipped(tmp_path, reply(first)), {}).counts["update"] == 1
        with system("the test looks"):
            assert db.session().scalars(select(Bill.stage)).one() == 2


def asked_for(path: Path) -> int:
    """How many questions an import puts to the database."""
    asked: list[str] = []
    engine = db.session().get_bind()
    event.listen(engine, "before_cursor_execute", hear := lambda *told: asked.append(told[2]))
    try:
        assert bring_in("bills", path, {}).counts["create"] > 1
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    return len(asked)


def test_an_import_asks_no_more_for_many_bills_than_for_few(app: Flask, tmp_path: Path) -> None:
    def told(number: int) -> dict[str, Any]:
        action = {"date": "2025-02-03", "description": "Introduced", "order": 1}
        named = {"id": f"ocd-bill/{number}", "identifier": f"HB {number}", "session": "2025-2026"}
        more = {"title": "Attendance", "jurisdiction": PLACE, "actions": [action]}
        return named | more | {"sponsorships": [{"name": "Ada Lane", "primary": True}]}

    with app.app_context():
        asked_for(zipped(tmp_path, *map(told, range(1, 4))))  # The session is made, too.
        few = asked_for(zipped(tmp_path, *map(told, range(11, 14))))
        assert asked_for(zipped(tmp_path, *map(told, range(21, 51)))) <= few + 5
