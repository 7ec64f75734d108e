"""Keeping a session fresh from a real server on this machine that throttles, drops and breaks off."""

import io
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, UserError, db, system
from crm.plugin_api.running import run_waiting
from crm_policy.models import Action, Ballot, Bill, Document, Source, Sponsor, Vote
from crm_policy.services import fetching, syncing
from crm_policy.services.syncing import bulk, legiscan, running, taking

sys.path.insert(0, str(Path(__file__).parent))
from service import Service, bill, serving  # type: ignore[import-not-found]  # Beside this file.


class KilledError(BaseException):
    """As if the process had been killed here."""


@pytest.fixture
def config(config: Any) -> Any:
    return replace(config, extra={**config.extra, "CRM_FETCH_PRIVATE": "1", "CRM_POLICY_BACKOFF": "0"})


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as found:
        yield found


def set_up(app: Flask, service: Service, provider: str = "legiscan", key: str = "right") -> None:
    from crm.settings.services import change

    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        values = {
            f"policy.{provider}_key": key,
            f"policy.{provider}_url": service.url,
            f"policy.{provider}_rate": "100000",
        }
        change(values, Actor.system())
        syncing.add({"provider": provider, "state": "MI", "session": ""})


def ask(app: Flask) -> None:
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test asks"):
        syncing.ask(db.session().scalars(select(Source)).one(), Actor.system())


def sync(app: Flask) -> Any:
    ask(app)
    return run_waiting(app)[-1]


def everything(app: Flask) -> dict[str, list[Any]]:
    """What a reader sees of the bills, without ids and times."""
    with app.app_context(), system("the test looks"):
        numbers = dict(db.session().execute(select(Bill.id, Bill.identifier)).all())
        votes = {each.id: (numbers[each.bill_id], each.key) for each in db.session().scalars(select(Vote))}
        return {
            "bills": sorted(
                (each.identifier, each.title, each.stage, each.change_hash)
                for each in db.session().scalars(select(Bill))
            ),
            "actions": sorted(
                (numbers[each.bill_id], each.text) for each in db.session().scalars(select(Action))
            ),
            "sponsors": sorted(
                (numbers[each.bill_id], each.name) for each in db.session().scalars(select(Sponsor))
            ),
            "ballots": sorted(
                (*votes[each.vote_id], each.reference, each.option)
                for each in db.session().scalars(select(Ballot))
            ),
        }


def test_only_what_changed_is_asked_for_again_and_nothing_is_deleted(app: Flask, service: Service) -> None:
    set_up(app, service)
    job = sync(app)
    assert job.status == "done", job.error
    assert service.asked.count("getBill") == 8
    service.asked.clear()
    service.bills[3] = bill(3, "Referred to committee on Education")
    del service.bills[8]
    sync(app)
    assert service.asked == ["getMasterListRaw", "getBill"]
    with app.app_context(), system("the test looks"):
        stages = {
            each.identifier: (each.stage, each.missing_since is not None)
            for each in db.session().scalars(select(Bill))
        }
    assert stages["HB 3"] == (3, False)
    assert stages["HB 8"] == (2, True)


def test_a_new_session_comes_as_one_file(
    app: Flask, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "SOME", 3)
    monkeypatch.setattr(legiscan, "MANY", 3)
    set_up(app, service)
    assert sync(app).status == "done"
    assert "getDataset" in service.asked
    assert "getBill" not in service.asked
    assert len(everything(app)["bills"]) == 8


def texts_of(app: Flask) -> dict[str, list[str]]:
    """What is told of each bill, without what its source took back."""
    found: dict[str, list[str]] = {}
    with app.app_context(), system("the test looks"):
        rows = select(Bill.identifier, Action.text).join(Action, Action.bill_id == Bill.id)
        for number, text in db.session().execute(rows.where(Action.gone_on.is_(None))):
            found.setdefault(number, []).append(text)
    return found


def test_most_of_a_session_comes_as_one_file_though_some_is_here_and_takes_no_bill_back(
    app: Flask, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legiscan, "MANY", 3)
    whole, service.bills = service.bills, {number: bill(number, "read twice") for number in (1, 2, 3)}
    set_up(app, service)
    sync(app)
    assert service.asked.count("getBill") == 3
    service.asked.clear()
    # The file is a week old: of bill 1 it knows less than we do, and of 4 less than the list of now.
    service.dataset = whole
    service.bills = {**whole, 1: bill(1, "read twice"), 2: bill(2, "referred"), 4: bill(4, "read twice")}
    seen = list[str]()
    take = taking.take

    def watched(*args: Any) -> Any:
        found = take(*args)
        seen.extend(text for text in texts_of(app).get("HB 1", []) if text != "read twice")
        return found

    monkeypatch.setattr(taking, "take", watched)
    job = sync(app)
    assert job.status == "done", job.error
    assert service.asked[:4] == ["getMasterListRaw", "getDatasetList", "getDataset", "getMasterListRaw"]
    assert service.asked[4:].count("getBill") == 3
    assert seen == []
    found = texts_of(app)
    assert [found[f"HB {number}"] for number in (1, 2, 4, 5)] == [
        ["read twice"],
        ["referred"],
        ["read twice"],
        ["introduced"],
    ]
    service.asked.clear()
    sync(app)
    assert service.asked == ["getMasterListRaw"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name, asked", [("2023", "4"), ("2023 regular session", "4"), ("5", "5"), ("2025-2026", "5")]
)
def test_the_session_that_somebody_names_is_the_one_that_is_asked_for(
    app: Flask, service: Service, name: str, asked: str
) -> None:
    set_up(app, service)
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        db.session().scalars(select(Source)).one().session = name
    assert sync(app).status == "done"
    assert service.lists == [asked]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_session_that_the_service_does_not_have_is_said_with_those_it_has(
    app: Flask, service: Service
) -> None:
    set_up(app, service)
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test writes"):
        db.session().scalars(select(Source)).one().session = "1807"
    job = sync(app)
    assert job.status == "failed"
    assert "no session “1807” of Michigan" in str(job.error)
    assert "2023 Regular Session" in str(job.error)
    assert everything(app)["bills"] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_list_that_says_its_session_is_over_ends_it_though_no_bill_changed(
    app: Flask, service: Service
) -> None:
    set_up(app, service)
    sync(app)
    service.sessions = [{**each, "sine_die": 1} for each in service.sessions]
    assert sync(app).status == "done"
    with app.app_context(), system("the test looks"):
        assert {each.disposition for each in db.session().scalars(select(Bill))} == {"died_at_session_end"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_and_disturbed_it_ends_with_the_same_rows(
    app: Flask, service: Service, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    with serving() as calm:
        set_up(app, calm)
        sync(app)
        undisturbed = everything(app)
        forget(app)
    set_up(app, service)
    assert run_killed_at_times(app, service, monkeypatch, seed)
    assert everything(app) == undisturbed


def forget(app: Flask) -> None:
    with app.app_context(), system("the test begins anew"), db.transaction(Actor.system(), "policy.test"):
        for model in (Ballot, Vote, Action, Sponsor, Bill, Source):
            db.session().execute(db.table(model).delete())


def run_killed_at_times(app: Flask, service: Service, monkeypatch: pytest.MonkeyPatch, seed: int) -> int:
    """How often the run was killed until it was done."""
    random, whole = Random(seed), taking.take
    monkeypatch.setattr(running, "MOST_TRIES", 1000)
    service.faults, service.random = 0.4, Random(seed)

    def killed_at_times(*args: Any) -> Any:
        found = whole(*args)
        if random.random() < 0.3:
            raise KilledError
        return found

    monkeypatch.setattr(taking, "take", killed_at_times)
    ask(app)
    kills = 0
    while True:
        try:
            (*_before, job) = run_waiting(app)
        except KilledError:
            kills += 1
        else:
            assert job.status == "done", job.error
            return kills


def test_pages_of_open_states_go_on_where_they_were(app: Flask, service: Service) -> None:
    place = {"id": "ocd-jurisdiction/country:us/state:mi/government"}
    one = {
        "id": "ocd-bill/1",
        "identifier": "HB 1",
        "session": "2025-2026",
        "title": "A",
        "jurisdiction": place,
    }
    service.pages = [[one], [{**one, "id": "ocd-bill/2", "identifier": "HB 2"}, {"id": "broken"}]]
    set_up(app, service, "openstates")
    job = sync(app)
    assert job.status == "done"
    assert "not usable: 1" in job.result["summary"]
    assert [each[0] for each in everything(app)["bills"]] == ["HB 1", "HB 2"]


def whole_session(count: int = 7) -> bytes:
    """The bulk CSV of a session, as Open States gives it out."""
    out, start = io.BytesIO(), "MI/2025-2026/MI_2025-2026_"
    bills = ["id,identifier,title,classification,subject,session_identifier,jurisdiction"]
    actions = ["id,bill_id,organization_id,description,date,classification,order"]
    for number in range(1, count + 1):
        bills.append(f"ocd-bill/{number},HB {number},Attendance {number},['bill'],[],2025-2026,Michigan")
        actions.append(f"{number},ocd-bill/{number},lower,Introduced,2025-02-01,['introduction'],0")
    with zipfile.ZipFile(out, "w") as archive:
        for name, lines in (("bills", bills), ("bill_actions", actions)):
            info = zipfile.ZipInfo(f"{start}{name}.csv", (2026, 3, 10, 4, 0, 0))
            archive.writestr(info, "\n".join(lines))
    return out.getvalue()


def of_page(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"ocd-bill/{number}",
        "identifier": f"HB {number}",
        "session": "2025-2026",
        "title": f"Attendance {number}",
        "jurisdiction": {"id": "ocd-jurisdiction/country:us/state:mi/government"},
        **more,
    }


def set_up_bulk(app: Flask, service: Service) -> None:
    set_up(app, service, "openstates")
    service.bulk = whole_session()
    law = [{"description": "Signed", "date": "2026-03-11", "classification": ["executive-signature"]}]
    service.pages = [[of_page(2, actions=law)], [of_page(8)]]
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("an address is given"):
        db.session().scalars(select(Source)).one().bulk_url = f"{service.url}/bulk.zip"


def test_a_session_of_open_states_comes_as_one_file_and_then_what_changed_since(
    app: Flask, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "SOME", 3)
    set_up_bulk(app, service)
    job = sync(app)
    assert job.status == "done", job.error
    assert service.asked == ["bulk", "page 1 since 2026-03-08", "page 2 since 2026-03-08"]
    found = {each[0]: each[2] for each in everything(app)["bills"]}
    assert sorted(found) == [f"HB {number}" for number in range(1, 9)]
    assert (found["HB 1"], found["HB 2"]) == (2, 10)
    service.asked.clear()
    sync(app)
    assert service.asked[0].startswith("page 1 since 20")
    assert not service.asked[0].endswith("2026-03-08")
    assert not list((app.extensions["crm"].config.data_dir / "policy").iterdir())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_file_of_open_states_killed_and_disturbed_ends_with_the_same_rows(
    app: Flask, service: Service, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(bulk, "SOME", 2)
    with serving() as calm:
        set_up_bulk(app, calm)
        sync(app)
        undisturbed = everything(app)
        forget(app)
    set_up_bulk(app, service)
    assert run_killed_at_times(app, service, monkeypatch, seed)
    assert everything(app) == undisturbed


def test_a_file_that_is_no_zip_is_said_and_nothing_is_written(app: Flask, service: Service) -> None:
    set_up_bulk(app, service)
    service.bulk = b"<html>Sign in</html>"
    assert "not a whole zip" in sync(app).error
    assert not everything(app)["bills"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_texts_of_tracked_bills_come_for_comparing(app: Flask, service: Service) -> None:
    service.texts = {
        71: b"<html><head><title>x</title></head><body><p>A pupil&nbsp;is <b>truant</b>.</p>"
        b"<script>1</script></body>",
        72: b"%PDF-1.4",
    }
    for number in (1, 2):
        service.bills[number]["texts"] = [
            {"doc_id": 71, "date": "2025-02-01", "type": "Introduced", "mime": "text/html"},
            {"doc_id": 72, "date": "2025-02-09", "type": "Engrossed", "mime": "text/html"},
        ]
    set_up(app, service)
    sync(app)
    assert "getBillText" not in service.asked
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("somebody tracks a bill"):
        db.session().execute(
            db.table(Bill).update().where(Bill.identifier == "HB 1").values(triage="tracked")
        )
    assert sync(app).status == "done"
    with app.app_context(), system("the test looks"):
        rows = select(Bill.identifier, Document.note, Document.body).join(Bill, Bill.id == Document.bill_id)
        found = {(row[0], row[1]): row[2] for row in db.session().execute(rows)}
    assert found[("HB 1", "Introduced")] == "A pupil is truant."
    assert found[("HB 1", "Engrossed")] == ""
    assert found[("HB 2", "Introduced")] == ""


def test_a_wrong_key_and_a_service_that_never_answers_are_said(app: Flask, service: Service) -> None:
    set_up(app, service, key="wrong")
    assert "Invalid key" in sync(app).error
    service.faults = 1.0
    assert "does not answer" in sync(app).error


def test_an_address_inside_the_house_is_not_asked(app: Flask, service: Service) -> None:
    with app.app_context():
        app.extensions["crm"].config = replace(app.extensions["crm"].config, extra={})
        for url in (service.url, "https://127.0.0.1/", "http://example.org/", "file:///etc/passwd"):
            with pytest.raises(UserError):
                fetching.get(url)
    assert service.asked == []
