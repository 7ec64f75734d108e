"""One bad answer keeps nothing else away, and what a service forgets for a night is not lost."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from crm.plugin_api import Actor, db, system
from crm.plugin_api.running import run_waiting
from crm_policy.models import Bill, Session, Source
from crm_policy.reading.source import neutral
from crm_policy.services import syncing
from crm_policy.services.bills import freshness
from crm_policy.services.syncing import bulk, legiscan

sys.path.insert(0, str(Path(__file__).parent))
from service import Service, serving  # type: ignore[import-not-found]  # Beside this file.

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLACE = {"id": "ocd-jurisdiction/country:us/state:mi/government"}


@pytest.fixture
def config(config: Any) -> Any:
    return replace(config, extra={**config.extra, "CRM_FETCH_PRIVATE": "1", "CRM_POLICY_BACKOFF": "0"})


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as found:
        yield found


def set_up(app: Flask, service: Service, provider: str = "legiscan") -> None:
    from crm.settings.services import change

    with app.app_context(), db.transaction(Actor.system(), "policy.test"):
        values = {"key": "right", "url": service.url, "rate": "100000"}
        change({f"policy.{provider}_{name}": value for name, value in values.items()}, Actor.system())
        syncing.add({"provider": provider, "state": "MI", "session": ""})


def ask() -> Any:
    with db.transaction(Actor.system(), "policy.test"), system("the test asks"):
        return syncing.ask(db.session().scalars(select(Source)).one(), Actor.system())


def sync(app: Flask) -> Any:
    with app.app_context():
        ask()
    return run_waiting(app)[-1]


def missing(app: Flask) -> dict[str, bool]:
    """Each bill that is here, and whether it is marked as not seen any more."""
    with app.app_context(), system("the test looks"):
        return {
            each.identifier: each.missing_since is not None for each in db.session().scalars(select(Bill))
        }


def answer(service: Service, op: str, number: int, reply: Any) -> None:
    """Let the service say this when it is asked for one thing."""
    before = service.legiscan
    wrong = {"op": op, "id": str(number)}
    service.legiscan = lambda query: reply if wrong.items() <= query.items() else before(query)


@pytest.mark.parametrize(
    "reply",
    [{"status": "ERROR", "alert": {"message": "Unknown bill id"}}, ["no object"]],
    ids=["error", "list"],
)
def test_a_bill_that_never_comes_keeps_no_other_away(app: Flask, service: Service, reply: Any) -> None:
    set_up(app, service)
    answer(service, "getBill", 2, reply)
    job = sync(app)
    assert job.status == "done", job.error
    assert sorted(missing(app)) == [f"HB {number}" for number in (1, 3, 4, 5, 6, 7, 8)]
    assert "not usable: 1" in job.result["summary"]


def test_a_service_that_refuses_everything_is_left_alone(app: Flask, service: Service) -> None:
    set_up(app, service)
    for number in service.bills:
        answer(service, "getBill", number, {"status": "ERROR", "alert": {"message": "Limit reached"}})
    job = sync(app)
    assert (job.status, "Limit reached" in job.error) == ("failed", True)


def test_nothing_in_a_list_is_no_reason_to_refuse_a_bill(app: Flask, service: Service) -> None:
    set_up(app, service)
    service.bills[2]["sponsors"] = [None, {"people_id": 1, "name": "Ada Lane"}]
    sync(app)
    assert len(missing(app)) == 8


def test_a_dataset_that_cannot_be_read_is_done_without(
    app: Flask, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legiscan, "MANY", 3)
    service.zip = b"<html>Sign in</html>"
    set_up(app, service)
    assert sync(app).status == "done"
    assert service.asked.count("getDataset") == bulk.MOST_READ
    assert len(missing(app)) == 8


def test_a_bill_of_which_nothing_changed_that_we_keep_is_asked_for_once(app: Flask, service: Service) -> None:
    set_up(app, service)
    sync(app)
    service.bills[3]["change_hash"] = "another"
    sync(app)
    service.asked.clear()
    sync(app)
    assert service.asked == ["getMasterListRaw"]


def test_a_list_that_lacks_most_is_not_believed_and_a_whole_one_unmarks(app: Flask, service: Service) -> None:
    set_up(app, service)
    for number in range(9, 21):
        service.bills[number] = {**service.bills[1], "bill_id": number, "bill_number": f"HB{number:04}"}
    sync(app)
    whole = service.bills
    service.bills = {1: whole[1]}
    sync(app)
    assert not any(missing(app).values())
    service.bills = {number: each for number, each in whole.items() if number != 4}
    sync(app)
    assert [name for name, gone in missing(app).items() if gone] == ["HB 4"]
    service.bills = whole
    sync(app)
    assert not any(missing(app).values())


def test_what_only_the_other_service_has_is_not_missing(app: Flask, service: Service) -> None:
    set_up(app, service)
    sync(app)
    other = {
        "id": "ocd-bill/77",
        "identifier": "HB 77",
        "session": "2025-2026",
        "title": "t",
        "jurisdiction": PLACE,
    }
    with app.app_context(), db.transaction(Actor.system(), "policy.test") as change:
        syncing.take([neutral(other)], Actor.system(), change)
    sync(app)
    assert missing(app)["HB 77"] is False


def test_a_quiet_summer_makes_nothing_stale(app: Flask, service: Service) -> None:
    set_up(app, service)
    sync(app)
    with app.app_context(), db.transaction(Actor.system(), "policy.test"), system("the test"):
        for each in (*db.session().scalars(select(Bill)), *db.session().scalars(select(Session))):
            each.seen_at = db.now() - timedelta(days=60)
    sync(app)
    with app.app_context(), system("the test looks"):
        session = db.session().scalars(select(Session)).one()
        assert {freshness(each, session) for each in db.session().scalars(select(Bill))} == {"fresh"}


def test_a_bill_that_changes_while_pages_are_read_hides_no_other(app: Flask, service: Service) -> None:
    set_up(app, service, "openstates")
    told: list[dict[str, Any]] = [
        {
            "id": f"ocd-bill/{number}", "identifier": f"HB {number}", "session": "2025-2026", "title": "t",
            "jurisdiction": PLACE, "updated_at": f"2026-01-{number:02}T00:00:00+00:00",
        }
        for number in range(1, 7)
    ]  # fmt: skip

    def pages(query: dict[str, str]) -> dict[str, Any]:
        since, page = query.get("updated_since", ""), int(query["page"])
        found = sorted(
            (dict(each) for each in told if each["updated_at"] >= since), key=lambda each: each["updated_at"]
        )
        told[0]["updated_at"] = "2026-02-01T00:00:00+00:00"
        return {
            "results": found[2 * page - 2 : 2 * page],
            "pagination": {"page": page, "max_page": -(-len(found) // 2)},
        }

    service.openstates = pages
    assert sync(app).status == "done"
    assert len(missing(app)) == 6


def test_asking_twice_is_asking_once(app: Flask, service: Service) -> None:
    set_up(app, service)
    with app.app_context():
        assert ask().id == ask().id
